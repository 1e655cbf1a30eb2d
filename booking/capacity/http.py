"""The route of the report of places."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from booking.capacity.errors import DaysTooMany
from booking.capacity.schemas import PlacesOut
from booking.capacity.service import places_report
from kernel.days import Day
from kernel.events import HallNotFound
from kernel.identity import Role, Staff, WrongHall
from kernel.web.access import staff_as
from kernel.web.parts import ClockDep, Db
from kernel.web.problems import refuses

router = APIRouter(prefix="/api/v1", tags=["reports"])

Reader = Annotated[Staff, Depends(staff_as(Role.MANAGER, Role.SUPERVISOR))]


@router.get("/halls/{code}/places-used", responses=refuses(HallNotFound, WrongHall, DaysTooMany))
async def places_used(
    code: str, staff: Reader, db: Db, clock: ClockDep, first: Day | None = None, last: Day | None = None
) -> PlacesOut:
    """Return places planned, offered, held, booked and used by queue and service, with walk-ins beside."""
    return PlacesOut.of(await db.read(places_report, code, first, last, by=staff, now=clock.now()))
