"""What a hall's staff do about its appointments: see who is expected, check in, call, cancel."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from booking import service as bookings
from booking import store
from booking.desk.errors import CancelWordsMissing, NobodyToCancel
from booking.errors import AppointmentNotFound
from booking.messages.reaching import news_of, reached
from booking.rules.appointments import TRANSITIONS, AppointmentAction, AppointmentStatus
from booking.rules.cancelling import says_enough, told
from booking.rules.messages import MessageKind
from booking.rules.people import masked_name, masked_phone
from booking.rules.policy import booking_policy
from booking.service.views import NAME_FIELD, PHONE_FIELD
from kernel import catalogue
from kernel.audit import note

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlmodel import Session

    from booking.rules.cancelling import CancelReason, Told, Why
    from booking.rules.meeting import AppointmentKind
    from kernel.calendar import OpeningCalendar
    from kernel.catalogue import Hall
    from kernel.clock import Clock
    from kernel.identity import Staff
    from kernel.ids import AppointmentId, HallId
    from kernel.secrets import Vault
    from queueing.service import IssuedTicket

_A, _S = AppointmentAction, AppointmentStatus
EARLIEST, LATEST = date(2000, 1, 1), date(2100, 1, 1)  # beyond them no calendar and no clock is sure


@dataclass(frozen=True, slots=True)
class Expected:
    """An appointment as the hall's staff see it; name and number are masked.

    ``outside``: the hall is closed at its start. ``dropped``: a service of it is not offered here any more,
    so that it can become no ticket. ``twice``: another stands for what a person books once in the whole city.
    ``by_message``: a cancellation would be told by message.
    ``told``: whether the person knows that the hall cancelled, if it did.
    """

    id: AppointmentId
    code: str | None
    status: AppointmentStatus
    starts_at: datetime
    ends_at: datetime
    services: tuple[store.BookedService, ...]
    name_masked: str | None
    phone_masked: str | None
    priority: bool
    outside: bool
    dropped: bool
    twice: bool
    by_message: bool
    for_other: bool
    party: int
    kind: AppointmentKind
    may_check_in: bool
    may_cancel: bool
    cancel_reason: CancelReason | None
    cancel_note: str | None
    told: Told | None


@dataclass(frozen=True, slots=True)
class ExpectedDay:
    """A hall's appointments of a local date, in order of start.

    ``outside``: starts of all coming appointments, of any day, at which the hall is closed. ``dropped``:
    starts of all from today on for what is not offered here any more, also of those whose time is over.
    """

    hall: Hall
    day: date
    today: date
    last: date
    open: bool
    appointments: tuple[Expected, ...]
    outside: tuple[datetime, ...]
    dropped: tuple[datetime, ...]
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Cancelled:
    """What came of a cancellation: ``to_call`` are those whom no message reaches."""

    cancelled: int
    left_as_they_are: int
    to_call: tuple[AppointmentId, ...]


def expected_day(
    session: Session, code: str, day: date | None, *, by: Staff, now: datetime, vault: Vault
) -> ExpectedDay:
    """Return a hall's appointments of a local date, today's if none is given.

    Raises ``HallNotFound``, ``WrongHall``.
    """
    hall = catalogue.hall_by_code(session, code)
    by.must_work_in(hall.id)
    calendar = catalogue.calendar(session, hall.id)
    today = calendar.local_day(now)
    shown = day or today
    begins = datetime.combine(shown, time(), calendar.zone)
    found = store.booked_between(session, hall.id, begins, begins + timedelta(days=1))
    dropped = store.dropped_from(session, hall.id, datetime.combine(min(shown, today), time(), calendar.zone))
    begun = datetime.combine(today, time(), calendar.zone)
    return ExpectedDay(
        hall=hall,
        day=shown,
        today=today,
        last=today + timedelta(days=booking_policy(hall.policy).horizon_days),
        open=bool(calendar.spans(shown)),
        appointments=_seen(session, hall, calendar, found, dropped, now=now, vault=vault),
        outside=outside_hours(session, hall.id, calendar, now=now),
        dropped=tuple(start for start in dropped.values() if start >= begun),
        made_at=now,
    )


def outside_hours(
    session: Session, hall_id: HallId, calendar: OpeningCalendar, *, now: datetime
) -> tuple[datetime, ...]:
    """Return the starts of coming appointments at which the hall, as its hours stand now, is closed."""
    return tuple(
        start for start in store.confirmed_starts(session, hall_id, now) if not calendar.is_open(start)
    )


def _seen(
    session: Session,
    hall: Hall,
    calendar: OpeningCalendar,
    found: Sequence[store.Appointment],
    dropped: Collection[AppointmentId],
    *,
    now: datetime,
    vault: Vault,
) -> tuple[Expected, ...]:
    ids = [own.id for own in found]
    reachable, news = reached(session, ids), news_of(session, ids, MessageKind.CANCELLED_BY_HALL)
    twice = store.booked_twice(session, ids, now=now)
    early, today = booking_policy(hall.policy).check_in_early, calendar.local_day(now)

    def seen(own: store.Appointment) -> Expected:
        name, phone = own.name_sealed, own.phone_sealed
        comes_today = calendar.local_day(own.starts_at) == today and now >= own.starts_at - early
        return Expected(
            id=own.id,
            code=own.code,
            status=own.status,
            starts_at=own.starts_at,
            ends_at=own.ends_at,
            services=own.services,
            name_masked=masked_name(vault.open(name, field=NAME_FIELD)) if name else None,
            phone_masked=masked_phone(vault.open(phone, field=PHONE_FIELD)) if phone else None,
            priority=own.priority,
            for_other=own.for_other,
            party=own.party,
            kind=own.kind,
            outside=not calendar.is_open(own.starts_at),
            dropped=own.id in dropped,
            twice=own.id in twice,
            by_message=own.id in reachable,
            may_check_in=comes_today and (own.status, _A.CHECK_IN) in TRANSITIONS,
            may_cancel=(own.status, _A.CANCEL_BY_HALL) in TRANSITIONS,
            cancel_reason=own.cancel_reason,
            cancel_note=own.cancel_note,
            told=told(news.get(own.id)) if own.status is _S.CANCELLED_BY_HALL else None,
        )

    return tuple(map(seen, found))


def check_in(
    session: Session, code: str, appointment_id: AppointmentId, *, by: Staff, clock: Clock, vault: Vault
) -> IssuedTicket:
    """Check in somebody who stands at the help desk without link, code or telephone.

    Raises ``WrongHall``, ``AppointmentNotFound`` and what any check-in raises.
    """
    hall = catalogue.hall_by_code(session, code)
    by.must_work_in(hall.id)
    return bookings.check_in_at_desk(session, hall.id, appointment_id, by=by.actor, clock=clock, vault=vault)


def cancel_at_wish(
    session: Session, code: str, appointment_id: AppointmentId, *, by: Staff, clock: Clock, vault: Vault
) -> bookings.AppointmentView:
    """Cancel for somebody who asks for it at the help desk or by telephone; raises ``WrongHall``."""
    hall = catalogue.hall_by_code(session, code)
    by.must_work_in(hall.id)
    return bookings.cancel_at_wish(session, hall.id, appointment_id, by=by.actor, clock=clock, vault=vault)


def number_of(
    session: Session, code: str, appointment_id: AppointmentId, *, by: Staff, clock: Clock, vault: Vault
) -> str:
    """Return the number of whoever booked, to call them; each look is in the trail.

    Raises ``WrongHall``, and ``AppointmentNotFound`` also once the number is erased.
    """
    hall = catalogue.hall_by_code(session, code)
    by.must_work_in(hall.id)
    own = store.by_id(session, appointment_id)
    if own.hall_id != hall.id or own.phone_sealed is None:
        raise AppointmentNotFound
    note(session, "appointment.number", by=by, hall_id=hall.id, at=clock.now(), subject=str(own.id))
    return vault.open(own.phone_sealed, field=PHONE_FIELD)


def cancel_for_hall(
    session: Session,
    code: str,
    ids: Collection[AppointmentId],
    why: Why,
    *,
    by: Staff,
    clock: Clock,
    vault: Vault,
) -> Cancelled:
    """Cancel what the hall cannot keep of the appointments that its manager saw.

    Who books after the manager looked is not among them. Raises ``WrongHall``, ``CancelWordsMissing`` and,
    where none is left to cancel, ``NobodyToCancel``.
    """
    hall = catalogue.hall_by_code(session, code)
    by.must_work_in(hall.id)
    if not says_enough(why):
        raise CancelWordsMissing
    reachable = reached(session, ids)
    gone = bookings.cancel_by_hall(session, hall.id, ids, why, by=by.actor, clock=clock, vault=vault)
    if not gone:
        raise NobodyToCancel
    to_call = tuple(own.id for own in gone if own.id not in reachable)
    return Cancelled(len(gone), len(set(ids)) - len(gone), to_call)
