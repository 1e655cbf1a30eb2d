"""Booking page by page: the time, then who comes. All of it works as plain forms, once per hidden key.

What was typed is kept when a time is lost meanwhile, and the nearest free times are offered.
"""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import Response

from booking import service
from booking.activation.errors import CodeJustSent, CodesUsedUp
from booking.activation.limits import limit_sending
from booking.activation.views import filled_in
from booking.city import city_of
from booking.errors import (
    AppointmentNotFound,
    AppointmentNotPossible,
    CompanyCodeInvalid,
    HoldExpired,
    IdNumberInvalid,
    IdTailNeeded,
    NameInvalid,
    PersonLimit,
    PhoneInvalid,
    SlotNotBookable,
    SlotTaken,
    TooManyHolds,
)
from booking.licences import giving
from booking.meeting.errors import AddressInvalid, KindNotOffered
from booking.mine.access import OwnerByCookie, owner_by_cookie
from booking.mine.errors import TooManyCodes
from booking.no_shows.errors import BookingPaused
from booking.puzzles.errors import PuzzleNeeded
from booking.puzzles.guarding import guard_holds
from booking.rules.appointments import AppointmentAction, AppointmentStatus
from booking.rules.meeting import LONGEST_ADDRESS
from booking.rules.messages import MOST_PER_SUBJECT
from booking.rules.parties import APPOINTMENTS_FOR_OTHERS_PER_DAY, LARGEST, largest_party
from booking.schemas import AppointmentOut, HoldOut
from booking.service import AppointmentView, Client, Person
from booking.travellers import known_traveller
from displays.asked import AskedHalls
from displays.days_shown import DAYS_SHOWN, later_than, not_past
from displays.forms import FormOnce, Key, new_key, refuse_foreign_forms, said_by
from displays.licences import may_agree_here, signed_in_here, system_name
from displays.lost_times import lost_booking, people_in
from displays.meeting import HALL, AskedKind, FormKind, choosable, kind_in
from displays.mine_access import sign_in_name, sign_in_path
from displays.no_shows import paused_page, rule_in_force
from displays.notices import notices_now
from displays.puzzles import puzzle_page
from displays.rendering import led_on, page, reader_of
from kernel import catalogue
from kernel.catalogue import NotOfferedHere, ServiceNotFound
from kernel.days import Day
from kernel.errors import Invalid, Refusal
from kernel.events import HallNotFound
from kernel.i18n import DEFAULT_LOCALE
from kernel.web.access import Holder, Public
from kernel.web.callers import caller_address
from kernel.web.parts import Parts, PartsDep
from kernel.web.problems import refuses

_NO_CODE = (CodeJustSent, CodesUsedUp, TooManyCodes)
_WRONG_PERSON = (NameInvalid, PhoneInvalid, AddressInvalid, IdTailNeeded, CompanyCodeInvalid, IdNumberInvalid)
_WRONG_FIELDS = (*_WRONG_PERSON, PersonLimit, *_NO_CODE)
FIELDS = ("name", "phone", "address", "id_tail", "company", "id_number")

router = APIRouter(include_in_schema=False)

Typed = Annotated[str, Form(max_length=80)]
TypedAddress = Annotated[str, Form(max_length=LONGEST_ADDRESS)]


@dataclass(frozen=True, slots=True)
class Answers:
    """What somebody typed about who comes."""

    name: str = ""
    phone: str = ""
    id_tail: str = ""
    priority: bool = False
    company: str = ""
    id_number: str = ""
    licences: bool = False
    for_other: bool = False
    address: str = ""

    def person(self, locale: str = DEFAULT_LOCALE) -> Person:
        return Person(
            self.name, self.phone, self.id_tail or None, self.priority, locale,
            self.company or None, self.id_number or None, self.for_other, self.address or None,
        )  # fmt: skip


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
    name: Typed = "",
    phone: Typed = "",
    id_tail: Typed = "",
    priority: Annotated[bool, Form()] = False,
    company: Typed = "",
    id_number: Typed = "",
    for_other: Annotated[bool, Form()] = False,
    party: Annotated[int, Form(ge=1, le=LARGEST)] = 1,
    kind: FormKind = HALL,
    address: TypedAddress = "",
    puzzle: Annotated[str, Form(max_length=2000)] = "",
    owner: OwnerByCookie = None,
) -> Response:
    """Keep the place while the form is filled in; when it is taken, offer the nearest free ones."""
    answers = Answers(
        name, phone, id_tail, priority, company, id_number, for_other=for_other, address=address
    )
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
    return await _who_comes(request, here, token, answers)


def _client(request: Request, owner: bytes | None) -> Client:
    headers = request.headers
    browser = f"{headers.get('user-agent', '')}|{headers.get('accept-language', '')}"
    return Client.of(browser, caller_address(request), owner)


@router.get("/book/{token}", dependencies=[Holder], responses=refuses(AppointmentNotFound))
async def who_comes(
    token: str, request: Request, here: PartsDep, correct: Annotated[bool, Query()] = False
) -> Response:
    """Ask who comes, while the place is kept; ``correct`` what was said, where a code is awaited already."""
    said = await here.database.read(filled_in, token, now=here.clock.now(), vault=here.vault)
    if said is None:
        return await _who_comes(request, here, token, Answers())
    if not correct:
        return led_on(f"/book/{quote(token)}/code")
    answers = Answers(
        said.name, said.phone, said.id_tail or "", said.priority,
        said.company or "", said.id_number or "",
        for_other=said.for_other, address=said.address or "",
    )  # fmt: skip
    return await _who_comes(request, here, token, answers)


async def _who_comes(
    request: Request, here: Parts, token: str, answers: Answers, wrong: Refusal | None = None
) -> Response:
    held = await here.database.read(service.look_up, token, now=here.clock.now(), vault=here.vault)
    if held.status is AppointmentStatus.EXPIRED:
        return await _ran_out(request, here, held, answers)
    if AppointmentAction.CONFIRM not in held.may:
        return led_on(f"/a/{quote(token)}")
    city = await here.database.read(city_of)
    asked = city.named([each.code for each in held.services])
    return page(
        request,
        "public/who_comes.html",
        status=wrong.status if wrong else 200,
        personal=True,
        token=token,
        held=held,
        answers=answers,
        online=[own for own in asked if own.online],
        needs_id_tail=any(each.needs_id_tail for each in held.services),
        wrong=_all_wrong(wrong, answers, held) if wrong else {},
        most_messages=MOST_PER_SUBJECT if here.settings.messages else 0,
        licence_system=system_name(request) if await may_agree_here(request) else "",
        companies=any(own.audience != "person" for own in asked),
        **await _keeping(request, f"/book/{quote(token)}"),
        no_show_rule=await rule_in_force(here),
        most_for_others=APPOINTMENTS_FOR_OTHERS_PER_DAY,
        key=new_key(),
    )


async def _keeping(request: Request, path: str) -> dict[str, Any]:
    """Return the way to sign in and back, for whoever has not and could."""
    name = sign_in_name(request)
    offered = bool(name) and await owner_by_cookie(request) is None
    return {"sign_in_name": name, "sign_in_at": sign_in_path(path) if offered else ""}


def _all_wrong(wrong: Refusal, answers: Answers, held: AppointmentView) -> dict[str, Refusal]:
    """Return the refusal of each field in the form's order: whoever corrects one shall not meet the next."""
    person, kind = answers.person(), held.meeting.kind
    faults: list[Refusal] = [*service.faults_of(person, held.services, kind=kind)]
    by_field = {str(fault.facts.get("field", "phone")): fault for fault in faults or [wrong]}
    return {field: by_field[field] for field in FIELDS if field in by_field}


async def _ran_out(request: Request, here: Parts, held: AppointmentView, answers: Answers) -> Response:
    codes = [each.code for each in held.services]
    return await lost_booking(
        request, here, HoldExpired(), held.hall.code, codes, answers, held.party, held.meeting.kind
    )


@router.post(
    "/book/{token}",
    dependencies=[Holder],
    responses=refuses(AppointmentNotFound, AppointmentNotPossible, BookingPaused),
)
async def confirm(
    token: str,
    request: Request,
    here: PartsDep,
    key: Key,
    name: Typed = "",
    phone: Typed = "",
    id_tail: Typed = "",
    priority: Annotated[bool, Form()] = False,
    company: Typed = "",
    id_number: Typed = "",
    licences: Annotated[bool, Form()] = False,
    for_other: Annotated[bool, Form()] = False,
    address: TypedAddress = "",
    owner: OwnerByCookie = None,
) -> Response:
    """Turn the kept place into an appointment, or say beside each field what cannot be right."""
    answers = Answers(name, phone, id_tail, priority, company, id_number, licences, for_other, address)
    person = answers.person(reader_of(request).locale)
    if licences:
        refuse_foreign_forms(request)
    try:
        await limit_sending(request, here, token, owner)
        booked = await FormOnce(request, key, *said_by(answers, here)).write(
            AppointmentOut.of, giving.confirm, token, person,
            owner=owner, agreed=await signed_in_here(request) if licences else None,
            clock=here.clock, vault=here.vault,
        )  # fmt: skip
    except _WRONG_FIELDS as wrong:
        return await _who_comes(request, here, token, answers, wrong)
    except BookingPaused as paused:
        return paused_page(request, paused, let_go=f"/a/{quote(token)}/cancel")
    except HoldExpired:
        held = await here.database.read(service.look_up, token, now=here.clock.now(), vault=here.vault)
        return await _ran_out(request, here, held, answers)
    return led_on(f"/book/{quote(token)}/code" if booked["waits_for_code"] else f"/a/{quote(token)}")
