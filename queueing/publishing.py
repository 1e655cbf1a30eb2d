"""Estimates age, so they are events of their own; a board shows a new one only when it really differs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from kernel import catalogue
from kernel.events import lock_hall, record
from kernel.tables import OutboxRow
from queueing import estimate
from queueing.events import EstimatesPublished, QueueEstimate
from queueing.rules.waits import told_minutes

if TYPE_CHECKING:
    from datetime import datetime

    from sqlmodel import Session

    from kernel.clock import Clock
    from kernel.ids import HallId, QueueId
    from queueing.estimate import QueueOutlook

_outbox = OutboxRow.__table__  # type: ignore[attr-defined]


def fresh_estimates(session: Session, hall_id: HallId, *, now: datetime) -> EstimatesPublished | None:
    """Return the hall's waits if any of them would be told differently from what boards show, else None."""
    queues = catalogue.queues(session, hall_id)
    outlooks = estimate.estimate_on_arrival(
        session, [estimate.Ask(queue.id, now) for queue in queues], now=now
    )
    fresh = EstimatesPublished(queues=tuple(_entry(key, outlook) for key, outlook in outlooks.items()))
    return None if _as_told(fresh) == _as_told(_latest(session, hall_id)) else fresh


def publish_estimates(session: Session, hall_id: HallId, fresh: EstimatesPublished, *, clock: Clock) -> int:
    """Record the waits that boards shall show from now on; return the event's ``seq``."""
    hall = lock_hall(session, hall_id)
    return record(session, hall, fresh, at=hall.tick(clock))


def _entry(queue_id: QueueId, outlook: QueueOutlook) -> QueueEstimate:
    if outlook.wait is None:
        return QueueEstimate(queue_id=queue_id)
    wait = outlook.wait
    return QueueEstimate(queue_id=queue_id, p10=wait.p10, p50=wait.p50, p90=wait.p90)


def _latest(session: Session, hall_id: HallId) -> EstimatesPublished | None:
    payload = session.execute(
        select(_outbox.c.payload)
        .where(_outbox.c.hall_id == hall_id, _outbox.c.kind == EstimatesPublished.kind)
        .order_by(_outbox.c.seq.desc())
        .limit(1)
    ).scalar_one_or_none()
    return None if payload is None else EstimatesPublished.model_validate(payload)


def _as_told(published: EstimatesPublished | None) -> dict[object, object]:
    """Return what people would read; None for unknown, so a change of rounding is a change."""
    if published is None:
        return {}
    return {
        queue.queue_id: None if queue.range is None else (told_minutes(queue.range), queue.range.p50 == 0)
        for queue in published.queues
    }
