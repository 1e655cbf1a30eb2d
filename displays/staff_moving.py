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
from booking.rules.appointments import AppointmentAction
from booking.schemas import AppointmentOut
from displays import staff_reads
from displays.days_shown import DAYS_SHOWN, later_than, not_past
from displays.forms import FormOnce, Key, new_key
from displays.rendering import led_on
from displays.staff_access import DeskPage, Visitor
from displays.staff_frame import staff_page
from displays.waiting_form import local_day
from kernel.days import Day
from kernel.errors import Refusal
from kernel.events import HallNotFound
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
) -> Response:
    """Show the other times, and what moving it now would count as."""
    return await _times(request, here, visitor, code, AppointmentId(appointment_id), first_day)


async def _times(
    request: Request,
    here: Parts,
    visitor: Visitor,
    code: str,
    appointment_id: AppointmentId,
    first_day: Day | None = None,
    lost: Refusal | None = None,
) -> Response:
    read, by, now = here.database.read, visitor.staff, here.clock.now()
    own = await read(booking.booked_here, code, appointment_id, by=by, now=now, vault=here.vault)
    if AppointmentAction.RESCHEDULE not in own.may:
        raise AppointmentNotPossible(status=own.status)
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
        later=later_than(days, await read(bookings.last_bookable_day, code, now=now)),
        terms=await read(booking.terms_for, code, appointment_id, by=by, now=now),
        lost=lost,
        day=local_day(own.starts_at, own.hall.timezone),
        address=f"/staff/halls/{quote(code)}/appointments",
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
) -> Response:
    """Move it; if the new time is taken, the old one stays and the times are shown again."""
    wanted = AppointmentId(appointment_id)
    try:
        moved = await FormOnce(request, key, starts_at.isoformat()).write(
            AppointmentOut.of, booking.move_at_wish, code, wanted, starts_at,
            by=visitor.staff, clock=here.clock, vault=here.vault,
        )  # fmt: skip
    except _LOST as lost:
        return await _times(request, here, visitor, code, wanted, lost=lost)
    hall = await here.database.read(staff_reads.own_hall, code, by=visitor.staff)
    day = local_day(datetime.fromisoformat(moved["starts_at"]), hall.timezone)
    query = urlencode({"day": day.isoformat(), "moved": moved["code"]})
    return led_on(f"/staff/halls/{quote(code)}/appointments?{query}")
