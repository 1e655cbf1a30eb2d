"""The bus carries what may be lost: event fan-out, live estimates, leader locks, counters that expire.

The database is the truth; whoever misses a message refetches. Two implementations behind one interface,
one conformance suite for both: in-process (default) and Redis or Valkey (``JINBAN_REDIS_URL``).
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import TYPE_CHECKING, Protocol

from redis.asyncio import Redis
from redis.exceptions import RedisError

from kernel.clock import monotonic

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from redis.asyncio.client import PubSub

BACKLOG = 1_000  # messages a slow subscriber may lag behind before it is told to refetch
REDIS_TIMEOUT_S = 0.5  # a dead Redis must not hold up a call; the outbox keeps what was not taken
RELEASE_OWN = "if redis.call('get',KEYS[1])==ARGV[1] then return redis.call('del',KEYS[1]) end return 0"
RENEW_OWN = (
    "if redis.call('get',KEYS[1])==ARGV[1] then return redis.call('pexpire',KEYS[1],ARGV[2]) end return 0"
)


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


class _Listener:
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
        self._listeners: defaultdict[str, set[_Listener]] = defaultdict(set)
        self._values: dict[str, tuple[float, bytes]] = {}
        self._counts: dict[str, tuple[float, int]] = {}
        self._leaders: dict[str, tuple[float, str]] = {}

    async def publish(self, topic: str, message: bytes) -> None:
        for listener in tuple(self._listeners.get(topic, ())):
            listener.put(message)

    @asynccontextmanager
    async def subscribe(self, topic: str) -> AsyncIterator[Subscription]:
        listener = _Listener()
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


class RedisBus:
    """Redis or Valkey; reconnects by itself and says so to subscribers with a ``None``."""

    def __init__(self, url: str, *, prefix: str = "jinban:") -> None:
        self._redis = Redis.from_url(
            url, socket_timeout=REDIS_TIMEOUT_S, socket_connect_timeout=REDIS_TIMEOUT_S
        )
        self._listening = Redis.from_url(url, socket_connect_timeout=REDIS_TIMEOUT_S)
        self._prefix = prefix
        self._tasks: set[asyncio.Task[None]] = set()

    async def publish(self, topic: str, message: bytes) -> None:
        with _down_is_bus_down():
            await self._redis.publish(self._prefix + topic, message)

    @asynccontextmanager
    async def subscribe(self, topic: str) -> AsyncIterator[Subscription]:
        listener = _Listener()
        ready = asyncio.Event()
        task = asyncio.create_task(self._listen(self._prefix + topic, listener, ready))
        self._tasks.add(task)
        with suppress(TimeoutError):
            # Redis away at start: the subscriber lives on its refetches until it is back.
            async with asyncio.timeout(REDIS_TIMEOUT_S * 2):
                await ready.wait()
        try:
            yield listener
        finally:
            task.cancel()
            self._tasks.discard(task)
            with suppress(asyncio.CancelledError):
                await task

    async def _listen(self, channel: str, listener: _Listener, ready: asyncio.Event) -> None:
        while True:
            with suppress(RedisError, OSError):
                async with self._listening.pubsub() as pubsub:
                    await pubsub.subscribe(channel)
                    await self._pass_on(pubsub, listener, ready)
            await asyncio.sleep(REDIS_TIMEOUT_S)

    @staticmethod
    async def _pass_on(pubsub: PubSub, listener: _Listener, ready: asyncio.Event) -> None:
        async for message in pubsub.listen():
            if message["type"] == "message":
                listener.put(message["data"])
            elif message["type"] == "subscribe":
                if ready.is_set():
                    listener.put(None)  # a reconnection: what came between is gone
                ready.set()

    async def set(self, key: str, value: bytes, *, ttl_s: float) -> None:
        with _down_is_bus_down():
            await self._redis.set(self._prefix + key, value, px=int(ttl_s * 1000))

    async def get(self, key: str) -> bytes | None:
        with _down_is_bus_down():
            value = await self._redis.get(self._prefix + key)
            return value.encode() if isinstance(value, str) else value

    async def count(self, key: str, *, ttl_s: float) -> int:
        with _down_is_bus_down():
            async with self._redis.pipeline(transaction=True) as pipeline:
                pipeline.set(self._prefix + key, 0, px=int(ttl_s * 1000), nx=True)
                pipeline.incr(self._prefix + key)
                return int((await pipeline.execute())[1])

    async def lead(self, name: str, holder: str, *, ttl_s: float) -> bool:
        key, milliseconds = f"{self._prefix}leader:{name}", int(ttl_s * 1000)
        with _down_is_bus_down():
            if await self._redis.set(key, holder, px=milliseconds, nx=True):
                return True
            return bool(await self._redis.eval(RENEW_OWN, 1, key, holder, str(milliseconds)))

    async def resign(self, name: str, holder: str) -> None:
        with _down_is_bus_down():
            await self._redis.eval(RELEASE_OWN, 1, f"{self._prefix}leader:{name}", holder)

    async def close(self) -> None:
        for task in tuple(self._tasks):
            task.cancel()
        await self._listening.aclose()
        await self._redis.aclose()


class _down_is_bus_down:  # noqa: N801 - reads as the statement it is
    """Turn what the Redis client raises when the server is away into ``BusDown``."""

    def __enter__(self) -> None: ...

    def __exit__(self, _kind: object, failure: BaseException | None, _trace: object) -> None:
        if isinstance(failure, (RedisError, OSError, TimeoutError)):
            raise BusDown(str(failure)) from failure


def open_bus(redis_url: str | None) -> Bus:
    """Return the bus that the settings ask for."""
    return RedisBus(redis_url) if redis_url else InProcessBus()
