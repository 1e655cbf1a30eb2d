"""A link that can be cut: a TCP proxy between a browser and the app, in a thread of its own."""

from __future__ import annotations

import asyncio
import random
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

Mode = Literal["ok", "cut", "black hole", "in trouble", "slow", "lossy"]
SLOW_S = 0.8  # each way
LIVES_FOR_S = 3.0  # on the average, a line over a lossy link
TROUBLE = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Link:
    """``cut`` refuses and resets, ``black hole`` takes everything and answers nothing, ``in trouble`` is 502.

    ``slow`` brings everything 0.8 s later, each way; ``lossy`` breaks each line off after seconds, at random.
    ``lost`` counts the answers that ``lose_the_answer_to`` swallowed.
    """

    def __init__(self, port: int) -> None:
        self._to = port
        self._random = random.Random(16)
        self.broken = 0
        self._loop = asyncio.new_event_loop()
        self._writers: set[asyncio.StreamWriter] = set()
        self._mode: Mode = "ok"
        self.lost = 0
        self._losing: bytes | None = None
        self._swallows = False
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        started = asyncio.start_server(self._serve, "127.0.0.1", 0)
        self._server = asyncio.run_coroutine_threadsafe(started, self._loop).result(5)
        self.port: int = self._server.sockets[0].getsockname()[1]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def be(self, mode: Mode) -> None:
        """Change the mode; what is open is broken off, as the mode says."""
        asyncio.run_coroutine_threadsafe(self._be(mode), self._loop).result(5)

    def lose_the_answer_to(self, path: bytes) -> None:
        """Break off instead of the next answer to a request that begins with this method and path."""
        self._losing = path

    async def _be(self, mode: Mode) -> None:
        self._mode = mode
        for writer in list(self._writers):
            if mode in ("cut", "in trouble"):
                writer.transport.abort()
            elif mode == "lossy":
                self._break_off_sometime(writer)

    def _break_off_sometime(self, writer: asyncio.StreamWriter) -> None:
        def now() -> None:
            if self._mode == "lossy" and writer in self._writers:
                self.broken += 1
                writer.transport.abort()

        self._loop.call_later(self._random.expovariate(1 / LIVES_FOR_S), now)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._mode == "cut":
            writer.transport.abort()
            return
        if self._mode == "in trouble":
            writer.write(TROUBLE)
            with suppress(ConnectionError):
                await writer.drain()
            writer.close()
            return
        there, to_app = await asyncio.open_connection("127.0.0.1", self._to)
        self._writers |= {writer, to_app}
        if self._mode == "lossy":
            self._break_off_sometime(writer)
        try:
            with suppress(asyncio.CancelledError):  # the link is closed; nobody waits for this
                both = self._pump(reader, to_app, asks=True), self._pump(there, writer, asks=False)
                await asyncio.gather(*both)
        finally:
            for one in (writer, to_app):
                self._writers.discard(one)
                one.transport.abort()

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, asks: bool) -> None:
        on_the_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        arriving = asyncio.create_task(self._arrive(source, on_the_way))
        try:
            await self._deliver(on_the_way, sink, asks=asks)
        finally:
            arriving.cancel()
            sink.transport.abort()

    async def _arrive(self, source: asyncio.StreamReader, into: asyncio.Queue[tuple[float, bytes]]) -> None:
        """Note when each piece is due at the other end; an empty one is the end."""
        data = b"-"
        while data:
            try:
                data = await source.read(65536)
            except ConnectionError:
                data = b""
            into.put_nowait((self._loop.time() + (SLOW_S if self._mode == "slow" else 0.0), data))

    async def _deliver(
        self, on_the_way: asyncio.Queue[tuple[float, bytes]], sink: asyncio.StreamWriter, *, asks: bool
    ) -> None:
        with suppress(ConnectionError):
            while True:
                due, data = await on_the_way.get()
                await asyncio.sleep(max(0.0, due - self._loop.time()))
                if not data:
                    return
                if self._swallows and not asks:
                    continue
                while self._mode == "black hole":
                    await asyncio.sleep(0.05)
                if asks and self._losing is not None and data.startswith(self._losing):
                    self._losing, self._swallows = None, True
                    sink.write(data)
                    await asyncio.sleep(0.5)  # the app has done it by then
                    self.lost, self._swallows = self.lost + 1, False
                    for writer in list(self._writers):
                        writer.transport.abort()
                    return
                sink.write(data)
                await sink.drain()

    def close(self) -> None:
        """End the proxy and its thread."""

        async def end() -> None:
            self._server.close()
            await self._be("cut")
            own = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
            for task in own:
                task.cancel()
            await asyncio.gather(*own, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(end(), self._loop).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()


@contextmanager
def linked(port: int) -> Iterator[Link]:
    """A link to an app's port until the block ends."""
    link = Link(port)
    try:
        yield link
    finally:
        link.close()
