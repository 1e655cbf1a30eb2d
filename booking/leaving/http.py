"""The route that says when to leave for an appointment."""

from __future__ import annotations

from fastapi import APIRouter

from booking.deps import RoadsDep
from booking.errors import AppointmentNotFound, AppointmentNotPossible, OriginMissing
from booking.leaving.schemas import LeavingIn, LeavingOut
from booking.leaving.service import when_to_leave
from booking.meeting.errors import NotInPerson
from booking.travelling import trips_from
from geo.errors import AmbiguousArea, ImpossiblePosition, UnknownArea
from kernel.erasure import LinkErased
from kernel.web.access import Holder
from kernel.web.parts import ClockDep, Db, VaultDep
from kernel.web.problems import refuses

router = APIRouter(prefix="/api/v1", tags=["booking"])


@router.post(
    "/appointments/leaving",
    dependencies=[Holder],
    responses=refuses(
        *(AppointmentNotFound, AppointmentNotPossible, NotInPerson, LinkErased, OriginMissing),
        *(ImpossiblePosition, UnknownArea, AmbiguousArea),
    ),
)
async def leaving(asked: LeavingIn, db: Db, clock: ClockDep, vault: VaultDep, roads: RoadsDep) -> LeavingOut:
    """Say when to leave for an appointment; where one is travels in the body, and is not kept."""
    position = asked.position.position() if asked.position else None
    trips = await trips_from(db, roads, position, asked.area, asked.mode)
    found = await db.read(
        when_to_leave, asked.token, position=position, area=asked.area, mode=asked.mode,
        now=clock.now(), vault=vault, trips=trips,
    )  # fmt: skip
    return LeavingOut.of(found)
