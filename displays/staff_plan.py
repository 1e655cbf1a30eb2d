"""Pages on which a hall plans ahead: the plan grid, its history, the week, staffing, appointment places."""

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from displays import staff_reads
from displays.staff_access import HallPage, Visitor
from displays.staff_frame import plain, queue_facts, staff_page
from displays.staff_reads import PlanStart
from kernel.days import Day
from kernel.web.parts import ClockDep, Db
from queueing.plan_schemas import PlanOut

router = APIRouter(include_in_schema=False)


@router.get("/staff/halls/{code}/plan")
async def window_plan(
    code: str, visitor: HallPage, request: Request, db: Db, clock: ClockDep, day: Day | None = None
) -> Response:
    """Show the window plan of a day as a grid to work on."""
    start = await db.read(staff_reads.plan_start, code, day=day, by=visitor.staff, now=clock.now())
    return staff_page(
        request,
        visitor,
        "staff/plan.html",
        hall=start.hall,
        start=start,
        data=plan_data(start),
        may_change=start.may_change,
        section="plan",
    )


@router.get("/staff/halls/{code}/plan/history")
async def plan_history(code: str, visitor: HallPage, request: Request, db: Db, clock: ClockDep) -> Response:
    """Show a hall's plans so far, what differs between two, and the exports for staff."""
    start = await db.read(staff_reads.plan_start, code, by=visitor.staff, now=clock.now())
    return _study_page(request, visitor, "staff/plan_history.html", start, tab="history")


@router.get("/staff/halls/{code}/plan/staffing")
async def staffing(code: str, visitor: HallPage, request: Request, db: Db, clock: ClockDep) -> Response:
    """Ask how many windows a day needs, and show the answer."""
    start = await db.read(staff_reads.plan_start, code, by=visitor.staff, now=clock.now())
    return _study_page(request, visitor, "staff/plan_staffing.html", start, tab="staffing")


@router.get("/staff/halls/{code}/plan/appointments")
async def places(code: str, visitor: HallPage, request: Request, db: Db, clock: ClockDep) -> Response:
    """Ask how many places slots should offer, show the trade-off, take a decision."""
    start = await db.read(staff_reads.plan_start, code, by=visitor.staff, now=clock.now())
    return _study_page(request, visitor, "staff/plan_places.html", start, tab="places")


@router.get("/staff/halls/{code}/plan/week")
async def week(code: str, visitor: HallPage, request: Request, db: Db, clock: ClockDep) -> Response:
    """Plan seven days, show their effect, accept them one by one or all."""
    start = await db.read(staff_reads.plan_start, code, by=visitor.staff, now=clock.now())
    return _study_page(request, visitor, "staff/plan_week.html", start, tab="week")


def _study_page(
    request: Request, visitor: Visitor, template: str, start: PlanStart, *, tab: str, **more: Any
) -> Response:
    return staff_page(
        request,
        visitor,
        template,
        hall=start.hall,
        start=start,
        data={**plan_data(start), **more},
        may_change=start.may_change,
        section="plan",
        tab=tab,
    )


def plan_data(start: PlanStart) -> dict[str, Any]:
    """Return what the plan grid's scripts begin with."""
    return {
        "hall": start.hall.code,
        "queues": queue_facts(start.queues),
        "windows": [
            {
                "id": str(window.id),
                "label": window.label,
                "list_limit": window.list_limit,
                "equipped": sorted(str(queue_id) for queue_id in start.equipment.get(window.id, ())),
            }
            for window in start.windows
        ],
        "blocks": [{"from": block.from_minute, "to": block.to_minute} for block in start.blocks],
        "plan": plain(PlanOut.of(start.plan)),
        "before": plain(PlanOut.of(start.before)) if start.before else None,
        "may_change": start.may_change,
        "today": start.today.isoformat(),
        "day": start.day.isoformat(),
        "weekday": start.like.weekday(),
        "only_weekday": start.only_weekday,
        "clerks": [sorted(str(queue_id) for queue_id in skills) for skills in start.clerks],
        "waiting": [
            {"version": one.version, "applies_at": one.applies_at and one.applies_at.isoformat()}
            for one in start.waiting
        ],
        "zone": start.hall.timezone,
        "now": start.now.isoformat(),
    }
