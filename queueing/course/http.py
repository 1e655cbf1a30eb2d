"""The route of the course over time."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from kernel.days import Day
from kernel.events import HallNotFound
from kernel.identity import Role, Staff, WrongHall
from kernel.web.access import staff_as
from kernel.web.parts import ClockDep, Db
from kernel.web.problems import refuses
from queueing.course.rules import Step
from queueing.course.schemas import CourseOut
from queueing.course.service import course

router = APIRouter(prefix="/api/v1", tags=["reports"])

Reader = Annotated[Staff, Depends(staff_as(Role.MANAGER, Role.SUPERVISOR))]
Count = Annotated[int | None, Query(ge=1, le=62)]


@router.get("/course", responses=refuses(HallNotFound, WrongHall))
async def over_time(
    reader: Reader,
    db: Db,
    clock: ClockDep,
    hall: Annotated[str | None, Query(max_length=32)] = None,
    by: Step = Step.WEEK,
    until: Day | None = None,
    count: Count = None,
) -> CourseOut:
    """Return how a hall or the city did by day, week or month, what changed, and which plans began."""
    found = await db.read(course, hall, step=by, until=until, count=count, reader=reader, now=clock.now())
    return CourseOut.of(found)
