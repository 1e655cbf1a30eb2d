"""The relay's side of the outbox: unpublished rows in id order, marked once the bus has them.

Never a "last id": ids are handed out before commit, so a slow transaction would be skipped. Only one
relay works at a time (a leader lock); several would overtake each other inside a hall.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select, update

from kernel.deleting import delete_some
from kernel.events import EventFrame
from kernel.work_tables import OutboxRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlmodel import Session

_table = OutboxRow.__table__

KEPT_FOR = timedelta(hours=26)  # a display that slept through a day refetches its board anyway


def unpublished(session: Session, *, limit: int = 500) -> list[tuple[int, EventFrame]]:
    """Return the oldest events that the bus has not had, in id order."""
    rows = session.execute(
        select(_table).where(_table.c.published_at.is_(None)).order_by(_table.c.id).limit(limit)
    )
    return [
        (
            row.id,
            EventFrame(hall_id=row.hall_id, seq=row.seq, kind=row.kind, at=row.at, payload=row.payload),
        )
        for row in rows
    ]


def unpublished_since(session: Session) -> tuple[int, datetime | None]:
    """Return how many events the bus has not had, and since when the oldest of them waits."""
    found = select(func.count(), func.min(_table.c.at)).where(_table.c.published_at.is_(None))
    count, oldest = session.execute(found).one()
    return count, oldest


def mark_published(session: Session, ids: Sequence[int], at: datetime) -> None:
    """Note that the bus took these events."""
    session.execute(update(_table).where(_table.c.id.in_(ids)).values(published_at=at))


def forget_published(session: Session, now: datetime) -> int:
    """Delete some events that were published long ago and return how many."""
    return delete_some(session, _table, _table.c.published_at < now - KEPT_FOR)
