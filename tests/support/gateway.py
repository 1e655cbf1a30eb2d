"""A gateway of our own on loopback: it keeps what comes, and drops what comes again under the same key."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@dataclass
class LoopbackGateway:
    """``posts``: every request; ``sent``: what a telephone got, by key. ``answer`` says the status."""

    url: str = ""
    posts: list[dict[str, Any]] = field(default_factory=list)
    sent: dict[str, str] = field(default_factory=dict)
    heads: list[dict[str, str]] = field(default_factory=list)
    answer: Callable[[dict[str, Any]], int] = lambda _: 202

    def take(self, head: dict[str, str], body: dict[str, Any]) -> int:
        self.heads.append(head)
        self.posts.append(body)
        status = self.answer(body)
        if status < 300:
            self.sent.setdefault(body["key"], body["text"])
        return status


@contextmanager
def loopback_gateway() -> Iterator[LoopbackGateway]:
    """Serve a gateway until the test ends."""
    gateway = LoopbackGateway()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            status = gateway.take({name.lower(): value for name, value in self.headers.items()}, body)
            try:
                self.send_response(status)
                self.send_header("content-length", "0")
                self.end_headers()
            except OSError:
                pass  # whoever asked was killed meanwhile

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    gateway.url = f"http://127.0.0.1:{server.server_address[1]}/messages"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield gateway
    finally:
        server.shutdown()
        server.server_close()
