"""Whoever follows new files reads when their positions carry the wrong name."""

from __future__ import annotations

import pytest

from app.catalogue_lines import doubted_label
from booking.rules.catalogue import Standing, difference
from geo.rules.coordinates import Datum, Position

HALLS = {"441500": (22.7787, 115.3751), "441521": (22.9670, 115.3235), "441523": (23.3012, 115.6596)}


def standing(datum: str = "WGS-84", read_as: Datum = Datum.WGS84, north: float = 0.0) -> Standing:
    """A city whose positions are written in ``read_as`` and called ``datum``."""
    halls = {}
    for code, (lat, lon) in HALLS.items():
        place = Position(lat + north, lon, Datum.WGS84).to(read_as)
        halls[code] = {"name_zh": code, "lat": place.lat, "lon": place.lon, "datum": datum}
    return Standing(halls=halls)


def told(wanted: Standing) -> str | None:
    return doubted_label(difference(standing(), wanted), wanted)


@pytest.mark.parametrize("read_as", [Datum.GCJ02, Datum.BD09])
def test_positions_of_a_map_app_under_the_name_of_another_datum_are_noticed(read_as: Datum) -> None:
    said = told(standing(read_as=read_as))
    assert said is not None
    assert said.startswith("! 3 halls or terminals would move")
    assert f"were {read_as.upper()}, not WGS84" in said


@pytest.mark.parametrize(
    "wanted",
    [
        standing(),  # nothing moves
        standing("GCJ-02", Datum.GCJ02),  # rightly named: nothing really moves
        standing(north=0.005),  # a real move of half a kilometre to the north
    ],
)
def test_what_carries_the_right_name_is_not_doubted(wanted: Standing) -> None:
    assert told(wanted) is None
