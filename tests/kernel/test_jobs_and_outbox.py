"""Jobs and the outbox: promised with the work, done once, never lost."""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import Session

from app.relay import Relay, topic
from kernel import jobs, outbox
from kernel.bus import Bus, BusDown, InProcessBus
from kernel.clock import ManualClock
from kernel.database import Database
from kernel.events import Event, lock_hall, record
from kernel.work_tables import JobRow
from tests.support.races import behind_the_writer


class SomethingHappened(Event):
    kind = "something_happened"
    number: int


def happen(session: Session, hall_id: Any, number: int, clock: ManualClock) -> int:
    hall = lock_hall(session, hall_id)
    return record(session, hall, SomethingHappened(number=number), at=hall.tick(clock))


def happen_often(session: Session, hall_id: Any, times: int, clock: ManualClock) -> None:
    for number in range(times):
        happen(session, hall_id, number, clock)


def happen_and_fail(session: Session, hall_id: Any, clock: ManualClock) -> None:
    happen(session, hall_id, 99, clock)
    raise ValueError("after the event")


def test_a_hall_numbers_its_events_without_gaps_whoever_records(
    database: Database, city: Any, clock: ManualClock
) -> None:
    def one(number: int) -> int | None:
        if number % 5 == 0:
            with pytest.raises(ValueError, match="after the event"):
                database.write_now(happen_and_fail, city.hall, clock)
            return None
        return database.write_now(happen, city.hall, number, clock)

    with ThreadPoolExecutor(8) as pool:
        numbers = [seq for seq in pool.map(one, range(40)) if seq is not None]
    assert sorted(numbers) == list(range(1, 33))


def test_now_never_runs_backwards_within_a_hall(database: Database, city: Any, clock: ManualClock) -> None:
    database.write_now(happen, city.hall, 1, clock)
    clock.advance(timedelta(minutes=-10))
    database.write_now(happen, city.hall, 2, clock)
    frames = [frame for _, frame in database.read_now(outbox.unpublished)]
    assert frames[0].at <= frames[1].at


async def test_the_relay_publishes_in_order_and_marks_what_the_bus_took(
    database: Database, city: Any, clock: ManualClock, bus: Bus
) -> None:
    relay = Relay(database, bus, clock)
    async with bus.subscribe(topic(city.hall)) as messages:
        for number in range(5):
            await database.write(happen, city.hall, number, clock)
        assert await relay.relay_once() == 5
        assert await relay.relay_once() == 0
        got = []
        async with asyncio.timeout(5):
            async for message in messages:
                assert message is not None
                got.append(json.loads(message)["payload"]["number"])
                if len(got) == 5:
                    break
    assert got == list(range(5))


class DeafBus(InProcessBus):
    """A bus that is away for its first messages."""

    def __init__(self, fails: int) -> None:
        super().__init__()
        self.fails, self.taken = fails, []  # type: ignore[var-annotated]

    async def publish(self, topic: str, message: bytes) -> None:
        if self.fails:
            self.fails -= 1
            raise BusDown("away")
        self.taken.append(json.loads(message)["seq"])


async def test_what_the_bus_did_not_take_is_published_later_in_order(
    database: Database, city: Any, clock: ManualClock
) -> None:
    bus = DeafBus(fails=1)
    relay = Relay(database, bus, clock)
    for number in range(3):
        await database.write(happen, city.hall, number, clock)
    with pytest.raises(BusDown):
        await relay.relay_once()
    assert await relay.relay_once() == 3
    assert bus.taken == [1, 2, 3]


async def test_a_bus_that_is_away_is_told_once_in_the_log_and_again_when_it_is_back(
    sqlite_database: Database, sqlite_city: Any, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []

    class Log:
        def warning(self, event: str, **_facts: object) -> None:
            said.append(event)

    monkeypatch.setattr("app.relay.log", Log())
    monkeypatch.setattr("app.relay.PATIENCE_S", 0.01)
    bus = DeafBus(fails=3)
    await sqlite_database.write(happen, sqlite_city.hall, 0, clock)
    running = asyncio.create_task(Relay(sqlite_database, bus, clock).run())
    while not bus.taken:
        await asyncio.sleep(0.01)
    while len(said) < 2:
        await asyncio.sleep(0.01)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert said == ["events are not passed on", "events are passed on again"]


async def test_of_two_relays_one_works(database: Database, city: Any, clock: ManualClock, bus: Bus) -> None:
    await database.write(happen, city.hall, 1, clock)
    one, other = Relay(database, bus, clock), Relay(database, bus, clock)
    assert await one.relay_once() == 1
    await database.write(happen, city.hall, 2, clock)
    assert await other.relay_once() == 0
    assert await one.relay_once() == 1


async def test_a_relay_that_leads_no_more_stops_after_its_batch(
    sqlite_database: Database, sqlite_city: Any, clock: ManualClock
) -> None:
    """Its batch was so slow that another relay leads by now."""

    class Usurped(InProcessBus):
        async def publish(self, topic: str, message: bytes) -> None:
            await super().publish(topic, message)
            self._leaders.clear()
            await self.lead("relay", "another", ttl_s=60)

    await sqlite_database.write(happen_often, sqlite_city.hall, 501, clock)
    relay = Relay(sqlite_database, Usurped(), clock)
    assert await relay.relay_once() == 500
    assert len(await sqlite_database.read(outbox.unpublished)) == 1


def enqueue(session: Session, count: int, clock: ManualClock) -> list[Any]:
    return [jobs.enqueue(session, "x", {"n": number}, at=clock.now()) for number in range(count)]


def test_rival_dispatchers_never_claim_one_job(database: Database, clock: ManualClock) -> None:
    ids = database.write_now(enqueue, 20, clock)

    def claim(_: int) -> Any:
        job = database.write_now(jobs.claim, now=clock.now())
        return job.id if job else None

    with ThreadPoolExecutor(8) as pool:
        claimed = [job_id for job_id in pool.map(claim, range(40)) if job_id is not None]
    assert sorted(claimed) == sorted(ids)


def test_a_job_is_tried_again_later_and_then_given_up(database: Database, clock: ManualClock) -> None:
    (job_id,) = database.write_now(enqueue, 1, clock)
    for attempt in range(jobs.ATTEMPTS):
        job = database.write_now(jobs.claim, now=clock.now())
        assert job is not None
        assert job.attempts == attempt + 1
        database.write_now(jobs.fail, job, "broken", now=clock.now())
        assert database.write_now(jobs.claim, now=clock.now()) is None
        clock.advance(timedelta(minutes=5))
    assert database.read_now(jobs.state, job_id).status == "failed"


def test_what_a_dead_process_was_running_waits_again(database: Database, clock: ManualClock) -> None:
    database.write_now(enqueue, 1, clock)
    assert database.write_now(jobs.claim, now=clock.now()) is not None
    assert database.write_now(jobs.claim, now=clock.now()) is None
    database.write_now(jobs.requeue_running, now=clock.now())
    assert database.write_now(jobs.claim, now=clock.now()) is not None


def test_a_claim_that_is_renewed_stays_and_one_that_is_not_goes_to_another(
    database: Database, clock: ManualClock
) -> None:
    database.write_now(enqueue, 1, clock)
    first = database.write_now(jobs.claim, now=clock.now())
    assert first is not None
    for _ in range(3):
        clock.advance(jobs.LEASE - timedelta(seconds=1))
        database.write_now(jobs.renew, first, wall=clock.now())
        assert database.write_now(jobs.claim, now=clock.now()) is None
    clock.advance(jobs.LEASE + timedelta(seconds=1))
    second = database.write_now(jobs.claim, now=clock.now())
    assert second is not None
    assert (second.id, second.attempts) == (first.id, 2)
    database.write_now(jobs.fail, first, "too late", now=clock.now())
    database.write_now(jobs.renew, first, wall=clock.now() + timedelta(days=1))
    assert not database.write_now(jobs.is_ours, first)
    assert database.write_now(jobs.is_ours, second)
    clock.advance(jobs.LEASE + timedelta(seconds=1))
    assert database.write_now(jobs.claim, now=clock.now()) is not None


@pytest.mark.parametrize("at_start", [False, True])
def test_a_job_whose_process_ends_each_time_is_given_up(
    database: Database, clock: ManualClock, at_start: bool
) -> None:
    (job_id,) = database.write_now(enqueue, 1, clock)
    for _ in range(jobs.ATTEMPTS):
        assert database.write_now(jobs.claim, now=clock.now()) is not None
        clock.advance(jobs.LEASE + timedelta(seconds=1))
        if at_start:
            database.write_now(jobs.requeue_running, now=clock.now())
    assert database.write_now(jobs.claim, now=clock.now()) is None
    found = database.read_now(jobs.state, job_id)
    assert (found.status, found.error) == ("failed", "the process that ran it ended each time")


def test_of_several_processes_one_puts_a_days_job_in_the_table(
    database: Database, clock: ManualClock
) -> None:
    def ask(_: int) -> bool:
        return database.write_now(jobs.enqueue_once, "x", {}, key="2026-11-18", at=clock.now())

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(ask, range(12))) == [False] * 11 + [True]
    assert database.read_now(jobs.counts, now=clock.now())["waiting"] == 1


def test_without_the_key_two_processes_that_look_first_put_two(
    database: Database, clock: ManualClock
) -> None:
    both_looked = Barrier(2)

    def naive(_: int) -> None:
        def unit(session: Session) -> None:
            found = session.execute(select(JobRow.__table__.c.id)).all()  # type: ignore[attr-defined]
            session.commit()
            both_looked.wait(5)
            if not found:
                jobs.enqueue(session, "x", {}, at=clock.now())

        behind_the_writer(database, unit)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(naive, range(2)))
    assert database.read_now(jobs.counts, now=clock.now())["waiting"] == 2


def test_a_job_whose_transaction_failed_was_never_there(database: Database, clock: ManualClock) -> None:
    def enqueue_and_fail(session: Session) -> None:
        enqueue(session, 1, clock)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        database.write_now(enqueue_and_fail)
    assert database.write_now(jobs.claim, now=clock.now()) is None
