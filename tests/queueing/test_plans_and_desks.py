"""Window plans take each other's place; a desk lists who waits as the window would call them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from kernel.clock import ManualClock
from kernel.database import Database
from kernel.identity import Actor, Role
from kernel.secrets import Vault
from queueing import service, store
from queueing.rules.windows import PlanEntry

WEDNESDAY, SATURDAY = 2, 5


def plan(city: Any, queue: str) -> list[PlanEntry]:
    return [PlanEntry(window, getattr(city, queue), False, 510, 1050) for window in city.windows[1:]]


def apply(database: Database, city: Any, clock: ManualClock, entries: Any, weekday: int) -> int:
    return database.write_now(
        service.apply_plan,
        city.hall,
        entries,
        source="manual",
        by=city.manager,
        clock=clock,
        weekday=weekday,
    )


def held(database: Database, city: Any, weekday: int) -> set[Any]:
    found = database.read_now(store.plan_of, city.hall, weekday)
    return {entry.queue_id for entry in found.entries}


def test_a_plan_of_all_weekdays_leaves_saturdays_own_plan_alone(
    database: Database, city: Any, clock: ManualClock
) -> None:
    database.write_now(
        store.add_plan,
        city.hall,
        plan(city, "queue_a")[:1],
        source="manual",
        weekday=SATURDAY,
        at=clock.now(),
        by=city.manager.actor,
    )
    version = apply(database, city, clock, plan(city, "queue_b"), WEDNESDAY)
    assert database.read_now(store.plan_of, city.hall, WEDNESDAY).version == version
    assert held(database, city, WEDNESDAY) == {city.queue_b}
    assert held(database, city, SATURDAY) == {city.queue_a}


def test_saturdays_plan_is_replaced_on_saturdays_only(
    database: Database, city: Any, clock: ManualClock
) -> None:
    before = held(database, city, WEDNESDAY)
    database.write_now(
        store.add_plan,
        city.hall,
        plan(city, "queue_a")[:1],
        source="manual",
        weekday=SATURDAY,
        at=clock.now(),
        by=city.manager.actor,
    )
    apply(database, city, clock, plan(city, "queue_b"), SATURDAY)
    assert held(database, city, SATURDAY) == {city.queue_b}
    assert held(database, city, WEDNESDAY) == before


def test_a_desk_lists_who_waits_as_the_window_calls_them(
    database: Database, city: Any, vault: Vault, clock: ManualClock
) -> None:
    """Window 2 serves B and helps A; A001 has waited past the help limit, A002 has not."""
    window, clerk = city.windows[1], city.clerks[1]
    for code, minutes in (("id-card", 15), ("insurance", 10), ("id-card", 3), ("insurance", 2)):
        database.write_now(
            service.issue_ticket,
            city.hall,
            [city.services[code]],
            priority=False,
            by=Actor(Role.DEVICE),
            clock=clock,
            vault=vault,
        )
        clock.advance(timedelta(minutes=minutes))
    database.write_now(service.open_window, window, by=clerk, clock=clock)
    listed = database.read_now(service.desk, window, by=clerk, now=clock.now()).waiting
    called = []
    for _ in listed:
        ticket = database.write_now(service.call_next, window, by=clerk, clock=clock)
        called.append(ticket.label)
        database.write_now(service.start, ticket.id, by=clerk, clock=clock)
        database.write_now(service.finish, ticket.id, by=clerk, clock=clock)
    assert [ticket.label for ticket in listed] == called == ["A001", "B001", "B002", "A002"]
