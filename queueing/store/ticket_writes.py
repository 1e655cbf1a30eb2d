"""Writes of tickets. Whoever calls these holds the hall's lock (``kernel.events.lock_hall``)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

from kernel.audit import STAFF_ROLES, look
from kernel.ids import ServiceId, VisitId, uuid7
from kernel.inserting import insert_into
from kernel.origin import origin_of
from kernel.tables import ServiceRow
from kernel.touched import touched
from queueing.errors import NotPossibleNow, NumbersUsedUp
from queueing.rules.delivered import stored
from queueing.rules.tickets import ISSUE, TRANSITIONS, TicketAction
from queueing.rules.told import DESK
from queueing.store.tickets import Ticket, _ticket, legs, tickets, visits
from queueing.tables import TicketCounterRow, TicketEventRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date, datetime
    from uuid import UUID

    from sqlmodel import Session

    from kernel.identity import Actor
    from kernel.ids import HallId, QueueId, TicketId, WindowId
    from queueing.rules.delivered import Delivered
    from queueing.rules.told import Word

services = ServiceRow.__table__
counters = TicketCounterRow.__table__
log = TicketEventRow.__table__

CENTRE = "centre"
_GONE_WITH_A_MOVE = MappingProxyType(dict.fromkeys(("effective_before", "park_reason", "park_words")))
# Whoever only changes places goes on waiting for the one window; every other move ends that.
_KEEP_THEIR_WINDOW = frozenset({TicketAction.MOVE_BACK, TicketAction.UNDO_MOVE_BACK})


def next_number(session: Session, queue_id: QueueId, day: date, *, last_number: int) -> int:
    """Take the queue's next number of the day; raises ``NumbersUsedUp``.

    The counter moves by a conditional update, so even without the hall's lock no number is given out
    twice; the unique key on (queue, day, number) is the schema's own word for it.
    """
    session.execute(
        insert_into(session, counters)
        .values(queue_id=queue_id, day=day, holder=CENTRE, next_number=1, last_number=last_number)
        .on_conflict_do_nothing()
    )
    taken = session.execute(
        update(counters)
        .where(
            counters.c.queue_id == queue_id,
            counters.c.day == day,
            counters.c.holder == CENTRE,
            counters.c.next_number <= counters.c.last_number,
        )
        .values(next_number=counters.c.next_number + 1)
        .returning(counters.c.next_number)
    ).scalar_one_or_none()
    if taken is None:
        raise NumbersUsedUp(queue=queue_id, last_number=last_number)
    return int(taken) - 1


def add_visit(
    session: Session,
    hall_id: HallId,
    service_ids: Sequence[ServiceId],
    *,
    token_hash: bytes,
    reference: Any,
    at: datetime,
) -> tuple[VisitId, list[Any]]:
    """Write a visit with one leg a service and return its id and the legs' ids in order."""
    visit_id = VisitId(uuid7())
    session.execute(
        insert(visits).values(
            id=visit_id, hall_id=hall_id, token_hash=token_hash, reference=reference, created_at=at
        )
    )
    leg_ids = [uuid7() for _ in service_ids]
    session.execute(
        insert(legs),
        [
            {"id": leg_id, "visit_id": visit_id, "position": position, "service_id": service_id}
            for position, (leg_id, service_id) in enumerate(zip(leg_ids, service_ids, strict=True))
        ],
    )
    return visit_id, leg_ids


def add_ticket(session: Session, new: Ticket, *, by: Actor, precision_s: float = 0.0) -> None:
    """Write a new ticket and the first line of its log, which may know the arrival but to some seconds."""
    session.execute(
        insert(tickets).values({name: getattr(new, name) for name in Ticket.__dataclass_fields__})
    )
    append_log(session, new, ISSUE, at=new.arrived_at, by=by, precision_s=precision_s)
    _note_who_saw(session, new, ISSUE, at=new.arrived_at, by=by)


def append_log(
    session: Session,
    of: Ticket,
    what: str,
    *,
    at: datetime,
    by: Actor,
    window_id: WindowId | None = None,
    precision_s: float = 0.0,
    reason: str | None = None,
    delivered: Delivered | None = None,
    word: Word | None = None,
) -> None:
    """Append a line to the ticket log; ``word`` says that a desk told the instant, and how sure it is."""
    session.execute(
        insert(log).values(
            hall_id=of.hall_id,
            ticket_id=of.id,
            queue_id=of.queue_id,
            what=what,
            at=at,
            precision_s=word.precision.total_seconds() if word else precision_s,
            role=by.role.value,
            actor_id=by.id,
            window_id=window_id,
            source="live",
            reason=reason,
            asked_id=delivered.asked_id if delivered else None,
            delivered_id=delivered.service_id if delivered else None,
            done_as_well=stored(delivered.as_well) if delivered else None,
            session=(origin_of(session).session or None) if by.role in STAFF_ROLES else None,
            told=DESK if word else None,
            began_at=word.began_at if word else None,
        )
    )


def move(
    session: Session,
    own: Ticket,
    action: TicketAction,
    *,
    at: datetime,
    by: Actor,
    delivered: Delivered | None = None,
    word: Word | None = None,
    **changes: Any,
) -> Ticket:
    """Take a ticket through the transition table, log it, and return it as it stands then.

    ``delivered`` is what the move says about the services that were done; the log keeps it. ``word``: a
    desk that worked without connection told ``at``.
    The update is conditional on the status that was read: should a rival have moved the ticket in
    spite of the lock, nothing is written and ``NotPossibleNow`` is raised.
    """
    target = TRANSITIONS.get((own.status, action))
    if target is None:
        raise NotPossibleNow(action=action, status=own.status, ticket=own.label)
    if delivered is not None:
        done = {"delivered_id": delivered.service_id, "done_as_well": stored(delivered.as_well)}
        changes = {**done, **changes}
    meant = own.for_window_id if action in _KEEP_THEIR_WINDOW else None
    plain = {"status": target, "changed_at": at, **_GONE_WITH_A_MOVE, "for_window_id": meant}
    row = session.execute(
        update(tickets)
        .where(tickets.c.id == own.id, tickets.c.status == own.status)
        .values({**plain, **changes})
        .returning(tickets)
    ).one_or_none()
    if row is None:
        raise NotPossibleNow(action=action, ticket=own.label)
    append_log(
        session, own, action.value, at=at, by=by, window_id=changes.get("window_id") or own.window_id,
        reason=changes.get("park_reason"), delivered=delivered, word=word,
    )  # fmt: skip
    _note_who_saw(session, own, action.value, at=at, by=by)
    return _ticket(row)


@dataclass(frozen=True, slots=True)
class LoggedMove:
    """A line of a ticket's log: what was done to it when and by whom, its queue then, services done."""

    what: str
    queue_id: QueueId
    at: datetime
    delivered_id: ServiceId | None
    done_as_well: list[str] | None
    actor_id: UUID | None


def moves_of(session: Session, ticket_id: TicketId) -> list[LoggedMove]:
    """Return a ticket's log in order; it begins with its issue."""
    columns = [log.c[name] for name in LoggedMove.__dataclass_fields__]
    asked = select(*columns).where(log.c.ticket_id == ticket_id).order_by(log.c.id)
    return [LoggedMove(*row) for row in session.execute(asked)]


def let_others_call(session: Session, window_id: WindowId) -> None:
    """Let whoever waits for this window alone be called by all that serve their queue."""
    session.execute(update(tickets).where(tickets.c.for_window_id == window_id).values(for_window_id=None))


def has_moved(session: Session, ticket_id: TicketId, action: TicketAction) -> bool:
    """Return whether an action was ever done to a ticket."""
    found = select(log.c.id).where(log.c.ticket_id == ticket_id, log.c.what == action.value).limit(1)
    return session.execute(found).one_or_none() is not None


def _note_who_saw(session: Session, own: Ticket, what: str, *, at: datetime, by: Actor) -> None:
    """Note once whom of the staff a person's ticket lay before; each change itself stands in the log."""
    if by.role in STAFF_ROLES:
        look(
            session, f"ticket.{what}", by=by, hall_id=own.hall_id, at=at,
            subject=str(own.id), detail={"number": own.label},
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class VisitServices:
    """The services of a visit by (code, Chinese name, English name) in leg order; ``at`` is the one
    that a ticket is for.
    """

    names: tuple[tuple[str, str, str], ...]
    at: int


def services_around(session: Session, leg_ids: Iterable[Any]) -> dict[Any, VisitServices]:
    """Return the services of the visit that each leg belongs to, in one statement for however many legs."""
    own = legs.alias("own")
    rows = session.execute(
        select(own.c.id, own.c.position, services.c.code, services.c.name_zh, services.c.name_en)
        .join(legs, legs.c.visit_id == own.c.visit_id)
        .join(services, services.c.id == legs.c.service_id)
        .where(own.c.id.in_(list(leg_ids)))
        .order_by(own.c.id, legs.c.position)
    )
    return {
        leg_id: VisitServices(tuple((row.code, row.name_zh, row.name_en) for row in visit), visit[0].position)
        for leg_id, visit in (
            (leg_id, list(found)) for leg_id, found in groupby(rows, key=lambda row: row.id)
        )
    }


def names_of_services(
    session: Session, service_ids: Iterable[ServiceId]
) -> dict[ServiceId, tuple[str, str, str]]:
    """Return (code, Chinese name, English name) of services; without a read where there are none."""
    wanted = set(service_ids)
    if not wanted:
        return {}
    columns = services.c.id, services.c.code, services.c.name_zh, services.c.name_en
    rows = session.execute(select(*columns).where(services.c.id.in_(wanted)))
    return {ServiceId(row.id): (row.code, row.name_zh, row.name_en) for row in rows}


def asked_in(session: Session, leg_id: Any) -> ServiceId:
    """Return the service that a leg of a visit asked for."""
    return ServiceId(session.execute(select(legs.c.service_id).where(legs.c.id == leg_id)).scalar_one())


def next_leg(session: Session, leg_id: Any) -> tuple[Any, ServiceId, VisitId] | None:
    """Return (leg, service, visit) of the leg after this one, or None at the end of the visit."""
    own = session.execute(select(legs.c.visit_id, legs.c.position).where(legs.c.id == leg_id)).one()
    row = session.execute(
        select(legs.c.id, legs.c.service_id, legs.c.visit_id).where(
            legs.c.visit_id == own.visit_id, legs.c.position == own.position + 1
        )
    ).one_or_none()
    return None if row is None else (row.id, row.service_id, row.visit_id)


def told(
    session: Session, ticket_id: TicketId, ahead: int, ranges: tuple[float | None, float | None, float | None]
) -> None:
    """Store what a person was told when the ticket was issued: without it nobody can check promises."""
    said = {"told_ahead": ahead, "told_p10": ranges[0], "told_p50": ranges[1], "told_p90": ranges[2]}
    assert touched(session, update(tickets).where(tickets.c.id == ticket_id).values(**said)) == 1
