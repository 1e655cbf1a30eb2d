"""Visits as a whole, for whoever asks about one after its end: by token or by the reference it came with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, func, select

from kernel.ids import HallId, QueueId, ServiceId, TicketId, VisitId
from kernel.tables import ServiceRow
from queueing.errors import TicketNotFound
from queueing.estimate import estimates_in_line
from queueing.rules.tickets import ENDINGS, TicketStatus
from queueing.service.issuing import TOKEN_FIELD
from queueing.service.views import view
from queueing.store.tickets import (
    Ticket,
    legs,
    places_in,
    tickets,
    tickets_of_visit_id,
    tickets_of_visits,
    visits,
)
from queueing.trust import withheld_of

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date, datetime
    from uuid import UUID

    from sqlmodel import Session

    from kernel.secrets import Vault
    from queueing.rules.waits import WaitRange
    from queueing.service.views import TicketView

_services = ServiceRow.__table__
_SERVED = (TicketStatus.FINISHED, TicketStatus.SERVED_ON_PAPER)
_DONE = func.coalesce(tickets.c.delivered_id, legs.c.service_id).label("service_id")


@dataclass(frozen=True, slots=True)
class ServedVisit:
    """A visit that was served to its end; queue, service and day are those with which it ended.

    The service is the one that was done, where it was another than the one asked for.
    """

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


@dataclass(frozen=True, slots=True)
class VisitOfTicket:
    """The visit of a ticket: what it came of, if of anything, and the codes of its services in leg order."""

    id: VisitId
    reference: UUID | None
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """The ticket that counts now of a visit, as in ``VisitNow``."""

    ticket: Ticket
    over: bool


@dataclass(frozen=True, slots=True)
class InLine:
    """The place of a ticket that waits, and the wait that is told; None while it is withheld or unknown."""

    people_ahead: int
    wait: WaitRange | None


def visit_now(session: Session, visit_id: VisitId, *, now: datetime) -> VisitNow | None:
    """Return how a visit stands, with place and wait while it waits; None for one that is not there."""
    found = tickets_of_visit_id(session, visit_id)
    if not found:
        return None
    own = _standing(found)
    reference = session.execute(select(visits.c.reference).where(visits.c.id == visit_id)).scalar_one()
    return VisitNow(visit_id, reference, view(session, own.ticket, now=now), over=own.over)


def visit_of_ticket(session: Session, ticket_id: TicketId) -> VisitOfTicket:
    """Return the visit that a ticket belongs to."""
    row = session.execute(
        select(visits.c.id, visits.c.reference)
        .join(legs, legs.c.visit_id == visits.c.id)
        .join(tickets, tickets.c.leg_id == legs.c.id)
        .where(tickets.c.id == ticket_id)
    ).one()
    codes = session.execute(
        select(_services.c.code)
        .join(legs, legs.c.service_id == _services.c.id)
        .where(legs.c.visit_id == row.id)
        .order_by(legs.c.position)
    ).scalars()
    return VisitOfTicket(VisitId(row.id), row.reference, tuple(codes))


def visits_standing(session: Session, visit_ids: Collection[VisitId]) -> dict[VisitId, Standing]:
    """Return how many visits stand, without what their holders read; those without a ticket are left out."""
    return {visit_id: _standing(found) for visit_id, found in tickets_of_visits(session, visit_ids).items()}


def _standing(found: list[Ticket]) -> Standing:
    alive = [own for own in found if own.status not in ENDINGS]
    return Standing(alive[0] if alive else found[-1], over=not alive)


def lines_of(session: Session, waiting: Collection[Ticket], *, now: datetime) -> dict[TicketId, InLine]:
    """Return the places and waits of many tickets that wait, as their holders read them, at once."""
    places = places_in(session, {own.queue_id for own in waiting})
    here = {own.id: (own.queue_id, places[own.id]) for own in waiting if own.id in places}
    withheld = withheld_of(session, {queue_id for queue_id, _ in here.values()})
    told = {place for place in here.values() if place[0] not in withheld}
    waits = estimates_in_line(session, told, now=now)
    return {ticket_id: InLine(place[1], waits.get(place)) for ticket_id, place in here.items()}


def reference_of_ticket(session: Session, hall_id: HallId, ticket_id: TicketId) -> UUID | None:
    """Return what the visit of a hall's ticket came of, by its opaque reference; None for who just came.

    Raises ``TicketNotFound``.
    """
    found = session.execute(
        select(visits.c.reference)
        .join(legs, legs.c.visit_id == visits.c.id)
        .join(tickets, tickets.c.leg_id == legs.c.id)
        .where(tickets.c.id == ticket_id, tickets.c.hall_id == hall_id)
    ).one_or_none()
    if found is None:
        raise TicketNotFound(ticket=ticket_id)
    reference: UUID | None = found.reference
    return reference


def visit_by_token(session: Session, token: str, *, vault: Vault) -> VisitId | None:
    """Return the visit whose holder has this token, or None."""
    return _visit(session, visits.c.token_hash == vault.digest(token, field=TOKEN_FIELD))


def visit_by_reference(session: Session, reference: UUID) -> VisitId | None:
    """Return the visit that came of what the reference names, or None while nobody has come."""
    return _visit(session, visits.c.reference == reference)


def visits_of_references(session: Session, references: Collection[UUID]) -> dict[UUID, VisitId]:
    """Return the visits that came of these references, where somebody has come."""
    rows = session.execute(
        select(visits.c.reference, visits.c.id)
        .where(visits.c.reference.in_(references))
        .order_by(visits.c.id)
    )
    return {row.reference: VisitId(row.id) for row in rows}


def never_reached(session: Session, references: Collection[UUID]) -> set[UUID]:
    """Return those of these references whose visit ended with somebody called who never answered.

    Who was served one of several services was reached, as whoever came to the hall has come.
    """
    rows = session.execute(
        select(visits.c.reference, tickets.c.status)
        .join(legs, legs.c.visit_id == visits.c.id)
        .join(tickets, tickets.c.leg_id == legs.c.id)
        .where(visits.c.reference.in_(references), tickets.c.status.in_((TicketStatus.NEVER_CAME, *_SERVED)))
    ).all()
    reached = {row.reference for row in rows if row.status in _SERVED}
    return {row.reference for row in rows} - reached


def services_of_visits(
    session: Session, visit_ids: Collection[VisitId]
) -> dict[VisitId, list[tuple[str, str]]]:
    """Return the Chinese and English names of what each of these visits is for, in leg order."""
    rows = session.execute(
        select(legs.c.visit_id, _services.c.name_zh, _services.c.name_en)
        .join(_services, _services.c.id == legs.c.service_id)
        .where(legs.c.visit_id.in_(visit_ids))
        .order_by(legs.c.visit_id, legs.c.position)
    )
    found: dict[VisitId, list[tuple[str, str]]] = {}
    for row in rows:
        found.setdefault(VisitId(row.visit_id), []).append((row.name_zh, row.name_en))
    return found


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
            *(tickets.c.hall_id, tickets.c.queue_id, _DONE, tickets.c.day),
            *(tickets.c.changed_at, tickets.c.status),
        )
        .join(legs, legs.c.id == tickets.c.leg_id)
        .where(legs.c.visit_id == visit_id)
        .order_by(legs.c.position, tickets.c.arrived_at, tickets.c.id)
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
            *(legs.c.visit_id, tickets.c.hall_id, tickets.c.queue_id, _DONE, tickets.c.day),
        )
        .join(legs, legs.c.id == tickets.c.leg_id)
        .where(tickets.c.day.between(first, last), tickets.c.status == TicketStatus.FINISHED, ~went_on)
    )
    return statement if hall_id is None else statement.where(tickets.c.hall_id == hall_id)
