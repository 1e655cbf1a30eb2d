"""An appointment is looked up, or changed: to another time, or to another way of being held."""

from __future__ import annotations

from typing import TYPE_CHECKING

from booking import store
from booking.errors import AppointmentNotPossible
from booking.events import AppointmentMoved
from booking.messages import appointments as messages
from booking.no_shows.recording import record_late
from booking.rules.appointments import AppointmentAction, AppointmentStatus
from booking.rules.no_shows import NoShowKind
from booking.rules.slots import total_minutes
from booking.service.deciding import lock_by_token, one_in_hall, status_after
from booking.service.holding import expect_arrivals
from booking.service.other_kind import OtherKind, hold_otherwise, keep_number, needs_phone
from booking.service.slots import promised_timetable
from booking.service.swapping import swap_day_quota, swap_seats, take_singles_anew
from booking.service.views import TOKEN_FIELD, AppointmentView, view
from kernel.audit import note
from kernel.events import lock_hall, record
from queueing.expected import forget_expected

if TYPE_CHECKING:
    from datetime import datetime

    from sqlmodel import Session

    from booking.rules.meeting import AppointmentKind
    from booking.rules.timetable import Timetable
    from kernel.clock import Clock
    from kernel.events import LockedHall
    from kernel.identity import Actor
    from kernel.ids import AppointmentId, HallId
    from kernel.secrets import Vault


def look_up(session: Session, token: str, *, now: datetime, vault: Vault) -> AppointmentView:
    """Return the appointment behind a token, name and number masked; raises ``AppointmentNotFound``."""
    appointment = store.by_token(session, vault.digest(token, field=TOKEN_FIELD))
    return view(session, appointment, now=now, vault=vault)


def reschedule(
    session: Session,
    token: str,
    starts_at: datetime,
    wanted: OtherKind | None = None,
    *,
    clock: Clock,
    vault: Vault,
) -> AppointmentView:
    """Change an appointment or a hold to another start, to another kind, or both; else the old one is kept.

    The new places are claimed before the old ones are given back, in one unit of work, so nobody is ever
    without either; who keeps the time keeps the places, since all kinds share them. Raises ``SlotTaken``,
    ``SlotNotBookable``, ``PersonLimit``, what ``hold_otherwise`` and ``keep_number`` raise;
    ``AlreadyBooked`` where its time was over and the person has booked anew since.
    """
    hall, appointment, now = lock_by_token(session, token, clock=clock, vault=vault)
    return _move(session, hall, appointment, starts_at, wanted, token=token, now=now, vault=vault)


def move_at_wish(
    session: Session,
    hall_id: HallId,
    appointment_id: AppointmentId,
    starts_at: datetime,
    wanted: OtherKind | None = None,
    *,
    by: Actor,
    clock: Clock,
    vault: Vault,
) -> AppointmentView:
    """Change an appointment for somebody who asks the hall's staff to, as if they had done it themselves.

    Raises ``AppointmentNotFound`` and as ``reschedule``; ``AppointmentNotPossible`` also for a mere hold.
    """
    hall = lock_hall(session, hall_id)
    now = hall.tick(clock)
    own = one_in_hall(session, hall_id, appointment_id)
    if own.status is AppointmentStatus.HELD:
        raise AppointmentNotPossible(status=own.status)
    moved = _move(session, hall, own, starts_at, wanted, now=now, vault=vault, seen=True)
    if moved.starts_at != own.starts_at or moved.meeting.kind is not own.kind:
        detail = {"from": own.starts_at.isoformat(), "to": starts_at.isoformat()}
        if moved.meeting.kind is not own.kind:
            detail |= {"from_kind": own.kind.value, "to_kind": moved.meeting.kind.value}
        note(
            session, "appointment.moved_at_wish", by=by, hall_id=hall_id, at=now, subject=str(own.id),
            detail=detail,
        )  # fmt: skip
    return moved


def _move(
    session: Session,
    hall: LockedHall,
    appointment: store.Appointment,
    starts_at: datetime,
    wanted: OtherKind | None,
    *,
    now: datetime,
    vault: Vault,
    token: str | None = None,
    seen: bool = False,
) -> AppointmentView:
    status_after(appointment, AppointmentAction.RESCHEDULE, now=now)
    before = appointment.kind
    otherwise = wanted is not None and wanted.kind is not before
    if starts_at == appointment.starts_at and not otherwise:
        return view(session, appointment, now=now, vault=vault)
    table = promised_timetable(session, appointment.hall_id)
    if wanted is not None and otherwise:
        appointment = hold_otherwise(session, appointment, wanted, table, starts_at, now=now, vault=vault)
    if starts_at != appointment.starts_at:
        swap_seats(session, appointment, table, starts_at, now=now)
        if appointment.status is AppointmentStatus.CONFIRMED:
            record_late(session, appointment, NoShowKind.MOVED_LATE, now=now, vault=vault)
    moved = moved_to(
        session, hall, appointment, table, starts_at, before=before, now=now, vault=vault, seen=seen
    )
    own = store.by_id(session, appointment.id)
    if wanted is None or not needs_phone(own, own.kind):
        return moved
    own = keep_number(session, own, wanted, token, table=table, now=now, vault=vault)
    return view(session, own, now=now, vault=vault)


def moved_to(
    session: Session,
    hall: LockedHall,
    appointment: store.Appointment,
    table: Timetable,
    starts_at: datetime,
    *,
    now: datetime,
    vault: Vault,
    before: AppointmentKind | None = None,
    seen: bool = False,
) -> AppointmentView:
    """Write that an appointment whose seats were swapped begins at another time.

    ``before``: how it was held until now, if that changes too. Raises ``PersonLimit``, and ``AlreadyBooked``
    unless staff have ``seen`` who it is.
    """
    if appointment.status is AppointmentStatus.CONFIRMED:
        swap_day_quota(session, appointment, table, starts_at, now=now, vault=vault)
        take_singles_anew(session, appointment, starts_at, seen=seen, now=now, vault=vault)
    store.move_legs(session, appointment, starts_at)
    store.change(
        session,
        appointment.id,
        now,
        starts_at=starts_at,
        ends_at=starts_at + total_minutes(appointment.legs),
        ics_sequence=appointment.ics_sequence + 1,
    )
    moved = store.by_id(session, appointment.id)
    if appointment.status is AppointmentStatus.CONFIRMED:
        store.extend_quotas(session, appointment.id, moved.ends_at)
        forget_expected(session, appointment.id)
        expect_arrivals(session, moved)
        event = AppointmentMoved(
            appointment_id=appointment.id,
            from_starts_at=appointment.starts_at,
            starts_at=starts_at,
            from_meeting=before or appointment.kind,
            meeting=appointment.kind,
        )
        record(session, hall, event, at=now)
        messages.moved(session, moved, before=before or appointment.kind, now=now, vault=vault)
    return view(session, moved, now=now, vault=vault)
