"""The slip of whoever comes back with papers, and the help desk that gives their number."""

from typing import Annotated
from urllib.parse import quote, urlencode
from uuid import UUID

from fastapi import APIRouter, Form, Query
from starlette.requests import Request
from starlette.responses import Response

from booking.desk.returning import LONGEST_WANTED, looks_at_returns, open_returns
from displays.forms import FormOnce, Key, new_key
from displays.kiosk_return import REFUSED
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
from queueing.errors import NumbersUsedUp, TicketNotFound
from queueing.looking import looks_at_slip
from queueing.returns import service
from queueing.returns.errors import ReturnNotFound
from queueing.schemas import IssuedTicketOut

router = APIRouter(include_in_schema=False, prefix="/staff")


@router.get("/returns/{ticket_id}", responses=refuses(TicketNotFound, ReturnNotFound, WrongHall))
async def slip(ticket_id: UUID, visitor: DeskPage, request: Request, here: PartsDep) -> Response:
    """Show what is missing, until when, and the code, to be printed or written down; the look is noted."""
    now = here.clock.now()
    own = await Looker(here.database, visitor.staff, now, opened=True).see(
        looks_at_slip, service.slip, TicketId(ticket_id), by=visitor.staff, now=now, vault=here.vault
    )
    return staff_page(
        request, visitor, "staff/return_slip.html", hall=own.hall, slip=own, key=new_key(), section="windows"
    )


@router.get("/halls/{code}/returns", responses=refuses(HallNotFound, WrongHall))
async def expected_back(
    code: str,
    visitor: DeskPage,
    request: Request,
    here: PartsDep,
    q: Annotated[str, Query(max_length=LONGEST_WANTED)] = "",
) -> Response:
    """Show who may still come back with papers, for somebody who has lost the slip."""
    now = here.clock.now()
    found = await Looker(here.database, visitor.staff, now, opened=True).see(
        looks_at_returns, open_returns, code, q, by=visitor.staff, now=now, vault=here.vault
    )
    return staff_page(
        request,
        visitor,
        "staff/returns.html",
        hall=found.hall,
        returns=found,
        longest=LONGEST_WANTED,
        section="tickets",
    )


@router.post("/halls/{code}/returns", responses=refuses(HallNotFound, WrongHall, NumbersUsedUp, *REFUSED))
async def give(
    code: str,
    request: Request,
    here: PartsDep,
    staff: Clerk,
    key: Key,
    typed: Annotated[str, Form(max_length=40)] = "",
) -> Response:
    """Give the number of a return code at the help desk, or say on its page why there is none."""
    at = f"/staff/halls/{quote(code)}/tickets"
    try:
        issued = await FormOnce(request, key, typed).write(
            IssuedTicketOut.of,
            service.number_at,
            code,
            typed,
            staff=staff,
            clock=here.clock,
            vault=here.vault,
        )
    except REFUSED as wrong:
        return led_on(f"{at}?{urlencode({'back': wrong.code})}")
    return led_on(f"{at}/{quote(issued['token'])}")
