"""How long the ways to the halls take: by the city's road service if one is set up, else by the formula."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from booking.city import City, city_of
from booking.errors import OriginMissing
from geo.routing import Fallback, GreatCircleRouter, Router
from geo.rules.travel import Travel, estimate
from kernel.ids import HallId

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from geo.rules.coordinates import Position
    from geo.rules.travel import TravelMode
    from kernel.catalogue import Hall
    from kernel.database import Database
    from kernel.settings import Settings

log = structlog.get_logger(__name__)

# Somebody has to mend these. A service that rests was told of by the failures before.
ILLS = frozenset({Fallback.TIMED_OUT, Fallback.UNREACHABLE, Fallback.REFUSED, Fallback.GARBAGE})

STEP = timedelta(seconds=1)  # to connect, to send, to read a part
DEADLINE = timedelta(seconds=1.5)  # for the whole answer: people wait for a ranking

Trips = Mapping[HallId, Travel]
"""Ways by hall as a road service knows them; the formula stands in for what is missing."""

BY_FORMULA: Trips = {}


def router_of(settings: Settings, now: Callable[[], datetime]) -> Router:
    """Return the router that the settings ask for."""
    if settings.road_service is None:
        return GreatCircleRouter()
    from geo.roads import osrm_router, valhalla_router  # noqa: PLC0415 - a client that most do without

    made = {"osrm": osrm_router, "valhalla": valhalla_router}[settings.road_service.kind]
    return made(settings.road_service.url, now=now, timeout=STEP, deadline=DEADLINE)


def start_of(city: City, position: Position | None, area: str | None) -> Position:
    """Return where a way starts; raises ``OriginMissing``, ``UnknownArea``, ``AmbiguousArea``."""
    if position is not None:
        return position
    if area:
        return city.places.find(area).position
    raise OriginMissing(fields=["position", "area"])


async def trips_from(
    database: Database, router: Router, position: Position | None, area: str | None, mode: TravelMode
) -> Trips:
    """Return the ways from a position or a named area to every hall; nothing where the formula knows all.

    Asked before the unit of work that ranks, since that must not wait for another machine. Raises what
    ``start_of`` raises.
    """
    if isinstance(router, GreatCircleRouter):
        return BY_FORMULA
    city = await database.read(city_of)
    start = start_of(city, position, area)
    answer = await router.travel(start, [city.positions[hall.id] for hall in city.halls], mode)
    if answer.fallback in ILLS:
        log.warning("the road service did not answer well, a formula stood in", why=answer.fallback)
    return {hall.id: trip for hall, trip in zip(city.halls, answer.trips, strict=True)}


def ways(city: City, halls: Sequence[Hall], start: Position, mode: TravelMode, trips: Trips) -> list[Travel]:
    """Return the way to each hall: the known trip, else the formula's."""
    by_formula = estimate(start, [city.positions[hall.id] for hall in halls], mode)
    return [trips.get(hall.id, formula) for hall, formula in zip(halls, by_formula, strict=True)]
