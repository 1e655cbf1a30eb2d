"""A number with one's own phone, for whoever showed the code of the hall's screen (``displays.here``).

The pages ask what the kiosk asks, and lead to the same live ticket. All works without scripts.
"""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import Response

from booking import guidance
from booking import service as booking
from booking.city import city_of
from booking.limits import limit_check_ins
from booking.mine.access import OwnerByCookie
from booking.mine.owned import take_number
from displays.arriving import ARRIVING, has_checked_in
from displays.forms import FormOnce, Key, new_key
from displays.here import Visitor, ask_for_code, scan, visitor_of
from displays.queues_shown import lasts_till_closing, line_and_colour, line_of, services_in
from displays.rendering import led_on, page
from displays.rules.queue_colours import colours_of
from displays.rules.visit_address import VisitAddress
from displays.rules.wording import told_band
from displays.visit_here import FormPriority, WantedCodes
from kernel import catalogue
from kernel.catalogue import Hall, NotOfferedHere, Service, ServiceNotFound
from kernel.errors import Refusal
from kernel.events import HallNotFound
from kernel.identity import PHONE
from kernel.web.access import Holder
from kernel.web.callers import caller_address
from kernel.web.parts import Parts, PartsDep
from kernel.web.problems import refuses
from queueing import service as queueing
from queueing.errors import NotTakingTickets, NumbersUsedUp, QueueNotFound
from queueing.phone.errors import HallCodeOld, NoPhoneTickets, NumberHeld, TooManyPhoneTickets
from queueing.phone.limits import count_number, refuse_hoarding
from queueing.phone.proofs import browser_hash
from queueing.phone.service import gives_numbers, number_of
from queueing.priority.service import classes_of
from queueing.quotas.errors import QuotaUsedUp
from queueing.quotas.service import numbers_now
from queueing.rules.board import QueueLine
from queueing.schemas import IssuedTicketOut

MOST_FOUND = 8  # services that a search on a phone lists
_TAKING = (HallCodeOld, NoPhoneTickets, NumberHeld, NotTakingTickets, NumbersUsedUp, TooManyPhoneTickets)

router = APIRouter(include_in_schema=False)


@router.get(
    "/here/{code}", dependencies=[Holder], responses=refuses(HallNotFound, HallCodeOld, NoPhoneTickets)
)
async def start(
    code: str,
    request: Request,
    here: PartsDep,
    digits: Annotated[str | None, Query(alias="c", max_length=24)] = None,
    scanned: bool = False,
    q: Annotated[str, Query(max_length=60)] = "",
) -> Response:
    """Show the queues to whoever is here; ``c`` is the code that was scanned."""
    visitor = await visitor_of(request, here, code)
    if not gives_numbers(visitor.hall):
        return ask_for_code(request, visitor.hall, NoPhoneTickets(hall=code))
    if digits is not None:
        return await scan(request, here, visitor.hall, digits)
    if visitor.is_here and scanned:  # it found the cookie; passed on, the address must not ask for one
        return _to_start(code)
    if visitor.is_here:
        return await _start(request, here, visitor, q=q)
    wrong = HallCodeOld(hall=code) if visitor.came_before else None
    if scanned and wrong is None:
        return page(request, "public/here_no_cookie.html", personal=True, hall=visitor.hall)
    return ask_for_code(request, visitor.hall, wrong)


async def _start(
    request: Request, here: Parts, visitor: Visitor, *, q: str = "", wrong: Refusal | None = None
) -> Response:
    """Return the page to choose from; ``wrong`` says why there is no number yet."""
    hall, now = visitor.hall, here.clock.now()
    board = await here.database.read(queueing.board, hall.id, now=now)
    calendar = await here.database.read(catalogue.calendar, hall.id)
    span = calendar.opening_at(now)
    held = await here.database.read(number_of, hall.id, visitor.browser, clock=here.clock, vault=here.vault)
    return page(
        request,
        "public/here_start.html",
        status=wrong.status if wrong else 200,
        personal=True,
        hall=hall,
        lines=board.queues,
        colours=colours_of(line.prefix for line in board.queues),
        numbers=await here.database.read(numbers_now, hall.id, now=now),
        held=held,
        wrong=wrong,
        open_now=calendar.is_open(now),
        opens_at=span.opens_at if span else None,
        q=q,
        themes=bool((await here.database.read(city_of)).themes),
        found=await _found(here, hall, board.queues, q) if q.strip() else [],
    )


async def _found(
    here: Parts, hall: Hall, lines: tuple[QueueLine, ...], q: str
) -> list[tuple[Service, QueueLine]]:
    """Return the services of the hall that match what was typed, each with its queue."""
    offers = await here.database.read(catalogue.offers_in, hall.id)
    line_with = {line.queue_id: line for line in lines}
    waits_in = {own.service_id: line_with[own.queue_id] for own in offers if own.queue_id in line_with}
    services = await here.database.read(guidance.search_services, q, audience=None)
    return [(each, waits_in[each.id]) for each in services if each.id in waits_in][:MOST_FOUND]


def _to_start(code: str) -> Response:
    return led_on(f"/here/{quote(code)}")


@router.get(
    "/here/{code}/queues/{prefix}", dependencies=[Holder], responses=refuses(HallNotFound, QueueNotFound)
)
async def choose_service(code: str, prefix: str, request: Request, here: PartsDep) -> Response:
    """Show the services of a queue."""
    visitor = await visitor_of(request, here, code)
    if not visitor.is_here:
        return _to_start(code)
    line, colour = await line_and_colour(here, visitor.hall, prefix)
    services = await services_in(here, visitor.hall, line)
    numbers = await here.database.read(numbers_now, visitor.hall.id, now=here.clock.now())
    return page(
        request, "public/here_services.html", personal=True, hall=visitor.hall, line=line, colour=colour,
        services=services, numbers=numbers,
    )  # fmt: skip


@router.get(
    "/here/{code}/queues/{prefix}/{wanted}",
    dependencies=[Holder],
    responses=refuses(HallNotFound, QueueNotFound, ServiceNotFound, NotOfferedHere),
)
async def confirm_service(code: str, prefix: str, wanted: str, request: Request, here: PartsDep) -> Response:
    """Show people, wait, whether the day is long enough, and what to bring; a press takes the number."""
    visitor = await visitor_of(request, here, code)
    if not visitor.is_here:
        return _to_start(code)
    line = await line_of(here, visitor.hall, prefix)
    services = await services_in(here, visitor.hall, line)
    chosen = next((each for each in services if each.code == wanted), None)
    if chosen is None:
        raise NotOfferedHere(hall=code, service=wanted)
    numbers = await here.database.read(numbers_now, visitor.hall.id, now=here.clock.now())
    return page(
        request,
        "public/here_confirm.html",
        lacking=numbers.for_services([chosen.id]),
        classes=await here.database.read(classes_of, code),
        personal=True,
        hall=visitor.hall,
        line=line,
        wait=told_band(line.band, line.waiting),
        lasting=await lasts_till_closing(here, visitor.hall, line),
        service=chosen,
        bring=[paper for paper in chosen.papers if paper.need == "bring"],
        key=new_key(),
    )


@router.post(
    "/here/{code}/tickets",
    dependencies=[Holder],
    responses=refuses(HallNotFound, ServiceNotFound, NotOfferedHere, *_TAKING),
)
async def take_ticket(
    code: str,
    request: Request,
    here: PartsDep,
    key: Key,
    wanted: WantedCodes,
    priority: FormPriority = False,
    owner: OwnerByCookie = None,
) -> Response:
    """Take the number, once whatever is pressed twice; else say on the first page why there is none."""
    visitor = await visitor_of(request, here, code)
    try:
        await refuse_hoarding(here, caller_address(request), hall=code)
        issued = await FormOnce(request, key, visitor.browser, *wanted, str(priority)).write(
            IssuedTicketOut.of,
            take_number,
            code,
            wanted,
            priority=priority,
            browser=visitor.browser,
            proof=visitor.seen,
            owner=owner,
            clock=here.clock,
            vault=here.vault,
        )
    except QuotaUsedUp:  # the last number went a moment ago; that page says until when
        return led_on(VisitAddress(f"/here/{quote(code)}/visit", tuple(wanted)).here())
    except _TAKING as wrong:
        if isinstance(wrong, HallCodeOld | NoPhoneTickets):
            return ask_for_code(request, visitor.hall, wrong)
        return await _start(request, here, visitor, wrong=wrong)
    await count_number(here, caller_address(request), hall=code, token=issued["token"])
    return _to_ticket(issued["token"])


def _to_ticket(token: str) -> Response:
    return led_on(f"/t/{quote(token)}")


@router.get("/here/{code}/check-in", dependencies=[Holder], responses=refuses(HallNotFound))
async def ask_reference(code: str, request: Request, here: PartsDep) -> Response:
    """Ask whoever booked for the reference and the end of the number."""
    visitor = await visitor_of(request, here, code)
    return _ask_reference(request, visitor.hall) if visitor.is_here else _to_start(code)


def _ask_reference(
    request: Request, hall: Hall, wrong: Refusal | None = None, reference: str = ""
) -> Response:
    return page(
        request,
        "public/here_check_in.html",
        status=wrong.status if wrong else 200,
        personal=True,
        hall=hall,
        wrong=wrong,
        reference=reference,
        key=new_key(),
    )


@router.post(
    "/here/{code}/check-in", dependencies=[Holder], responses=refuses(HallNotFound, NumbersUsedUp, *ARRIVING)
)
async def check_in(
    code: str,
    request: Request,
    here: PartsDep,
    key: Key,
    reference: Annotated[str, Form(max_length=40)] = "",
    tail: Annotated[str, Form(max_length=8)] = "",
) -> Response:
    """Turn an appointment into its ticket for somebody who is here."""
    visitor = await visitor_of(request, here, code)
    if not visitor.is_here:
        return _to_start(code)
    # Not by address: a hall's own network is one for all who check in there.
    who = browser_hash(visitor.browser, here.vault).hex()
    try:
        await limit_check_ins(here, f"phone:{who}", reference)
        issued = await FormOnce(request, key, reference, tail).write(
            IssuedTicketOut.of,
            booking.check_in_at_kiosk,
            visitor.hall.id,
            reference,
            tail,
            by=PHONE,
            clock=here.clock,
            vault=here.vault,
        )
    except ARRIVING as wrong:
        if has_checked_in(wrong) and (again := await _ticket_again(here, visitor.hall, reference, tail)):
            return _to_ticket(again)
        return _ask_reference(request, visitor.hall, wrong, reference)
    return _to_ticket(issued["token"])


async def _ticket_again(here: Parts, hall: Hall, reference: str, tail: str) -> str | None:
    """Return the token of the ticket that the appointment is by now, for whoever checks in once more."""
    return await here.database.read(
        booking.ticket_at_kiosk, hall.id, reference, tail, clock=here.clock, vault=here.vault
    )
