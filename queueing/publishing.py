"""Estimates age, so they are events of their own; a board shows a new one only when it really differs.

What is shown follows ``rules.steady``: the words stand for a minute, and a rise says its reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kernel import catalogue
from kernel.events import lock_hall, record
from queueing import trust
from queueing.estimate import Ask
from queueing.events import EstimatesPublished, QueueEstimate
from queueing.rules.steady import Basis, Shown, band_of, reason_json, steady
from queueing.showing import bases, keep_shown, shown_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlmodel import Session

    from kernel.clock import Clock
    from kernel.ids import HallId, QueueId
    from queueing.rules.waits import WaitRange


@dataclass(frozen=True, slots=True)
class FreshWait:
    """A queue's wait as it would be told, how many wait, and the facts it rests on."""

    queue_id: QueueId
    wait: WaitRange | None
    people: int
    basis: Basis


def fresh_estimates(session: Session, hall_id: HallId, *, now: datetime) -> list[FreshWait] | None:
    """Return the hall's waits if any of them would be shown differently from what boards show, else None."""
    queues = catalogue.queues(session, hall_id)
    outlooks = trust.told_on_arrival(session, [Ask(queue.id, now) for queue in queues], now=now)
    people = {queue_id: outlook.waiting for queue_id, outlook in outlooks.items()}
    facts = bases(session, hall_id, people, now=now)
    fresh = [
        FreshWait(queue_id, outlook.wait, outlook.waiting, facts[queue_id])
        for queue_id, outlook in outlooks.items()
    ]
    return fresh if _changed(session, fresh, now) else None


def publish_estimates(
    session: Session, hall_id: HallId, fresh: Sequence[FreshWait], *, clock: Clock
) -> int | None:
    """Record the waits that boards shall show from now on; return the event's ``seq``.

    None if another process has shown something meanwhile that stands for its minute: it is decided again
    under the hall's lock, so that words never change twice in a minute.
    """
    hall = lock_hall(session, hall_id)
    now = hall.tick(clock)
    changed = _changed(session, fresh, now)
    if not changed:
        return None
    keep_shown(session, hall_id, changed)
    shown = shown_of(session, [own.queue_id for own in fresh], now=now)
    entries = tuple(_entry(own, shown[own.queue_id]) for own in fresh)
    return record(session, hall, EstimatesPublished(queues=entries), at=now)


def _changed(session: Session, fresh: Sequence[FreshWait], now: datetime) -> dict[UUID, Shown]:
    """Return what would be shown anew, by queue."""
    before = shown_of(session, [own.queue_id for own in fresh], now=now)
    after = {
        own.queue_id: steady(before.get(own.queue_id), band_of(own.wait, own.people), own.basis, now=now)
        for own in fresh
    }
    return {queue_id: own for queue_id, own in after.items() if own != before.get(queue_id)}


def _entry(own: FreshWait, shown: Shown) -> QueueEstimate:
    wait, band = own.wait, shown.band
    return QueueEstimate(
        queue_id=own.queue_id,
        p10=wait.p10 if wait else None,
        p50=wait.p50 if wait else None,
        p90=wait.p90 if wait else None,
        low=band.low if band else None,
        high=band.high if band else None,
        since=shown.since,
        reason=reason_json(shown.reason) or None,
    )
