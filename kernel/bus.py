"""The bus carries what may be lost: event fan-out, live estimates, leader locks, counters that expire.

The database is the truth; whoever misses a message refetches. Two implementations behind one interface,
one conformance suite for both: in-process (default), here, and Redis or Valkey (``JINBAN_REDIS_URL``),
in ``kernel.redis_bus``.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from kernel.clock import monotonic

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


T = TypeVar("T")

BACKLOG = 1_000  # messages a slow subscriber may lag behind before it is told to refetch …
BACKLOG_BYTES = 4_000_000  # … or this much: estimates of a whole city come as one message each
SWEPT_FROM = 10_000  # keys and counters; fewer are not worth looking through


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
    """One subscriber's backlog; too long, or too large, it is dropped and replaced by one ``None``."""

    def __init__(self) -> None:
        self._messages: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._bytes = 0

    def put(self, message: bytes | None) -> None:
        size = len(message or b"")
        if self._messages.qsize() >= BACKLOG or (self._bytes and self._bytes + size > BACKLOG_BYTES):
            while not self._messages.empty():
                self._messages.get_nowait()
            message, self._bytes, size = None, 0, 0
        self._bytes += size
        self._messages.put_nowait(message)

    async def __aiter__(self) -> AsyncIterator[bytes | None]:
        while True:
            message = await self._messages.get()
            self._bytes -= len(message or b"")
            yield message


class _Expiring(Generic[T]):
    """Values that end at an instant; those that ended go with the growth, at a cost of one look each."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[float, T]] = {}
        self._sweep_at = SWEPT_FROM

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: str, now: float) -> tuple[float, T] | None:
        """Return when a value ends and the value, None after its end."""
        kept = self._kept.get(key)
        return kept if kept is not None and now < kept[0] else None

    def set(self, key: str, ends_at: float, value: T, now: float) -> None:
        self._kept[key] = (ends_at, value)
        if len(self._kept) > self._sweep_at:
            self._kept = {name: kept for name, kept in self._kept.items() if kept[0] > now}
            # Looked through again once it has doubled: with each further value it would cost all of them.
            self._sweep_at = max(SWEPT_FROM, 2 * len(self._kept))


class InProcessBus:
    """Everything in this process's memory; for one API process."""

    def __init__(self) -> None:
        self._listeners: defaultdict[str, set[Listener]] = defaultdict(set)
        self._values = _Expiring[bytes]()
        self._counts = _Expiring[int]()
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
            listening = self._listeners.get(topic, set())
            listening.discard(listener)
            if not listening:
                self._listeners.pop(topic, None)

    async def set(self, key: str, value: bytes, *, ttl_s: float) -> None:
        now = monotonic()
        self._values.set(key, now + ttl_s, value, now)

    async def get(self, key: str) -> bytes | None:
        kept = self._values.get(key, monotonic())
        return kept[1] if kept else None

    async def count(self, key: str, *, ttl_s: float) -> int:
        now = monotonic()
        ends_at, count = self._counts.get(key, now) or (now + ttl_s, 0)
        self._counts.set(key, ends_at, count + 1, now)
        return count + 1

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
