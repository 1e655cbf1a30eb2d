"""Travel ranges: ordered, growing with distance, and never believing what cannot be."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import ImpossibleTravel
from geo.rules.coordinates import Datum, Position
from geo.rules.travel import PACES, TravelMode, TravelRange, TravelSource, believable, estimate, over, routed

MODES = st.sampled_from(list(TravelMode))
KM = st.floats(0, 300)


@given(KM, KM, MODES)
def test_a_longer_way_never_takes_less_time(one: float, other: float, mode: TravelMode) -> None:
    near, far = sorted((one, other))
    for end in ("low", "typical", "high"):
        assert getattr(over(near, mode), end) <= getattr(over(far, mode), end)


@given(st.floats(0, 2 * 86400), MODES)
def test_a_routers_seconds_lie_within_the_range_made_of_them(seconds: float, mode: TravelMode) -> None:
    fixed = timedelta(minutes=PACES[mode].fixed_minutes[1])
    trip = routed(seconds, mode)
    assert trip.low <= trip.typical <= trip.high
    assert trip.low <= timedelta(seconds=seconds) + fixed <= trip.high + timedelta(microseconds=2)


@given(KM, MODES)
def test_the_formulas_own_quickest_trip_is_believable(km: float, mode: TravelMode) -> None:
    moving = over(km, mode).low - timedelta(minutes=PACES[mode].fixed_minutes[0])
    assert believable(moving.total_seconds(), km, mode) or moving > timedelta(days=2)


@pytest.mark.parametrize(("seconds", "km"), [(60, 50), (-200, 0), (3 * 86400, 10)])
def test_seconds_beyond_top_speed_or_patience_are_not_believed(seconds: float, km: float) -> None:
    assert not believable(seconds, km, TravelMode.DRIVE)


@pytest.mark.parametrize(("low", "typical", "high"), [(2, 1, 3), (1, 3, 2), (-1, 1, 2)])
def test_a_range_out_of_order_is_refused(low: int, typical: int, high: int) -> None:
    with pytest.raises(ImpossibleTravel):
        TravelRange(timedelta(minutes=low), timedelta(minutes=typical), timedelta(minutes=high))


def test_the_bus_trip_is_the_one_of_the_hall_choice_experiment() -> None:
    """8 min + 1.3 x distance / 18 km/h, as the shared evidence judges."""
    assert over(5.0, TravelMode.BUS).typical / timedelta(minutes=1) == pytest.approx(8 + 1.3 * 5 / 18 * 60)


def test_an_estimate_answers_each_destination_in_order_and_says_its_source() -> None:
    origin = Position(22.78, 115.35, Datum.WGS84)
    far, near = Position(23.3, 115.66, Datum.WGS84), Position(22.79, 115.35, Datum.GCJ02)
    trips = estimate(origin, [far, near], TravelMode.RIDE)
    assert trips[0].range.typical > trips[1].range.typical
    assert {trip.source for trip in trips} == {TravelSource.GREAT_CIRCLE}
    assert estimate(origin, [], TravelMode.RIDE) == ()
