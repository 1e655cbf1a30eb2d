"""The bus carries what may be lost: event fan-out, live estimates, leader locks, counters that expire.

The database is the truth; whoever misses a message refetches. Two implementations behind one interface,
one conformance suite for both: in-process (default), here, and Redis or Valkey (``JINBAN_REDIS_URL``),
in ``kernel.redis_bus``.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING, Protocol

from kernel.clock import monotonic

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


BACKLOG = 1_000  # messages a slow subscriber may lag behind before it is told to refetch


class BusDown(Exception):
    """The bus cannot be reached; nothing that matters is lost, try again later."""


class Subscription(Protocol):
    """Messages of one topic from the moment of subscribing on.

    ``None`` stands for "some were lost here": the subscriber refetches what it shows.
    """

    def __aiter__(self) -> AsyncIterator[bytes | None]: ...


class Bus(Protocol):
    """What both implementations promise. Topics and keys are short ASCII names."""

    async def publish(self, topic: str, message: bytes) -> None: ...
    def subscribe(self, topic: str) -> AbstractAsyncContextManager[Subscription]: ...
    async def set(self, key: str, value: bytes, *, ttl_s: float) -> None: ...
    async def get(self, key: str) -> bytes | None: ...
    async def count(self, key: str, *, ttl_s: float) -> int: ...
    async def lead(self, name: str, holder: str, *, ttl_s: float) -> bool: ...
    async def resign(self, name: str, holder: str) -> None: ...
    async def close(self) -> None: ...


class Listener:
    """One subscriber's backlog; too long, it is dropped and replaced by one ``None``."""

    def __init__(self) -> None:
        self.messages: asyncio.Queue[bytes | None] = asyncio.Queue()

    def put(self, message: bytes | None) -> None:
        if self.messages.qsize() >= BACKLOG:
            while not self.messages.empty():
                self.messages.get_nowait()
            message = None
        self.messages.put_nowait(message)

    async def __aiter__(self) -> AsyncIterator[bytes | None]:
        while True:
            yield await self.messages.get()


class InProcessBus:
    """Everything in this process's memory; for one API process."""

    def __init__(self) -> None:
        self._listeners: defaultdict[str, set[Listener]] = defaultdict(set)
        self._values: dict[str, tuple[float, bytes]] = {}
        self._counts: dict[str, tuple[float, int]] = {}
        self._leaders: dict[str, tuple[float, str]] = {}

    async def publish(self, topic: str, message: bytes) -> None:
        for listener in tuple(self._listeners.get(topic, ())):
            listener.put(message)

    @asynccontextmanager
    async def subscribe(self, topic: str) -> AsyncIterator[Subscription]:
        listener = Listener()
        self._listeners[topic].add(listener)
        try:
            yield listener
        finally:
            self._listeners[topic].discard(listener)
            if not self._listeners[topic]:
                del self._listeners[topic]

    async def set(self, key: str, value: bytes, *, ttl_s: float) -> None:
        self._values[key] = (monotonic() + ttl_s, value)

    async def get(self, key: str) -> bytes | None:
        expires, value = self._values.get(key, (0.0, b""))
        return value if monotonic() < expires else None

    async def count(self, key: str, *, ttl_s: float) -> int:
        now = monotonic()
        expires, count = self._counts.get(key, (0.0, 0))
        expires, count = (expires, count + 1) if now < expires else (now + ttl_s, 1)
        if len(self._counts) > 10_000:
            self._counts = {name: entry for name, entry in self._counts.items() if entry[0] > now}
        self._counts[key] = (expires, count)
        return count

    async def lead(self, name: str, holder: str, *, ttl_s: float) -> bool:
        now = monotonic()
        expires, leader = self._leaders.get(name, (0.0, holder))
        if leader != holder and now < expires:
            return False
        self._leaders[name] = (now + ttl_s, holder)
        return True

    async def resign(self, name: str, holder: str) -> None:
        if self._leaders.get(name, (0.0, ""))[1] == holder:
            del self._leaders[name]

    async def close(self) -> None:
        self._listeners.clear()


def open_bus(redis_url: str | None) -> Bus:
    """Return the bus that the settings ask for."""
    if not redis_url:
        return InProcessBus()
    from kernel.redis_bus import RedisBus  # noqa: PLC0415 - a client that only this bus needs

    return RedisBus(redis_url)
