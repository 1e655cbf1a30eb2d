"""An appointment is moved at a person's wish, at the help desk or on the telephone."""

from datetime import datetime
from typing import Annotated
from urllib.parse import quote, urlencode
from uuid import UUID

from fastapi import APIRouter, Form, Query
from starlette.requests import Request
from starlette.responses import Response

from booking import service as bookings
from booking.desk import booking
from booking.errors import (
    AppointmentNotFound,
    AppointmentNotPossible,
    PersonLimit,
    SlotNotBookable,
    SlotTaken,
)
from booking.meeting.errors import KindNotOffered
from booking.rules.appointments import AppointmentAction
from booking.rules.meeting import AppointmentKind
from booking.schemas import AppointmentOut
from booking.service import AppointmentView
from displays import staff_reads
from displays.change_kind import (
    WRONG_KIND,
    AskedChange,
    Wanted,
    WantedForm,
    change_facts,
    is_other,
    kinds_to_choose,
)
from displays.days_shown import DAYS_SHOWN, later_than, not_past
from displays.forms import FormOnce, Key, new_key
from displays.rendering import led_on
from displays.staff_access import DeskPage, Visitor
from displays.staff_frame import staff_page
from displays.waiting_form import local_day
from kernel.days import Day
from kernel.errors import Refusal
from kernel.events import HallNotFound
from kernel.i18n import DEFAULT_LOCALE
from kernel.identity import WrongHall
from kernel.ids import AppointmentId
from kernel.web.parts import Parts, PartsDep
from kernel.web.problems import refuses

router = APIRouter(include_in_schema=False, prefix="/staff/halls/{code}/appointments/{appointment_id}/move")

_ONE = (HallNotFound, WrongHall, AppointmentNotFound, AppointmentNotPossible)
_LOST = (SlotTaken, SlotNotBookable, PersonLimit)


@router.get("", responses=refuses(*_ONE))
async def choose_other_time(
    code: str,
    appointment_id: UUID,
    visitor: DeskPage,
    request: Request,
    here: PartsDep,
    first_day: Annotated[Day | None, Query(alias="from")] = None,
    kind: AppointmentKind | None = None,
) -> Response:
    """Show the other times and ways, and what moving it now would count as."""
    return await _times(request, here, visitor, code, AppointmentId(appointment_id), first_day, kind)


async def _own(here: Parts, visitor: Visitor, code: str, appointment_id: AppointmentId) -> AppointmentView:
    """Return an appointment of this hall that can be changed."""
    own = await here.database.read(
        booking.booked_here, code, appointment_id,
        by=visitor.staff, now=here.clock.now(), vault=here.vault,
    )  # fmt: skip
    if AppointmentAction.RESCHEDULE not in own.may:
        raise AppointmentNotPossible(status=own.status)
    return own


async def _times(
    request: Request,
    here: Parts,
    visitor: Visitor,
    code: str,
    appointment_id: AppointmentId,
    first_day: Day | None = None,
    kind: AppointmentKind | None = None,
    lost: Refusal | None = None,
) -> Response:
    read, by, now = here.database.read, visitor.staff, here.clock.now()
    own = await _own(here, visitor, code, appointment_id)
    kinds = await kinds_to_choose(here, own)
    codes = [each.code for each in own.services]
    days = await read(
        bookings.free_slots, code, codes,
        first_day=not_past(first_day, now), days=DAYS_SHOWN, now=now, party=own.party,
    )  # fmt: skip
    return staff_page(
        request,
        visitor,
        "staff/move_appointment.html",
        status=lost.status if lost else 200,
        hall=own.hall,
        own=own,
        days=days,
        kinds=kinds,
        kind=kind or own.meeting.kind,
        keeps_time=bool(kinds) and now < own.starts_at,
        later=later_than(days, await read(bookings.last_bookable_day, code, now=now)),
        terms=await read(booking.terms_for, code, appointment_id, by=by, now=now),
        lost=lost,
        day=local_day(own.starts_at, own.hall.timezone),
        address=_address(code),
        key=new_key(),
        section="appointments",
    )


@router.post("", responses=refuses(*_ONE, *_LOST))
async def move(
    code: str,
    appointment_id: UUID,
    visitor: DeskPage,
    request: Request,
    here: PartsDep,
    key: Key,
    starts_at: Annotated[datetime, Form()],
    kind: Annotated[AppointmentKind | None, Form()] = None,
) -> Response:
    """Move it; if the new time is taken, the old one stays and the times are shown again.

    Where it would be held in another way, what that means and needs is said first.
    """
    own = await _own(here, visitor, code, AppointmentId(appointment_id))
    wanted = Wanted(starts_at, kind or own.meeting.kind)
    if is_other(own, kind):
        return led_on(f"{_address(code)}/{own.id}/move/kind?{wanted.query()}")
    return await _changed(request, here, visitor, code, own, wanted, key)


async def _changed(
    request: Request, here: Parts, visitor: Visitor, code: str, own: AppointmentView, wanted: Wanted, key: str
) -> Response:
    other = wanted.kind is not own.meeting.kind
    try:
        moved = await FormOnce(request, key, *wanted.said()).write(
            AppointmentOut.of, booking.move_at_wish, code, own.id, wanted.starts_at,
            wanted.otherwise(DEFAULT_LOCALE) if other else None,
            by=visitor.staff, clock=here.clock, vault=here.vault,
        )  # fmt: skip
    except _LOST as lost:
        return await _times(request, here, visitor, code, own.id, kind=wanted.kind, lost=lost)
    hall = await here.database.read(staff_reads.own_hall, code, by=visitor.staff)
    day = local_day(datetime.fromisoformat(moved["starts_at"]), hall.timezone)
    query = urlencode({"day": day.isoformat(), "moved": moved["code"]})
    return led_on(f"{_address(code)}?{query}")


def _address(code: str) -> str:
    return f"/staff/halls/{quote(code)}/appointments"


@router.get("/kind", responses=refuses(*_ONE, KindNotOffered))
async def ask_to_change_kind(
    code: str, appointment_id: UUID, visitor: DeskPage, request: Request, here: PartsDep, asked: AskedChange
) -> Response:
    """Say what changes when it is held in another way, and ask for what that needs."""
    own = await _own(here, visitor, code, AppointmentId(appointment_id))
    if asked is None or not is_other(own, asked.kind):
        return led_on(f"{_address(code)}/{appointment_id}/move")
    return await _ask_kind(request, here, visitor, code, own, asked)


async def _ask_kind(
    request: Request,
    here: Parts,
    visitor: Visitor,
    code: str,
    own: AppointmentView,
    wanted: Wanted,
    wrong: Refusal | None = None,
) -> Response:
    facts = await change_facts(here, own, wanted, wrong)
    by, now = visitor.staff, here.clock.now()
    return staff_page(
        request,
        visitor,
        "staff/change_kind.html",
        hall=own.hall,
        terms=await here.database.read(booking.terms_for, code, own.id, by=by, now=now),
        day=local_day(own.starts_at, own.hall.timezone),
        address=_address(code),
        here=f"{_address(code)}/{own.id}/move/kind?{wanted.query()}",
        sends=here.settings.messages is not None,
        section="appointments",
        **facts,
    )


@router.post("/kind", responses=refuses(*_ONE, *_LOST, *WRONG_KIND, KindNotOffered))
async def change_kind(
    code: str,
    appointment_id: UUID,
    visitor: DeskPage,
    request: Request,
    here: PartsDep,
    wanted: WantedForm,
    key: Key,
) -> Response:
    """Hold it in another way; what cannot be right is said beside its field."""
    own = await _own(here, visitor, code, AppointmentId(appointment_id))
    try:
        return await _changed(request, here, visitor, code, own, wanted, key)
    except WRONG_KIND as wrong:
        return await _ask_kind(request, here, visitor, code, own, wanted, wrong)
