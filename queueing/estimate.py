"""Wait estimates for the API: what people are told, and what the ranking orders by.

Published waits of the estimator process are served while they are fresh (``queueing.served``); whenever
they are missing or old, and for another day, the drain formula answers (``queueing.drained``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from queueing import drained, standing
from queueing.rules.published import DRAIN, FURTHEST_MINUTES, Stretch
from queueing.served import served
from queueing.store import waiting_counts

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from sqlmodel import Session

    from kernel.calendar import OpeningCalendar
    from kernel.catalogue import HallQueue
    from kernel.ids import HallId, QueueId
    from queueing.drained import Place
    from queueing.rules.published import QueueWaits
    from queueing.rules.waits import WaitRange


@dataclass(frozen=True, slots=True)
class Ask:
    """Somebody would join this queue at an instant (now or later)."""

    queue_id: QueueId
    at: datetime


@dataclass(frozen=True, slots=True)
class QueueOutlook:
    """How many wait now, and the wait of whoever joins at the asked instant; None where unknown."""

    waiting: int
    wait: WaitRange | None
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Promise:
    """A wait as it is told, ``by`` which estimator, and how calibration had stretched it."""

    wait: WaitRange | None
    by: str
    stretch: Stretch


def estimate_on_arrival(
    session: Session, asks: Sequence[Ask], *, now: datetime
) -> dict[QueueId, QueueOutlook]:
    """Return for each queue the wait of whoever joins it at the asked instant, in a few statements."""
    queue_ids = {ask.queue_id for ask in asks}
    queues = standing.queues_by_id(session, queue_ids)
    hall_ids = {queue.hall_id for queue in queues.values()}
    calendars = standing.calendars(session, hall_ids)
    waiting = waiting_counts(session, queue_ids)
    published = {
        ask.queue_id: own
        for ask in asks
        if (own := _published(ask, queues, calendars, now))
        and own.tells_of_joining(waiting.get(ask.queue_id, 0))
    }
    unsaid = {ask.queue_id: ask.at for ask in asks if ask.queue_id not in published}
    rest = drained.on_arrival(session, unsaid, queues, calendars, waiting, now) if unsaid else {}
    return {
        ask.queue_id: QueueOutlook(
            waiting.get(ask.queue_id, 0),
            published[ask.queue_id].at(waiting.get(ask.queue_id, 0), (ask.at - now).total_seconds() / 60)
            if ask.queue_id in published
            else rest[ask.queue_id],
            now,
        )
        for ask in asks
    }


def _published(
    ask: Ask,
    queues: Mapping[QueueId, HallQueue],
    calendars: Mapping[HallId, OpeningCalendar],
    now: datetime,
) -> QueueWaits | None:
    """Return what the estimator says of a queue; None if it says nothing fresh about that instant."""
    hall_id = queues[ask.queue_id].hall_id
    waits = served.get(hall_id, now=now)
    if waits is None or ask.queue_id not in waits.queues:
        return None
    if (ask.at - now).total_seconds() / 60 > FURTHEST_MINUTES:
        return None
    # Outside the opening hours the question is about the next opening, which the drain answers.
    return waits.queues[ask.queue_id] if calendars[hall_id].is_open(ask.at) else None


def estimate_for_ticket(session: Session, queue: HallQueue, *, ahead: int, now: datetime) -> WaitRange | None:
    """Return the wait of somebody who stands in a queue with ``ahead`` people before them."""
    return promise_for_ticket(session, queue, ahead=ahead, now=now).wait


def promise_for_ticket(session: Session, queue: HallQueue, *, ahead: int, now: datetime) -> Promise:
    """Return the same with who made it and how it was calibrated: what is kept with a new ticket."""
    waits = served.get(queue.hall_id, now=now)
    if waits is not None and queue.id in waits.queues and waits.queues[queue.id].tells_of(ahead):
        wait = waits.queues[queue.id].with_ahead(ahead)
        stretch = waits.stretch_of(wait) if wait is not None else Stretch()
        return Promise(wait, waits.estimator, stretch)
    place = queue.id, ahead
    return Promise(drained.in_line(session, [place], {queue.id: queue}, now)[place], DRAIN, Stretch())


def estimates_in_line(
    session: Session, places: Collection[Place], *, now: datetime
) -> dict[Place, WaitRange | None]:
    """Return what ``estimate_for_ticket`` does for many places at once, in a few statements."""
    queues = standing.queues_by_id(session, {queue_id for queue_id, _ in places})
    told: dict[Place, WaitRange | None] = {}
    for queue_id, ahead in places:
        waits = served.get(queues[queue_id].hall_id, now=now)
        if waits is not None and queue_id in waits.queues and waits.queues[queue_id].tells_of(ahead):
            told[queue_id, ahead] = waits.queues[queue_id].with_ahead(ahead)
    return told | drained.in_line(session, [own for own in places if own not in told], queues, now)
