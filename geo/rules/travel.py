"""How long a way takes: an honest range by mode, from the great circle, and the floor no answer may undercut.

The default needs no road data: great-circle distance x detour / speed + fixed minutes. The range is wide
because it stands for what the formula cannot know (the road, the lights, the parking). Where a road router
is configured its seconds replace the formula, and the range narrows to what traffic does to them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from geo.errors import ImpossibleTravel
from geo.rules.distance import great_circle_metres

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from geo.rules.coordinates import Position


class TravelMode(StrEnum):
    """How a citizen goes; ``ride`` is the e-bike, the commonest vehicle of a county town."""

    WALK = "walk"
    RIDE = "ride"
    DRIVE = "drive"
    BUS = "bus"


class TravelSource(StrEnum):
    """Where a travel time comes from; shown beside it."""

    GREAT_CIRCLE = "great-circle"
    OSRM = "osrm"
    VALHALLA = "valhalla"


@dataclass(frozen=True, slots=True)
class TravelRange:
    """A quick, a usual and a slow trip; raises ``ImpossibleTravel`` unless 0 <= low <= typical <= high."""

    low: timedelta
    typical: timedelta
    high: timedelta

    def __post_init__(self) -> None:
        if not timedelta(0) <= self.low <= self.typical <= self.high:
            raise ImpossibleTravel(low=self.low, typical=self.typical, high=self.high)


@dataclass(frozen=True, slots=True)
class Travel:
    """One trip's range and its source."""

    range: TravelRange
    source: TravelSource


@dataclass(frozen=True, slots=True)
class Pace:
    """The figures of one mode. Triples go from a quick trip to a slow one.

    ``detour``: metres of way per metre of great circle. ``kmh``: speed while moving, stops included.
    ``fixed_minutes``: what every trip costs whatever its length. ``top_kmh``: faster than anybody goes in a
    straight line; a router that undercuts it is wrong. ``routed``: factors on a router's seconds.
    """

    detour: tuple[float, float, float]
    kmh: tuple[float, float, float]
    fixed_minutes: tuple[float, float, float]
    top_kmh: float
    routed: tuple[float, float, float]

    @property
    def minutes_per_km(self) -> float:
        """Usual minutes per kilometre of great circle."""
        return self.detour[1] / self.kmh[1] * 60


# Detour. Newell (1980) gives 1.2 for random points of a city; Kim et al. (2015, J. Korean Soc. Agric. Eng.
# 57(4)) measured 1.22 in metropolitan to 1.44 in mountain provinces of South Korea on the road network. A
# coast of capes and bays such as Shanwei's lies between, so 1.3 is usual; 1.6 leaves room for a bay or a
# river without a near bridge. People on foot cut corners but also meet superblocks: same range.
_DETOUR = (1.15, 1.3, 1.6)

PACES: Mapping[TravelMode, Pace] = MappingProxyType(
    {
        # 4.8 km/h is the usual adult pace and 1.0 m/s = 3.6 km/h what signals are timed for (older people).
        # Leaving home and crossing the forecourt: 1 to 3 min. A runner does not exceed 12 km/h.
        TravelMode.WALK: Pace(_DETOUR, (5.4, 4.8, 3.6), (1, 2, 3), 12.0, (0.9, 1.0, 1.3)),
        # Field data from Hangzhou: e-bikes average 17.1 km/h (doi 10.1177/1687814015616918); GB 17761-2018
        # caps them at 25, lights and crowds bring the slow trip to 13. Unlocking and parking: 2 to 5 min.
        # Older machines exceed the cap: nothing below 45 km/h in a straight line is called impossible.
        TravelMode.RIDE: Pace(_DETOUR, (22.0, 17.0, 13.0), (2, 3, 5), 45.0, (0.85, 1.05, 1.35)),
        # A county trip mixes streets (20 to 30 km/h) and open road: 35 usual, 50 free, 22 at market hours.
        # Finding a place at a hall and walking in: 3 to 10 min. 120 km/h is the motorway limit.
        # Routers give free flow, so their seconds are the quick trip, and 1.2 the usual.
        TravelMode.DRIVE: Pace(_DETOUR, (50.0, 35.0, 22.0), (3, 5, 10), 120.0, (1.0, 1.2, 1.7)),
        # 18 km/h and 8 min are the figures on which the hall-choice experiment of the evidence is judged;
        # a missed bus in a small town costs a headway more, hence 20.
        TravelMode.BUS: Pace(_DETOUR, (25.0, 18.0, 13.0), (5, 8, 20), 100.0, (0.9, 1.0, 1.5)),
    }
)


def estimate(origin: Position, destinations: Sequence[Position], mode: TravelMode) -> tuple[Travel, ...]:
    """Return the great-circle estimate to each destination, in their order."""
    metres = great_circle_metres(origin, destinations)
    return tuple(Travel(over(each / 1000, mode), TravelSource.GREAT_CIRCLE) for each in metres.tolist())


def over(km: float, mode: TravelMode) -> TravelRange:
    """Return the range for ``km`` of great circle.

    >>> str(over(1.0, TravelMode.WALK).typical)
    '0:18:15'
    """
    pace = PACES[mode]
    low, typical, high = (
        timedelta(minutes=fixed + km * detour / kmh * 60)
        for detour, kmh, fixed in zip(pace.detour, pace.kmh, pace.fixed_minutes, strict=True)
    )
    return TravelRange(low, typical, high)


def routed(seconds: float, mode: TravelMode) -> TravelRange:
    """Return the range around a road router's seconds: its factors for traffic, plus the fixed minutes."""
    pace = PACES[mode]
    low, typical, high = (
        timedelta(minutes=fixed, seconds=seconds * factor)
        for factor, fixed in zip(pace.routed, pace.fixed_minutes, strict=True)
    )
    return TravelRange(low, typical, high)


def believable(seconds: float, km: float, mode: TravelMode) -> bool:
    """Tell whether a router's seconds for ``km`` of great circle can be true.

    Not faster than the mode's top speed in a straight line (with 30 s of grace, since routers snap both
    ends to a road), and not longer than two days.
    """
    return (km / PACES[mode].top_kmh * 3600 - 30) <= seconds <= 2 * 24 * 3600
