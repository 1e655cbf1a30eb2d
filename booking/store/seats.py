"""Slots, the seats claimed in them, and quotas: what is scarce, and the locks that guard it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import and_, delete, func, or_, select, update

from booking.rules.slots import Claim, SlotKey
from booking.store.dialect import insert_into
from booking.tables import QuotaClaimRow, SlotClaimRow, SlotRow
from kernel.ids import uuid7

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime, timedelta

    from sqlmodel import Session

    from kernel.ids import AppointmentId, QueueId

slots = SlotRow.__table__  # type: ignore[attr-defined]
claims = SlotClaimRow.__table__  # type: ignore[attr-defined]
quotas = QuotaClaimRow.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class LockedSlot:
    """A slot whose seats nobody else gives out until this unit of work ends."""

    id: UUID
    capacity: int


def lock_slots(
    session: Session, wanted: Mapping[SlotKey, int], *, length: timedelta
) -> dict[SlotKey, LockedSlot]:
    """Lock slots until the transaction ends, writing their rows where nobody has asked for them before.

    ``wanted`` maps each slot to its capacity under the present plan. Every use case that takes a seat
    (hold, reschedule) locks all its slots here, once, in sorted order. Without it two holds count the
    same free place and one of them runs into the key of ``slot_claim``; out of order they deadlock.
    """
    locked = {}
    for key in sorted(wanted):
        statement = insert_into(session, slots).values(
            id=uuid7(),
            queue_id=key.queue_id,
            starts_at=key.starts_at,
            ends_at=key.starts_at + length,
            capacity=wanted[key],
        )
        row = session.execute(
            statement.on_conflict_do_update(
                index_elements=[slots.c.queue_id, slots.c.starts_at], set_={"capacity": wanted[key]}
            ).returning(slots.c.id, slots.c.capacity)
        ).one()
        locked[key] = LockedSlot(row.id, row.capacity)
    return locked


def claims_on(session: Session, slot_ids: Collection[UUID]) -> dict[UUID, list[Claim]]:
    """Return the claims on slots, run out or not."""
    found: defaultdict[UUID, list[Claim]] = defaultdict(list)
    for row in session.execute(select(claims).where(claims.c.slot_id.in_(slot_ids))):
        found[row.slot_id].append(Claim(row.seat, row.expires_at))
    return found


def claimed_between(
    session: Session, queue_ids: Collection[QueueId], first: datetime, last: datetime, *, now: datetime
) -> dict[SlotKey, int]:
    """Return how many places are claimed in the slots of queues that start between two instants."""
    rows = session.execute(
        select(slots.c.queue_id, slots.c.starts_at, func.count())
        .join(claims, claims.c.slot_id == slots.c.id)
        .where(
            slots.c.queue_id.in_(queue_ids),
            slots.c.starts_at.between(first, last),
            or_(claims.c.expires_at.is_(None), claims.c.expires_at > now),
        )
        .group_by(slots.c.queue_id, slots.c.starts_at)
    )
    return {SlotKey(queue_id, starts_at): count for queue_id, starts_at, count in rows}


def take_seat(
    session: Session,
    slot_id: UUID,
    seat: int,
    appointment_id: AppointmentId,
    *,
    expires_at: datetime | None,
    now: datetime,
) -> bool:
    """Take a seat that is free or whose claim has run out; False if somebody has it."""
    statement = insert_into(session, claims).values(
        slot_id=slot_id, seat=seat, appointment_id=appointment_id, expires_at=expires_at
    )
    taken = session.execute(
        statement.on_conflict_do_update(
            index_elements=[claims.c.slot_id, claims.c.seat],
            set_={"appointment_id": appointment_id, "expires_at": expires_at},
            where=claims.c.expires_at <= now,
        ).returning(claims.c.seat)
    )
    return taken.one_or_none() is not None


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


def keep_seats(session: Session, appointment_id: AppointmentId, *, now: datetime) -> int:
    """Turn a hold's seats into seats for good and return how many it still had.

    The condition decides against a rival that takes the seats over at the same moment: whichever of the
    two updates comes second finds nothing.
    """
    kept = session.execute(
        update(claims)
        .where(claims.c.appointment_id == appointment_id, claims.c.expires_at > now)
        .values(expires_at=None)
        .returning(claims.c.seat)
    )
    return len(kept.all())


def free_seats(
    session: Session,
    appointment_id: AppointmentId,
    *,
    except_slots: Collection[UUID] = (),
    rests_until: datetime | None = None,
) -> None:
    """Give an appointment's seats back, at once or when ``rests_until`` has come; needs no lock."""
    given_back = and_(claims.c.appointment_id == appointment_id, claims.c.slot_id.not_in(except_slots))
    if rests_until is None:
        session.execute(delete(claims).where(given_back))
    else:
        at_rest = given_back & claims.c.expires_at.is_(None)
        session.execute(update(claims).where(at_rest).values(expires_at=rests_until))


def free_quotas(session: Session, appointment_id: AppointmentId, *, except_scope: bytes = b"") -> None:
    """Give back what an appointment used of its person's quotas."""
    session.execute(
        delete(quotas).where(quotas.c.appointment_id == appointment_id, quotas.c.scope != except_scope)
    )


def slots_of(
    session: Session, appointment_id: AppointmentId, expires_at: datetime | None
) -> dict[SlotKey, UUID]:
    """Return the slots in which an appointment has a seat; places at rest, which it gave back, are not its.

    ``expires_at`` is the appointment's own: its seats end when it does.
    """
    rows = session.execute(
        select(slots.c.id, slots.c.queue_id, slots.c.starts_at)
        .join(claims, claims.c.slot_id == slots.c.id)
        .where(
            claims.c.appointment_id == appointment_id, claims.c.expires_at.is_not_distinct_from(expires_at)
        )
    )
    return {SlotKey(row.queue_id, row.starts_at): row.id for row in rows}
