from __future__ import annotations

import numpy as np
import pytest

from queueing.prediction.history import BINS, MEASURES, DayTable
from queueing.prediction.live_features import DayState
from queueing.prediction.recent_days import RecentDays

MINUTES = np.arange(480.0, 960.0, 5.0)


def day_of(pace: float, *, until: float = 900.0) -> DayState:
    """A line of five all day, called at ``pace`` people a minute until ``until``."""
    calls = np.round(np.minimum(MINUTES - 480, until - 480) * pace)
    waiting = np.where(until > MINUTES, 5.0, 0.0)
    return DayState.of(MINUTES, np.full(len(MINUTES), 2.0), waiting, np.full(len(MINUTES), np.nan), calls)


def table_of(day: DayState) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    return DayTable.of(day, np.where(day.waiting > 0, 20.0, 0.0)).values


def recent(paces: list[float], same_kind: list[bool] | None = None) -> RecentDays:
    apart = np.arange(len(paces), 0, -1.0)
    kinds = np.array(same_kind or [True] * len(paces))
    return RecentDays([table_of(day_of(pace)) for pace in paces], apart, kinds)


def now(days: RecentDays, day: DayState) -> dict[str, float]:
    columns = days.now(day, np.full(len(MINUTES), 10.0), np.full(len(MINUTES), 12.0))
    assert all(len(column) == len(MINUTES) for column in columns.values())
    return {name: float(column[30]) for name, column in columns.items()}


def test_yesterday_counts_most_in_the_near_drain_and_nothing_more_in_the_flat_one() -> None:
    today = day_of(0.2)
    slower, faster = now(recent([0.2, 0.2, 0.1]), today), now(recent([0.1, 0.2, 0.2]), today)
    assert slower["drain_near"] > 1.2 * faster["drain_near"]
    assert slower["drain_flat"] == pytest.approx(faster["drain_flat"], rel=0.02)
    assert slower["rate_last_day"] < 0 < faster["rate_last_day"]


def test_days_of_the_same_kind_rule_their_drain() -> None:
    today = day_of(0.2)
    mondays = now(recent([0.4, 0.1, 0.1], [True, False, False]), today)
    assert mondays["drain_kind"] < 0.8 * mondays["drain_flat"]


def test_the_usual_end_of_calls_is_where_the_days_stopped() -> None:
    days = RecentDays([table_of(day_of(0.3, until=840.0))], np.ones(1), np.ones(1, dtype=bool))
    assert now(days, day_of(0.3))["to_last_call"] == pytest.approx(840 - MINUTES[30], abs=15)


def test_the_line_to_be_met_grows_with_arrivals_and_falls_with_calls() -> None:
    ahead = recent([0.3, 0.3]).ahead(day_of(0.3), 60.0)
    assert ahead["calls_until"][30] == pytest.approx(18, abs=1.5)
    assert ahead["net_line"][30] == pytest.approx(
        5 + ahead["issues_until"][30] - ahead["calls_until"][30], abs=1e-9
    )


def test_without_any_known_day_everything_is_finite_or_unknown() -> None:
    days = RecentDays([], np.zeros(0), np.zeros(0, dtype=bool))
    columns = now(days, day_of(0.2))
    assert columns["rate_spread"] == columns["busy_calls_a_day"] == 0.0
    assert np.isfinite(columns["drain_near"])
    assert np.isfinite(days.ahead(day_of(0.2), 30.0)["net_line"]).all()
    assert (len(MEASURES), BINS) == table_of(day_of(0.2)).shape
