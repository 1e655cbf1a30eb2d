"""The kiosk: no phone, no account. Queue, service, ordinary or priority: three touches to a ticket.

A kiosk is a registered device of one hall; its pages work without scripts too, which only add the
on-screen keys, the reset when nobody is there, and printing.
"""

import re
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from booking import service as booking
from booking.city import city_of
from booking.errors import TooManyTries
from booking.guidance import BRING, papers_of
from booking.limits import limit_check_ins
from booking.rules.references import ALPHABET
from displays.arriving import ARRIVING, counts_from_check_in, has_checked_in
from displays.devices import own_hall, register_device
from displays.errors import DeviceUnknown
from displays.forms import FormOnce, Key, new_key
from displays.kiosk_questions import way_at_kiosk
from displays.questions import PathText
from displays.queues_shown import lasts_till_closing, line_and_colour, line_of, services_in
from displays.rendering import led_on, page
from displays.rules.queue_colours import colours_of
from displays.rules.visit_address import VisitAddress
from displays.rules.wording import told, told_band
from displays.visit_here import FormPriority, WantedCodes
from kernel import catalogue
from kernel.catalogue import Hall, NotOfferedHere, ServiceNotFound
from kernel.errors import Refusal
from kernel.events import HallNotFound
from kernel.identity import Device, WrongHall
from kernel.looking import Looker
from kernel.web.access import Kiosk, Public, known_device
from kernel.web.parts import Parts, PartsDep
from kernel.web.problems import refuses
from queueing import reads
from queueing import service as queueing
from queueing.errors import NotTakingTickets, NumbersUsedUp, QueueNotFound, TicketNotFound
from queueing.looking import looks_at_kiosk
from queueing.phone.service import gives_numbers
from queueing.priority.service import classes_of
from queueing.quotas.errors import QuotaUsedUp
from queueing.quotas.service import numbers_now
from queueing.schemas import IssuedTicketOut

_SCANNED = re.compile(r"/a/([A-Za-z0-9_-]{8,64})\s*$")
router = APIRouter(include_in_schema=False, prefix="/kiosk/{code}")


@router.get("", dependencies=[Public], responses=refuses(HallNotFound, DeviceUnknown))
async def start(code: str, request: Request, here: PartsDep, device: str | None = None) -> Response:
    """Show the queues; ``device`` registers the kiosk."""
    hall = await here.database.read(catalogue.hall_by_code, code)
    if device is not None:
        return await register_device(request, hall, "kiosk", device)
    kiosk = await known_device(request)
    if kiosk is None or kiosk.kind != "kiosk" or kiosk.hall_id != hall.id:
        raise DeviceUnknown(hall=code)
    board = await here.database.read(queueing.board, hall.id, now=here.clock.now())
    calendar = await here.database.read(catalogue.calendar, hall.id)
    city = await here.database.read(city_of)
    now = here.clock.now()
    span = calendar.opening_at(now)
    return page(
        request,
        "public/kiosk_start.html",
        personal=True,
        hall=hall,
        lines=board.queues,
        colours=colours_of(line.prefix for line in board.queues),
        phones=gives_numbers(hall),
        numbers=await here.database.read(numbers_now, hall.id, now=now),
        notices=board.notices,
        questions=bool(city.questions),
        key=new_key(),
        themes=bool(city.themes),
        open_now=calendar.is_open(now),
        opens_at=span.opens_at if span else None,
    )


@router.get("/queues/{prefix}", responses=refuses(HallNotFound, QueueNotFound, WrongHall))
async def choose_service(code: str, prefix: str, request: Request, here: PartsDep, kiosk: Kiosk) -> Response:
    """Show the services of a queue."""
    hall = await own_hall(here, code, kiosk)
    line, colour = await line_and_colour(here, hall, prefix)
    services = await services_in(here, hall, line)
    numbers = await here.database.read(numbers_now, hall.id, now=here.clock.now())
    return page(
        request, "public/kiosk_services.html", personal=True, hall=hall, line=line, colour=colour,
        services=services, numbers=numbers,
    )  # fmt: skip


@router.get("/queues/{prefix}/{wanted}", responses=refuses(HallNotFound, ServiceNotFound, WrongHall))
async def confirm_service(
    code: str, prefix: str, wanted: str, request: Request, here: PartsDep, kiosk: Kiosk, path: PathText = ""
) -> Response:
    """Show the wait and what to bring; the next touch gives the ticket. ``path``: answers that led here."""
    hall = await own_hall(here, code, kiosk)
    line = await line_of(here, hall, prefix)
    chosen = (await here.database.read(catalogue.services_by_code, [wanted]))[0]
    numbers = await here.database.read(numbers_now, hall.id, now=here.clock.now())
    return page(
        request,
        "public/kiosk_confirm.html",
        lacking=numbers.for_services([chosen.id]),
        classes=await here.database.read(classes_of, code),
        personal=True,
        hall=hall,
        line=line,
        wait=told_band(line.band, line.waiting),
        lasting=await lasts_till_closing(here, hall, line),
        service=chosen,
        bring=[paper for paper in chosen.papers if paper.need == "bring"],
        key=new_key(),
        back=_before(hall.code, prefix, path),
    )


def _before(code: str, prefix: str, path: str) -> str:
    """Return the page before the confirmation: the questions that led to it, else the queue's services."""
    way = way_at_kiosk(code, path)
    return way.to(way.path) if way.path else f"/kiosk/{quote(code)}/queues/{prefix}"


@router.post(
    "/tickets", responses=refuses(NotTakingTickets, NumbersUsedUp, NotOfferedHere, ServiceNotFound, WrongHall)
)
async def take_ticket(
    code: str,
    request: Request,
    here: PartsDep,
    kiosk: Kiosk,
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
            device=kiosk,
            clock=here.clock,
            vault=here.vault,
        )
    except QuotaUsedUp:  # the last number went a moment ago; that page says until when
        return led_on(VisitAddress(f"/kiosk/{quote(code)}/visit", tuple(wanted)).here())
    return _to_ticket(code, issued["token"])


def _to_ticket(code: str, token: str) -> Response:
    address = f"/kiosk/{quote(code)}/tickets/{quote(token)}"
    return led_on(address)


@router.get("/tickets/{token}", responses=refuses(TicketNotFound, WrongHall))
async def ticket(code: str, token: str, request: Request, here: PartsDep, kiosk: Kiosk) -> Response:
    """Show the ticket to be printed or scanned."""
    hall = await own_hall(here, code, kiosk)
    found = await Looker(here.database, kiosk, here.clock.now()).see(
        looks_at_kiosk, queueing.follow, token, clock=here.clock, vault=here.vault
    )
    services = await here.database.read(catalogue.services_by_code, [own.code for own in found.visit])
    return page(
        request,
        "public/kiosk_ticket.html",
        personal=True,
        hall=hall,
        token=token,
        ticket=found,
        wait=told(found.wait, found.people_ahead),
        late=counts_from_check_in(found, hall),
        bring=papers_of(services, BRING),
    )


@router.get("/check-in", responses=refuses(HallNotFound, WrongHall))
async def ask_reference(code: str, request: Request, here: PartsDep, kiosk: Kiosk) -> Response:
    """Ask for the appointment: scan its code, or type reference and the phone number's end."""
    return _ask_reference(request, await own_hall(here, code, kiosk))


def _ask_reference(
    request: Request, hall: Hall, wrong: Refusal | None = None, reference: str = ""
) -> Response:
    return page(
        request,
        "public/kiosk_check_in.html",
        status=wrong.status if wrong else 200,
        personal=True,
        hall=hall,
        letters=ALPHABET,
        wrong=wrong,
        reference=reference,
        key=new_key(),
    )


@router.post("/check-in", responses=refuses(WrongHall, TooManyTries, NumbersUsedUp))
async def check_in(
    code: str,
    request: Request,
    here: PartsDep,
    kiosk: Kiosk,
    key: Key,
    reference: Annotated[str, Form(max_length=200)],
    tail: Annotated[str, Form(max_length=8)] = "",
) -> Response:
    """Turn an appointment into a ticket; a scanned code is its link, which is a key by itself."""
    hall = await own_hall(here, code, kiosk)
    try:
        token = await _checked_in(request, here, kiosk, key, reference, tail)
    except ARRIVING as wrong:
        if has_checked_in(wrong) and (again := await _ticket_again(here, kiosk, reference, tail)):
            return _to_ticket(code, again)
        typed = "" if _SCANNED.search(reference) else reference  # a link is the key itself: it is not shown
        return _ask_reference(request, hall, wrong, typed)
    return _to_ticket(code, token)


async def _ticket_again(here: Parts, kiosk: Device, reference: str, tail: str) -> str | None:
    """Return the token of the ticket that the appointment is by now: who lost the paper prints another."""
    scanned = _SCANNED.search(reference)
    if scanned:
        return await here.database.read(
            booking.live_ticket_of, kiosk.hall_id, scanned[1], clock=here.clock, vault=here.vault
        )
    return await here.database.read(
        booking.ticket_at_kiosk, kiosk.hall_id, reference, tail, clock=here.clock, vault=here.vault
    )


async def _checked_in(
    request: Request, here: Parts, kiosk: Device, key: str, reference: str, tail: str
) -> str:
    """Return the token of the ticket that the appointment became."""
    once = FormOnce(request, key, reference, tail)
    scanned = _SCANNED.search(reference)
    if scanned:
        issued = await once.write(
            IssuedTicketOut.of,
            booking.check_in,
            scanned[1],
            at_hall=kiosk.hall_id,
            by=kiosk.actor,
            clock=here.clock,
            vault=here.vault,
        )
        return str(issued["token"])
    await limit_check_ins(here, f"kiosk:{kiosk.id}", reference)
    issued = await once.write(
        IssuedTicketOut.of,
        booking.check_in_at_kiosk,
        kiosk.hall_id,
        reference,
        tail,
        by=kiosk.actor,
        clock=here.clock,
        vault=here.vault,
    )
    return str(issued["token"])
