"""Check-in: an appointment becomes a ticket; whoever never came is marked at the end of the day."""

from __future__ import annotations

from datetime import datetime, time
from typing import TYPE_CHECKING

from booking import store
from booking.errors import (
    AppointmentNotFound,
    CheckInElsewhere,
    CheckInOver,
    CheckInTooEarly,
)
from booking.events import AppointmentCancelled, AppointmentCheckedIn, AppointmentNoShow
from booking.meeting.errors import NotInPerson
from booking.messages import appointments as messages
from booking.no_shows.recording import record_absent
from booking.rules.appointments import AppointmentAction
from booking.rules.cancelling import CancelReason
from booking.rules.meeting import REMOTE, AppointmentKind
from booking.rules.policy import booking_policy
from booking.service.arrived import recognised, ticket_token
from booking.service.deciding import status_after
from booking.service.views import TOKEN_FIELD
from kernel import catalogue
from kernel.audit import did
from kernel.events import lock_hall, record
from queueing import service as queueing
from queueing.expected import forget_expected

if TYPE_CHECKING:
    from datetime import date

    from sqlmodel import Session

    from kernel.clock import Clock
    from kernel.events import LockedHall
    from kernel.identity import Actor
    from kernel.ids import AppointmentId, HallId
    from kernel.secrets import Vault
    from queueing.service import IssuedTicket


def check_in(
    session: Session, token: str, *, by: Actor, clock: Clock, vault: Vault, at_hall: HallId | None = None
) -> IssuedTicket:
    """Turn the appointment behind a token into a ticket; ``at_hall`` is where the kiosk stands.

    Who was to be reached elsewhere and stands in the hall is served in the hall. A late arrival gets a
    ticket too; the call order counts it from its check-in. Raises
    ``CheckInTooEarly``, ``CheckInOver``, ``CheckInElsewhere``, ``NotTakingTickets``;
    ``NotInPerson`` for whoever is to be reached elsewhere and asks from there.
    """
    appointment = store.by_token(session, vault.digest(token, field=TOKEN_FIELD))
    return _check_in(session, appointment, by=by, clock=clock, vault=vault, at_hall=at_hall)


def check_in_at_kiosk(
    session: Session,
    hall_id: HallId,
    reference: str,
    tail: str,
    *,
    by: Actor,
    clock: Clock,
    vault: Vault,
) -> IssuedTicket:
    """Check in by reference and the last four digits of the phone number, at a kiosk of the hall.

    Which of the two did not match is not told: ``CheckInNotRecognised``.
    """
    appointment = recognised(session, reference, tail, vault)
    return _check_in(session, appointment, by=by, clock=clock, vault=vault, at_hall=hall_id)


def check_in_at_desk(
    session: Session, hall_id: HallId, appointment_id: AppointmentId, *, by: Actor, clock: Clock, vault: Vault
) -> IssuedTicket:
    """Check in somebody who stands at the help desk of the hall; raises as ``check_in``."""
    found = store.by_id(session, appointment_id)
    if found.hall_id != hall_id:
        raise AppointmentNotFound
    return _check_in(session, found, by=by, clock=clock, vault=vault, at_hall=hall_id)


def _check_in(
    session: Session,
    found: store.Appointment,
    *,
    by: Actor,
    clock: Clock,
    vault: Vault,
    at_hall: HallId | None,
) -> IssuedTicket:
    if at_hall is not None and found.hall_id != at_hall:
        raise CheckInElsewhere(hall=catalogue.hall(session, found.hall_id).name_zh)
    hall = lock_hall(session, found.hall_id)
    now = hall.tick(clock)
    appointment = store.by_id(session, found.id, lock=True)
    # First, or somebody whose appointment is cancelled would be told to come later.
    status_after(appointment, AppointmentAction.CHECK_IN, now=now)
    if at_hall is None and appointment.kind is not AppointmentKind.HALL:
        raise NotInPerson(kind=appointment.kind)
    _refuse_wrong_time(session, appointment, now)
    if appointment.kind is not AppointmentKind.HALL:
        store.change(session, appointment.id, now, kind=AppointmentKind.HALL, address_sealed=None)
        appointment = store.by_id(session, found.id)
    return become_ticket(session, hall, appointment, by=by, now=now, clock=clock, vault=vault)


def become_ticket(
    session: Session,
    hall: LockedHall,
    appointment: store.Appointment,
    *,
    by: Actor,
    now: datetime,
    clock: Clock,
    vault: Vault,
) -> IssuedTicket:
    """Let a locked appointment wait in its queue; by telephone and video the person counts as there."""
    after = status_after(appointment, AppointmentAction.CHECK_IN, now=now)
    store.change(session, appointment.id, now, status=after)
    store.free_singles(session, appointment.id)
    forget_expected(session, appointment.id)
    messages.came(session, appointment.id, now=now)
    event = AppointmentCheckedIn(
        appointment_id=appointment.id, starts_at=appointment.starts_at, meeting=appointment.kind
    )
    record(session, hall, event, at=now)
    issued = queueing.issue_ticket(
        session,
        appointment.hall_id,
        [service.service_id for service in appointment.services],
        priority=appointment.priority,
        by=by,
        clock=clock,
        vault=vault,
        due=queueing.Due(
            due_at=appointment.starts_at,
            booked_at=appointment.confirmed_at or appointment.created_at,
            reference=appointment.id,
            remote=appointment.kind in REMOTE,
        ),
        token=ticket_token(appointment.id, vault),
    )
    did(
        session, "check_in", by=by, hall_id=appointment.hall_id, at=now,
        subject=str(appointment.id), detail={"number": issued.ticket.label},
    )  # fmt: skip
    return issued


def _refuse_wrong_time(session: Session, appointment: store.Appointment, now: datetime) -> None:
    hall = catalogue.hall(session, appointment.hall_id)
    calendar = catalogue.calendar(session, appointment.hall_id)
    if calendar.local_day(now) > calendar.local_day(appointment.starts_at):
        raise CheckInOver(starts_at=appointment.starts_at)
    opens_at = appointment.starts_at - booking_policy(hall.policy).check_in_early
    if now < opens_at:
        raise CheckInTooEarly(opens_at=opens_at, starts_at=appointment.starts_at)


def mark_no_shows(
    session: Session, hall_id: HallId, *, before: date, clock: Clock, vault: Vault
) -> list[AppointmentId]:
    """Mark who was confirmed for a local date earlier than ``before`` and never came.

    Whom the hall was to call or to visit missed nothing by not coming: a call that was never made is
    cancelled by the hall, and whoever waited for it is told; a visit of which nobody said otherwise was made.

    Where the city has a rule on no-shows, what counts by it is written down with it. Run when a hall's day
    has rolled over; after an outage of days it catches up.
    """
    hall = lock_hall(session, hall_id)
    now = hall.tick(clock)
    zone = catalogue.calendar(session, hall_id).zone
    absent = store.confirmed_before(session, hall_id, datetime.combine(before, time(), zone))
    came_not = [own for own in absent if own.kind is AppointmentKind.HALL]
    for own in absent:
        forget_expected(session, own.id)
        if own.kind is not AppointmentKind.HALL:
            _end_elsewhere(session, hall, own, now=now, vault=vault)
    for own in came_not:
        mark_absent(session, hall, own, now=now, vault=vault)
    return [own.id for own in came_not]


def mark_absent(
    session: Session, hall: LockedHall, own: store.Appointment, *, now: datetime, vault: Vault
) -> None:
    """Mark a confirmed appointment whose person was not there, and what counts of it by the city's rule."""
    after = status_after(own, AppointmentAction.MARK_NO_SHOW, now=now)
    store.change(session, own.id, now, status=after)
    forget_expected(session, own.id)
    record_absent(session, own, now=now, vault=vault)
    event = AppointmentNoShow(appointment_id=own.id, starts_at=own.starts_at, meeting=own.kind)
    record(session, hall, event, at=now)


def _end_elsewhere(
    session: Session, hall: LockedHall, own: store.Appointment, *, now: datetime, vault: Vault
) -> None:
    """End what was not to be in the hall: a home visit as made, a call as not made by the hall."""
    if own.kind is AppointmentKind.HOME:
        after = status_after(own, AppointmentAction.CHECK_IN, now=now)
        store.change(session, own.id, now, status=after)
        return
    after = status_after(own, AppointmentAction.CANCEL_BY_HALL, now=now)
    store.change(
        session, own.id, now,
        status=after, cancel_reason=CancelReason.NOT_CALLED, ics_sequence=own.ics_sequence + 1,
    )  # fmt: skip
    event = AppointmentCancelled(appointment_id=own.id, starts_at=own.starts_at, meeting=own.kind, by="hall")
    record(session, hall, event, at=now)
    messages.cancelled(session, store.by_id(session, own.id), by_hall=True, now=now, vault=vault)


def sweep_holds(session: Session, *, clock: Clock) -> int:
    """Tidy up holds that ran out and return how many; nothing depends on when this runs."""
    return store.sweep_holds(session, now=clock.now())
