"""Routes of the places that slots offer."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from starlette.responses import Response

from booking.errors import OfferUnknown
from booking.places import service
from booking.places.schemas import CapacityStudyOut, DecidedOut, DecideIn, PlacesIn
from kernel.events import HallNotFound
from kernel.identity import Role, Staff, WrongHall
from kernel.ids import StudyId
from kernel.web.access import Manager, staff_as
from kernel.web.once import Once
from kernel.web.parts import ClockDep, Db
from kernel.web.problems import refuses
from queueing.plans import studies
from queueing.plans.errors import ClosedOnThatDay, DayHasPassed, StudyNotAnswered, StudyNotFound
from queueing.plans.study_lifecycle import StudyKind
from queueing.plans.study_schemas import StudiesOut

router = APIRouter(prefix="/api/v1", tags=["appointments"])

Reader = Annotated[Staff, Depends(staff_as(Role.MANAGER, Role.SUPERVISOR))]


@router.post(
    "/halls/{code}/appointment-places",
    response_model=CapacityStudyOut,
    responses=refuses(HallNotFound, WrongHall, DayHasPassed, ClosedOnThatDay),
)
async def ask_places(code: str, asked: PlacesIn, manager: Manager, once: Once, clock: ClockDep) -> Response:
    """Ask how many places each slot of a day should offer; computed in the background."""
    return await once.write(
        CapacityStudyOut.of, service.ask_places, code, asked.for_day, willing=asked.willing,
        by=manager, clock=clock,
    )  # fmt: skip


@router.get("/halls/{code}/appointment-places", responses=refuses(HallNotFound, WrongHall))
async def questions(code: str, staff: Reader, db: Db) -> StudiesOut:
    """Return a hall's latest questions about places, newest first."""
    return StudiesOut.of(await db.read(studies.studies, code, StudyKind.CAPACITY, by=staff))


@router.get("/appointment-places/{study_id}", responses=refuses(StudyNotFound, WrongHall))
async def places(study_id: UUID, staff: Reader, db: Db) -> CapacityStudyOut:
    """Return the trade-off of offers: waits of the booked and of others, idle time, overtime."""
    return CapacityStudyOut.of(await db.read(studies.study_view, StudyId(study_id), by=staff))


@router.post(
    "/appointment-places/{study_id}/decide",
    response_model=DecidedOut,
    responses=refuses(StudyNotFound, WrongHall, StudyNotAnswered, OfferUnknown),
)
async def decide(study_id: UUID, chosen: DecideIn, manager: Manager, once: Once, clock: ClockDep) -> Response:
    """Let an offer hold from now on; places that are promised stay promised."""
    return await once.write(
        DecidedOut.of, service.decide_places, StudyId(study_id), chosen.offer, by=manager, clock=clock
    )
