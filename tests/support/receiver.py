"""A receiver of webhooks on loopback: it keeps what comes and checks each signature as receivers do."""

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
class Receiver:
    """``taken``: bodies that were answered with 2xx; ``asked``: every request (headers, raw body)."""

    url: str = ""
    asked: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    taken: list[dict[str, Any]] = field(default_factory=list)
    answer: Callable[[dict[str, Any]], tuple[int, bytes]] = lambda _: (204, b"")
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def ids(self) -> list[str]:
        return [head["webhook-id"] for head, _ in self.asked]

    def seqs(self, hall: str) -> list[int]:
        """Return the numbers of a hall's events in the order of their coming."""
        return [own["data"]["seq"] for own in self.taken if own["data"].get("hall") == hall]


@contextmanager
def loopback_receiver() -> Iterator[Receiver]:
    """Serve a receiver until the test ends."""
    receiver = Receiver()
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["content-length"]))
            body = json.loads(raw)
            with lock:
                receiver.asked.append(({name.lower(): own for name, own in self.headers.items()}, raw))
            status, said = receiver.answer(body)
            if 200 <= status < 300:
                with lock:
                    receiver.taken.append(body)
            try:
                self.send_response(status)
                for name, value in receiver.headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)
            except OSError:
                pass  # whoever asked was killed meanwhile

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    receiver.url = f"http://127.0.0.1:{server.server_address[1]}/hooks"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
