"""Routes about what there is: services, themes, halls, and which of them is done with soonest."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from booking import guidance, service
from booking.city import city_of
from booking.city_schemas import (
    GuidanceOut,
    HallOut,
    HallPageOut,
    HallsOut,
    ServiceOut,
    ServicesOut,
    ThemeOut,
    ThemesOut,
)
from booking.deps import RoadsDep
from booking.errors import (
    NoServiceChosen,
    OriginMissing,
)
from booking.finder import rank_halls
from booking.ranking_schemas import GoingIn, GoingOut, RankingIn, RankingOut
from booking.rules.kinds import Kind
from booking.travellers import remember, traveller
from booking.travelling import trips_from
from geo.errors import AmbiguousArea, ImpossiblePosition, UnknownArea
from kernel.catalogue import NotOfferedHere, ServiceNotFound
from kernel.events import HallNotFound
from kernel.web.access import Public
from kernel.web.once import Once
from kernel.web.parts import ClockDep, Db, PartsDep
from kernel.web.problems import refuses
from queueing.trust import told_on_arrival

router = APIRouter(prefix="/api/v1", tags=["booking"])


@router.get("/services", dependencies=[Public])
async def services(
    db: Db,
    q: Annotated[str, Query(max_length=60)] = "",
    audience: str | None = None,
    kind: Kind | None = None,
) -> ServicesOut:
    """Return the services that match what was typed: Chinese, English, pinyin; typing errors are forgiven.

    ``kind`` keeps those that are done on the spot, online or at a terminal, or without papers, forms, seals
    or signatures.
    """
    found = await db.read(guidance.search_services, q, audience=audience, kind=kind)
    return ServicesOut(services=[ServiceOut.of(each) for each in found])


@router.get("/services/{code}", dependencies=[Public], responses=refuses(ServiceNotFound))
async def service_guidance(code: str, db: Db) -> GuidanceOut:
    """Return what to bring for a service, what need not be brought, and whether one has to come at all."""
    return GuidanceOut.of(await db.read(guidance.guidance, [code]))


@router.get("/themes", dependencies=[Public])
async def themes(db: Db) -> ThemesOut:
    """Return the errands of several services."""
    city = await db.read(city_of)
    return ThemesOut(themes=[ThemeOut.of(theme) for theme in city.themes])


@router.get("/halls", dependencies=[Public])
async def halls(db: Db) -> HallsOut:
    """Return the halls and terminals of the city."""
    city = await db.read(city_of)
    return HallsOut(halls=[HallOut.of(hall) for hall in city.halls])


@router.post(
    "/halls/ranking",
    dependencies=[Public],
    responses=refuses(
        *(ServiceNotFound, NoServiceChosen, OriginMissing, ImpossiblePosition, UnknownArea, AmbiguousArea)
    ),
)
async def ranking(asked: RankingIn, db: Db, clock: ClockDep, roads: RoadsDep) -> RankingOut:
    """Rank the halls by when one would be done there; a POST, so that no place lands in a log of URLs."""
    wish = asked.wish()
    trips = await trips_from(db, roads, wish.position, wish.area, wish.mode)
    ranked = await db.read(rank_halls, wish, now=clock.now(), outlook=told_on_arrival, trips=trips)
    return RankingOut.of(ranked)


@router.post(
    "/halls/{code}/going",
    dependencies=[Public],
    responses=refuses(HallNotFound, ServiceNotFound, NoServiceChosen, NotOfferedHere),
    response_model=GoingOut,
)
async def going(code: str, asked: GoingIn, request: Request, here: PartsDep, once: Once) -> Response:
    """Say that one goes to a hall, so that advice to others counts it; one device is one person."""
    who, fresh = await traveller(request, here)
    answer = await once.write(
        GoingOut.of, service.go_to, code, asked.services, asked.arrives_at, who, clock=here.clock
    )
    remember(answer, fresh, secure=here.settings.secure_cookies)
    return answer


@router.get("/halls/{code}", dependencies=[Public], responses=refuses(HallNotFound))
async def hall(code: str, db: Db, clock: ClockDep) -> HallPageOut:
    """Return a hall with today's openings and what it offers."""
    return HallPageOut.shown(await db.read(guidance.hall_page, code, now=clock.now()))
