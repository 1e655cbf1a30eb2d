"""Positions: what is refused, and that changing the datum there and back does not move anybody."""

from __future__ import annotations

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from geo.errors import ImpossiblePosition, SwappedPosition
from geo.rules.coordinates import Datum, Position, inside_china
from geo.rules.distance import geodesic_metres

CHINESE = st.tuples(st.floats(18, 53.5), st.floats(74, 134.9)).filter(lambda place: inside_china(*place))
DATUMS = st.sampled_from(list(Datum))


@given(CHINESE, DATUMS, DATUMS)
@example((32.84375, 124.143255), Datum.BD09, Datum.WGS84)  # on a border; the way back ends 1e-14 beyond
def test_there_and_back_moves_a_place_in_china_by_less_than_ten_centimetres(
    place: tuple[float, float], first: Datum, second: Datum
) -> None:
    start = Position(*place, Datum.WGS84).to(first)
    assert geodesic_metres(start, start.to(second).to(first)) < 0.1


@pytest.mark.slow
def test_ten_thousand_places_return_to_within_a_millimetre() -> None:
    steps = [(18 + 0.355 * i, 74 + 0.609 * j) for i in range(100) for j in range(100)]
    inside = [Position(lat, lon, Datum.WGS84) for lat, lon in steps if inside_china(lat, lon)]
    assert len(inside) > 4000
    worst = max(
        max(abs(back.lat - place.lat), abs(back.lon - place.lon))
        for place in inside
        for back in (place.to(Datum.BD09).to(Datum.WGS84), place.to(Datum.GCJ02).to(Datum.WGS84))
    )
    assert worst * 111_320 < 0.001


@given(CHINESE)
def test_the_datums_differ_by_what_was_measured(place: tuple[float, float]) -> None:
    """52 to 675 m to GCJ-02 and 800 to 980 m on to BD-09: never nothing, so a mix-up always shows."""
    here = Position(*place, Datum.WGS84)
    moved = Position(here.to(Datum.GCJ02).lat, here.to(Datum.GCJ02).lon, Datum.WGS84)
    assert 20 < geodesic_metres(here, moved) < 1100
    baidu = here.to(Datum.BD09)
    on = Position(baidu.lat, baidu.lon, Datum.WGS84)
    assert 700 < geodesic_metres(moved, on) < 1100


@pytest.mark.parametrize(
    ("city", "lat", "lon", "metres"),
    [
        ("Beijing", 39.9042, 116.4074, 556),
        ("Shanghai", 31.2304, 121.4737, 482),
        ("Urumqi", 43.8256, 87.6168, 266),
    ],
)
def test_the_shift_of_known_cities_is_the_published_one(
    city: str, lat: float, lon: float, metres: float
) -> None:
    here = Position(lat, lon, Datum.WGS84)
    there = here.to(Datum.GCJ02)
    assert geodesic_metres(here, Position(there.lat, there.lon, Datum.WGS84)) == pytest.approx(
        metres, abs=8
    ), city


@pytest.mark.parametrize(
    ("city", "lat", "lon"),
    [
        ("Warsaw", 52.23, 21.01),
        ("Hanoi", 21.03, 105.85),
        ("Seoul", 37.57, 126.98),
        ("Tokyo", 35.68, 139.69),
        ("Sydney", -33.87, 151.21),
    ],
)
def test_places_outside_china_are_not_shifted(city: str, lat: float, lon: float) -> None:
    here = Position(lat, lon, Datum.WGS84)
    for datum in Datum:
        there = here.to(datum)
        assert (there.lat, there.lon) == (lat, lon), city
        assert Position(lat, lon, datum).wgs84 == (lat, lon), city


@pytest.mark.parametrize(
    ("lat", "lon"),
    [(91, 0), (-90.1, 10), (10, 180.5), (10, -181), (math.nan, 1), (1, math.inf), (0, 0)],
)
def test_impossible_numbers_are_refused_with_what_would_help(lat: float, lon: float) -> None:
    with pytest.raises(ImpossiblePosition) as refused:
        Position(lat, lon, Datum.WGS84)
    assert isinstance(refused.value, ValueError)
    assert refused.value.facts["why"]
    assert refused.value.help
    assert refused.value.status == 422


@pytest.mark.parametrize("value", ["22.8", None, True])
def test_what_is_no_number_is_refused(value: object) -> None:
    with pytest.raises(ImpossiblePosition, match="not a finite number"):
        Position(value, 115.4, Datum.WGS84)  # type: ignore[arg-type]


def test_a_position_without_a_known_datum_is_refused() -> None:
    with pytest.raises(ImpossiblePosition, match="no datum"):
        Position(22.8, 115.4, "mars")  # type: ignore[arg-type]


@given(CHINESE)
def test_exchanged_latitude_and_longitude_are_noticed_anywhere_in_china(place: tuple[float, float]) -> None:
    lat, lon = place
    with pytest.raises(SwappedPosition, match="exchanged"):
        Position(lon, lat, Datum.WGS84)


def test_a_place_far_from_china_is_not_taken_for_an_exchange() -> None:
    assert Position(52.23, 21.01, Datum.WGS84).lat == 52.23
    assert Position(69.0, 33.1, Datum.WGS84).lon == 33.1


def test_a_position_writes_itself_no_finer_than_a_kilometre() -> None:
    here = Position(22.781994, 115.347512, Datum.WGS84)
    assert repr(here) == str(here) == "Position(near 22.78, 115.35, wgs84)"
    with pytest.raises(SwappedPosition) as refused:
        Position(115.347512, 22.781994, Datum.WGS84)
    assert "115.347" not in str(refused.value)
