"""The waiting list for staff: the help desk puts people on it, the manager sees how many wait for what."""

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Form, Query
from starlette.requests import Request
from starlette.responses import Response

from booking import service as booking
from booking.waitlist import service
from booking.waitlist.errors import WaitingNotFound
from booking.waitlist.schemas import JoinedOut
from displays import staff_reads
from displays.forms import FormOnce, Key
from displays.rendering import led_on
from displays.staff_access import DeskPage, HallPage, Visitor
from displays.staff_frame import staff_page
from displays.waiting_form import WRONG, Wanted, WantedForm, form_facts, local_day, on_days
from kernel.catalogue import NotOfferedHere, ServiceNotFound
from kernel.erasure import LinkErased
from kernel.errors import Refusal
from kernel.events import HallNotFound
from kernel.identity import WrongHall
from kernel.web.parts import Parts, PartsDep
from kernel.web.problems import refuses

router = APIRouter(include_in_schema=False)

_HALL = refuses(HallNotFound, WrongHall, ServiceNotFound, NotOfferedHere)


@router.get("/staff/halls/{code}/waiting", responses=refuses(HallNotFound, WrongHall))
async def demand(code: str, visitor: HallPage, request: Request, here: PartsDep) -> Response:
    """Show how many wait, by service and day, and what came of those who waited."""
    found = await here.database.read(service.demand, code, by=visitor.staff, now=here.clock.now())
    return staff_page(request, visitor, "staff/waiting.html", hall=found.hall, demand=found, section="plan")


@router.get("/staff/halls/{code}/waiting/new", responses=_HALL)
async def ask(
    code: str,
    visitor: DeskPage,
    request: Request,
    here: PartsDep,
    chosen: Annotated[str, Query(alias="service", max_length=64)] = "",
) -> Response:
    """Ask what somebody at the help desk waits for: first the service, then the rest."""
    hall = await here.database.read(staff_reads.own_hall, code, by=visitor.staff)
    now = here.clock.now()
    if not chosen:
        help_desk = await here.database.read(staff_reads.help_desk_start, code, by=visitor.staff, now=now)
        lines = [own for own in help_desk.lines if own.services]
        return staff_page(
            request, visitor, "staff/waiting_service.html", hall=hall, lines=lines, section="tickets"
        )
    last = await here.database.read(booking.last_bookable_day, code, now=now)
    wanted = on_days(Wanted(), local_day(now, hall.timezone), last)
    return await _form(request, here, visitor, code, [chosen], wanted)


async def _form(
    request: Request,
    here: Parts,
    visitor: Visitor,
    code: str,
    codes: list[str],
    wanted: Wanted,
    wrong: Refusal | None = None,
) -> Response:
    facts: dict[str, Any] = await form_facts(here, code, codes, wanted, wrong)
    return staff_page(request, visitor, "staff/waiting_new.html", section="tickets", **facts)


@router.post("/staff/halls/{code}/waiting/new", responses={**_HALL, **refuses(*WRONG)})
async def join(
    code: str,
    visitor: DeskPage,
    request: Request,
    here: PartsDep,
    key: Key,
    chosen: Annotated[str, Form(alias="service", max_length=64)],
    wanted: WantedForm,
) -> Response:
    """Put somebody on the list, or say beside each field what cannot be right."""
    try:
        joined = await FormOnce(request, key, chosen, *wanted.said()).write(
            JoinedOut.of, service.join_at_desk, code, wanted.asked([chosen]),
            by=visitor.staff, clock=here.clock, vault=here.vault,
        )  # fmt: skip
    except WRONG as wrong:
        return await _form(request, here, visitor, code, [chosen], wanted, wrong)
    address = f"/staff/halls/{quote(code)}/waiting/{quote(joined['token'])}"
    return led_on(address)


@router.get("/staff/halls/{code}/waiting/{token}", responses=refuses(WaitingNotFound, LinkErased, WrongHall))
async def slip(code: str, token: str, visitor: DeskPage, request: Request, here: PartsDep) -> Response:
    """Show the code and the address that the person takes along."""
    hall = await here.database.read(staff_reads.own_hall, code, by=visitor.staff)
    own = await here.database.read(service.look_up, token, now=here.clock.now(), vault=here.vault)
    link = str(request.base_url.replace(path=f"/w/{quote(token)}"))
    return staff_page(
        request, visitor, "staff/waiting_slip.html", hall=hall, own=own, token=token, link=link,
        section="tickets",
    )  # fmt: skip
