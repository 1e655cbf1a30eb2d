"""Quotas: how often somebody may do something, as a few numbered seats under a keyed hash."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, func, or_, select, update

from booking.tables import QuotaClaimRow
from kernel.inserting import insert_into

if TYPE_CHECKING:
    from datetime import datetime

    from sqlmodel import Session

    from kernel.ids import AppointmentId

quotas = QuotaClaimRow.__table__


def take_quota(
    session: Session,
    scope: bytes,
    limit: int,
    appointment_id: AppointmentId,
    *,
    expires_at: datetime | None,
    now: datetime,
) -> bool:
    """Take one of the ``limit`` seats of a quota; False if all are in use.

    Needs no lock: a rival for the same seat waits for the key of ``quota_claim`` and then goes on to the
    next seat.
    """
    in_use = set(
        session.execute(
            select(quotas.c.seat).where(
                quotas.c.scope == scope, or_(quotas.c.expires_at.is_(None), quotas.c.expires_at > now)
            )
        ).scalars()
    )
    return any(
        _take_quota_seat(session, scope, seat, appointment_id, expires_at=expires_at, now=now)
        for seat in range(limit)
        if seat not in in_use
    )


def _take_quota_seat(
    session: Session,
    scope: bytes,
    seat: int,
    appointment_id: AppointmentId,
    *,
    expires_at: datetime | None,
    now: datetime,
) -> bool:
    statement = insert_into(session, quotas).values(
        scope=scope, seat=seat, appointment_id=appointment_id, expires_at=expires_at
    )
    taken = session.execute(
        statement.on_conflict_do_update(
            index_elements=[quotas.c.scope, quotas.c.seat],
            set_={"appointment_id": appointment_id, "expires_at": expires_at},
            where=quotas.c.expires_at <= now,
        ).returning(quotas.c.seat)
    )
    return taken.one_or_none() is not None


def quota_in_use(session: Session, scope: bytes, *, now: datetime) -> int:
    """Return how many seats of a quota are in use; for show, nothing is promised by it."""
    in_use: int = session.execute(
        select(func.count()).where(
            quotas.c.scope == scope, or_(quotas.c.expires_at.is_(None), quotas.c.expires_at > now)
        )
    ).scalar_one()
    return in_use


def extend_quotas(session: Session, appointment_id: AppointmentId, until: datetime) -> None:
    """Let what a hold uses of its client's quotas end with it at a later instant."""
    mine = (quotas.c.appointment_id == appointment_id) & quotas.c.expires_at.is_not(None)
    session.execute(update(quotas).where(mine).values(expires_at=until))


def take_single(
    session: Session, scope: bytes, appointment_id: AppointmentId, *, until: datetime, now: datetime
) -> bool:
    """Take the one seat of a scope until an instant, or keep it; False if another appointment has it."""
    statement = insert_into(session, quotas).values(
        scope=scope, seat=0, appointment_id=appointment_id, expires_at=until
    )
    taken = session.execute(
        statement.on_conflict_do_update(
            index_elements=[quotas.c.scope, quotas.c.seat],
            set_={"appointment_id": appointment_id, "expires_at": until},
            where=or_(quotas.c.expires_at <= now, quotas.c.appointment_id == appointment_id),
        ).returning(quotas.c.seat)
    )
    return taken.one_or_none() is not None


def free_singles(session: Session, appointment_id: AppointmentId) -> None:
    """Give back what an appointment keeps for itself until its end; its part of the day's limit stays."""
    mine = (quotas.c.appointment_id == appointment_id) & quotas.c.expires_at.is_not(None)
    session.execute(delete(quotas).where(mine))


def free_quotas(session: Session, appointment_id: AppointmentId) -> None:
    """Give back all that an appointment used of its person's quotas."""
    session.execute(delete(quotas).where(quotas.c.appointment_id == appointment_id))


def free_other_days(session: Session, appointment_id: AppointmentId, scope: bytes) -> None:
    """Give back an appointment's part of other days' limits than that of ``scope``, to which it has moved."""
    other = (quotas.c.scope != scope) & quotas.c.expires_at.is_(None)
    session.execute(delete(quotas).where(quotas.c.appointment_id == appointment_id, other))
