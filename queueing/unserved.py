"""Queues that the window plans leave without a window of their own while the hall is open."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kernel import catalogue
from queueing.store.plans import plan_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import time

    from sqlmodel import Session

    from kernel.calendar import OpeningCalendar
    from kernel.catalogue import Hall, HallQueue
    from kernel.ids import QueueId

SEEN_FROM_MINUTES = 15  # a shorter gap is over before anybody notices, and plans end on quarter hours


@dataclass(frozen=True, slots=True)
class Unserved:
    """A queue with services and no primary window for so many minutes of a weekday's opening (0 = Monday)."""

    hall: Hall
    queue: HallQueue
    weekday: int
    minutes: int
    open_minutes: int

    @property
    def all_day(self) -> bool:
        return self.minutes == self.open_minutes


def unserved_queues(session: Session) -> list[Unserved]:
    """Return what the plans that come again leave without a window, by hall, weekday and queue."""
    halls = [hall for hall in catalogue.halls(session) if hall.kind == "hall"]
    calendars = catalogue.calendars(session, [hall.id for hall in halls])
    return [found for hall in halls for found in _in_hall(session, hall, calendars[hall.id])]


def _in_hall(session: Session, hall: Hall, calendar: OpeningCalendar) -> Iterable[Unserved]:
    offered = {offer.queue_id for offer in catalogue.offers_in(session, hall.id)}
    queues = [queue for queue in catalogue.queues(session, hall.id) if queue.id in offered]
    for weekday, spans in sorted(calendar.hours.items()):
        opening = [(_minute(opens), _minute(closes)) for opens, closes in spans]
        served: defaultdict[QueueId, list[tuple[float, float]]] = defaultdict(list)
        for entry in plan_of(session, hall.id, weekday).entries:
            if not entry.helping:
                served[entry.queue_id].append((entry.from_minute, entry.to_minute))
        total = sum(closes - opens for opens, closes in opening)
        for queue in queues:
            missing = uncovered(opening, served[queue.id])
            if missing >= SEEN_FROM_MINUTES:
                yield Unserved(hall, queue, weekday, int(missing), total)


def uncovered(opening: Sequence[tuple[float, float]], served: Sequence[tuple[float, float]]) -> float:
    """Return the minutes of the opening that no span covers.

    >>> uncovered([(510, 720), (840, 1050)], [(510, 900), (600, 1000)])
    50.0
    """
    return sum(closes - opens - _covered(opens, closes, served) for opens, closes in opening)


def _covered(opens: float, closes: float, served: Sequence[tuple[float, float]]) -> float:
    covered, reached = 0.0, opens
    for begins, ends in sorted(served):
        begins, ends = max(begins, reached), min(ends, closes)
        if ends > begins:
            covered += ends - begins
            reached = ends
    return covered


def _minute(at: time) -> int:
    return at.hour * 60 + at.minute
