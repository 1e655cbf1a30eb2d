"""Distances: the array version against geopy, and the bounds that the index rests on."""

from __future__ import annotations

import numpy as np
import pytest
from geopy.distance import geodesic
from hypothesis import given
from hypothesis import strategies as st

from geo.rules.coordinates import Datum, Position
from geo.rules.distance import (
    SHARPEST_BEND_METRES,
    earth_centred_metres,
    geodesic_metres,
    geodesic_metres_many,
    great_circle_metres,
)

LATS = st.floats(-90, 90)
LONS = st.floats(-180, 180)
NEAR = st.floats(-2, 2)


@given(LATS, LONS, LATS, LONS)
def test_the_array_geodesic_is_geopys_anywhere(a: float, b: float, c: float, d: float) -> None:
    many = geodesic_metres_many(a, b, np.array([c]), np.array([d]))
    assert many[0] == pytest.approx(geodesic((a, b), (c, d)).meters, abs=1e-3)


@given(st.floats(18, 53), st.floats(74, 134), NEAR, NEAR)
def test_the_array_geodesic_is_geopys_to_a_micrometre_within_a_province(
    lat: float, lon: float, north: float, east: float
) -> None:
    many = geodesic_metres_many(lat, lon, np.array([lat + north]), np.array([lon + east]))
    assert many[0] == pytest.approx(geodesic((lat, lon), (lat + north, lon + east)).meters, abs=2e-5)


def test_the_same_place_the_equator_and_the_antipode_have_their_distances() -> None:
    metres = geodesic_metres_many(
        0.0, 0.0, np.array([0.0, 0.0, 0.0, 0.3]), np.array([0.0, 10.0, 180.0, 179.7])
    )
    assert metres == pytest.approx(
        [0.0, 1113194.908, 20003931.459, geodesic((0, 0), (0.3, 179.7)).meters], abs=1e-3
    )


@given(LATS, LONS, NEAR, NEAR)
def test_chord_and_arc_enclose_the_geodesic(lat: float, lon: float, north: float, east: float) -> None:
    other = (max(-90.0, min(90.0, lat + north)), lon + east)
    ends = earth_centred_metres(np.array([lat, other[0]]), np.array([lon, other[1]]))
    chord = float(np.linalg.norm(ends[0] - ends[1]))
    true = geodesic((lat, lon), other).meters
    assert chord <= true + 1e-6
    assert true <= 2 * SHARPEST_BEND_METRES * np.arcsin(chord / 2 / SHARPEST_BEND_METRES) + 1e-6


@given(st.floats(18, 53), st.floats(74, 134), NEAR, NEAR)
def test_the_great_circle_is_within_six_per_mille_of_the_geodesic(
    lat: float, lon: float, north: float, east: float
) -> None:
    here, there = Position(lat, lon, Datum.WGS84), Position(lat + north, lon + east, Datum.WGS84)
    assert great_circle_metres(here, [there])[0] == pytest.approx(
        geodesic_metres(here, there), rel=6e-3, abs=0.01
    )


def test_distances_do_not_depend_on_the_datum_a_position_is_given_in() -> None:
    here, there = Position(22.78, 115.35, Datum.WGS84), Position(22.97, 115.33, Datum.WGS84)
    plain = geodesic_metres(here, there)
    for datum in Datum:
        assert geodesic_metres(here.to(datum), there) == pytest.approx(plain, abs=0.01)
        assert great_circle_metres(here, [there.to(datum)])[0] == pytest.approx(
            great_circle_metres(here, [there])[0], abs=0.01
        )


def test_no_destinations_give_no_distances() -> None:
    assert great_circle_metres(Position(22.78, 115.35, Datum.WGS84), []).shape == (0,)
