"""Who is expected: rows that promise an arrival, so that forecasts never ask who promised it."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from kernel.inserting import insert_into
from queueing.tables import ExpectedArrivalRow

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from sqlmodel import Session

    from kernel.ids import QueueId

PAST_KEPT_FOR = timedelta(days=2)  # so long a booking may still be marked as a no-show

_expected = ExpectedArrivalRow.__table__

FURTHEST = timedelta(hours=12)


def expect(
    session: Session, reference: UUID, queue_id: QueueId, due_at: datetime, show_probability: float
) -> None:
    """Note that ``reference`` is expected in a queue at an instant; a second word replaces the first."""
    statement = insert_into(session, _expected).values(
        reference=reference, queue_id=queue_id, due_at=due_at, show_probability=show_probability
    )
    session.execute(
        statement.on_conflict_do_update(
            index_elements=[_expected.c.reference, _expected.c.queue_id],
            set_={"due_at": due_at, "show_probability": show_probability},
        )
    )


def forget_expected(session: Session, reference: UUID) -> None:
    """Expect this reference no longer: it came, was cancelled or moved."""
    session.execute(delete(_expected).where(_expected.c.reference == reference))


def booked_before(
    session: Session, until: Mapping[QueueId, datetime], *, now: datetime
) -> dict[QueueId, float]:
    """Return how many booked people are expected in each queue between now and its instant."""
    until = {queue_id: min(at, now + FURTHEST) for queue_id, at in until.items()}
    latest = max(until.values(), default=now)
    if latest <= now:
        return {}
    rows = session.execute(
        select(_expected.c.queue_id, _expected.c.due_at, _expected.c.show_probability).where(
            _expected.c.queue_id.in_(until), _expected.c.due_at > now, _expected.c.due_at <= latest
        )
    )
    booked: defaultdict[QueueId, float] = defaultdict(float)
    for row in rows:
        if row.due_at <= until[row.queue_id]:
            booked[row.queue_id] += row.show_probability
    return booked


def forget_past(session: Session, now: datetime) -> None:
    """Remove arrivals that were due so long ago that nobody counts them; the sweeper may be late."""
    session.execute(delete(_expected).where(_expected.c.due_at < now - PAST_KEPT_FOR))
