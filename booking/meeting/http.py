"""Routes of the kinds of appointments: what can be chosen, and what a manager offers."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from booking.meeting import service
from booking.meeting.errors import KindInvalid
from booking.meeting.schemas import HallKindsOut, KindIn, OfferedKindsOut
from kernel.catalogue import NotOfferedHere, ServiceNotFound
from kernel.events import HallNotFound
from kernel.identity import WrongHall
from kernel.web.access import Clerk, Manager, Public
from kernel.web.once import Once
from kernel.web.parts import ClockDep, Db
from kernel.web.problems import refuses

router = APIRouter(prefix="/api/v1/halls/{code}", tags=["appointments"])

_HALL = (HallNotFound, WrongHall)


@router.get("/appointment-kinds", dependencies=[Public], responses=refuses(HallNotFound, ServiceNotFound))
async def kinds(
    code: str, db: Db, chosen: Annotated[list[str], Query(alias="service", min_length=1, max_length=6)]
) -> OfferedKindsOut:
    """Return in which kinds these services can be had together in a hall; at the hall always comes first."""
    return OfferedKindsOut.of(await db.read(service.kinds_for, code, chosen))


@router.get("/services/appointment-kinds", responses=refuses(*_HALL))
async def hall_kinds(code: str, clerk: Clerk, db: Db) -> HallKindsOut:
    """Return what the hall says about each kind of each service, offered or not."""
    return HallKindsOut.of(await db.read(service.hall_kinds, code, by=clerk))


@router.post(
    "/services/{service_code}/appointment-kinds",
    responses=refuses(*_HALL, ServiceNotFound, NotOfferedHere, KindInvalid),
    response_model=HallKindsOut,
)
async def set_kind(
    code: str, service_code: str, asked: KindIn, manager: Manager, once: Once, clock: ClockDep
) -> Response:
    """Offer a service's appointments in a kind too, or no more; what is booked stays as promised."""
    return await once.write(
        HallKindsOut.of, service.set_kind, code, service_code, asked.wanted(), by=manager, clock=clock
    )
