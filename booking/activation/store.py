"""All SQL of bookings that wait for their code."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import delete, select, update

from booking.activation.tables import ActivationRow
from kernel.inserting import insert_into

if TYPE_CHECKING:
    from sqlmodel import Session

    from kernel.ids import AppointmentId

activations = ActivationRow.__table__


@dataclass(frozen=True, slots=True)
class Pending:
    """A booking that waits for its code, as decisions need it."""

    id: UUID
    person_sealed: bytes
    tries_left: int
    sent: int
    sent_at: datetime
    expires_at: datetime


_COLUMNS = [activations.c[name] for name in Pending.__dataclass_fields__]


def pending_of(session: Session, appointment_id: AppointmentId) -> Pending | None:
    """Return what an appointment waits for; None where it waits for no code."""
    row = session.execute(
        select(*_COLUMNS).where(activations.c.appointment_id == appointment_id)
    ).one_or_none()
    return None if row is None else Pending(**row._mapping)


def put(session: Session, appointment_id: AppointmentId, **values: object) -> None:
    """Write what an appointment waits for, in the place of what it waited for before."""
    session.execute(
        insert_into(session, activations)
        .values(appointment_id=appointment_id, **values)
        .on_conflict_do_update(index_elements=[activations.c.appointment_id], set_=values)
    )


def spend_try(session: Session, appointment_id: AppointmentId) -> Any:
    """Take one of a code's tries; return the row's code_hash and tries_left, None if none was left.

    One conditional statement: of guesses made at once none goes uncounted.
    """
    return session.execute(
        update(activations)
        .where(activations.c.appointment_id == appointment_id, activations.c.tries_left > 0)
        .values(tries_left=activations.c.tries_left - 1)
        .returning(activations.c.code_hash, activations.c.tries_left)
    ).one_or_none()


def forget(session: Session, appointment_id: AppointmentId) -> UUID | None:
    """Delete what an appointment waited for; return the subject of its messages, None if there was none."""
    gone = session.execute(
        delete(activations).where(activations.c.appointment_id == appointment_id).returning(activations.c.id)
    )
    found: UUID | None = gone.scalar_one_or_none()
    return found


def forget_over(session: Session, now: datetime) -> list[UUID]:
    """Delete what was not confirmed in time; return the subjects of its messages."""
    gone = session.execute(
        delete(activations).where(activations.c.expires_at <= now).returning(activations.c.id)
    )
    return list(gone.scalars())
