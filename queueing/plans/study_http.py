"""Routes of studies: a draft tried, windows needed, a week planned."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from starlette.responses import Response

from kernel.events import HallNotFound
from kernel.identity import Role, Staff, WrongHall
from kernel.ids import StudyId
from kernel.web.access import Manager, staff_as
from kernel.web.once import Once
from kernel.web.parts import ClockDep, Db
from kernel.web.problems import refuses
from queueing.errors import NotServedHere, PlanChangedMeanwhile, QueueNotFound, WindowNotFound
from queueing.plans import studies
from queueing.plans.errors import (
    ClosedOnThatDay,
    DayHasPassed,
    NoPlanForThatDay,
    RulesChangedMeanwhile,
    StudyNotAnswered,
    StudyNotFound,
)
from queueing.plans.study_lifecycle import StudyKind
from queueing.plans.study_schemas import (
    AcceptWeekIn,
    StaffingIn,
    StaffingStudyOut,
    StudiesOut,
    TrialIn,
    TrialStudyOut,
    WeekIn,
    WeekStudyOut,
)

router = APIRouter(prefix="/api/v1", tags=["window plans"])

Reader = Annotated[Staff, Depends(staff_as(Role.MANAGER, Role.SUPERVISOR))]
_DAY = (HallNotFound, WrongHall, DayHasPassed, ClosedOnThatDay)


@router.post(
    "/halls/{code}/trials",
    response_model=TrialStudyOut,
    responses=refuses(*_DAY, WindowNotFound, QueueNotFound, NotServedHere),
)
async def try_plan(code: str, draft: TrialIn, manager: Manager, once: Once, clock: ClockDep) -> Response:
    """Try a draft beside the plan that holds on a day; it is played in the background, in seconds."""
    entries = [entry.entry() for entry in draft.entries]
    return await once.write(
        TrialStudyOut.of, studies.try_plan, code, draft.for_day, entries, by=manager, clock=clock
    )


@router.get("/trials/{study_id}", responses=refuses(StudyNotFound, WrongHall))
async def trial(study_id: UUID, staff: Reader, db: Db) -> TrialStudyOut:
    """Return what a draft would do: who gains, who loses, with ranges."""
    return TrialStudyOut.of(await db.read(studies.study_view, StudyId(study_id), by=staff))


@router.post("/halls/{code}/staffing", response_model=StaffingStudyOut, responses=refuses(*_DAY))
async def ask_staffing(
    code: str, asked: StaffingIn, manager: Manager, once: Once, clock: ClockDep
) -> Response:
    """Ask how many windows a day needs for a share of its citizens to wait no longer than a target."""
    return await once.write(
        StaffingStudyOut.of, studies.ask_staffing, code, asked.for_day,
        target_minutes=asked.target_minutes, share=asked.share, by=manager, clock=clock,
    )  # fmt: skip


@router.get("/staffing/{study_id}", responses=refuses(StudyNotFound, WrongHall))
async def staffing(study_id: UUID, staff: Reader, db: Db) -> StaffingStudyOut:
    """Return how many windows are needed, by hour and by queue, or what keeps the goal out of reach."""
    return StaffingStudyOut.of(await db.read(studies.study_view, StudyId(study_id), by=staff))


@router.get("/halls/{code}/staffing", responses=refuses(HallNotFound, WrongHall))
async def staffing_questions(code: str, staff: Reader, db: Db) -> StudiesOut:
    """Return a hall's latest staffing questions, newest first."""
    return StudiesOut.of(await db.read(studies.studies, code, StudyKind.STAFFING, by=staff))


@router.post("/halls/{code}/week-plans", response_model=WeekStudyOut, responses=refuses(*_DAY))
async def ask_week(code: str, asked: WeekIn, manager: Manager, once: Once, clock: ClockDep) -> Response:
    """Ask for the plans of seven days; computed in the background, a minute or two."""
    return await once.write(WeekStudyOut.of, studies.ask_week, code, asked.first_day, by=manager, clock=clock)


@router.get("/halls/{code}/week-plans", responses=refuses(HallNotFound, WrongHall))
async def weeks(code: str, staff: Reader, db: Db) -> StudiesOut:
    """Return a hall's latest weeks, newest first."""
    return StudiesOut.of(await db.read(studies.studies, code, StudyKind.WEEK, by=staff))


@router.get("/week-plans/{study_id}", responses=refuses(StudyNotFound, WrongHall))
async def week(study_id: UUID, staff: Reader, db: Db) -> WeekStudyOut:
    """Return a week: each day's plan, its effect with ranges and its window hours."""
    return WeekStudyOut.of(await db.read(studies.study_view, StudyId(study_id), by=staff))


@router.post(
    "/week-plans/{study_id}/accept",
    response_model=WeekStudyOut,
    responses=refuses(
        *(StudyNotFound, WrongHall, StudyNotAnswered, NoPlanForThatDay),
        *(PlanChangedMeanwhile, RulesChangedMeanwhile),
    ),
)
async def accept_week(
    study_id: UUID, chosen: AcceptWeekIn, manager: Manager, once: Once, clock: ClockDep
) -> Response:
    """Let the plans of some days hold from now on, each as its weekday's own; all or none."""
    return await once.write(
        WeekStudyOut.of, studies.accept_week, StudyId(study_id), chosen.days, by=manager, clock=clock
    )
