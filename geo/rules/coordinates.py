"""Positions with their datum, and the way from one datum to another.

A browser's position is WGS-84. Positions typed from Chinese maps are GCJ-02 (Amap, Tencent) or BD-09
(Baidu). Mixing them misplaces a hall by about half a kilometre (GCJ-02) or a whole one (BD-09), so a
position without its datum does not exist here.

The GCJ-02 shift is the widely published, unofficial formula (Krasovsky ellipsoid plus a trigonometric
polynomial). Its inverse has no closed form and is found by fixed-point iteration: each step divides the
error by about 200, so five steps leave less than a micrometre.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from geo.errors import ImpossiblePosition, SwappedPosition

KRASOVSKY_AXIS_METRES = 6378245.0
KRASOVSKY_ECCENTRICITY_SQUARED = 0.00669342162296594323
INVERSE_STEPS = 6
# 1e-7 degree is one centimetre: an inverse may miss the border of the shifted region by rounding only.
BORDER_TOLERANCE_DEGREES = 1e-7
PRIVATE_DECIMALS = 2  # 0.01 degree is about 1.1 km, the finest a citizen's place may be written down

# Widely used coarse rectangles (south, west, north, east) for "inside China": the first list less the
# second. One single rectangle would also shift Hanoi, Seoul and Ulaanbaatar.
_INSIDE = (
    (42.889900, 79.446200, 49.220400, 96.330000),
    (39.374200, 109.687200, 54.141500, 135.000200),
    (29.529700, 73.124600, 42.889900, 124.143255),
    (26.718600, 82.968400, 29.529700, 97.035200),
    (20.414096, 97.025300, 29.529700, 124.367395),
    (17.871542, 107.975793, 20.414096, 111.744104),
)
_OUTSIDE = (
    (21.785006, 119.921265, 25.398623, 122.497559),
    (20.098800, 101.865200, 22.284000, 106.665000),
    (20.487800, 106.452500, 21.542200, 108.051000),
    (50.325700, 109.032300, 55.817500, 119.127000),
    (49.557400, 127.456800, 55.817500, 137.022700),
    (42.569200, 131.266200, 44.892200, 137.022700),
)


class Datum(StrEnum):
    """What a pair of degrees refers to."""

    WGS84 = "wgs84"
    GCJ02 = "gcj02"
    BD09 = "bd09"


@dataclass(frozen=True, slots=True, repr=False)
class Position:
    """A point on the earth: degrees north, degrees east, and the datum they are in.

    Raises ``ImpossiblePosition`` for what is no place, and ``SwappedPosition`` where exchanging the two
    numbers gives a place in China and keeping them does not. ``repr`` and ``str`` are rounded to about
    a kilometre: where a person is must not reach a log.
    """

    lat: float
    lon: float
    datum: Datum

    def __post_init__(self) -> None:
        _refuse_impossible(self.lat, self.lon, self.datum)
        object.__setattr__(self, "lat", float(self.lat))
        object.__setattr__(self, "lon", float(self.lon))

    def to(self, datum: Datum) -> Position:
        """Return the same place in ``datum``; there and back moves it by less than 0.1 m."""
        if datum is self.datum:
            return self
        lat, lon = self.lat, self.lon
        if self.datum is Datum.BD09:
            lat, lon = _bd09_to_gcj02(lat, lon)
        if self.datum is Datum.WGS84:
            lat, lon = _wgs84_to_gcj02(lat, lon)
        elif datum is Datum.WGS84:
            lat, lon = _gcj02_to_wgs84(lat, lon)
        if datum is Datum.BD09:
            lat, lon = _gcj02_to_bd09(lat, lon)
        return Position(lat, lon, datum)

    @property
    def wgs84(self) -> tuple[float, float]:
        """Latitude and longitude in WGS-84 degrees, the datum of every distance."""
        there = self.to(Datum.WGS84)
        return there.lat, there.lon

    def __repr__(self) -> str:
        return (
            f"Position(near {self.lat:.{PRIVATE_DECIMALS}f}, {self.lon:.{PRIVATE_DECIMALS}f}, {self.datum})"
        )

    __str__ = __repr__


def inside_china(lat: float, lon: float, *, margin: float = 0.0) -> bool:
    """Tell whether WGS-84 degrees lie in the region that Chinese map datums shift (coarse rectangles).

    >>> inside_china(22.78, 115.35), inside_china(21.03, 105.85)
    (True, False)
    """
    return any(_within(box, lat, lon, margin) for box in _INSIDE) and not any(
        _within(box, lat, lon, -margin) for box in _OUTSIDE
    )


def _within(box: tuple[float, float, float, float], lat: float, lon: float, margin: float) -> bool:
    south, west, north, east = box
    return south - margin <= lat <= north + margin and west - margin <= lon <= east + margin


def _refuse_impossible(lat: float, lon: float, datum: object) -> None:
    if not isinstance(datum, Datum):
        raise ImpossiblePosition(why=f"{datum!r} is no datum", allowed=[each.value for each in Datum])
    numbers: tuple[tuple[str, object], ...] = (("lat", lat), ("lon", lon))
    for name, value in numbers:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
            raise ImpossiblePosition(why=f"{name} is not a finite number", field=name)
    facts = {"lat": round(lat, PRIVATE_DECIMALS), "lon": round(lon, PRIVATE_DECIMALS)}
    possible = abs(lat) <= 90 and abs(lon) <= 180
    if abs(lon) <= 90 and inside_china(lon, lat) and not (possible and inside_china(lat, lon)):
        raise SwappedPosition(why="exchanged, these two numbers are a place in China", **facts)
    if abs(lat) > 90:
        raise ImpossiblePosition(why="lat is beyond a pole", field="lat", **facts)
    if abs(lon) > 180:
        raise ImpossiblePosition(why="lon is beyond 180 degrees", field="lon", **facts)
    if lat == 0 and lon == 0:
        raise ImpossiblePosition(why="0, 0 is what a device without a position sends", **facts)


def _shift_degrees(lat: float, lon: float) -> tuple[float, float]:
    x, y = lon - 105.0, lat - 35.0
    wave = 20.0 * math.sin(6.0 * math.pi * x) + 20.0 * math.sin(2.0 * math.pi * x)
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * math.sqrt(abs(x))
    north += 2.0 / 3.0 * (wave + _waves(y, ((1, 20.0), (3, 40.0), (12, 160.0), (30, 320.0))))
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * math.sqrt(abs(x))
    east += 2.0 / 3.0 * (wave + _waves(x, ((1, 20.0), (3, 40.0), (12, 150.0), (30, 300.0))))
    phi = math.radians(lat)
    curvature = 1.0 - KRASOVSKY_ECCENTRICITY_SQUARED * math.sin(phi) ** 2
    meridian_metres = KRASOVSKY_AXIS_METRES * (1.0 - KRASOVSKY_ECCENTRICITY_SQUARED) / curvature**1.5
    parallel_metres = KRASOVSKY_AXIS_METRES / math.sqrt(curvature) * math.cos(phi)
    return math.degrees(north / meridian_metres), math.degrees(east / parallel_metres)


def _waves(angle: float, terms: tuple[tuple[int, float], ...]) -> float:
    return sum(metres * math.sin(angle * math.pi / period) for period, metres in terms)


def _wgs84_to_gcj02(lat: float, lon: float) -> tuple[float, float]:
    # With the same tolerance as the way back, whose last digits may lie beyond a border.
    if not inside_china(lat, lon, margin=BORDER_TOLERANCE_DEGREES):
        return lat, lon
    north, east = _shift_degrees(lat, lon)
    return lat + north, lon + east


def _gcj02_to_wgs84(lat: float, lon: float) -> tuple[float, float]:
    if not inside_china(lat, lon, margin=0.02):  # no shift reaches 0.02 degrees
        return lat, lon
    guess_lat, guess_lon = lat, lon
    for _ in range(INVERSE_STEPS):
        north, east = _shift_degrees(guess_lat, guess_lon)
        guess_lat, guess_lon = lat - north, lon - east
    if inside_china(guess_lat, guess_lon, margin=BORDER_TOLERANCE_DEGREES):
        return guess_lat, guess_lon
    return lat, lon


def _bd09_offset(lat: float, lon: float) -> tuple[float, float]:
    turn = math.pi * 3000.0 / 180.0
    radius = math.hypot(lon, lat) + 0.00002 * math.sin(lat * turn)
    angle = math.atan2(lat, lon) + 0.000003 * math.cos(lon * turn)
    return radius * math.sin(angle) + 0.006 - lat, radius * math.cos(angle) + 0.0065 - lon


def _gcj02_to_bd09(lat: float, lon: float) -> tuple[float, float]:
    if not inside_china(*_gcj02_to_wgs84(lat, lon), margin=BORDER_TOLERANCE_DEGREES):
        return lat, lon
    north, east = _bd09_offset(lat, lon)
    return lat + north, lon + east


def _bd09_to_gcj02(lat: float, lon: float) -> tuple[float, float]:
    if not inside_china(lat, lon, margin=0.03):  # no two shifts together reach 0.03 degrees
        return lat, lon
    guess_lat, guess_lon = lat, lon
    for _ in range(INVERSE_STEPS):
        north, east = _bd09_offset(guess_lat, guess_lon)
        guess_lat, guess_lon = lat - north, lon - east
    if inside_china(*_gcj02_to_wgs84(guess_lat, guess_lon), margin=BORDER_TOLERANCE_DEGREES):
        return guess_lat, guess_lon
    return lat, lon
