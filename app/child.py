"""A process beside the API and the socket to it: started, watched and ended by its parent."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from contextlib import suppress
from typing import Any

from app.frames import encode, read_frame

STOPS_WITHIN_S = 3.0


class ChildDied(Exception):
    """The process ended while it was needed."""


class Child:
    """A running child process; it ends by itself when this process is gone, since its socket then closes."""

    def __init__(
        self,
        process: asyncio.subprocess.Process,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self._process = process
        self._reader = reader
        self._writer = writer

    @classmethod
    async def start(cls, module: str) -> Child:
        """Start ``python -m module DESCRIPTOR``; whoever is cancelled meanwhile leaves no process behind."""
        starting = asyncio.ensure_future(cls._started(module))
        try:
            return await asyncio.shield(starting)
        except asyncio.CancelledError:
            child = await starting  # half started it would be nobody's, and nobody would end it
            await child.stop()
            raise

    @classmethod
    async def _started(cls, module: str) -> Child:
        ours, theirs = socket.socketpair()
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", module, str(theirs.fileno())),
            pass_fds=(theirs.fileno(),),
            env=os.environ | {"JINBAN_RUN_WORKER": "false"},
            start_new_session=True,  # Ctrl-C reaches the API, which then stops its children in order
        )
        theirs.close()
        reader, writer = await asyncio.open_connection(sock=ours)
        return cls(process, reader, writer)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.returncode is None

    async def send(self, message: dict[str, Any]) -> None:
        """Send a frame; raises ``ChildDied``."""
        try:
            self._writer.write(encode(message))
            await self._writer.drain()
        except ConnectionError as gone:
            raise ChildDied(f"exit code {self._process.returncode}") from gone

    async def receive(self) -> dict[str, Any]:
        """Return the next frame; raises ``ChildDied``."""
        try:
            return await read_frame(self._reader)
        except (asyncio.IncompleteReadError, ConnectionError) as gone:
            raise ChildDied(f"exit code {self._process.returncode}") from gone

    async def stop(self) -> None:
        """End the process, with force if it does not go by itself; also when cancelled meanwhile."""
        ending = asyncio.ensure_future(self._end())
        try:
            await asyncio.shield(ending)
        except asyncio.CancelledError:
            await ending  # half ended it would be nobody's, and nobody would wait for it
            raise

    async def _end(self) -> None:
        self._writer.close()
        if self.alive:
            with suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(STOPS_WITHIN_S):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
