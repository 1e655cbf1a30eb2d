"""Routes of priority classes."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from kernel.events import HallNotFound
from kernel.identity import WrongHall
from kernel.web.access import Manager, Public
from kernel.web.once import Once
from kernel.web.parts import ClockDep, Db
from kernel.web.problems import refuses
from queueing.priority import service
from queueing.priority.errors import (
    PriorityClassChangedMeanwhile,
    PriorityClassInvalid,
    PriorityClassNotFound,
    TooManyPriorityClasses,
)
from queueing.priority.schemas import PriorityClassChangeIn, PriorityClassesOut, PriorityClassIn

router = APIRouter(prefix="/api/v1", tags=["live day"])

_ON_ONE = refuses(PriorityClassNotFound, WrongHall)


@router.get("/halls/{code}/priority-classes", dependencies=[Public], responses=refuses(HallNotFound))
async def classes(code: str, db: Db) -> PriorityClassesOut:
    """Return a hall's priority classes and the head start of each."""
    return PriorityClassesOut.of(await db.read(service.classes_of, code))


@router.post(
    "/halls/{code}/priority-classes",
    response_model=PriorityClassesOut,
    responses=refuses(HallNotFound, WrongHall, PriorityClassInvalid, TooManyPriorityClasses),
)
async def add(code: str, wanted: PriorityClassIn, manager: Manager, once: Once, clock: ClockDep) -> Response:
    """Name a class, from the next ticket on."""
    return await once.write(
        PriorityClassesOut.of, service.add_class, code, wanted.wanted(), by=manager, clock=clock
    )


@router.post(
    "/priority-classes/{class_id}",
    response_model=PriorityClassesOut,
    responses={**_ON_ONE, **refuses(PriorityClassInvalid, PriorityClassChangedMeanwhile)},
)
async def change(
    class_id: UUID, wanted: PriorityClassChangeIn, manager: Manager, once: Once, clock: ClockDep
) -> Response:
    """Set a class's names and head start, from the next ticket on."""
    return await once.write(
        PriorityClassesOut.of, service.change_class, class_id, wanted.wanted(), before=wanted.before,
        by=manager, clock=clock,
    )  # fmt: skip


@router.post("/priority-classes/{class_id}/retire", response_model=PriorityClassesOut, responses=_ON_ONE)
async def retire(class_id: UUID, manager: Manager, once: Once, clock: ClockDep) -> Response:
    """Let nobody choose a class any more; tickets that have it keep it."""
    return await once.write(PriorityClassesOut.of, service.retire_class, class_id, by=manager, clock=clock)
