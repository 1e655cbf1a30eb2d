"""Which appointments are past their time, and what is taken out of them."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, delete, or_, select, update

from booking.rules.appointments import AppointmentStatus
from booking.store.appointments import appointments
from booking.store.quotas import quotas
from kernel.erasure import leave_word
from kernel.idempotency import forget_answers
from kernel.ids import AppointmentId, HallId

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from sqlmodel import Session

_S = AppointmentStatus
_CAME_OR_NOT = (_S.CHECKED_IN, _S.NO_SHOW)
_CANCELLED = (_S.CANCELLED_BY_CITIZEN, _S.CANCELLED_BY_HALL)
_NEVER_BOOKED = (_S.HELD, _S.EXPIRED)
GONE = {
    **dict.fromkeys(("name_sealed", "phone_sealed", "address_sealed", "id_tail_sealed", "phone_hash")),
    **dict.fromkeys(("company_sealed", "id_hash")),
    **dict.fromkeys(("token_hash", "code", "cancel_note")),
}


def _due(hall_id: HallId, before: datetime) -> Any:
    """What is over since before an instant: by its day, its cancellation, or the end of its hold.

    A confirmed appointment is not over, however old: the day's end makes it a no-show first.
    """
    status = appointments.c.status
    return and_(
        appointments.c.hall_id == hall_id,
        appointments.c.erased_on.is_(None),
        or_(
            status.in_(_CAME_OR_NOT) & (appointments.c.starts_at < before),
            status.in_(_CANCELLED) & (appointments.c.changed_at < before),
            status.in_(_NEVER_BOOKED) & (appointments.c.expires_at < before),
        ),
    )


def due_for_erasure(
    session: Session, hall_id: HallId, before: datetime, *, limit: int
) -> list[AppointmentId]:
    """Return and lock the oldest appointments to erase; what another run has locked is left to it."""
    found = session.execute(
        select(appointments.c.id)
        .where(_due(hall_id, before))
        .order_by(appointments.c.starts_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return list(found.scalars())


def any_due(session: Session, hall_id: HallId, before: datetime) -> bool:
    """Return whether a hall has an appointment to erase."""
    found = session.execute(select(appointments.c.id).where(_due(hall_id, before)).limit(1))
    return found.one_or_none() is not None


def erase(session: Session, ids: Sequence[UUID], on: date) -> None:
    """Take out of appointments what leads to a person, with their quotas and stored answers."""
    if not ids:
        return
    links = session.execute(select(appointments.c.token_hash).where(appointments.c.id.in_(ids))).scalars()
    leave_word(session, list(links), on)
    session.execute(update(appointments).where(appointments.c.id.in_(ids)).values(**GONE, erased_on=on))
    session.execute(delete(quotas).where(quotas.c.appointment_id.in_(ids)))
    forget_answers(session, ids)


def ids_of_phone(session: Session, phone_hash: bytes) -> list[AppointmentId]:
    """Return and lock the appointments of a phone number, by its keyed hash, in order of start."""
    found = session.execute(
        select(appointments.c.id)
        .where(appointments.c.phone_hash == phone_hash)
        .order_by(appointments.c.starts_at, appointments.c.id)
        .with_for_update()
    )
    return list(found.scalars())


def id_tail_of(session: Session, appointment_id: AppointmentId) -> bytes | None:
    """Return the sealed end of the identity number, which nothing but an export reads."""
    found: bytes | None = session.execute(
        select(appointments.c.id_tail_sealed).where(appointments.c.id == appointment_id)
    ).scalar_one()
    return found
