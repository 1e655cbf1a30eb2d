"""What changes by the day and is asked for all the time: queues and opening calendars, kept in memory.

Read again after ``FRESH_FOR_S`` seconds: an edit of the catalogue shows within this time. For estimates
only; whoever opens a door, issues a ticket or takes a place reads the database.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from kernel import catalogue
from kernel.clock import monotonic

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Engine
    from sqlmodel import Session

    from kernel.calendar import OpeningCalendar
    from kernel.catalogue import HallQueue
    from kernel.ids import HallId, QueueId

FRESH_FOR_S = 60.0


class _Standing:
    """The queues and calendars of one database that were read lately."""

    def __init__(self) -> None:
        self.queues: dict[QueueId, HallQueue] = {}
        self.calendars: dict[HallId, OpeningCalendar] = {}
        self.since_s = monotonic()


_known: WeakKeyDictionary[Engine, _Standing] = WeakKeyDictionary()


def _standing(session: Session) -> _Standing:
    engine = session.get_bind().engine
    known = _known.get(engine)
    if known is None or monotonic() - known.since_s > FRESH_FOR_S:
        known = _known[engine] = _Standing()
    return known


def queues_by_id(session: Session, queue_ids: Collection[QueueId]) -> dict[QueueId, HallQueue]:
    """Return these queues by id; unknown ones are left out."""
    known = _standing(session).queues
    missing = [queue_id for queue_id in queue_ids if queue_id not in known]
    if missing:
        known.update(catalogue.queues_by_id(session, missing))
    return {queue_id: known[queue_id] for queue_id in queue_ids if queue_id in known}


def calendars(session: Session, hall_ids: Collection[HallId]) -> dict[HallId, OpeningCalendar]:
    """Return the opening calendars of several halls; raises ``HallNotFound``."""
    known = _standing(session).calendars
    missing = [hall_id for hall_id in hall_ids if hall_id not in known]
    if missing:
        known.update(catalogue.calendars(session, missing))
    return {hall_id: known[hall_id] for hall_id in hall_ids}
