"""The real app on a real port, for sockets and browsers; the test stays in charge of its hall."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import uvicorn

from app.main import create_app
from kernel.identity import CITIZEN
from queueing import service

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastapi import FastAPI

    from kernel.identity import Staff
    from kernel.web.parts import Parts
    from queueing.service import IssuedTicket, TicketView
    from tests.support.small_city import SmallCity

START_S = 20.0


@dataclass(slots=True)
class Served:
    """An app that listens, and hands on its first hall."""

    parts: Parts
    city: SmallCity
    port: int
    server: uvicorn.Server

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def live(self, hall_code: str) -> str:
        return f"ws://127.0.0.1:{self.port}/api/v1/halls/{hall_code}/live"

    def ticket(self, wanted: str = "id-card") -> IssuedTicket:
        """Issue a walk-in's ticket in the first hall."""
        return self.parts.database.write_now(
            service.issue_ticket,
            self.city.hall,
            [self.city.services[wanted]],
            priority=False,
            by=CITIZEN,
            clock=self.parts.clock,
            vault=self.parts.vault,
        )

    def call(self, place: int = 0) -> TicketView:
        """Open a window if need be and call the next ticket to it."""
        window, clerk = self.city.windows[place], self.city.clerks[place]
        seen = self.parts.database.read_now(service.desk, window, by=clerk, now=self.parts.clock.now())
        if seen.window.status.value == "closed":
            self.parts.database.write_now(service.open_window, window, by=clerk, clock=self.parts.clock)
        if seen.window.ticket is not None:
            self._finish(seen.window.ticket, clerk)
        return self.parts.database.write_now(service.call_next, window, by=clerk, clock=self.parts.clock)

    def _finish(self, ticket: TicketView, clerk: Staff) -> None:
        for step in (service.start, service.finish):
            self.parts.database.write_now(step, ticket.id, by=clerk, clock=self.parts.clock)


@contextmanager
def serving(parts: Parts, city: SmallCity) -> Iterator[Served]:
    """Serve the app in a thread until the block ends."""
    with listening_with(create_app(parts)) as (server, port):
        yield Served(parts, city, port, server)


@contextmanager
def listening_with(app: FastAPI) -> Iterator[tuple[uvicorn.Server, int]]:
    """Let any app listen on a port of its own in a thread until the block ends."""
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(  # as app.serve starts it
        app,
        ws="websockets-sansio",
        ws_max_size=4096,
        ws_per_message_deflate=False,
        log_level="error",
        access_log=False,
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
    thread.start()
    for _ in range(int(START_S * 50)):
        if server.started or not thread.is_alive():
            break
        time.sleep(0.02)
    assert server.started, "the app did not start"
    try:
        yield server, listening.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(START_S)
        listening.close()
