"""The demand forecast: what marks a day, what history teaches, how today's arrivals move it."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import nbinom, poisson
from sqlalchemy import insert

from kernel.clock import ManualClock
from kernel.database import Database
from kernel.secrets import Vault
from queueing.demand_learning import DemandHistory, learn_demand
from queueing.expected import expect
from queueing.forecast import hall_forecast
from queueing.jobs import learn_hall_waits
from queueing.learned import store_wait_profiles
from queueing.rules.demand import (
    DayKind,
    DemandProfile,
    count_quantiles,
    expected_until,
    forecast_day,
    kind_of,
    profile_from,
)
from queueing.rules.drain import QUARTERS
from queueing.tables import TicketFactRow
from tests.support.walk_ins import walk_in

OPEN = [1.0 if 34 <= quarter < 70 else 0.0 for quarter in range(QUARTERS)]  # 8:30 to 17:30
SEED = 20261125


def profile(rate: float = 2.0, **changes: Any) -> DemandProfile:
    values: dict[str, Any] = {
        "rates": {weekday: (rate,) * QUARTERS for weekday in range(5)},
        "usual_rates": (rate,) * QUARTERS,
        "marks": {"month_end": 1.5},
        "hall_cv": 0.2,
        "own_cv": 0.1,
        "dispersion": 1.0,
        "minutes": 8.0,
        "days": 40,
    }
    return DemandProfile(**(values | changes))


# --- what marks a date ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "weekday", "marks"),
    [
        (date(2026, 10, 9), 4, ("month_start",)),  # a Friday; the holiday ended on the 7th
        (date(2026, 10, 8), 3, ("month_start", "after_holiday")),
        (date(2026, 9, 30), 2, ("month_end", "before_holiday")),
        (date(2026, 10, 10), 0, ("make_up", "month_start")),  # a Saturday worked with Monday's hours
        (date(2026, 11, 18), 2, ()),
        (date(2026, 11, 27), 4, ("month_end",)),  # a Friday; the Monday after is the month's last workday
    ],
)
def test_a_date_is_marked_by_the_national_calendar(day: date, weekday: int, marks: tuple[str, ...]) -> None:
    assert kind_of(day) == DayKind(weekday, marks)


# --- ranges ---------------------------------------------------------------------------------------------


@given(st.floats(0.01, 400), st.floats(1.0, 30), st.floats(0.01, 0.5), st.floats(0.5, 0.99))
def test_quantiles_are_those_of_the_negative_binomial(
    mean: float, times: float, low: float, high: float
) -> None:
    size = mean / max(times - 1, 1e-9)
    law = poisson(mean) if times < 1 + 1e-5 else nbinom(size, 1 / times)
    for share, value in zip((low, high), count_quantiles(mean, mean * times, (low, high)), strict=True):
        # At least the share lies at or below the quantile, and less than it below (to rounding).
        assert law.cdf(value) >= share - 1e-4
        assert value == 0 or law.cdf(value - 1) <= share + 1e-4


# --- today's ratio --------------------------------------------------------------------------------------


def day(came: float | None = None, minute: float = 660.0, **profiles: DemandProfile) -> Any:
    queues = profiles or {"a": profile()}
    return forecast_day(
        queues, DayKind(2), OPEN, booked={}, came=None if came is None else {"a": came}, minute=minute
    )


@given(st.integers(0, 200), st.integers(0, 50), st.floats(510, 1050))
def test_more_arrivals_never_lower_the_rest_and_always_move_it_less_than_they_say(
    came: int, more: int, minute: float
) -> None:
    less, longer = day(came, minute), day(came + more, minute)
    assert longer.queues["a"].ratio >= less.queues["a"].ratio
    seen = expected_until(less.queues["a"].walk_ins_before, minute)
    if seen > 0:
        raw = came / seen
        assert min(1.0, raw) - 1e-9 <= less.queues["a"].ratio <= max(1.0, raw) + 1e-9


def test_before_the_doors_open_the_forecast_is_last_evenings() -> None:
    morning, evening = day(0.0, 500.0), day(None)
    assert morning.queues["a"].walk_ins == evening.queues["a"].walk_ins
    assert morning.ratio == 1.0


def test_a_busy_hall_lifts_a_queue_that_is_still_as_expected_and_narrows_the_range() -> None:
    queues = {"a": profile(20.0), "b": profile(0.5)}
    expected_a = 20.0 * 10  # ten quarters until 11:00
    lively = forecast_day(queues, DayKind(2), OPEN, booked={}, came={"a": 280, "b": 5}, minute=660.0)
    assert 280 / expected_a > lively.ratio > 1.2
    assert 1.05 < lively.queues["b"].ratio < 1.3
    before, after = lively.range_before(["a"], range(46, 70)), lively.range_of(["a"], range(46, 70))
    assert (after.high - after.low) / after.mean < (before.high - before.low) / before.mean


def test_the_booked_come_on_top_with_their_probability_and_do_not_scale_with_the_day() -> None:
    booked = [0.0] * QUARTERS
    booked[50] = 4.5
    found = forecast_day({"a": profile()}, DayKind(2), OPEN, booked={"a": booked}, came={"a": 60}, minute=660)
    assert found.queues["a"].ratio > 1.2
    assert found.range_of(["a"], [50]).mean == pytest.approx(2.0 * found.queues["a"].ratio + 4.5)


def test_a_month_end_and_a_short_day_are_reckoned_with() -> None:
    half = [share if quarter < 48 else 0.0 for quarter, share in enumerate(OPEN)]
    busy = profile().expected(DayKind(2, ("month_end",)), half)
    assert sum(busy) == pytest.approx(2.0 * 1.5 * 14)


# --- what history teaches ---------------------------------------------------------------------------


def history(days: int = 120, *, growth: float = 1.0, seed: int = SEED) -> tuple[DemandHistory, Any]:
    """Poisson days of two queues: Mondays 1.4 times an ordinary day, month-ends 1.5 times, days vary 15 %."""
    chance = np.random.default_rng(seed)
    dates = [date(2026, 4, 1) + timedelta(days=number) for number in range(days)]
    dates = [one for one in dates if one.weekday() < 5]
    kinds = [kind_of(one, workday={}) for one in dates]
    shape = np.where(np.array(OPEN) > 0, 1.0 + 0.8 * np.sin(np.arange(QUARTERS) / 6.0), 0.0)
    truth = np.zeros((2, len(dates), QUARTERS))
    for number, kind in enumerate(kinds):
        level = 1.4 if kind.weekday == 0 else 1.0
        level *= 1.5 if "month_end" in kind.marks else 1.0
        level *= growth ** (number / len(dates))
        truth[0, number], truth[1, number] = 5.0 * level * shape, 1.0 * level * shape
    factor = chance.gamma(1 / 0.15**2, 0.15**2, len(dates))
    counts = chance.poisson(truth * factor[None, :, None]).astype(float)
    opened = np.tile(np.array(OPEN), (len(dates), 1))
    return DemandHistory(dates, kinds, counts, opened, [8.0, 8.0]), truth


def test_weekdays_month_ends_and_the_shape_of_the_day_are_found_again() -> None:
    past, truth = history()
    learned = learn_demand(past)
    assert learned is not None
    queue = profile_from(learned[0])
    told = np.array([sum(queue.expected(kind, OPEN)) for kind in past.kinds])
    assert told.sum() == pytest.approx(truth[0].sum(), rel=0.06)
    ordinary = sum(queue.expected(DayKind(2), OPEN))
    assert sum(queue.expected(DayKind(0), OPEN)) / ordinary == pytest.approx(1.4, rel=0.1)
    shares = np.array(queue.expected(DayKind(2), OPEN)) / ordinary
    assert np.abs(shares - truth[0, 0] / truth[0, 0].sum()).sum() < 0.05
    assert queue.marks["month_end"] == pytest.approx(1.5, rel=0.15)
    assert queue.hall_cv == pytest.approx(0.15, abs=0.05)
    assert queue.dispersion == pytest.approx(1.0, abs=0.15)


def test_a_level_that_has_risen_is_followed() -> None:
    past, truth = history(growth=1.8)
    learned = learn_demand(past)
    assert learned is not None
    told = sum(profile_from(learned[0]).expected(past.kinds[-1], OPEN))
    alike = [n for n, kind in enumerate(past.kinds) if kind.weekday == past.kinds[-1].weekday]
    average = past.counts[0, alike[:-1]].sum(axis=1).mean()
    assert abs(told - truth[0, -1].sum()) < 0.7 * abs(average - truth[0, -1].sum())


def test_eight_in_ten_quarters_of_days_it_never_saw_lie_in_the_range() -> None:
    past, _ = history()
    later, _ = history(seed=SEED + 1)
    learned = learn_demand(past)
    assert learned is not None
    profiles = {queue: profile_from(learned[queue]) for queue in (0, 1)}
    inside = []
    for number, kind in enumerate(later.kinds):
        told = forecast_day(profiles, kind, OPEN, booked={})
        for quarter in range(34, 70):
            whole = told.range_of([0, 1], [quarter])
            inside.append(whole.low <= later.counts[:, number, quarter].sum() <= whole.high)
    assert 0.78 <= float(np.mean(inside)) <= 0.9  # counts are whole: the range holds a little more


def test_too_little_history_teaches_nothing() -> None:
    past, _ = history(days=1)
    assert learn_demand(past) is None


# --- on the databases -----------------------------------------------------------------------------------


def add_facts(session: Any, city: Any, until: date) -> None:
    """Forty days of six people an hour in queue A and two booked ones a day."""
    rows = []
    for back in range(1, 41):
        on = until - timedelta(days=back)
        if on.weekday() >= 5:
            continue
        for number in range(56):
            arrived = ManualClock(_at(on, 510 + number * 9.5)).now()
            rows.append({
                "ticket_id": uuid4(), "hall_id": city.hall, "queue_id": city.queue_a, "day": on,
                "appointment": number % 28 == 0, "priority": False, "arrived_at": arrived,
                "effective_at": arrived, "called_at": arrived + timedelta(minutes=3),
                "started_at": arrived + timedelta(minutes=4), "ended_at": arrived + timedelta(minutes=12),
                "window_id": city.windows[0], "outcome": "finished", "source": "simulated",
                "told_p10": None, "told_p50": None, "told_p90": None,
            })  # fmt: skip
    session.execute(insert(TicketFactRow.__table__), rows)  # type: ignore[attr-defined]


def _at(on: date, minute: float) -> datetime:
    zone = timezone(timedelta(hours=8))
    return datetime(on.year, on.month, on.day, tzinfo=zone) + timedelta(minutes=minute)


def learn(database: Database, city: Any, clock: ManualClock) -> None:
    database.write_now(add_facts, city, clock.now().date())
    learned = database.read_now(learn_hall_waits, city.hall, now=clock.now())
    database.write_now(store_wait_profiles, {}, learned, clock=clock)


@pytest.mark.slow
def test_what_the_night_learned_is_the_days_forecast(
    database: Database, city: Any, clock: ManualClock
) -> None:
    learn(database, city, clock)
    tomorrow = clock.now().date() + timedelta(days=1)
    found = database.read_now(hall_forecast, city.hall, now=clock.now(), day=tomorrow)
    assert found.known == (city.queue_a,)  # nobody ever came to B
    assert sum(found.arrivals(city.queue_a)) == pytest.approx(54, rel=0.1)  # the booked are not walk-ins
    assert found.arrivals(city.queue_b) == (0.0,) * QUARTERS
    saturday = database.read_now(hall_forecast, city.hall, now=clock.now(), day=date(2026, 11, 21))
    assert sum(saturday.arrivals(city.queue_a)) == 0


@pytest.mark.slow
def test_todays_tickets_and_bookings_move_todays_forecast(
    database: Database, city: Any, vault: Vault, clock: ManualClock
) -> None:
    learn(database, city, clock)
    before = database.read_now(hall_forecast, city.hall, now=clock.now())
    for _ in range(20):
        walk_in(database, city, clock=clock, vault=vault)
    due_at = clock.now() + timedelta(hours=2)
    database.write_now(expect, uuid4(), city.queue_a, due_at, 0.9)
    database.write_now(expect, uuid4(), city.queue_a, clock.now() - timedelta(minutes=15), 0.9)
    after = database.read_now(hall_forecast, city.hall, now=clock.now())
    assert after.came_walk_ins[city.queue_a] == 20
    assert sum(after.came[city.queue_a]) == 20
    assert after.demand.queues[city.queue_a].ratio > before.demand.queues[city.queue_a].ratio
    booked = after.demand.queues[city.queue_a].booked
    assert sum(booked[44:47]) == pytest.approx(0.9)  # due at 11:40, most come somewhat earlier
    assert booked[45] > booked[46]
    assert booked[38] == pytest.approx(0.45)  # a quarter of an hour late: half still expected, now (9:40)
