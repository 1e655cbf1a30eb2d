"""An appointment is cancelled: by its holder, at their wish, or by the hall that cannot keep it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from booking import store
from booking.activation.keeping import drop_pending
from booking.events import AppointmentCancelled
from booking.messages import appointments as messages
from booking.no_shows.recording import record_late
from booking.rules.appointments import TRANSITIONS, AppointmentAction, AppointmentStatus
from booking.rules.no_shows import NoShowKind
from booking.rules.policy import booking_policy
from booking.service.deciding import lock_by_token, one_in_hall, status_after
from booking.service.swapping import freed_until
from booking.service.views import AppointmentView, view
from kernel import catalogue
from kernel.audit import note
from kernel.events import lock_hall, record
from queueing.expected import forget_expected
from queueing.rules.notices import plain_text

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from sqlmodel import Session

    from booking.rules.cancelling import Why
    from kernel.clock import Clock
    from kernel.events import LockedHall
    from kernel.identity import Actor
    from kernel.ids import AppointmentId, HallId
    from kernel.secrets import Vault


def cancel(session: Session, token: str, *, clock: Clock, vault: Vault) -> AppointmentView:
    """Cancel an appointment, or let a hold go; its place is free at once or after the hall's rest time."""
    hall, appointment, now = lock_by_token(session, token, clock=clock, vault=vault)
    after = status_after(appointment, AppointmentAction.CANCEL, now=now)
    return _end(session, hall, appointment, after, by="citizen", now=now, vault=vault)


def cancel_by_hall(
    session: Session,
    hall_id: HallId,
    ids: Collection[AppointmentId],
    why: Why,
    *,
    clock: Clock,
    vault: Vault,
    by: Actor,
) -> list[AppointmentView]:
    """Cancel the confirmed ones among a hall's appointments, tell their people, and return them.

    What was cancelled or checked in meanwhile is left as it is. The places stay taken unless ``why``
    offers them again.
    """
    hall = lock_hall(session, hall_id)
    now = hall.tick(clock)
    gone = []
    for own in store.in_hall(session, hall_id, ids):
        after = TRANSITIONS.get((own.status, AppointmentAction.CANCEL_BY_HALL))
        if after is None:
            continue
        detail = {"before": own.status.value, "after": after.value, "reason": why.reason.value}
        _note(session, "appointment.cancelled", own, detail, by=by, at=now)
        store.change(session, own.id, now, cancel_reason=why.reason, cancel_note=plain_text(why.note) or None)
        gone.append(_end(session, hall, own, after, by="hall", now=now, vault=vault, frees=why.offer_again))
    return gone


def cancel_at_wish(
    session: Session, hall_id: HallId, appointment_id: AppointmentId, *, by: Actor, clock: Clock, vault: Vault
) -> AppointmentView:
    """Cancel for somebody who asks the hall's staff to; the place is given back as if they had done it.

    Raises ``AppointmentNotFound``, ``AppointmentNotPossible``.
    """
    hall = lock_hall(session, hall_id)
    now = hall.tick(clock)
    own = one_in_hall(session, hall_id, appointment_id)
    after = status_after(own, AppointmentAction.CANCEL, now=now)
    detail = {"before": own.status.value, "after": after.value}
    _note(session, "appointment.cancelled_at_wish", own, detail, by=by, at=now)
    return _end(session, hall, own, after, by="citizen", now=now, vault=vault)


def _note(
    session: Session,
    what: str,
    own: store.Appointment,
    detail: Mapping[str, str],
    *,
    by: Actor,
    at: datetime,
) -> None:
    note(session, what, by=by, hall_id=own.hall_id, at=at, subject=str(own.id), detail=detail)


def _end(
    session: Session,
    hall: LockedHall,
    appointment: store.Appointment,
    after: AppointmentStatus,
    *,
    by: str,
    now: datetime,
    vault: Vault,
    frees: bool = True,
) -> AppointmentView:
    confirmed = appointment.status is AppointmentStatus.CONFIRMED
    if frees:
        policy = booking_policy(catalogue.hall(session, appointment.hall_id).policy)
        rests_until = freed_until(session, appointment.hall_id, policy, now=now) if confirmed else None
        store.free_seats(session, appointment.id, rests_until=rests_until)
    store.free_quotas(session, appointment.id)
    drop_pending(session, appointment.id, at=now)
    forget_expected(session, appointment.id)
    store.change(session, appointment.id, now, status=after, ics_sequence=appointment.ics_sequence + 1)
    if confirmed and by == "citizen":
        record_late(session, appointment, NoShowKind.CANCELLED_LATE, now=now, vault=vault)
    if confirmed:
        event = AppointmentCancelled(
            appointment_id=appointment.id, starts_at=appointment.starts_at, meeting=appointment.kind, by=by
        )
        record(session, hall, event, at=now)
    ended = store.by_id(session, appointment.id)
    if confirmed:
        messages.cancelled(session, ended, by_hall=by == "hall", now=now, vault=vault)
    return view(session, ended, now=now, vault=vault)
