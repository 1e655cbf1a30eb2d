"""The help desk books for somebody: services, time, who comes, the slip. Plain forms, once per hidden key."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import Response

from booking import guidance
from booking import service as bookings
from booking.desk import booking
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
)
from booking.licences import giving, looking, permitting
from booking.licences.errors import LicenceNumberNeeded, NoLicenceConsent, NoLicencePermission
from booking.licences.guiding import PersonalGuide, personal
from booking.meeting.errors import AddressInvalid
from booking.no_shows.errors import AppealWordsMissing, BookingPaused, NotPaused
from booking.no_shows.terms import terms_of_link
from booking.rules.appointments import AppointmentAction, AppointmentStatus
from booking.rules.meeting import LONGEST_ADDRESS
from booking.rules.no_shows import LONGEST_WORDS
from booking.schemas import AppointmentOut
from booking.service import AppointmentView, Person
from displays import staff_reads
from displays.forms import FormOnce, Key, new_key, said_by
from displays.licences import system_name
from displays.lost_times import people_in
from displays.rendering import led_on
from displays.staff_access import DeskPage, Visitor
from displays.staff_book_times import address_of, times_now, times_page
from displays.staff_frame import staff_page
from kernel.erasure import LinkErased
from kernel.errors import Refusal
from kernel.events import HallNotFound
from kernel.identity import WrongHall
from kernel.web.parts import Parts, PartsDep
from kernel.web.problems import refuses

router = APIRouter(include_in_schema=False, prefix="/staff/halls/{code}/book")

_HALL = (HallNotFound, WrongHall)
_LINK = (*_HALL, AppointmentNotFound, LinkErased)
_WRONG = (
    *(NameInvalid, PhoneInvalid, IdTailNeeded, PersonLimit, BookingPaused, NotPaused, AppealWordsMissing),
    *(CompanyCodeInvalid, IdNumberInvalid, LicenceNumberNeeded, AddressInvalid),
)
_FIELDS = ("name", "phone", "address", "id_tail", "company", "id_number", "leave")
_FIELD_OF = {
    LicenceNumberNeeded: "id_number",
    PersonLimit: "phone",
    BookingPaused: "leave",
    NotPaused: "leave",
    AppealWordsMissing: "leave",
}

Typed = Annotated[str, Form(max_length=80)]


@dataclass(frozen=True, slots=True)
class Answers:
    """What staff typed about who comes; ``leave``: why they may book in spite of a pause."""

    name: str = ""
    phone: str = ""
    id_tail: str = ""
    priority: bool = False
    language: str = "zh"
    leave: str = ""
    company: str = ""
    id_number: str = ""
    licences: bool = False
    for_other: bool = False
    address: str = ""

    def person(self) -> Person:
        return Person(
            self.name, self.phone, self.id_tail or None, self.priority, self.language,
            self.company or None, self.id_number or None, self.for_other, self.address or None,
        )  # fmt: skip


@router.get("/{token}", responses=refuses(*_LINK))
async def who_comes(code: str, token: str, visitor: DeskPage, request: Request, here: PartsDep) -> Response:
    """Ask who comes, while the place is kept."""
    return await _who_comes(request, here, visitor, code, token, Answers())


async def _who_comes(
    request: Request,
    here: Parts,
    visitor: Visitor,
    code: str,
    token: str,
    answers: Answers,
    wrong: Refusal | None = None,
) -> Response:
    hall = await here.database.read(staff_reads.own_hall, code, by=visitor.staff)
    held = await _held(here, token)
    if held.status is AppointmentStatus.EXPIRED:
        codes = [each.code for each in held.services]
        again = await times_now(
            here, visitor, code, codes, held.hall.code, party=held.party, kind=held.meeting.kind
        )
        return times_page(request, visitor, again, codes, HoldExpired())
    if AppointmentAction.CONFIRM not in held.may:
        return led_on(f"{address_of(code)}/{quote(token)}/slip")
    faults = _faults(wrong, answers, held) if wrong else {}
    return staff_page(
        request,
        visitor,
        "staff/book_person.html",
        status=wrong.status if wrong else 200,
        hall=hall,
        held=held,
        token=token,
        answers=answers,
        needs_id_tail=any(each.needs_id_tail for each in held.services),
        wrong=faults,
        paused=isinstance(wrong, BookingPaused) or "leave" in faults,
        paused_until=wrong.facts["until"] if isinstance(wrong, BookingPaused) else None,
        sends=here.settings.messages is not None,
        may_look=bool(system_name(request)) and await here.database.read(permitting.may_look, visitor.staff),
        companies=True,
        longest=LONGEST_WORDS,
        address=address_of(code),
        key=new_key(),
        section="appointments",
    )


def _faults(wrong: Refusal, answers: Answers, held: AppointmentView) -> dict[str, Refusal]:
    """Return the refusal of each field in the form's order: whoever corrects one shall not meet the next."""
    faults: list[Refusal] = [
        *bookings.faults_of(answers.person(), held.services, kind=held.meeting.kind, needs_phone=False)
    ]
    by_field = {str(each.facts.get("field", _FIELD_OF.get(type(each), "phone"))): each for each in faults}
    by_field.setdefault(str(wrong.facts.get("field", _FIELD_OF.get(type(wrong), "phone"))), wrong)
    return {field: by_field[field] for field in _FIELDS if field in by_field}


async def _held(here: Parts, token: str) -> AppointmentView:
    return await here.database.read(bookings.look_up, token, now=here.clock.now(), vault=here.vault)


@router.post("/{token}", responses=refuses(*_LINK, AppointmentNotPossible))
async def confirm(
    code: str,
    token: str,
    visitor: DeskPage,
    request: Request,
    here: PartsDep,
    key: Key,
    name: Typed = "",
    phone: Typed = "",
    id_tail: Typed = "",
    priority: Annotated[bool, Form()] = False,
    language: Annotated[str, Form(pattern="^(zh|en)$")] = "zh",
    leave: Annotated[str, Form(max_length=LONGEST_WORDS)] = "",
    company: Typed = "",
    id_number: Typed = "",
    licences: Annotated[bool, Form()] = False,
    for_other: Annotated[bool, Form()] = False,
    address: Annotated[str, Form(max_length=LONGEST_ADDRESS)] = "",
) -> Response:
    """Book, and lead to the slip; or say beside each field what cannot be right."""
    answers = Answers(
        name, phone, id_tail, priority, language, leave, company, id_number, licences, for_other, address
    )
    try:
        await FormOnce(request, key, *said_by(answers, here)).write(
            AppointmentOut.of, giving.confirm_for, code, token, answers.person(), leave,
            agreed=licences, by=visitor.staff, clock=here.clock, vault=here.vault,
        )  # fmt: skip
    except _WRONG as wrong:
        return await _who_comes(request, here, visitor, code, token, answers, wrong)
    except HoldExpired:
        return await _who_comes(request, here, visitor, code, token, answers)
    return led_on(f"{address_of(code)}/{quote(token)}/slip")


@router.post("/{token}/let-go", responses=refuses(*_LINK, AppointmentNotPossible))
async def let_go(
    code: str, token: str, visitor: DeskPage, request: Request, here: PartsDep, key: Key
) -> Response:
    """Let the kept place go and choose again; a booked appointment is not cancelled here."""
    await here.database.read(staff_reads.own_hall, code, by=visitor.staff)
    held = await _held(here, token)
    if held.status is AppointmentStatus.HELD:
        await FormOnce(request, key).write(
            AppointmentOut.of,
            booking.let_go,
            code,
            token,
            by=visitor.staff,
            clock=here.clock,
            vault=here.vault,
        )
    asked = [("at", held.hall.code), *people_in(held.party)]
    query = urlencode([*(("service", each.code) for each in held.services), *asked])
    return led_on(f"{address_of(code)}/times?{query}")


@router.get("/{token}/slip", responses=refuses(*_LINK))
async def slip(code: str, token: str, visitor: DeskPage, request: Request, here: PartsDep) -> Response:
    """Show what the person takes along: reference, time, place, code, what to bring, until when to cancel."""
    hall = await here.database.read(staff_reads.own_hall, code, by=visitor.staff)
    own = await _held(here, token)
    if own.status in {AppointmentStatus.HELD, AppointmentStatus.EXPIRED}:
        return led_on(f"{address_of(code)}/{quote(token)}")
    now = here.clock.now()
    return staff_page(
        request,
        visitor,
        "staff/book_slip.html",
        hall=hall,
        own=own,
        token=token,
        link=str(request.base_url.replace(path=f"/a/{quote(token)}")),
        own_guide=await _on_file(request, here, visitor, code, own),
        guide=await here.database.read(guidance.guidance, [each.code for each in own.services]),
        terms=await here.database.read(terms_of_link, token, now=now, vault=here.vault),
        sends=here.settings.messages is not None and own.phone_masked is not None,
        address=address_of(code),
        section="appointments",
    )


async def _on_file(
    request: Request, here: Parts, visitor: Visitor, code: str, own: AppointmentView
) -> PersonalGuide | None:
    """Return what whoever agreed at this desk brings; None where nobody did, or nothing came back."""
    if not system_name(request):
        return None
    try:
        asked = await here.database.write(
            looking.look_at_desk, code, own.id, by=visitor.staff, clock=here.clock, vault=here.vault
        )
    except (NoLicenceConsent, NoLicencePermission):
        return None
    answer = await looking.ask(request.app.state.licences, asked.question)
    return personal(asked.services, answer.on_file, on=asked.day) if answer.on_file else None
