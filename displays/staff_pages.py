"""Pages of clerks and managers; what they show comes as JSON out of the public API's own shapes."""

from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from booking.licences import permitting
from displays import staff_reads
from displays.licences import system_name
from displays.staff_access import HOME_PATH, AnyStaffPage, DeskPage, HallPage, Visitor
from displays.staff_frame import plain, queue_facts, staff_page
from displays.staff_plan import plan_data
from kernel.clock import Clock
from kernel.database import Database
from kernel.identity import Role
from kernel.ids import WindowId
from kernel.looking import Looker
from kernel.web.parts import ClockDep, Db
from queueing.looking import looks_at_day, looks_at_desk, looks_at_windows
from queueing.provisional.staff import paper_counts
from queueing.rules.parking import LONGEST_WORDS
from queueing.rules.returns import LONGEST, LONGEST_NOTE, USUAL
from queueing.rules.tickets import RECALL_AFTER, RECALLS, UNDO_WITHIN, TicketAction
from queueing.schemas import DeskOut, HallDayOut

router = APIRouter(include_in_schema=False)


@router.get(HOME_PATH)
async def home(visitor: AnyStaffPage, request: Request, db: Db) -> Response:
    """Lead each role to its first page; an administrator chooses a hall."""
    staff = visitor.staff
    if staff.role is Role.SUPERVISOR:
        return RedirectResponse("/staff/city", status_code=303)
    if staff.hall_id is None:
        halls = await db.read(staff_reads.staffed_halls)
        return staff_page(request, visitor, "staff/halls.html", halls=halls)
    code = await db.read(staff_reads.home_hall, staff.hall_id)
    first = f"/staff/halls/{code}" + ("/windows" if staff.role is Role.CLERK else "")
    return RedirectResponse(first, status_code=303)


def _opened(visitor: Visitor, db: Database, clock: Clock) -> Looker:
    """Somebody opens a page that shows tickets: a look of its own, each time."""
    return Looker(db, visitor.staff, clock.now(), opened=True)


@router.get("/staff/halls/{code}/windows")
async def choose_window(code: str, visitor: DeskPage, request: Request, db: Db, clock: ClockDep) -> Response:
    """Show the windows of a hall, so that a clerk sits down at one."""
    start = await _opened(visitor, db, clock).see(
        lambda own: looks_at_windows([each.window for each in own.day.windows]),
        staff_reads.hall_start,
        code,
        by=visitor.staff,
        now=clock.now(),
    )
    paper = await db.read(paper_counts, code, now=clock.now())
    return staff_page(
        request, visitor, "staff/windows.html", hall=start.hall, windows=start.day.windows, paper=paper
    )


@router.get("/staff/windows/{window_id}")
async def desk(window_id: UUID, visitor: DeskPage, request: Request, db: Db, clock: ClockDep) -> Response:
    """Show a clerk's desk."""
    start = await _opened(visitor, db, clock).see(
        lambda own: looks_at_desk(own.desk),
        staff_reads.desk_start,
        WindowId(window_id),
        by=visitor.staff,
        now=clock.now(),
    )
    data = {
        "hall": start.hall.code,
        "queues": queue_facts(start.queues),
        "desk": plain(DeskOut.of(start.desk)),
        "offer": [
            {"code": each.code, "name_zh": each.name_zh, "name_en": each.name_en} for each in start.offer
        ],
        "me": str(visitor.staff.id),
        "for_colleagues": visitor.staff.role is not Role.CLERK,
        "recalls": RECALLS,
        "recall_after_s": RECALL_AFTER.total_seconds(),
        "undo_within_s": UNDO_WITHIN[TicketAction.UNDO_FINISH].total_seconds(),
    }
    today = clock.now().astimezone(ZoneInfo(start.hall.timezone)).date()
    return staff_page(
        request, visitor, "staff/desk.html", hall=start.hall, queues=start.queues, desk=start.desk, data=data,
        longest_words=LONGEST_WORDS, longest_note=LONGEST_NOTE, today=today.isoformat(),
        usual_return=(today + USUAL).isoformat(), latest_return=(today + LONGEST).isoformat(),
        licences=bool(system_name(request)) and await db.read(permitting.may_look, visitor.staff),
    )  # fmt: skip


@router.get("/staff/halls/{code}")
async def hall_today(code: str, visitor: HallPage, request: Request, db: Db, clock: ClockDep) -> Response:
    """Show a hall's live day."""
    start = await _opened(visitor, db, clock).see(
        lambda own: looks_at_day(own.day), staff_reads.hall_start, code, by=visitor.staff, now=clock.now()
    )
    data = {
        "hall": code,
        "me": str(visitor.staff.id),
        "day": plain(HallDayOut.of(start.day)),
        "may_work": start.may_change,
    }
    return staff_page(
        request,
        visitor,
        "staff/hall.html",
        hall=start.hall,
        open_now=start.open_now,
        paper=await db.read(paper_counts, code, now=clock.now()),
        data=data,
        section="today",
    )


@router.get("/staff/halls/{code}/proposals")
async def proposals(code: str, visitor: HallPage, request: Request, db: Db, clock: ClockDep) -> Response:
    """Show the proposals for a hall's plan, with their expected effect."""
    start = await db.read(staff_reads.plan_start, code, by=visitor.staff, now=clock.now())
    return staff_page(
        request,
        visitor,
        "staff/proposals.html",
        hall=start.hall,
        data=plan_data(start),
        start=start,
        may_change=start.may_change,
        section="proposals",
    )
