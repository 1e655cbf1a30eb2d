"""What came of waits, and the links whose time is over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, select, update

from booking.waitlist.store.entries import entries, halls, offers
from kernel.erasure import leave_word
from kernel.idempotency import forget_answers
from kernel.ids import HallId, WaitingId

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlmodel import Session


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one wait; ``offers`` counts the places of any hall that were offered to it."""

    services: tuple[str, ...]
    status: str
    offers: int


def outcomes(session: Session, hall_id: HallId, since: datetime) -> list[Outcome]:
    """Return what came of the waits that named a hall and began since an instant."""
    made = select(offers.c.entry_id, func.count().label("n")).group_by(offers.c.entry_id).subquery("made")
    rows = session.execute(
        select(entries.c.services, entries.c.status, func.coalesce(made.c.n, 0).label("offers"))
        .join(halls, halls.c.entry_id == entries.c.id)
        .outerjoin(made, made.c.entry_id == entries.c.id)
        .where(halls.c.hall_id == hall_id, entries.c.created_at >= since)
    )
    return [Outcome(tuple(row.services), row.status, row.offers) for row in rows]


def _due(hall_id: HallId, before: datetime) -> Any:
    return and_(entries.c.hall_id == hall_id, entries.c.ended_at < before, entries.c.token_hash.is_not(None))


def any_link_due(session: Session, hall_id: HallId, before: datetime) -> bool:
    """Return whether a hall looks after a wait whose link is past its time."""
    return (
        session.execute(select(entries.c.id).where(_due(hall_id, before)).limit(1)).one_or_none() is not None
    )


def erase_links(session: Session, hall_id: HallId, on: date, *, before: datetime, limit: int) -> int:
    """Erase the links of waits that ended before an instant, oldest first, and return how many."""
    found = session.execute(
        select(entries.c.id, entries.c.token_hash)
        .where(_due(hall_id, before))
        .order_by(entries.c.ended_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    return _erase(session, found, on)


def erase_link(session: Session, waiting_id: WaitingId, on: date) -> None:
    """Erase the link of one wait."""
    which = entries.c.id == waiting_id
    _erase(session, session.execute(select(entries.c.id, entries.c.token_hash).where(which)).all(), on)


def _erase(session: Session, found: Sequence[Any], on: date) -> int:
    own = [row.id for row in found]
    leave_word(session, [row.token_hash for row in found], on)
    session.execute(update(entries).where(entries.c.id.in_(own)).values(token_hash=None))
    forget_answers(session, own)
    return len(own)
