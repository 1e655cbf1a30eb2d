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
from booking.rules.slots import needed_places, total_minutes
from booking.rules.waitlist import HANDOVER
from booking.service.deciding import lock_by_token, one_in_hall, status_after
from booking.service.holding import day_scope, expect_arrivals, take_day_quota, take_singles
from booking.service.other_kind import OtherKind, hold_otherwise, keep_number, needs_phone
from booking.service.slots import find_seats, promised_timetable, slot_taken, slots_wanted, take_seats
from booking.service.views import NAME_FIELD, PHONE_FIELD, TOKEN_FIELD, AppointmentView, view
from booking.waitlist.store import anybody_waits
from kernel.audit import note
from kernel.events import lock_hall, record
from queueing.expected import forget_expected

if TYPE_CHECKING:
    from datetime import datetime

    from sqlmodel import Session

    from booking.rules.meeting import AppointmentKind
    from booking.rules.policy import BookingPolicy
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
        _swap_seats(session, appointment, table, starts_at, now=now)
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
        _swap_day_quota(session, appointment, table, starts_at, now=now, vault=vault)
        _take_singles_anew(session, appointment, starts_at, seen=seen, now=now, vault=vault)
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


def _swap_seats(
    session: Session,
    appointment: store.Appointment,
    table: Timetable,
    starts_at: datetime,
    *,
    now: datetime,
) -> None:
    """Claim what is missing of the new places, then give back what is not among them.

    Old and new may share a slot and need other numbers of places there: a party whose services take them
    in other ways.
    """
    legs = appointment.legs
    wanted = slots_wanted(table, legs, starts_at, now=now)
    places = needed_places(legs, starts_at, slot=table.policy.slot)
    mine = store.seats_of(session, appointment.id, appointment.expires_at)
    more = {key: n - len(mine[key].seats) if key in mine else n for key, n in places.items()}
    missing = {key: capacity for key, capacity in wanted.items() if more[key] > 0}
    seats = find_seats(session, missing, table=table, now=now, places=more)
    if seats is None or not take_seats(
        session, seats, appointment.id, expires_at=appointment.expires_at, now=now
    ):
        raise slot_taken(session, table, legs, starts_at, now=now)
    kept = {key: own for key, own in mine.items() if key in wanted}
    spare = {own.slot_id: own.seats[places[key] :] for key, own in kept.items() if more[key] < 0}
    confirmed = appointment.status is AppointmentStatus.CONFIRMED
    rests_until = freed_until(session, appointment.hall_id, table.policy, now=now) if confirmed else None
    still = [*(own.slot_id for own in kept.values()), *seats]
    store.free_seats(session, appointment.id, except_slots=still, rests_until=rests_until)
    store.free_spare(session, appointment.id, spare, rests_until=rests_until)


def freed_until(
    session: Session, hall_id: HallId, policy: BookingPolicy, *, now: datetime
) -> datetime | None:
    """Return until when a place that is given back rests before the public sees it; None: not at all.

    Where somebody waits for a place in this hall, the list is asked first.
    """
    waited_for = anybody_waits(session, hall_id, now=now)
    rest = max(policy.freed_slot_rest, HANDOVER) if waited_for else policy.freed_slot_rest
    return now + rest if rest else None


def _swap_day_quota(
    session: Session,
    appointment: store.Appointment,
    table: Timetable,
    starts_at: datetime,
    *,
    now: datetime,
    vault: Vault,
) -> None:
    day = table.calendar.local_day(starts_at)
    if appointment.phone_sealed is None or day == table.calendar.local_day(appointment.starts_at):
        return
    phone = vault.open(appointment.phone_sealed, field=PHONE_FIELD)
    for_other = appointment.for_other
    take_day_quota(session, appointment, phone, day, for_other=for_other, now=now, vault=vault)
    scope = day_scope(phone, day, vault, for_other=for_other)
    store.free_other_days(session, appointment.id, scope)


def _take_singles_anew(
    session: Session,
    appointment: store.Appointment,
    starts_at: datetime,
    *,
    seen: bool,
    now: datetime,
    vault: Vault,
) -> None:
    """Hold again that it is the person's only one: what held it ended with its time, and others may have."""
    if appointment.ends_at > now or appointment.phone_sealed is None:
        return
    phone = vault.open(appointment.phone_sealed, field=PHONE_FIELD)
    other = appointment.name_sealed if appointment.for_other else None
    name = vault.open(other, field=NAME_FIELD) if other is not None else ""
    until = starts_at + total_minutes(appointment.legs)
    take_singles(session, appointment, phone, name, until=until, seen=seen, now=now, vault=vault)
