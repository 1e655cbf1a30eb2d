"""A make-up workday (调休) has the window plan of the weekday whose hours it has, not the Saturday's own."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert

from kernel import catalogue
from kernel.clock import ManualClock
from kernel.database import Database
from kernel.tables import ClosureRow
from queueing import service, store
from queueing.plans import feeds
from queueing.plans_in_force import plan_versions
from queueing.rules.windows import PlanEntry

SATURDAY = date(2026, 11, 21)
AFTERNOON = datetime(2026, 11, 21, 15, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture
def made_up(database: Database, city: Any, clock: ManualClock) -> int:
    """Saturdays have a short plan of their own; the 21st is worked like a Wednesday. Return Wednesdays'."""
    half_day = [PlanEntry(city.windows[1], city.queue_a, False, 540, 720)]
    usual = database.read_now(service.plan_of, city.hall, now=clock.now()).version
    database.write_now(
        store.add_plan, city.hall, half_day, source="manual", weekday=5, at=clock.now(),
        by=city.manager.actor,
    )  # fmt: skip
    row = {"hall_id": city.hall, "day": SATURDAY, "opens_as_weekday": 2, "reason_zh": "", "reason_en": ""}
    database.write_now(lambda session: session.execute(insert(ClosureRow.__table__), row) and None)  # type: ignore[attr-defined]
    clock.set(AFTERNOON)
    return usual


def test_a_make_up_day_has_the_plan_of_the_weekday_that_it_is_worked_like(
    database: Database, city: Any, clock: ManualClock, made_up: int
) -> None:
    now = clock.now()
    calendar = database.read_now(catalogue.calendar, city.hall)
    assert database.read_now(service.plan_of, city.hall, now=now).version == made_up
    assert database.read_now(plan_versions, {city.hall: calendar}, now) == {city.hall: made_up}
    serves = {
        sign.label: sign.serves for sign in database.read_now(service.board, city.hall, now=now).windows
    }
    assert serves["2"], "its windows are planned in the afternoon too"
    table = database.read_now(feeds.plan_table, "H1", SATURDAY, by=city.manager)
    assert "17:30" in table


def test_the_next_saturday_keeps_its_own_plan(
    database: Database, city: Any, clock: ManualClock, made_up: int
) -> None:
    clock.set(AFTERNOON + timedelta(days=7))
    assert database.read_now(service.plan_of, city.hall, now=clock.now()).version != made_up


def test_what_is_published_on_a_make_up_day_is_for_the_weekday_that_it_is_worked_like(
    database: Database, city: Any, clock: ManualClock, made_up: int
) -> None:
    entries = [PlanEntry(window, city.queue_b, False, 510, 1050) for window in city.windows[1:]]
    database.write_now(
        service.publish_plan, city.hall, entries, base_version=made_up, by=city.manager, clock=clock
    )
    assert {own.queue_id for own in database.read_now(store.plan_of, city.hall, 2).entries} == {city.queue_b}
    assert {own.queue_id for own in database.read_now(store.plan_of, city.hall, 5).entries} == {city.queue_a}
