"""The bus over Redis or Valkey, for several processes; what it promises stands in ``kernel.bus``."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from redis.asyncio import Redis
from redis.exceptions import RedisError

from kernel.bus import BusDown, Listener

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from redis.asyncio.client import PubSub

    from kernel.bus import Subscription

QUIET_S = 5.0  # after so long without a word Redis is asked whether it is there
REDIS_TIMEOUT_S = 0.5  # a dead Redis must not hold up a call; the outbox keeps what was not taken
RELEASE_OWN = "if redis.call('get',KEYS[1])==ARGV[1] then return redis.call('del',KEYS[1]) end return 0"
RENEW_OWN = (
    "if redis.call('get',KEYS[1])==ARGV[1] then return redis.call('pexpire',KEYS[1],ARGV[2]) end return 0"
)


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
        listener = Listener()
        ready = asyncio.Event()
        task = asyncio.create_task(self._listen(self._prefix + topic, listener, ready))
        self._tasks.add(task)
        try:
            async with asyncio.timeout(REDIS_TIMEOUT_S * 2):
                await ready.wait()
        except TimeoutError:
            # Redis away at start: the subscriber lives on its refetches, and is told when it is back.
            ready.set()
        try:
            yield listener
        finally:
            task.cancel()
            self._tasks.discard(task)
            with suppress(asyncio.CancelledError):
                await task

    async def _listen(self, channel: str, listener: Listener, ready: asyncio.Event) -> None:
        while True:
            with suppress(BusDown), _down_is_bus_down():
                async with self._listening.pubsub() as pubsub:
                    with _down_is_bus_down():
                        await pubsub.subscribe(channel)
                    await self._pass_on(pubsub, listener, ready)
            await asyncio.sleep(REDIS_TIMEOUT_S)

    @staticmethod
    async def _pass_on(pubsub: PubSub, listener: Listener, ready: asyncio.Event) -> None:
        """Pass on what comes; a line that says nothing and answers nothing is dead, though nobody cut it."""
        asked = False
        while True:
            with _down_is_bus_down():
                message = await pubsub.get_message(timeout=QUIET_S)
            if message is None:
                if asked:
                    return
                with _down_is_bus_down():
                    await pubsub.ping()
                asked = True
                continue
            asked = False
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
    """Turn what the Redis client raises when the server is away into ``BusDown``, and lose no cancellation.

    The client sends by ``asyncio.wait_for``, which before Python 3.12 answers like a call that went well when
    it is cancelled in the moment in which it is done. Whoever goes round until cancelled, the relay for one,
    would then go round for ever, and the process would not end when told to.
    """

    def __enter__(self) -> None:
        self._cancels = _cancels()

    def __exit__(self, _kind: object, failure: BaseException | None, _trace: object) -> None:
        if _cancels() > self._cancels and not isinstance(failure, asyncio.CancelledError):
            raise asyncio.CancelledError from failure
        if isinstance(failure, (RedisError, OSError, TimeoutError)):
            raise BusDown(str(failure)) from failure


def _cancels() -> int:
    """Return how often the running task was told to end."""
    task = asyncio.current_task()
    return task.cancelling() if task is not None else 0
