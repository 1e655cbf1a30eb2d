"""Routes about several services in one visit."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from booking.combining.in_hall import addable, themes_here, visit_here
from booking.combining.schemas import ThemeHereOut, ThemesHereOut, VisitHereOut
from booking.errors import TooManyServices
from kernel.catalogue import NotOfferedHere, ServiceNotFound
from kernel.events import HallNotFound
from kernel.web.access import Public
from kernel.web.parts import Db
from kernel.web.problems import refuses
from queueing.rules.tickets import MOST_SERVICES

router = APIRouter(prefix="/api/v1", tags=["booking"])


@router.get(
    "/halls/{code}/visit",
    dependencies=[Public],
    responses=refuses(HallNotFound, ServiceNotFound, NotOfferedHere, TooManyServices),
)
async def visit_in_hall(
    code: str,
    db: Db,
    services: Annotated[list[str], Query(alias="service", min_length=1, max_length=MOST_SERVICES)],
) -> VisitHereOut:
    """Return what a visit for these services holds in a hall, and what can be added to it there."""
    visit = await db.read(visit_here, code, services)
    return VisitHereOut.of(visit, await db.read(addable, visit))


@router.get("/halls/{code}/themes", dependencies=[Public], responses=refuses(HallNotFound))
async def themes_in_hall(code: str, db: Db) -> ThemesHereOut:
    """Return the errands of several services (一件事), and for each what a hall lacks of it, if anything."""
    return ThemesHereOut(themes=[ThemeHereOut.of(own) for own in await db.read(themes_here, code)])
