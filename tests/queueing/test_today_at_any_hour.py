"""The manager's today answers at any hour of any day, whatever the hall has entered or learned."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from kernel.identity import Role, Staff
from kernel.ids import StaffId
from queueing import service
from queueing.learned import store_wait_profiles
from queueing.rules.drain import QUARTERS
from queueing.rules.windows import PlanEntry
from queueing.today.schemas import TodayOut
from queueing.today.service import hall_today

if TYPE_CHECKING:
    from kernel.clock import ManualClock
    from kernel.database import Database

EYES = Staff(StaffId(uuid4()), "Supervisor", Role.SUPERVISOR, None)
MIDNIGHT, BEFORE, MORNING, LAST, AFTER, NIGHT = (
    datetime(2026, 11, 17, 16, tzinfo=UTC),
    *(
        datetime(2026, 11, 18, hour, minute, tzinfo=UTC)
        for hour, minute in ((0, 29), (2, 0), (9, 29), (9, 31))
    ),
    datetime(2026, 11, 18, 15, 59, tzinfo=UTC),
)
SUNDAY, HOLIDAY = datetime(2026, 11, 22, 2, tzinfo=UTC), datetime(2026, 10, 1, 2, tzinfo=UTC)
CLOSED = {SUNDAY, HOLIDAY}


def learned(database: Database, city: Any, clock: ManualClock, *, minutes: float) -> None:
    """Both queues are known to have ten people in each quarter hour, at so many minutes each."""
    rates = {"rates": {}, "usual_rates": [10.0] * QUARTERS, "marks": {}, "hall_cv": 0.1, "own_cv": 0.1}
    demand = {**rates, "dispersion": 1.0, "minutes": minutes, "days": 40}
    flat = [0.1] * QUARTERS
    profile = {"calls": flat, "arrivals": flat, "windows": [1.0] * QUARTERS, "bands": {}, "demand": demand}
    profiles = {str(queue): profile for queue in (city.queue_a, city.queue_b)}
    database.write_now(store_wait_profiles, {}, {"days": 40, "profiles": profiles}, clock=clock)


def entries(city: Any, *pairs: tuple[int, Any]) -> list[PlanEntry]:
    return [PlanEntry(city.windows[place], queue, False, 0, 1440) for place, queue in pairs]


def seen(database: Database, now: datetime, code: str = "H1") -> TodayOut:
    shown = TodayOut.of(database.read_now(hall_today, code, by=EYES, now=now))
    TodayOut.model_validate_json(shown.model_dump_json())  # no number that JSON cannot say
    return shown


@pytest.mark.parametrize("now", [MIDNIGHT, BEFORE, MORNING, LAST, AFTER, NIGHT, SUNDAY, HOLIDAY])
@pytest.mark.parametrize("history", [True, False])
@pytest.mark.slow
def test_today_is_told_at_any_hour_with_and_without_history(
    sqlite_database, sqlite_city, clock, now: datetime, history: bool
) -> None:
    if history:
        learned(sqlite_database, sqlite_city, clock, minutes=8.0)
    for code in ("H1", "H2", "T1"):
        shown = seen(sqlite_database, now, code)
        assert bool(shown.quarters) is (now not in CLOSED or code == "T1")
        assert {series.known for series in shown.series[1:]} <= {history and code == "H1"}


def test_a_queue_learned_to_take_no_time_counts_its_typical_minutes(
    sqlite_database, sqlite_city, clock
) -> None:
    learned(sqlite_database, sqlite_city, clock, minutes=0.0)
    shown = seen(sqlite_database, MORNING)
    assert all(count < 100 for series in shown.series for count in series.capacity)
    assert shown.gaps


def test_a_window_that_the_plan_has_closed_adds_nothing_to_what_can_be_served(
    sqlite_database, sqlite_city, clock
) -> None:
    """The third window has B until noon only; from then on nobody is counted on there."""
    city = sqlite_city
    learned(sqlite_database, city, clock, minutes=8.0)
    until_noon = PlanEntry(city.windows[2], city.queue_b, False, 0, 720)
    plan = [*entries(city, (0, city.queue_a), (1, city.queue_b)), until_noon]
    sqlite_database.write_now(
        service.apply_plan, city.hall, plan, source="manual", by=city.manager, clock=clock
    )
    shown = seen(sqlite_database, MORNING)
    served = dict(zip(shown.quarters, shown.series[2].capacity, strict=True))
    assert served[690] == pytest.approx(2 * served[720], rel=0.01)


def test_a_plan_of_one_day_is_what_today_counts_with(sqlite_database, sqlite_city, clock) -> None:
    city = sqlite_city
    learned(sqlite_database, city, clock, minutes=8.0)
    before = seen(sqlite_database, MORNING).series[2].capacity
    usual = sqlite_database.read_now(service.plan_of, city.hall, now=clock.now())
    sqlite_database.write_now(
        service.apply_plan, city.hall, entries(city, (0, city.queue_a), (1, city.queue_b)), source="manual",
        by=city.manager, clock=clock,
    )  # fmt: skip
    sqlite_database.write_now(
        lambda session: (
            session.execute(
                text("UPDATE window_plan SET on_day = '2026-11-18' WHERE version > :usual"),
                {"usual": usual.version},
            )
            and None
        )
    )
    assert seen(sqlite_database, MORNING).series[2].capacity != before
    assert seen(sqlite_database, datetime(2026, 11, 19, 2, tzinfo=UTC)).series[2].capacity == before
