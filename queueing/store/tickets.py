"""Reads of tickets. The head of a queue is found by the index (queue, status, effective_at, number),
however many wait.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, literal, select, tuple_

from kernel.events import HallNotFound
from kernel.ids import HallId, QueueId, ServiceId, TicketId, VisitId, WindowId
from kernel.tables import HallRow
from queueing.errors import TicketNotFound
from queueing.rules.call_order import QueueHead
from queueing.rules.policy import HallPolicy, hall_policy
from queueing.rules.tickets import TicketStatus
from queueing.tables import TicketRow, VisitLegRow, VisitRow

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from uuid import UUID

    from sqlalchemy import Row
    from sqlmodel import Session

halls = HallRow.__table__
tickets = TicketRow.__table__
visits = VisitRow.__table__
legs = VisitLegRow.__table__

# Within a queue. One that was sent here may have another's instant and number: the key parts them.
_CALL_ORDER = (tickets.c.effective_at, tickets.c.number, tickets.c.id)


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket as decisions need it."""

    id: TicketId
    hall_id: HallId
    queue_id: QueueId
    issued_in: QueueId
    leg_id: Any
    day: date
    number: int
    label: str
    status: TicketStatus
    priority: bool
    arrived_at: datetime
    due_at: datetime | None
    effective_at: datetime
    window_id: WindowId | None
    called_at: datetime | None
    calls: int
    changed_at: datetime
    told_ahead: int | None
    told_p10: float | None
    told_p50: float | None
    told_p90: float | None
    band_withheld: bool = False
    told_by: str | None = None
    told_up: float | None = None
    told_down: float | None = None
    effective_before: datetime | None = None
    park_reason: str | None = None
    park_words: str | None = None
    delivered_id: ServiceId | None = None
    done_as_well: list[str] | None = None
    miss_held: bool = False
    for_window_id: WindowId | None = None
    came_back: bool = False
    remote: bool = False
    priority_class_id: UUID | None = None


def policy(session: Session, hall_id: HallId) -> HallPolicy:
    """Return the hall's policy; raises ``HallNotFound``."""
    stored = session.execute(select(halls.c.policy).where(halls.c.id == hall_id)).scalar_one_or_none()
    if stored is None:
        raise HallNotFound(hall=hall_id)
    return hall_policy(stored)


def ticket(session: Session, ticket_id: TicketId) -> Ticket:
    """Return a ticket; raises ``TicketNotFound``."""
    row = session.execute(select(tickets).where(tickets.c.id == ticket_id)).one_or_none()
    if row is None:
        raise TicketNotFound(ticket=ticket_id)
    return _ticket(row)


def tickets_by_id(session: Session, ticket_ids: Collection[TicketId]) -> list[Ticket]:
    """Return these tickets by number; raises ``TicketNotFound`` if one is missing."""
    rows = session.execute(
        select(tickets).where(tickets.c.id.in_(ticket_ids)).order_by(tickets.c.number, tickets.c.id)
    ).all()
    if len(rows) < len(set(ticket_ids)):
        raise TicketNotFound
    return [_ticket(row) for row in rows]


def _ticket(row: Row[Any]) -> Ticket:
    return _made(dict(row._mapping))


def _made(values: dict[str, Any]) -> Ticket:
    values["status"] = TicketStatus(values["status"])
    return Ticket(**values)


def tickets_of_visit(session: Session, token_hash: bytes) -> list[Ticket]:
    """Return the tickets of the visit whose token has this hash, in leg order."""
    rows = session.execute(
        select(tickets)
        .join(legs, legs.c.id == tickets.c.leg_id)
        .join(visits, visits.c.id == legs.c.visit_id)
        .where(visits.c.token_hash == token_hash)
        .order_by(legs.c.position, tickets.c.arrived_at, tickets.c.id)
    )
    return [_ticket(row) for row in rows]


def tickets_of_visits(session: Session, visit_ids: Collection[VisitId]) -> dict[VisitId, list[Ticket]]:
    """Return the tickets of these visits, each in leg order; visits without one are left out."""
    rows = session.execute(
        select(*tickets.c, legs.c.visit_id)
        .join(legs, legs.c.id == tickets.c.leg_id)
        .where(legs.c.visit_id.in_(visit_ids))
        .order_by(legs.c.position, tickets.c.arrived_at, tickets.c.id)
    )
    found: defaultdict[VisitId, list[Ticket]] = defaultdict(list)
    for row in rows:
        values = dict(row._mapping)
        found[VisitId(values.pop("visit_id"))].append(_made(values))
    return dict(found)


def tickets_of_visit_id(session: Session, visit_id: VisitId) -> list[Ticket]:
    """Return a visit's tickets in leg order."""
    rows = session.execute(
        select(tickets)
        .join(legs, legs.c.id == tickets.c.leg_id)
        .where(legs.c.visit_id == visit_id)
        .order_by(legs.c.position, tickets.c.arrived_at, tickets.c.id)
    )
    return [_ticket(row) for row in rows]


def queue_heads(
    session: Session,
    served: Mapping[QueueId, bool],
    ranks: Mapping[QueueId, int],
    *,
    window_id: WindowId | None = None,
) -> list[QueueHead[Ticket]]:
    """Return the first waiting ticket of each served queue; ``served`` says where the window only helps.

    Who is meant for one window is no head for others; at that window (``window_id``) it is its own person,
    whatever the plan has it serve now.
    """
    meant = meant_for(session, window_id) if window_id is not None else []
    heads = [QueueHead(own, own.effective_at, False, ranks[own.queue_id], own.number) for own in meant[:1]]
    for queue_id, helping in served.items():
        free = _waiting_in(queue_id).where(tickets.c.for_window_id.is_(None))
        row = session.execute(free.limit(1)).one_or_none()
        if row is not None:
            head = _ticket(row)
            heads.append(QueueHead(head, head.effective_at, helping, ranks[queue_id], head.number))
    return heads


def _waiting_in(queue_id: QueueId) -> Any:
    return (
        select(tickets)
        .where(tickets.c.queue_id == queue_id, tickets.c.status == TicketStatus.WAITING)
        .order_by(*_CALL_ORDER)
    )


def meant_for(session: Session, window_id: WindowId) -> list[Ticket]:
    """Return who waits for this window alone, by effective arrival."""
    rows = session.execute(
        select(tickets)
        .where(tickets.c.for_window_id == window_id, tickets.c.status == TicketStatus.WAITING)
        .order_by(tickets.c.effective_at, tickets.c.number, tickets.c.id)
    )
    return [_ticket(row) for row in rows]


def labels_by_window(session: Session, window_ids: Collection[WindowId]) -> dict[WindowId, tuple[str, ...]]:
    """Return the numbers in the hall that wait for each of these windows alone, in the order of numbers."""
    rows = session.execute(
        select(tickets.c.for_window_id, tickets.c.label)
        .where(
            tickets.c.for_window_id.in_(window_ids),
            tickets.c.status == TicketStatus.WAITING,
            tickets.c.remote.is_(False),
        )
        .order_by(tickets.c.label, tickets.c.id)
    )
    found: defaultdict[WindowId, list[str]] = defaultdict(list)
    for row in rows:
        found[row.for_window_id].append(row.label)
    return {window_id: tuple(labels) for window_id, labels in found.items()}


def waiting_in(session: Session, queue_ids: Collection[QueueId]) -> list[Ticket]:
    """Return all who wait in these queues, by effective arrival."""
    return in_status(session, queue_ids, (TicketStatus.WAITING,))


def in_status(
    session: Session, queue_ids: Collection[QueueId], statuses: Collection[TicketStatus]
) -> list[Ticket]:
    """Return the tickets of these queues in these statuses, by effective arrival."""
    rows = session.execute(
        select(tickets)
        .where(tickets.c.queue_id.in_(queue_ids), tickets.c.status.in_(statuses))
        .order_by(tickets.c.effective_at, tickets.c.number, tickets.c.id)
    )
    return [_ticket(row) for row in rows]


def waiting_counts(session: Session, queue_ids: Collection[QueueId]) -> dict[QueueId, int]:
    """Return how many wait in each queue; queues where nobody waits are left out."""
    rows = session.execute(
        select(tickets.c.queue_id, func.count())
        .where(tickets.c.queue_id.in_(queue_ids), tickets.c.status == TicketStatus.WAITING)
        .group_by(tickets.c.queue_id)
    )
    return {queue_id: count for queue_id, count in rows}


def places_in(session: Session, queue_ids: Collection[QueueId]) -> dict[TicketId, int]:
    """Return how many are called before each who waits in these queues, as ``ahead_of`` counts them."""
    rows = session.execute(
        select(tickets.c.id, tickets.c.queue_id)
        .where(tickets.c.queue_id.in_(queue_ids), tickets.c.status == TicketStatus.WAITING)
        .order_by(tickets.c.queue_id, *_CALL_ORDER)
    )
    lines = groupby(rows, key=lambda row: row.queue_id)
    return {row.id: place for _, line in lines for place, row in enumerate(line)}


def _place(own: Ticket) -> Any:
    values = (own.effective_at, own.number, own.id)
    return tuple_(*(literal(value, column.type) for value, column in zip(values, _CALL_ORDER, strict=True)))


def ahead_of(session: Session, own: Ticket) -> int:
    """Return how many of the same queue are called before this ticket under the call order."""
    count: int = session.execute(
        select(func.count()).where(
            tickets.c.queue_id == own.queue_id,
            tickets.c.status == TicketStatus.WAITING,
            tuple_(*_CALL_ORDER) < _place(own),
        )
    ).scalar_one()
    return count


def followers(session: Session, own: Ticket, places: int) -> list[datetime]:
    """Return the effective arrivals of the next ``places`` waiting tickets behind this one's place."""
    rows = session.execute(_waiting_in(own.queue_id).where(tuple_(*_CALL_ORDER) > _place(own)).limit(places))
    return [row.effective_at for row in rows]


def recent_calls(session: Session, hall_id: HallId, day: date, limit: int) -> list[Ticket]:
    """Return the tickets called last to people in a hall today, newest first."""
    rows = session.execute(
        select(tickets)
        .where(
            *(tickets.c.hall_id == hall_id, tickets.c.day == day),
            *(tickets.c.called_at.is_not(None), tickets.c.remote.is_(False)),
        )
        .order_by(tickets.c.called_at.desc(), tickets.c.number.desc(), tickets.c.id.desc())
        .limit(limit)
    )
    return [_ticket(row) for row in rows]
