"""The time without connection: who was served on paper, what could not be taken over, the sheet."""

from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import Response

from displays import staff_reads
from displays.forms import FormOnce, Key, new_key
from displays.rendering import led_on
from displays.staff_access import DeskPage
from displays.staff_frame import staff_page
from kernel.events import HallNotFound
from kernel.identity import WrongHall
from kernel.ids import TicketId
from kernel.looking import Looker
from kernel.web.access import Clerk
from kernel.web.parts import PartsDep
from kernel.web.problems import refuses
from queueing.desk_entries import service as desk_entries
from queueing.desk_entries.errors import DeskEntryNotFound
from queueing.desk_entries.schemas import DeskEntriesOut
from queueing.desk_entries.service import not_taken_over
from queueing.errors import NotPossibleNow, TicketNotFound, UndoTooLate
from queueing.looking import looks_at_paper
from queueing.provisional import staff
from queueing.provisional.errors import SlipNotFound
from queueing.provisional.schemas import PaperDayOut
from queueing.provisional.staff import MAY_BE_SERVED
from queueing.rules.tickets import TicketStatus

SHEET_LINES = 40  # the people at the door when a link breaks in the morning; a second sheet is soon printed

router = APIRouter(include_in_schema=False, prefix="/staff/halls/{code}/paper")

_HALL = (HallNotFound, WrongHall)


@router.get("", responses=refuses(*_HALL))
async def numbers(code: str, visitor: DeskPage, request: Request, here: PartsDep) -> Response:
    """Show today's provisional numbers and those that could not be taken."""
    now = here.clock.now()
    opened = Looker(here.database, visitor.staff, now, opened=True)
    day = await opened.see(looks_at_paper, staff.paper_day, code, by=visitor.staff, now=now)
    ended = (TicketStatus.SERVED_ON_PAPER,)
    return staff_page(
        request,
        visitor,
        "staff/paper.html",
        hall=day.hall,
        prefixes={queue.id: queue.prefix for queue in day.queues},
        open_tickets=[own for own in day.tickets if own.status in MAY_BE_SERVED],
        served=[own for own in day.tickets if own.status in ended],
        others=[own for own in day.tickets if own.status not in (*MAY_BE_SERVED, *ended)],
        refused=day.refused,
        entries=await here.database.read(not_taken_over, code, by=visitor.staff),
        windows=await here.database.read(desk_entries.window_labels, code),
        key=new_key(),
        section="tickets",
    )


@router.get("/sheet", responses=refuses(*_HALL))
async def sheet(code: str, visitor: DeskPage, request: Request, here: PartsDep) -> Response:
    """Show the sheet to be printed before the link breaks."""
    hall = await here.database.read(staff_reads.own_hall, code, by=visitor.staff)
    return staff_page(
        request, visitor, "staff/paper_sheet.html", hall=hall, lines=SHEET_LINES, section="tickets"
    )


@router.post("/served", responses=refuses(*_HALL, NotPossibleNow, TicketNotFound))
async def served(
    code: str,
    request: Request,
    here: PartsDep,
    clerk: Clerk,
    key: Key,
    ticket: Annotated[list[UUID] | None, Form(max_length=400)] = None,
) -> Response:
    """Close the tickets that were ticked; none ticked changes nothing."""
    wanted = [TicketId(each) for each in ticket or ()]
    await FormOnce(request, key, *map(str, wanted)).write(
        PaperDayOut.of, staff.serve_on_paper, code, wanted, by=clerk, clock=here.clock
    )
    return _back(code)


@router.post("/take-back", responses=refuses(*_HALL, NotPossibleNow, TicketNotFound, UndoTooLate))
async def take_back(
    code: str, request: Request, here: PartsDep, clerk: Clerk, key: Key, ticket: Annotated[UUID, Form()]
) -> Response:
    """Let somebody wait again."""
    await FormOnce(request, key, str(ticket)).write(
        PaperDayOut.of, staff.undo_on_paper, code, TicketId(ticket), by=clerk, clock=here.clock
    )
    return _back(code)


@router.post("/put-entry-away", responses=refuses(*_HALL, DeskEntryNotFound))
async def put_entry_away(
    code: str, request: Request, here: PartsDep, clerk: Clerk, key: Key, entry: Annotated[UUID, Form()]
) -> Response:
    """Take off the list what a desk did without connection and was not taken over."""
    await FormOnce(request, key, str(entry)).write(
        DeskEntriesOut.of, desk_entries.put_away, code, entry, by=clerk, clock=here.clock
    )
    return _back(code)


@router.post("/put-away", responses=refuses(*_HALL, SlipNotFound))
async def put_away(
    code: str, request: Request, here: PartsDep, clerk: Clerk, key: Key, slip: Annotated[UUID, Form()]
) -> Response:
    """Take a refused number off the list."""
    await FormOnce(request, key, str(slip)).write(
        PaperDayOut.of, staff.put_away, code, slip, by=clerk, clock=here.clock
    )
    return _back(code)


def _back(code: str) -> Response:
    address = f"/staff/halls/{quote(code)}/paper"
    return led_on(address)
