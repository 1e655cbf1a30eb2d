"""The second page of a booking: who comes. All of it works as plain forms, once per hidden key.

What was typed is kept when a time is lost meanwhile, and the nearest free times are offered.
"""

from dataclasses import dataclass, replace
from typing import Annotated, Any, Self
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Query, Request
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
)
from booking.licences import giving
from booking.meeting.errors import AddressInvalid
from booking.mine.access import OwnerByCookie, owner_by_cookie
from booking.mine.errors import TooManyCodes
from booking.no_shows.errors import BookingPaused
from booking.rules.appointments import AppointmentAction, AppointmentStatus
from booking.rules.meeting import LONGEST_ADDRESS
from booking.rules.messages import MOST_PER_SUBJECT
from booking.rules.parties import APPOINTMENTS_FOR_OTHERS_PER_DAY
from booking.schemas import AppointmentOut
from booking.service import AppointmentView, Person
from displays.forms import FormOnce, Key, new_key, refuse_foreign_forms, said_by
from displays.licences import may_agree_here, signed_in_here, system_name
from displays.lost_times import lost_booking
from displays.mine_access import sign_in_name, sign_in_path
from displays.no_shows import paused_page, rule_in_force
from displays.rendering import led_on, page, reader_of
from kernel.errors import Refusal
from kernel.i18n import DEFAULT_LOCALE
from kernel.web.access import Holder
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

    @classmethod
    def said_before(cls, said: Person) -> Self:
        """Return what stands in the form of whoever corrects what a code is awaited for."""
        return cls(
            said.name, said.phone, said.id_tail or "", said.priority,
            said.company or "", said.id_number or "",
            for_other=said.for_other, address=said.address or "",
        )  # fmt: skip

    def person(self, locale: str = DEFAULT_LOCALE) -> Person:
        return Person(
            self.name, self.phone, self.id_tail or None, self.priority, locale,
            self.company or None, self.id_number or None, self.for_other, self.address or None,
        )  # fmt: skip


def _typed(
    name: Typed = "",
    phone: Typed = "",
    id_tail: Typed = "",
    priority: Annotated[bool, Form()] = False,
    company: Typed = "",
    id_number: Typed = "",
    for_other: Annotated[bool, Form()] = False,
    address: TypedAddress = "",
) -> Answers:
    """Return the fields of the form; the consent to look for licences counts where it is asked alone."""
    return Answers(name, phone, id_tail, priority, company, id_number, for_other=for_other, address=address)


TypedAnswers = Annotated[Answers, Depends(_typed)]


@router.get("/book/{token}", dependencies=[Holder], responses=refuses(AppointmentNotFound))
async def who_comes(
    token: str, request: Request, here: PartsDep, correct: Annotated[bool, Query()] = False
) -> Response:
    """Ask who comes, while the place is kept; ``correct`` what was said, where a code is awaited already."""
    said = await here.database.read(filled_in, token, now=here.clock.now(), vault=here.vault)
    if said is None:
        return await who_comes_page(request, here, token, Answers())
    if not correct:
        return led_on(f"/book/{quote(token)}/code")
    return await who_comes_page(request, here, token, Answers.said_before(said))


async def who_comes_page(
    request: Request, here: Parts, token: str, answers: Answers, wrong: Refusal | None = None
) -> Response:
    """Show the form with what was typed, or where its booking stands by now."""
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
    typed: TypedAnswers,
    licences: Annotated[bool, Form()] = False,
    owner: OwnerByCookie = None,
) -> Response:
    """Turn the kept place into an appointment, or say beside each field what cannot be right."""
    answers = replace(typed, licences=licences)
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
        return await who_comes_page(request, here, token, answers, wrong)
    except BookingPaused as paused:
        return paused_page(request, paused, let_go=f"/a/{quote(token)}/cancel")
    except HoldExpired:
        held = await here.database.read(service.look_up, token, now=here.clock.now(), vault=here.vault)
        return await _ran_out(request, here, held, answers)
    return led_on(f"/book/{quote(token)}/code" if booked["waits_for_code"] else f"/a/{quote(token)}")
