"""The hall's appointments for its staff: who is expected, check-in, the number to call, cancellation.

Plain forms: those to be cancelled are ticked on the list, looked at once more with what will happen, and
only then cancelled.
"""

from collections import Counter
from datetime import date, timedelta
from typing import Annotated, Any
from urllib.parse import quote, urlencode
from uuid import UUID

from fastapi import APIRouter, Form, Query
from starlette.requests import Request
from starlette.responses import Response

from booking.desk import service
from booking.desk.booking import terms_for
from booking.desk.errors import CancelWordsMissing, NobodyToCancel
from booking.desk.looking import looks_at_day
from booking.desk.schemas import CancelledOut
from booking.desk.service import EARLIEST, LATEST, ExpectedDay
from booking.errors import AppointmentNotFound, AppointmentNotPossible, CheckInOver, CheckInTooEarly
from booking.no_shows.deciding import AppealTally, appeal_tallies
from booking.no_shows.terms import Terms
from booking.rules.cancelling import LONGEST_NOTE, MOST_AT_ONCE, REASON_TEXTS, CancelReason, Why
from booking.rules.meeting import AppointmentKind
from booking.schemas import AppointmentOut
from displays.forms import FormOnce, Key, new_key
from displays.rendering import led_on, reader_of
from displays.staff_access import DeskPage, ManagerPage, Visitor
from displays.staff_frame import staff_page
from displays.waiting_form import local_day
from kernel.errors import Refusal
from kernel.events import HallNotFound
from kernel.i18n import translator
from kernel.identity import WrongHall
from kernel.ids import AppointmentId
from kernel.looking import Looker
from kernel.web.parts import Parts, PartsDep
from kernel.web.problems import refuses
from queueing.errors import NotTakingTickets
from queueing.schemas import IssuedTicketOut

router = APIRouter(include_in_schema=False, prefix="/staff/halls/{code}/appointments")

_HALL = (HallNotFound, WrongHall)
_ONE = (*_HALL, AppointmentNotFound)
OUTSIDE, ALL = "outside", "all"

Day = Annotated[str, Query(max_length=10)]
FormDay = Annotated[str, Form(alias="day", max_length=10)]
Ids = Annotated[list[UUID], Query(alias="id", max_length=MOST_AT_ONCE)]
FormIds = Annotated[list[UUID], Form(alias="id", max_length=MOST_AT_ONCE)]


@router.get("", responses=refuses(*_HALL))
async def day_page(code: str, visitor: DeskPage, request: Request, here: PartsDep, day: Day = "") -> Response:
    """Show the appointments of a day, today's if none is asked for."""
    return await _list(request, here, visitor, code, day_asked(day))


@router.get("/cancel", responses=refuses(*_HALL))
async def review(
    code: str,
    visitor: DeskPage,
    request: Request,
    here: PartsDep,
    day: Day = "",
    ids: Ids = [],  # noqa: B006 - the framework copies it
    which: Annotated[str, Query(max_length=8)] = "",
) -> Response:
    """Show whose appointments would be cancelled and who would be told, before anything happens."""
    return await _review(request, here, visitor, code, day_asked(day), ids, which)


@router.post("/cancel", responses=refuses(*_HALL, CancelWordsMissing, NobodyToCancel))
async def cancel(
    code: str,
    visitor: ManagerPage,
    request: Request,
    here: PartsDep,
    key: Key,
    ids: FormIds,
    reason: Annotated[CancelReason, Form()],
    note: Annotated[str, Form(max_length=LONGEST_NOTE)] = "",
    offer_again: Annotated[bool, Form()] = False,
    day: FormDay = "",
) -> Response:
    """Cancel them, and lead back to the day, which says who is still to be called."""
    why = Why(reason, note, offer_again)
    said = (*map(str, ids), reason.value, note, str(offer_again))
    try:
        done = await FormOnce(request, key, *said).write(
            CancelledOut.of, service.cancel_for_hall, code, [AppointmentId(each) for each in ids], why,
            by=visitor.staff, clock=here.clock, vault=here.vault,
        )  # fmt: skip
    except CancelWordsMissing as wrong:
        return await _review(request, here, visitor, code, day_asked(day), ids, "", why=why, wrong=wrong)
    return _back(code, day, cancelled=done["cancelled"], left=done["left_as_they_are"])


@router.post("/{appointment_id}/cancel-at-wish", responses=refuses(*_ONE, AppointmentNotPossible))
async def cancel_at_wish(
    code: str,
    appointment_id: UUID,
    visitor: DeskPage,
    request: Request,
    here: PartsDep,
    key: Key,
    day: FormDay = "",
) -> Response:
    """Cancel for somebody who asks for it."""
    await FormOnce(request, key).write(
        AppointmentOut.of, service.cancel_at_wish, code, AppointmentId(appointment_id),
        by=visitor.staff, clock=here.clock, vault=here.vault,
    )  # fmt: skip
    return _back(code, day, cancelled=1)


@router.post(
    "/{appointment_id}/check-in",
    responses=refuses(*_ONE, AppointmentNotPossible, CheckInTooEarly, CheckInOver, NotTakingTickets),
)
async def check_in(
    code: str, appointment_id: UUID, visitor: DeskPage, request: Request, here: PartsDep, key: Key
) -> Response:
    """Check somebody in and show the ticket, to be printed or read out."""
    issued = await FormOnce(request, key).write(
        IssuedTicketOut.of, service.check_in, code, AppointmentId(appointment_id),
        by=visitor.staff, clock=here.clock, vault=here.vault,
    )  # fmt: skip
    return _to(f"/staff/halls/{quote(code)}/tickets/{quote(issued['token'])}")


@router.post("/{appointment_id}/number", responses=refuses(*_ONE))
async def number(
    code: str, appointment_id: UUID, visitor: DeskPage, request: Request, here: PartsDep, day: FormDay = ""
) -> Response:
    """Show the number to call, once; the look is in the trail."""
    wanted = AppointmentId(appointment_id)
    phone = await here.database.write(
        service.number_of, code, wanted, by=visitor.staff, clock=here.clock, vault=here.vault
    )
    return await _list(request, here, visitor, code, day_asked(day), number=(wanted, phone))


async def _read(here: Parts, visitor: Visitor, code: str, day: date | None) -> ExpectedDay:
    now = here.clock.now()
    looker = Looker(here.database, visitor.staff, now, opened=True)
    return await looker.see(
        looks_at_day, service.expected_day, code, day, by=visitor.staff, now=now, vault=here.vault
    )


async def _list(
    request: Request,
    here: Parts,
    visitor: Visitor,
    code: str,
    day: date | None,
    *,
    number: tuple[AppointmentId, str] | None = None,
) -> Response:
    found = await _read(here, visitor, code, day)
    tallies = await here.database.read(appeal_tallies, found.hall.id, now=here.clock.now())
    return staff_page(
        request,
        visitor,
        "staff/appointments.html",
        hall=found.hall,
        section="appointments",
        found=found,
        before=found.day - timedelta(days=1),
        after=found.day + timedelta(days=1),
        at_home=sum(own.kind is AppointmentKind.HOME for own in found.appointments),
        counts=Counter(own.status.value for own in found.appointments),
        elsewhere=Counter(local_day(start, found.hall.timezone) for start in found.outside),
        dropped=Counter(local_day(start, found.hall.timezone) for start in found.dropped),
        number=number,
        appeals=tallies.get(found.hall.id, AppealTally()),
        reason_text=_reason_text(request),
        may_cancel=visitor.staff.may_manage(found.hall.id),
        address=f"/staff/halls/{found.hall.code}/appointments",
        new_key=new_key,
        said=request.query_params,
    )


async def _review(
    request: Request,
    here: Parts,
    visitor: Visitor,
    code: str,
    day: date | None,
    ids: list[UUID],
    which: str,
    *,
    why: Why | None = None,
    wrong: Refusal | None = None,
) -> Response:
    found = await _read(here, visitor, code, day)
    chosen = [own for own in found.appointments if own.may_cancel and _is_chosen(own, ids, which)]
    return staff_page(
        request,
        visitor,
        "staff/cancel_appointments.html",
        hall=found.hall,
        section="appointments",
        found=found,
        chosen=chosen[:MOST_AT_ONCE],
        to_call=sum(not own.by_message for own in chosen[:MOST_AT_ONCE]),
        reasons=tuple(CancelReason),
        reason_text=_reason_text(request),
        why=why or Why(CancelReason.CLOSED if which == OUTSIDE else CancelReason.SHORT_OF_STAFF),
        wrong=translator(reader_of(request).locale)(wrong.title) if wrong else "",
        longest=LONGEST_NOTE,
        terms=await _terms(here, visitor, code, chosen),
        may_cancel=visitor.staff.may_manage(found.hall.id),
        address=f"/staff/halls/{found.hall.code}/appointments",
        new_key=new_key,
        status=422 if wrong else 200,
    )


async def _terms(here: Parts, visitor: Visitor, code: str, chosen: list[service.Expected]) -> Terms | None:
    """Return what giving it back counts as, where one person is asked about."""
    if len(chosen) != 1:
        return None
    return await here.database.read(terms_for, code, chosen[0].id, by=visitor.staff, now=here.clock.now())


def _is_chosen(own: service.Expected, ids: list[UUID], which: str) -> bool:
    return which == ALL or (which == OUTSIDE and own.outside) or own.id in ids


def _reason_text(request: Request) -> Any:
    say = translator(reader_of(request).locale)
    return lambda reason: say(REASON_TEXTS[reason])


def day_asked(text: str) -> date | None:
    """Return the date that an address names, None for one that cannot be shown."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if EARLIEST <= day <= LATEST else None


def _back(code: str, day: str, **said: object) -> Response:
    return _to(f"/staff/halls/{quote(code)}/appointments?{urlencode({'day': day, **said})}")


def _to(address: str) -> Response:
    return led_on(address)
