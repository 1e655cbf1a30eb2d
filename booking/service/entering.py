"""Appointments by telephone and video enter the queue by themselves when their time has come."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from booking import store
from booking.no_shows.recording import record_absent
from booking.rules.appointments import AppointmentStatus
from booking.rules.meeting import REMOTE
from booking.service.arriving import become_ticket
from kernel import catalogue
from kernel.events import lock_hall
from kernel.identity import SYSTEM
from queueing.visits import never_reached

if TYPE_CHECKING:
    from datetime import date

    from sqlmodel import Session

    from kernel.clock import Clock
    from kernel.ids import AppointmentId, HallId
    from kernel.secrets import Vault
    from queueing.service import IssuedTicket

CAUGHT_UP = timedelta(days=7)  # after an outage of days it catches up


def remote_due(session: Session, hall_id: HallId, *, now: datetime) -> list[AppointmentId]:
    """Return the telephone and video appointments of today whose time has come, while the hall is open."""
    calendar = catalogue.calendar(session, hall_id)
    if not calendar.is_open(now):
        return []
    begins = datetime.combine(calendar.local_day(now), time(), calendar.zone)
    return store.remote_confirmed(session, hall_id, begins, now)


def enter_remote(
    session: Session, appointment_id: AppointmentId, *, clock: Clock, vault: Vault
) -> IssuedTicket | None:
    """Let an appointment wait for its call; None where it was moved, cancelled or entered meanwhile.

    Under the hall's lock and the appointment's: of two that let it enter, the second finds it checked in,
    so nobody has two tickets and is called at two windows. Raises ``NotTakingTickets``.
    """
    hall = lock_hall(session, store.by_id(session, appointment_id).hall_id)
    now = hall.tick(clock)
    own = store.by_id(session, appointment_id, lock=True)
    due = own.kind in REMOTE and own.status is AppointmentStatus.CONFIRMED and own.starts_at <= now
    return become_ticket(session, hall, own, by=SYSTEM, now=now, clock=clock, vault=vault) if due else None


def mark_unreached(session: Session, hall_id: HallId, *, before: date, now: datetime, vault: Vault) -> None:
    """Write a no-show for whoever was called as often as the hall calls, and answered to no call.

    The appointment had its ticket, so it ends as checked in; what counts by the rule is written all the same.
    """
    zone = catalogue.calendar(session, hall_id).zone
    until = datetime.combine(before, time(), zone)
    found = store.remote_entered(session, hall_id, until - CAUGHT_UP, until)
    missed = never_reached(session, [own.id for own in found])
    for own in found:
        if own.id in missed:
            record_absent(session, own, now=now, vault=vault)
