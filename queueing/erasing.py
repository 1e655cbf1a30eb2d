"""What leads from a visit to a person is erased: its link and the answers stored for it.

The tickets, their log and the facts stay as they are: they never held a person, and every report counts
them. A visit with a ticket that is still alive is never touched.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, exists, select, update

from kernel.erasure import leave_word
from kernel.idempotency import forget_answers
from kernel.ids import VisitId
from queueing.rules.tickets import ENDINGS
from queueing.tables import TicketRow, VisitLegRow, VisitRow
from queueing.wait_tables import ShownWaitRow

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date, datetime
    from uuid import UUID

    from sqlmodel import Session

    from kernel.ids import HallId

_visits = VisitRow.__table__
_legs = VisitLegRow.__table__
_tickets = TicketRow.__table__
_shown = ShownWaitRow.__table__

_ALIVE = exists(
    select(_tickets.c.id)
    .join(_legs, _legs.c.id == _tickets.c.leg_id)
    .where(_legs.c.visit_id == _visits.c.id, _tickets.c.status.not_in(ENDINGS))
)


def erase_visits(
    session: Session, hall_id: HallId, *, before: datetime, on: date, limit: int
) -> list[VisitId]:
    """Erase the links of a hall's oldest visits from before an instant, at most ``limit``; return which."""
    found = session.execute(
        select(_visits.c.id, _visits.c.token_hash)
        .where(
            _visits.c.hall_id == hall_id,
            _visits.c.token_hash.is_not(None),
            _visits.c.created_at < before,
            ~_ALIVE,
        )
        .order_by(_visits.c.created_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    return _erase(session, found, on)


def visits_due(session: Session, hall_id: HallId, *, before: datetime) -> bool:
    """Return whether a hall has a visit whose link is to be erased."""
    found = session.execute(
        select(_visits.c.id)
        .where(
            _visits.c.hall_id == hall_id,
            _visits.c.token_hash.is_not(None),
            _visits.c.created_at < before,
            ~_ALIVE,
        )
        .limit(1)
    )
    return found.one_or_none() is not None


def erase_visits_of(session: Session, references: Collection[UUID], on: date) -> list[VisitId]:
    """Erase the links of the visits that these appointments became, and return which."""
    found = session.execute(
        select(_visits.c.id, _visits.c.token_hash).where(
            _visits.c.reference.in_(references), _visits.c.token_hash.is_not(None), ~_ALIVE
        )
    ).all()
    return _erase(session, found, on)


def alive_among(session: Session, references: Collection[UUID]) -> set[UUID]:
    """Return those of these appointments that became a visit with a ticket that is not at its end."""
    found = session.execute(select(_visits.c.reference).where(_visits.c.reference.in_(references), _ALIVE))
    return set(found.scalars())


def visits_of(session: Session, reference: UUID) -> list[VisitId]:
    """Return the visits that an appointment became: one, or none."""
    found = session.execute(select(_visits.c.id).where(_visits.c.reference == reference))
    return [VisitId(own) for own in found.scalars()]


def tickets_of(session: Session, reference: UUID) -> list[dict[str, Any]]:
    """Return what is kept of the tickets that an appointment became, for whoever asks what is kept."""
    rows = session.execute(
        select(
            _tickets.c.label, _tickets.c.day, _tickets.c.status, _tickets.c.arrived_at, _tickets.c.called_at
        )
        .join(_legs, _legs.c.id == _tickets.c.leg_id)
        .join(_visits, _visits.c.id == _legs.c.visit_id)
        .where(_visits.c.reference == reference)
        .order_by(_legs.c.position)
    )
    return [dict(row._mapping) for row in rows]


def _erase(session: Session, found: Sequence[Any], on: date) -> list[VisitId]:
    visits = [VisitId(row.id) for row in found]
    if not visits:
        return []
    tickets = session.execute(
        select(_tickets.c.id).join(_legs, _legs.c.id == _tickets.c.leg_id).where(_legs.c.visit_id.in_(visits))
    ).scalars()
    session.execute(update(_visits).where(_visits.c.id.in_(visits)).values(token_hash=None))
    leave_word(session, [row.token_hash for row in found], on)
    subjects = list(tickets)
    forget_answers(session, subjects)
    session.execute(delete(_shown).where(_shown.c.subject.in_(subjects)))
    return visits
