"""What every change of an appointment begins with: lock in order, look at it now, ask the table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from booking import store
from booking.errors import AppointmentNotFound, AppointmentNotPossible, HoldExpired
from booking.rules.appointments import TRANSITIONS, AppointmentStatus, status_at
from booking.service.views import TOKEN_FIELD
from kernel.events import lock_hall

if TYPE_CHECKING:
    from datetime import datetime

    from sqlmodel import Session

    from booking.rules.appointments import AppointmentAction
    from kernel.clock import Clock
    from kernel.events import LockedHall
    from kernel.ids import AppointmentId, HallId
    from kernel.secrets import Vault


def lock_by_token(
    session: Session, token: str, *, clock: Clock, vault: Vault
) -> tuple[LockedHall, store.Appointment, datetime]:
    """Lock the hall, then the appointment behind a token; raises ``AppointmentNotFound``.

    The hall comes first, as everywhere: check-in holds it while it issues the ticket, so a cancellation
    that took the appointment first and then waited for the hall would deadlock with it.
    """
    token_hash = vault.digest(token, field=TOKEN_FIELD)
    hall = lock_hall(session, store.hall_of(session, token_hash))
    now = hall.tick(clock)
    return hall, store.by_token(session, token_hash, lock=True), now


def one_in_hall(session: Session, hall_id: HallId, appointment_id: AppointmentId) -> store.Appointment:
    """Return and lock an appointment of this hall; raises ``AppointmentNotFound``, also for another's."""
    found = store.in_hall(session, hall_id, [appointment_id])
    if not found:
        raise AppointmentNotFound
    return found[0]


def status_after(
    appointment: store.Appointment, action: AppointmentAction, *, now: datetime
) -> AppointmentStatus:
    """Return the status an action leads to; raises ``HoldExpired`` or ``AppointmentNotPossible``."""
    status = status_at(appointment.status, appointment.expires_at, now=now)
    after = TRANSITIONS.get((status, action))
    if after is not None:
        return after
    if status is AppointmentStatus.EXPIRED:
        raise HoldExpired(expired_at=appointment.expires_at)
    raise AppointmentNotPossible(status=status, action=action)
