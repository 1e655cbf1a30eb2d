"""Races of the live queue: on both databases, each beside a twin that removes the guard.

On SQLite the twins go behind the single writer, on connections of their own: behind it naive code
cannot fail.
"""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, insert, select, update
from sqlmodel import Session

import queueing.service.calling as calling
import queueing.service.desks as desks
from kernel.clock import ManualClock
from kernel.database import Database
from kernel.errors import Refusal
from kernel.events import lock_hall
from kernel.secrets import Vault
from queueing import service, store
from queueing.errors import AtAnotherWindow, NobodyWaiting
from queueing.store.ticket_writes import counters
from queueing.store.tickets import tickets
from tests.support.races import behind_the_writer
from tests.support.walk_ins import walk_in

PEOPLE = 24


def fill(database: Database, city: Any, vault: Vault, clock: ManualClock, count: int = PEOPLE) -> None:
    for _ in range(count):
        walk_in(database, city, clock=clock, vault=vault)
        clock.advance(timedelta(seconds=5))


def open_two(database: Database, city: Any, clock: ManualClock) -> None:
    for index in (0, 1):
        database.write_now(service.open_window, city.windows[index], by=city.clerks[index], clock=clock)


def test_no_ticket_is_called_to_two_windows_and_none_is_skipped(
    database: Database, city: Any, vault: Vault, clock: ManualClock
) -> None:
    fill(database, city, vault, clock)
    open_two(database, city, clock)
    called: list[str] = []
    gate = threading.Barrier(2)

    def work(index: int) -> None:
        gate.wait(5)
        while True:
            try:
                ticket = database.write_now(
                    service.call_next, city.windows[index], by=city.clerks[index], clock=clock
                )
            except NobodyWaiting:
                return
            called.append(ticket.label)
            database.write_now(service.start, ticket.id, by=city.clerks[index], clock=clock)
            database.write_now(service.finish, ticket.id, by=city.clerks[index], clock=clock)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, (0, 1)))
    assert Counter(called) == Counter(f"A{number:03d}" for number in range(1, PEOPLE + 1))


def test_without_the_lock_the_race_is_real(
    database: Database, city: Any, vault: Vault, clock: ManualClock
) -> None:
    """Two windows read the same head; with neither lock nor conditional update both call it."""
    fill(database, city, vault, clock, count=1)
    open_two(database, city, clock)
    both_read = threading.Barrier(2)

    def naive_call(index: int) -> str:
        def unit(session: Session) -> str:
            head = store.queue_heads(session, {city.queue_a: False}, {city.queue_a: 0})[0].ticket
            both_read.wait(5)
            session.execute(
                update(tickets)
                .where(tickets.c.id == head.id)
                .values(status="called", window_id=city.windows[index])
            )
            return head.label

        return behind_the_writer(database, unit)

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(naive_call, (0, 1))) == ["A001", "A001"]


def test_the_conditional_update_is_a_guard_of_its_own(
    database: Database, city: Any, vault: Vault, clock: ManualClock
) -> None:
    """Even past the lock, a ticket that a rival moved meanwhile is not moved again."""
    fill(database, city, vault, clock, count=1)
    open_two(database, city, clock)
    stale = database.read_now(
        lambda session: store.queue_heads(session, {city.queue_a: False}, {city.queue_a: 0})[0].ticket
    )
    database.write_now(service.call_next, city.windows[0], by=city.clerks[0], clock=clock)

    def call_stale(session: Session) -> None:
        hall = lock_hall(session, city.hall)
        now = hall.tick(clock)
        window = store.window(session, city.windows[1])
        calling._call(session, hall, stale, window, city.clerks[1], now)

    with pytest.raises(Refusal, match="not-possible-now"):
        database.write_now(call_stale)


def test_a_clerk_who_opens_two_windows_at_once_sits_at_one(
    database: Database, city: Any, clock: ManualClock
) -> None:
    gate = threading.Barrier(2)

    def open_it(index: int) -> str:
        gate.wait(5)
        try:
            database.write_now(service.open_window, city.windows[index], by=city.clerks[0], clock=clock)
        except AtAnotherWindow:
            return "refused"
        return "open"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(open_it, (0, 1))) == ["open", "refused"]
    assert sits_at(database, city) == 1


def test_without_the_lock_a_clerk_sits_at_two_windows(
    database: Database, city: Any, clock: ManualClock
) -> None:
    """Both look round before either has sat down."""
    both_looked = threading.Barrier(2)

    def naive_open(index: int) -> None:
        def unit(session: Session) -> None:
            window = store.window(session, city.windows[index])
            desks._sits_nowhere_else(session, window, city.clerks[0])
            both_looked.wait(5)
            store.set_window(session, window.id, clock.now(), status="open", clerk_id=city.clerks[0].id)

        behind_the_writer(database, unit)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(naive_open, (0, 1)))
    assert sits_at(database, city) == 2


def sits_at(database: Database, city: Any) -> int:
    """Return at how many windows the first clerk sits."""
    found = database.read_now(store.windows_of, city.hall)
    return sum(own.clerk_id == city.clerks[0].id for own in found)


def test_parallel_kiosks_never_share_a_number(
    database: Database, city: Any, vault: Vault, clock: ManualClock
) -> None:
    def issue(_: int) -> str:
        issued = walk_in(database, city, clock=clock, vault=vault)
        return issued.ticket.label

    with ThreadPoolExecutor(8) as pool:
        labels = list(pool.map(issue, range(60)))
    assert sorted(labels) == [f"A{number:03d}" for number in range(1, 61)]


def test_without_the_counter_two_kiosks_share_a_number(
    database: Database, city: Any, vault: Vault, clock: ManualClock
) -> None:
    """Peers take max(number) + 1; two who read together get the same one."""
    fill(database, city, vault, clock, count=3)
    both_read = threading.Barrier(2)

    def naive_number(_: int) -> int:
        def unit(session: Session) -> int:
            highest = session.execute(select(func.max(tickets.c.number))).scalar_one()
            both_read.wait(5)
            return int(highest) + 1

        return behind_the_writer(database, unit)

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(naive_number, range(2))) == [4, 4]


def test_the_schema_refuses_a_number_twice(
    database: Database, city: Any, vault: Vault, clock: ManualClock
) -> None:
    fill(database, city, vault, clock, count=1)

    def again(session: Session) -> None:
        first = store.waiting_in(session, [city.queue_a])[0]
        copy = replace(first, id=city.queue_b)
        session.execute(
            insert(tickets).values({name: getattr(copy, name) for name in store.Ticket.__dataclass_fields__})
        )

    with pytest.raises(Exception, match=r"(?i)unique"):
        database.write_now(again)


def test_the_counter_is_one_row_a_queue_and_day(
    database: Database, city: Any, vault: Vault, clock: ManualClock
) -> None:
    fill(database, city, vault, clock, count=2)
    rows = database.read_now(lambda session: session.execute(select(counters)).all())
    assert [(row.queue_id, row.next_number) for row in rows] == [(city.queue_a, 3)]


def test_two_clerks_cannot_sit_at_one_window(
    database: Database, city: Any, vault: Vault, clock: ManualClock
) -> None:
    def sit(index: int) -> str:
        try:
            database.write_now(service.open_window, city.windows[0], by=city.clerks[index], clock=clock)
        except Refusal as refused:
            return refused.code
        return "open"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(sit, (0, 1))) == ["open", "window-taken"]


def test_two_managers_cannot_publish_on_the_same_base(
    database: Database, city: Any, vault: Vault, clock: ManualClock
) -> None:
    plan = database.read_now(service.plan_of, city.hall, now=clock.now())

    def publish(_: int) -> str:
        try:
            database.write_now(
                service.publish_plan,
                city.hall,
                plan.entries,
                base_version=plan.version,
                by=city.manager,
                clock=clock,
            )
        except Refusal as refused:
            return refused.code
        return "published"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(publish, range(2))) == ["plan-changed-meanwhile", "published"]
