"""What an appointment holds is exchanged when it moves: its places, its day of the person, its only one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from booking import store
from booking.rules.appointments import AppointmentStatus
from booking.rules.slots import needed_places, total_minutes
from booking.rules.waitlist import HANDOVER
from booking.service.person_limits import day_scope, take_day_quota, take_singles
from booking.service.slots import find_seats, slot_taken, slots_wanted, take_seats
from booking.service.views import NAME_FIELD, PHONE_FIELD
from booking.waitlist.store import anybody_waits

if TYPE_CHECKING:
    from datetime import datetime

    from sqlmodel import Session

    from booking.rules.policy import BookingPolicy
    from booking.rules.timetable import Timetable
    from kernel.ids import HallId
    from kernel.secrets import Vault


def swap_seats(
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


def swap_day_quota(
    session: Session,
    appointment: store.Appointment,
    table: Timetable,
    starts_at: datetime,
    *,
    now: datetime,
    vault: Vault,
) -> None:
    """Count the appointment among the person's of the new day, then no more among those of the old one."""
    day = table.calendar.local_day(starts_at)
    if appointment.phone_sealed is None or day == table.calendar.local_day(appointment.starts_at):
        return
    phone = vault.open(appointment.phone_sealed, field=PHONE_FIELD)
    for_other = appointment.for_other
    take_day_quota(session, appointment, phone, day, for_other=for_other, now=now, vault=vault)
    scope = day_scope(phone, day, vault, for_other=for_other)
    store.free_other_days(session, appointment.id, scope)


def take_singles_anew(
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
