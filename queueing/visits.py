"""Visits as a whole, for whoever asks about one after its end: by token or by the reference it came with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, select

from kernel.ids import HallId, QueueId, ServiceId, VisitId
from queueing.rules.tickets import ENDINGS, TicketStatus
from queueing.service.issuing import TOKEN_FIELD
from queueing.service.views import view
from queueing.store.tickets import legs, tickets, tickets_of_visit_id, visits

if TYPE_CHECKING:
    from datetime import date, datetime
    from uuid import UUID

    from sqlmodel import Session

    from kernel.secrets import Vault
    from queueing.service.views import TicketView


@dataclass(frozen=True, slots=True)
class ServedVisit:
    """A visit that was served to its end; queue, service and day are those with which it ended."""

    id: VisitId
    hall_id: HallId
    queue_id: QueueId
    service_id: ServiceId
    day: date
    ended_at: datetime


@dataclass(frozen=True, slots=True)
class VisitNow:
    """A visit with the ticket that counts now: the one that is alive, else the last."""

    id: VisitId
    reference: UUID | None
    ticket: TicketView
    over: bool


def visit_now(session: Session, visit_id: VisitId, *, now: datetime) -> VisitNow | None:
    """Return how a visit stands, with place and wait while it waits; None for one that is not there."""
    found = tickets_of_visit_id(session, visit_id)
    if not found:
        return None
    alive = [own for own in found if own.status not in ENDINGS]
    reference = session.execute(select(visits.c.reference).where(visits.c.id == visit_id)).scalar_one()
    ticket = view(session, alive[0] if alive else found[-1], now=now)
    return VisitNow(visit_id, reference, ticket, over=not alive)


def visit_by_token(session: Session, token: str, *, vault: Vault) -> VisitId | None:
    """Return the visit whose holder has this token, or None."""
    return _visit(session, visits.c.token_hash == vault.digest(token, field=TOKEN_FIELD))


def visit_by_reference(session: Session, reference: UUID) -> VisitId | None:
    """Return the visit that came of what the reference names, or None while nobody has come."""
    return _visit(session, visits.c.reference == reference)


def _visit(session: Session, which: Any) -> VisitId | None:
    found = session.execute(select(visits.c.id).where(which).order_by(visits.c.id.desc()).limit(1))
    visit_id = found.scalar_one_or_none()
    return None if visit_id is None else VisitId(visit_id)


def lock_visit(session: Session, visit_id: VisitId) -> None:
    """Lock a visit until the transaction ends.

    Whoever writes the one thing that a visit has once takes it first. Without it two devices of one person
    both find nothing written and both write. The live queue never takes it, so nobody in the hall waits.
    """
    session.execute(select(visits.c.id).where(visits.c.id == visit_id).with_for_update()).one()


def served_visit(session: Session, visit_id: VisitId) -> ServedVisit | None:
    """Return a visit if it was served to its end: no ticket of it is alive, and the last one is finished."""
    rows = session.execute(
        select(
            *(tickets.c.hall_id, tickets.c.queue_id, legs.c.service_id, tickets.c.day),
            *(tickets.c.changed_at, tickets.c.status),
        )
        .join(legs, legs.c.id == tickets.c.leg_id)
        .where(legs.c.visit_id == visit_id)
        .order_by(legs.c.position, tickets.c.arrived_at)
    ).all()
    if not rows or any(row.status not in ENDINGS for row in rows):
        return None
    last = rows[-1]
    if last.status != TicketStatus.FINISHED:
        return None
    return ServedVisit(visit_id, last.hall_id, last.queue_id, last.service_id, last.day, last.changed_at)


def served_visits(first: date, last: date, hall_id: HallId | None) -> Any:
    """Return the served visits of these local dates as a statement: visit_id, hall, queue, service, day.

    A visit's last ticket is the one without a ticket of a later leg beside it.
    """
    later_leg, later = legs.alias("later_leg"), tickets.alias("later")
    went_on = exists().where(
        later_leg.c.visit_id == legs.c.visit_id,
        later_leg.c.position > legs.c.position,
        later.c.leg_id == later_leg.c.id,
    )
    statement = (
        select(
            *(legs.c.visit_id, tickets.c.hall_id, tickets.c.queue_id, legs.c.service_id, tickets.c.day),
        )
        .join(legs, legs.c.id == tickets.c.leg_id)
        .where(tickets.c.day.between(first, last), tickets.c.status == TicketStatus.FINISHED, ~went_on)
    )
    return statement if hall_id is None else statement.where(tickets.c.hall_id == hall_id)
