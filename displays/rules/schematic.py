"""Points on a plain ground: where the halls of a ranking lie to each other. No boundary, no road, no map.

Equirectangular about the middle of what is drawn: over a city of 100 km the error is far below a point's
size. The list beside it carries everything the drawing shows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from geo.rules.coordinates import PRIVATE_DECIMALS, Datum

if TYPE_CHECKING:
    from booking.finder import Option, Ranking
    from geo.rules.coordinates import Position

WIDTH, HEIGHT, MARGIN = 360.0, 220.0, 22.0
APART = 21.0  # two numbers nearer than this hide each other; the later one becomes a plain point
SMALLEST_SPAN_DEGREES = 0.02


@dataclass(frozen=True, slots=True)
class Mark:
    """A hall in the drawing; ``place`` is its number in the list, None for a plain point."""

    x: float
    y: float
    place: int | None
    name_zh: str
    name_en: str


@dataclass(frozen=True, slots=True)
class Schematic:
    """What is drawn, in user units of a ``WIDTH`` x ``HEIGHT`` box; ``marks`` from last to first."""

    width: float
    height: float
    marks: tuple[Mark, ...]
    here: tuple[float, float]
    kilometres: float
    bar: float


def schematic(ranking: Ranking, *, most: int) -> Schematic:
    """Return the drawing of a ranking's first ``most`` halls and the (rounded) place one starts from."""
    options = ranking.options[:most]
    here = _degrees(ranking.origin)
    here = (round(here[0], PRIVATE_DECIMALS), round(here[1], PRIVATE_DECIMALS))
    points = [_degrees(_position(option)) for option in options]
    south, north = _ends([lat for lat, _ in (*points, here)])
    west, east = _ends([lon for _, lon in (*points, here)])
    shrink = math.cos(math.radians((south + north) / 2))
    scale = min((WIDTH - 2 * MARGIN) / ((east - west) * shrink), (HEIGHT - 2 * MARGIN) / (north - south))

    def drawn(lat: float, lon: float) -> tuple[float, float]:
        x = WIDTH / 2 + (lon - (west + east) / 2) * shrink * scale
        return round(x, 1), round(HEIGHT / 2 - (lat - (south + north) / 2) * scale, 1)

    kilometres, bar = _scale_bar(scale)
    marks = _marks(options, [drawn(*point) for point in points])
    return Schematic(WIDTH, HEIGHT, marks, drawn(*here), kilometres, bar)


def _position(option: Option) -> Position:
    return option.ranked.prospect.hall.position


def _degrees(position: Position) -> tuple[float, float]:
    plain = position.to(Datum.WGS84)
    return plain.lat, plain.lon


def _ends(values: list[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    more = max(0.0, SMALLEST_SPAN_DEGREES - (high - low)) / 2
    return low - more, high + more


def _marks(options: tuple[Option, ...], points: list[tuple[float, float]]) -> tuple[Mark, ...]:
    numbered: list[tuple[float, float]] = []
    marks = []
    for option, (x, y) in zip(options, points, strict=True):
        free = all(math.dist((x, y), other) >= APART for other in numbered)
        if free:
            numbered.append((x, y))
        place = option.ranked.place if free else None
        marks.append(Mark(x, y, place, option.hall.name_zh, option.hall.name_en))
    return tuple(reversed(marks))


def _scale_bar(per_degree: float) -> tuple[float, float]:
    """Return a round distance in km that is drawn at a fifth of the width or less, and its length."""
    per_kilometre = per_degree / 111.2
    for kilometres in (50.0, 20.0, 10.0, 5.0, 2.0, 1.0, 0.5):
        if kilometres * per_kilometre <= WIDTH / 5:
            return kilometres, round(kilometres * per_kilometre, 1)
    return 0.2, round(0.2 * per_kilometre, 1)
