"""The help desk: a ticket for somebody without a phone, in a hall without a kiosk or beside one."""

from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Form, Query
from starlette.requests import Request
from starlette.responses import Response

from booking.combining.in_hall import themes_here, visit_here
from booking.errors import PhoneInvalid
from booking.guidance import BRING, papers_of
from booking.messages.errors import NoMessagesHere, TicketHasEnded
from booking.messages.schemas import TicketWishOut
from booking.messages.tickets import tell_at_desk, ticket_wish
from booking.rules.message_times import SOON_AHEAD, SOON_MINUTES, Soon
from displays import staff_reads
from displays.arriving import counts_from_check_in
from displays.forms import FormOnce, Key, new_key
from displays.kiosk_return import REFUSED
from displays.messages import FormAhead, FormMinutes
from displays.rendering import led_on
from displays.rules.visit_address import VisitAddress
from displays.rules.wording import told
from displays.staff_access import DeskPage, Visitor
from displays.staff_frame import staff_page
from displays.visit_here import FormPriority, WantedCodes
from kernel import catalogue
from kernel.catalogue import NotOfferedHere, ServiceNotFound
from kernel.events import HallNotFound
from kernel.identity import WrongHall
from kernel.web.access import Clerk
from kernel.web.parts import Parts, PartsDep
from kernel.web.problems import refuses
from queueing import reads, service
from queueing.errors import NotTakingTickets, NumbersUsedUp, TicketNotFound
from queueing.priority.service import classes_of
from queueing.provisional.staff import paper_counts
from queueing.quotas.errors import QuotaUsedUp
from queueing.quotas.service import numbers_now
from queueing.rules.tickets import MOST_SERVICES
from queueing.schemas import IssuedTicketOut

BegunCodes = Annotated[tuple[str, ...], Query(alias="service", max_length=MOST_SERVICES)]
BegunRefused = Annotated[tuple[str, ...], Query(max_length=MOST_SERVICES)]

router = APIRouter(include_in_schema=False, prefix="/staff/halls/{code}/tickets")


@router.get("", responses=refuses(HallNotFound, WrongHall, ServiceNotFound, NotOfferedHere))
async def choose(
    code: str,
    visitor: DeskPage,
    request: Request,
    here: PartsDep,
    codes: BegunCodes = (),
    several: bool = False,
    refused: BegunRefused = (),
    back: str = "",
) -> Response:
    """Show what can be done in this hall, queue by queue; with ``several``, a visit is put together first."""
    now = here.clock.now()
    help_desk = await here.database.read(staff_reads.help_desk_start, code, by=visitor.staff, now=now)
    numbers = await here.database.read(numbers_now, help_desk.hall.id, now=now)
    asked = await here.database.read(catalogue.services_by_code, refused or codes)
    return staff_page(
        request,
        visitor,
        "staff/give_ticket.html",
        numbers=numbers,
        classes=await here.database.read(classes_of, code),
        back_wrong=next((own for own in REFUSED if own.code == back), None),
        lacking=numbers.for_services([own.id for own in asked]) if asked else None,
        hall=help_desk.hall,
        lines=help_desk.lines,
        open_now=help_desk.open_now,
        opens_at=help_desk.opens_at,
        paper=await here.database.read(paper_counts, code, now=now),
        visit=await here.database.read(visit_here, code, codes) if codes else None,
        several=several or bool(codes),
        themes=await here.database.read(themes_here, code),
        way=VisitAddress(f"/staff/halls/{quote(code)}/tickets", tuple(dict.fromkeys(codes))),
        most=MOST_SERVICES,
        key=new_key(),
        section="tickets",
    )


@router.post(
    "",
    responses=refuses(
        NotTakingTickets, NumbersUsedUp, NotOfferedHere, HallNotFound, ServiceNotFound, WrongHall
    ),
)
async def give(
    code: str,
    request: Request,
    here: PartsDep,
    staff: Clerk,
    key: Key,
    wanted: WantedCodes,
    priority: FormPriority = False,
) -> Response:
    """Issue the ticket of the visit's first service, once whatever is pressed twice."""
    try:
        issued = await FormOnce(request, key, *wanted, str(priority)).write(
            IssuedTicketOut.of,
            reads.issue_by_codes,
            code,
            wanted,
            priority=priority,
            staff=staff,
            clock=here.clock,
            vault=here.vault,
        )
    except QuotaUsedUp:  # that page says until when, and what helps
        asked = urlencode([("refused", own) for own in wanted])
        return led_on(f"/staff/halls/{quote(code)}/tickets?{asked}")
    address = f"/staff/halls/{quote(code)}/tickets/{quote(issued['token'])}"
    return led_on(address)


@router.post(
    "/{token}/messages", responses=refuses(TicketNotFound, WrongHall, TicketHasEnded, NoMessagesHere)
)
async def tell_soon(
    code: str,
    token: str,
    visitor: DeskPage,
    request: Request,
    here: PartsDep,
    key: Key,
    phone: Annotated[str, Form(max_length=32)] = "",
    ahead: FormAhead = None,
    minutes: FormMinutes = None,
) -> Response:
    """Keep the number of somebody who wants a message when the ticket is soon due, and how soon that is."""
    try:
        await FormOnce(request, key, phone, str(ahead), str(minutes)).write(
            TicketWishOut.of,
            tell_at_desk,
            token,
            phone.strip() or None,
            ahead=ahead,
            minutes=minutes,
            by=visitor.staff,
            clock=here.clock,
            vault=here.vault,
        )
    except PhoneInvalid as invalid:
        soon = Soon(ahead or SOON_AHEAD, minutes or SOON_MINUTES)
        wrong = (phone, invalid.title)
        return await _paper(code, token, visitor, request, here, wrong_phone=wrong, chosen=soon)
    address = f"/staff/halls/{quote(code)}/tickets/{quote(token)}"
    return led_on(address)


@router.get("/{token}", responses=refuses(TicketNotFound, WrongHall))
async def paper(code: str, token: str, visitor: DeskPage, request: Request, here: PartsDep) -> Response:
    """Show the ticket to be printed, read out or written down."""
    return await _paper(code, token, visitor, request, here)


async def _paper(
    code: str,
    token: str,
    visitor: Visitor,
    request: Request,
    here: Parts,
    *,
    wrong_phone: tuple[str, str] | None = None,
    chosen: Soon | None = None,
) -> Response:
    hall = await here.database.read(staff_reads.own_hall, code, by=visitor.staff)
    found = await here.database.read(service.follow, token, clock=here.clock, vault=here.vault)
    if found.hall_id != hall.id:
        raise WrongHall(hall=code)
    services = await here.database.read(catalogue.services_by_code, [each.code for each in found.visit])
    sms = await here.database.read(ticket_wish, token, now=here.clock.now(), vault=here.vault)
    return staff_page(
        request,
        visitor,
        "staff/given_ticket.html",
        hall=hall,
        token=token,
        ticket=found,
        wait=told(found.wait, found.people_ahead),
        late=counts_from_check_in(found, hall),
        bring=papers_of(services, BRING),
        status=422 if wrong_phone else 200,
        sms=sms,
        soon=chosen or sms.soon,
        wrong_phone=wrong_phone,
        key=new_key(),
        section="tickets",
    )
