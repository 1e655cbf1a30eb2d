"""Slots and the seats claimed in them: what is scarce, and the locks that guard it."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import and_, delete, func, literal_column, or_, select, update

from booking.rules.appointments import AppointmentStatus
from booking.rules.slots import Claim, SlotKey
from booking.tables import AppointmentRow, SlotClaimRow, SlotRow
from kernel.ids import uuid7
from kernel.inserting import insert_into

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime, timedelta

    from sqlmodel import Session

    from kernel.ids import AppointmentId, QueueId

slots = SlotRow.__table__
claims = SlotClaimRow.__table__
_owners = AppointmentRow.__table__


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


def at_rest(now: datetime) -> Any:
    """A claim that keeps its place from the public though nobody has it: given back, or its hold is over.

    The waiting list is asked before the public, so to it such a place is free.
    """
    holds = (
        select(_owners.c.id)
        .where(
            # Spelt out: in ON CONFLICT … WHERE a column would draw its whole table into this FROM.
            _owners.c.id == literal_column("slot_claim.appointment_id"),
            _owners.c.status == AppointmentStatus.HELD,
            _owners.c.expires_at > now,
        )
        .exists()
    )
    return claims.c.expires_at.is_not(None) & ~holds


def claims_on(
    session: Session, slot_ids: Collection[UUID], *, but_at_rest: datetime | None = None
) -> dict[UUID, list[Claim]]:
    """Return the claims on slots, run out or not; without those at rest at the instant ``but_at_rest``."""
    found: defaultdict[UUID, list[Claim]] = defaultdict(list)
    statement = select(claims).where(claims.c.slot_id.in_(slot_ids))
    if but_at_rest is not None:
        statement = statement.where(~at_rest(but_at_rest))
    for row in session.execute(statement):
        found[row.slot_id].append(Claim(row.seat, row.expires_at))
    return found


def claimed_between(
    session: Session,
    queue_ids: Collection[QueueId],
    first: datetime,
    last: datetime,
    *,
    now: datetime,
    from_rest: bool = False,
) -> dict[SlotKey, int]:
    """Return how many places are claimed in the slots of queues that start between two instants.

    ``from_rest``: places at rest count as free, as the waiting list sees them.
    """
    counts = or_(claims.c.expires_at.is_(None), claims.c.expires_at > now)
    rows = session.execute(
        select(slots.c.queue_id, slots.c.starts_at, func.count())
        .join(claims, claims.c.slot_id == slots.c.id)
        .where(
            slots.c.queue_id.in_(queue_ids),
            slots.c.starts_at.between(first, last),
            counts & ~at_rest(now) if from_rest else counts,
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
    from_rest: bool = False,
) -> bool:
    """Take a seat that is free or whose claim has run out; False if somebody has it.

    ``from_rest``: a place at rest is taken too.
    """
    over = claims.c.expires_at <= now
    statement = insert_into(session, claims).values(
        slot_id=slot_id, seat=seat, appointment_id=appointment_id, expires_at=expires_at
    )
    taken = session.execute(
        statement.on_conflict_do_update(
            index_elements=[claims.c.slot_id, claims.c.seat],
            set_={"appointment_id": appointment_id, "expires_at": expires_at},
            where=or_(over, at_rest(now)) if from_rest else over,
        ).returning(claims.c.seat)
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


def extend_seats(session: Session, appointment_id: AppointmentId, until: datetime, *, now: datetime) -> int:
    """Keep a hold's seats until a later instant; return how many it still had, decided as ``keep_seats``."""
    kept = session.execute(
        update(claims)
        .where(claims.c.appointment_id == appointment_id, claims.c.expires_at > now)
        .values(expires_at=until)
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
    _give_back(session, appointment_id, claims.c.slot_id.not_in(except_slots), rests_until)


def free_spare(
    session: Session,
    appointment_id: AppointmentId,
    spare: Mapping[UUID, Collection[int]],
    *,
    rests_until: datetime | None,
) -> None:
    """Give back some of an appointment's seats, by slot; as ``free_seats``."""
    for slot_id, seats in spare.items():
        which = and_(claims.c.slot_id == slot_id, claims.c.seat.in_(seats))
        _give_back(session, appointment_id, which, rests_until)


def _give_back(
    session: Session, appointment_id: AppointmentId, which: Any, rests_until: datetime | None
) -> None:
    given_back = and_(claims.c.appointment_id == appointment_id, which)
    if rests_until is None:
        session.execute(delete(claims).where(given_back))
    else:
        at_rest = given_back & claims.c.expires_at.is_(None)
        session.execute(update(claims).where(at_rest).values(expires_at=rests_until))


def rest_seats(session: Session, appointment_id: AppointmentId, *, until: datetime, now: datetime) -> None:
    """Let what a hold still has rest: the waiting list is asked first, then the place is free for all."""
    session.execute(
        update(claims)
        .where(claims.c.appointment_id == appointment_id, claims.c.expires_at > now)
        .values(expires_at=until)
    )


def hand_over_seats(
    session: Session,
    from_id: AppointmentId,
    to_id: AppointmentId,
    *,
    except_slots: Collection[UUID],
    now: datetime,
) -> None:
    """Give a hold's seats to another appointment for good; what has run out stays with whoever comes.

    The condition decides against a rival as in ``keep_seats``.
    """
    session.execute(
        update(claims)
        .where(
            claims.c.appointment_id == from_id,
            claims.c.expires_at > now,
            claims.c.slot_id.not_in(except_slots),
        )
        .values(appointment_id=to_id, expires_at=None)
    )


@dataclass(frozen=True, slots=True)
class OwnSeats:
    """The seats that an appointment has in a slot, lowest first."""

    slot_id: UUID
    seats: tuple[int, ...]


def seats_of(
    session: Session, appointment_id: AppointmentId, expires_at: datetime | None
) -> dict[SlotKey, OwnSeats]:
    """Return the seats that an appointment has; places at rest, which it gave back, are not its.

    ``expires_at`` is the appointment's own: its seats end when it does.
    """
    rows = session.execute(
        select(slots.c.id, slots.c.queue_id, slots.c.starts_at, claims.c.seat)
        .join(claims, claims.c.slot_id == slots.c.id)
        .where(
            claims.c.appointment_id == appointment_id, claims.c.expires_at.is_not_distinct_from(expires_at)
        )
        .order_by(claims.c.seat)
    )
    found: dict[SlotKey, OwnSeats] = {}
    for row in rows:
        key = SlotKey(row.queue_id, row.starts_at)
        before = found[key].seats if key in found else ()
        found[key] = OwnSeats(row.id, (*before, row.seat))
    return found


def slots_of(
    session: Session, appointment_id: AppointmentId, expires_at: datetime | None
) -> dict[SlotKey, UUID]:
    """Return the slots in which an appointment has a seat; as ``seats_of``."""
    return {key: own.slot_id for key, own in seats_of(session, appointment_id, expires_at).items()}


def kept_places_of(
    session: Session, appointment_ids: Collection[AppointmentId]
) -> dict[AppointmentId, Mapping[SlotKey, int]]:
    """Return how many seats each of these appointments has for good in which slots."""
    found: dict[AppointmentId, Counter[SlotKey]] = {own: Counter() for own in appointment_ids}
    for row in session.execute(
        select(claims.c.appointment_id, slots.c.queue_id, slots.c.starts_at)
        .join(slots, slots.c.id == claims.c.slot_id)
        .where(claims.c.appointment_id.in_(appointment_ids), claims.c.expires_at.is_(None))
    ):
        found[row.appointment_id][SlotKey(row.queue_id, row.starts_at)] += 1
    return dict(found)
