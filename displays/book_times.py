"""The first page of a booking: the time, and the place that is kept meanwhile.

Whoever lost a time chooses another one here, so the form also carries what was typed about who comes.
"""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import Response

from booking import service
from booking.errors import SlotNotBookable, SlotTaken, TooManyHolds
from booking.meeting.errors import KindNotOffered
from booking.mine.access import OwnerByCookie
from booking.puzzles.errors import PuzzleNeeded
from booking.puzzles.guarding import guard_holds
from booking.rules.parties import LARGEST, largest_party
from booking.schemas import HoldOut
from booking.service import Client
from booking.travellers import known_traveller
from displays.asked import AskedHalls
from displays.book import Answers, TypedAnswers, who_comes_page
from displays.days_shown import DAYS_SHOWN, later_than, not_past
from displays.forms import FormOnce, Key, new_key
from displays.lost_times import lost_booking, people_in
from displays.meeting import HALL, AskedKind, FormKind, choosable, kind_in
from displays.no_shows import rule_in_force
from displays.notices import notices_now
from displays.puzzles import puzzle_page
from displays.rendering import led_on, page
from kernel import catalogue
from kernel.catalogue import NotOfferedHere, ServiceNotFound
from kernel.days import Day
from kernel.errors import Invalid
from kernel.events import HallNotFound
from kernel.web.access import Public
from kernel.web.callers import caller_address
from kernel.web.parts import PartsDep
from kernel.web.problems import refuses

router = APIRouter(include_in_schema=False)


@router.get("/book", dependencies=[Public], responses=refuses(HallNotFound, ServiceNotFound, NotOfferedHere))
async def choose_time(
    request: Request,
    here: PartsDep,
    hall: Annotated[str, Query(max_length=32)],
    codes: Annotated[list[str], Query(alias="service", max_length=6)],
    asked: AskedHalls,
    first_day: Annotated[Day | None, Query(alias="from")] = None,
    party: Annotated[int, Query(ge=1, le=LARGEST)] = 1,
    kind: AskedKind = HALL,
) -> Response:
    """Ask for the time, how it is done where there is a choice, and how many come where several may."""
    now = here.clock.now()
    wanted = await here.database.read(catalogue.services_by_code, codes)
    party = min(party, largest_party(wanted))
    days = await here.database.read(
        service.free_slots, hall, codes,
        first_day=not_past(first_day, now), days=DAYS_SHOWN, now=now, party=party,
    )  # fmt: skip
    services = [("service", code) for code in codes]
    people = [*people_in(party), *kind_in(kind)]
    at_hall = await here.database.read(catalogue.hall_by_code, hall)
    return page(
        request,
        "public/slots.html",
        hall=at_hall,
        notices=await notices_now(here, at_hall.id),
        services=wanted,
        party=party,
        party_most=largest_party(wanted),
        party_keeps=[("hall", hall), *services, *kind_in(kind), *asked.items()],
        kinds=await choosable(here, hall, codes),
        kind=kind,
        keeps_time=False,
        codes=codes,
        days=days,
        later=later_than(days, await here.database.read(service.last_bookable_day, hall, now=now)),
        address=f"/book?{urlencode([('hall', hall), *services, *people, *asked.items()])}",
        action="/book",
        back=f"/halls?{urlencode([*services, *asked.items()])}",
        key=new_key(),
        moving=None,
        no_show_rule=await rule_in_force(here),
        # An offer of the waiting list is a place for one.
        wait_at=f"/waitlist?{urlencode([('hall', hall), *services, *kind_in(kind)])}" if party == 1 else None,
    )


@router.post(
    "/book",
    dependencies=[Public],
    responses=refuses(SlotTaken, SlotNotBookable, TooManyHolds, KindNotOffered, Invalid),
)
async def keep_place(
    request: Request,
    here: PartsDep,
    hall: Annotated[str, Form(max_length=32)],
    codes: Annotated[list[str], Form(alias="service", max_length=6)],
    starts_at: Annotated[datetime, Form()],
    key: Key,
    answers: TypedAnswers,
    party: Annotated[int, Form(ge=1, le=LARGEST)] = 1,
    kind: FormKind = HALL,
    puzzle: Annotated[str, Form(max_length=2000)] = "",
    owner: OwnerByCookie = None,
) -> Response:
    """Keep the place while the form is filled in; when it is taken, offer the nearest free ones."""
    try:
        await guard_holds(request, here, hall, codes, puzzle, owner=owner)
    except PuzzleNeeded as needed:
        kept = [("starts_at", starts_at.isoformat()), ("key", key), ("party", str(party)), *kind_in(kind)]
        return await puzzle_page(request, here, needed, hall, codes, [*kept, *asdict(answers).items()])
    try:
        held = await FormOnce(request, key, hall, *codes, starts_at.isoformat(), str(party), kind).write(
            HoldOut.of,
            service.hold,
            hall,
            codes,
            starts_at,
            client=_client(request, owner),
            clock=here.clock,
            vault=here.vault,
            party=party,
            kind=kind,
        )
    except (SlotTaken, SlotNotBookable) as lost:
        return await lost_booking(request, here, lost, hall, codes, answers, party, kind)
    if (going := known_traveller(request, here)) is not None:
        await here.database.write(service.stay, going)  # a booking is expected by itself
    token = held["token"]
    if answers == Answers():
        return led_on(f"/book/{quote(token)}")
    return await who_comes_page(request, here, token, answers)


def _client(request: Request, owner: bytes | None) -> Client:
    headers = request.headers
    browser = f"{headers.get('user-agent', '')}|{headers.get('accept-language', '')}"
    return Client.of(browser, caller_address(request), owner)
