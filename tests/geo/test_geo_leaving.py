"""When to leave: early enough for the slow trip, and honest once that is over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.rules.leaving import READY, Urgency, leave_by, leaving
from geo.rules.travel import TravelRange

DUE = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
UNTIL = DUE + timedelta(minutes=10)
MINUTES = st.integers(0, 240)


def trip(low: float, typical: float, high: float) -> TravelRange:
    return TravelRange(*(timedelta(minutes=each) for each in (low, typical, high)))


@st.composite
def trips(draw: st.DrawFn) -> TravelRange:
    return trip(*sorted(draw(MINUTES) for _ in range(3)))


@given(trips())
def test_who_leaves_then_is_in_time_by_a_slow_trip(way: TravelRange) -> None:
    advice = leaving(DUE, UNTIL, way, now=DUE - timedelta(days=1))
    assert advice.urgency is Urgency.LATER
    assert advice.arrives_high_at + READY == DUE
    assert advice.arrives_low_at <= advice.arrives_at <= advice.arrives_high_at


@given(trips(), st.integers(0, 200))
def test_a_shorter_slow_trip_never_means_leaving_earlier(way: TravelRange, less: int) -> None:
    shorter = TravelRange(*(max(each - timedelta(minutes=less), timedelta(0)) for each in _parts(way)))
    assert leave_by(DUE, shorter) >= leave_by(DUE, way)


@given(trips(), st.integers(-300, 300), st.integers(0, 120))
def test_waiting_longer_never_makes_it_less_urgent(way: TravelRange, at: int, later: int) -> None:
    order = list(Urgency)
    first, second = (
        leaving(DUE, UNTIL, way, now=DUE + timedelta(minutes=each)).urgency for each in (at, at + later)
    )
    assert order.index(first) <= order.index(second)


@pytest.mark.parametrize(
    ("minutes_before", "urgency"),
    [(36, Urgency.LATER), (35, Urgency.NOW), (20, Urgency.NOW), (19, Urgency.LATE), (10, Urgency.LATE),
     (9, Urgency.TOO_LATE)],
)  # fmt: skip
def test_once_that_time_is_over_the_usual_trip_decides(minutes_before: int, urgency: Urgency) -> None:
    now = DUE - timedelta(minutes=minutes_before)
    advice = leaving(DUE, UNTIL, trip(15, 20, 30), now=now)
    assert advice.urgency is urgency
    assert advice.arrives_at == max(now, advice.leave_at) + timedelta(minutes=20)


def _parts(way: TravelRange) -> tuple[timedelta, ...]:
    return way.low, way.typical, way.high
