"""The slip of whoever comes back with papers, and the help desk that gives their number."""

from typing import Annotated
from urllib.parse import quote, urlencode
from uuid import UUID

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import Response

from displays.forms import FormOnce, Key
from displays.kiosk_return import REFUSED
from displays.rendering import led_on
from displays.staff_access import DeskPage
from displays.staff_frame import staff_page
from kernel.events import HallNotFound
from kernel.identity import WrongHall
from kernel.ids import TicketId
from kernel.web.access import Clerk
from kernel.web.parts import PartsDep
from kernel.web.problems import refuses
from queueing.errors import NumbersUsedUp, TicketNotFound
from queueing.returns import service
from queueing.returns.errors import ReturnNotFound
from queueing.schemas import IssuedTicketOut

router = APIRouter(include_in_schema=False, prefix="/staff")


@router.get("/returns/{ticket_id}", responses=refuses(TicketNotFound, ReturnNotFound, WrongHall))
async def slip(ticket_id: UUID, visitor: DeskPage, request: Request, here: PartsDep) -> Response:
    """Show what is missing, until when, and the code, to be printed or written down."""
    own = await here.database.read(
        service.slip, TicketId(ticket_id), by=visitor.staff, now=here.clock.now(), vault=here.vault
    )
    return staff_page(request, visitor, "staff/return_slip.html", hall=own.hall, slip=own, section="windows")


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
