"""What a citizen can expect of one hall: when they would be done by walking in, and by the next free slot."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING

from geo.errors import ImpossibleWait
from geo.rules.leaving import leave_by

if TYPE_CHECKING:
    from collections.abc import Iterable

    from geo.rules.coordinates import Position
    from geo.rules.travel import TravelRange

ZERO = timedelta(0)


class Opening(StrEnum):
    """A hall's state at the moment of arrival."""

    OPEN = "open"
    OPENS_LATER = "opens-later"
    CLOSED = "closed-today"


class Standing(IntEnum):
    """Rank class; a hall never stands above one of a lower number, whatever its distance or wait."""

    TODAY = 0
    ANOTHER_DAY = 1
    CLOSED = 2
    CANNOT_DO = 3


class Way(StrEnum):
    """How one gets served."""

    WALK_IN = "walk-in"
    SLOT = "slot"


@dataclass(frozen=True, slots=True)
class Spread:
    """A duration as people are told it: a range with its median. Raises ``ImpossibleWait`` if unordered."""

    p10: timedelta
    p50: timedelta
    p90: timedelta

    def __post_init__(self) -> None:
        if not ZERO <= self.p10 <= self.p50 <= self.p90:
            raise ImpossibleWait(p10=self.p10, p50=self.p50, p90=self.p90)

    @classmethod
    def exactly(cls, duration: timedelta) -> Spread:
        return cls(duration, duration, duration)


NO_WAIT = Spread(ZERO, ZERO, ZERO)


@dataclass(frozen=True, slots=True, kw_only=True)
class HallFacts:
    """The numbers of one hall that the order is made of; the caller has measured or predicted them.

    ``wait`` is the predicted wait of a walk-in from the moment of arrival (from opening, if the hall opens
    later), None if it is not known or not trusted. ``slot_wait`` is the wait after the start of a slot.
    ``next_slot_at`` is the next free slot on any day; one that starts before ``arrives_by`` does not
    count. ``last_start_at`` is the last instant at which a walk-in is still taken to a window today.
    ``numbers_at`` is when walk-ins get numbers again where all up to then are given; ``no_numbers`` says that
    there are none for a walk-in on that day.
    Instants are time-zone aware. ``code`` is unique in a list and breaks every tie.
    """

    code: str
    name_zh: str
    name_en: str
    position: Position
    travel: TravelRange
    wait: Spread | None
    service: Spread
    opening: Opening = Opening.OPEN
    opens_at: datetime | None = None
    last_start_at: datetime | None = None
    can_do: bool = True
    next_slot_at: datetime | None = None
    slot_wait: Spread = NO_WAIT
    numbers_at: datetime | None = None
    no_numbers: bool = False

    @property
    def joins_from(self) -> datetime | None:
        """When the doors open or numbers are given again, the later of the two; None for neither."""
        return max(filter(None, (self.opens_at, self.numbers_at)), default=None)

    def __post_init__(self) -> None:
        if (self.opening is Opening.OPENS_LATER) != (self.opens_at is not None):
            raise ValueError(f"opens_at goes with {Opening.OPENS_LATER.value!r}, and only with it")


def arrives_by(departs_at: datetime, travel: TravelRange) -> datetime:
    """Return the instant before which no slot is offered: a slow trip must still be in time."""
    return departs_at + travel.high


@dataclass(frozen=True, slots=True)
class Outcome:
    """One way of being served: when its service starts as a rule, and when one is done, as a range.

    ``leave_at``: when it is early enough to leave; one who leaves earlier is served no sooner.
    """

    way: Way
    leave_at: datetime
    arrives_at: datetime
    starts_at: datetime
    done_low_at: datetime
    done_at: datetime
    done_high_at: datetime


@dataclass(frozen=True, slots=True)
class Prospect:
    """A hall with what can be expected of it.

    ``done`` is the earlier of the two outcomes. ``order_at`` is the instant the hall is ordered by; it is
    ``done.done_at``, unless ``assumed_wait`` says that an unknown wait was assumed and ``done`` is None.
    """

    hall: HallFacts
    metres: float
    standing: Standing
    walk_in: Outcome | None
    by_slot: Outcome | None
    done: Outcome | None
    order_at: datetime | None
    assumed_wait: timedelta | None = None


def prospect(hall: HallFacts, *, metres: float, departs_at: datetime, unknown_wait: timedelta) -> Prospect:
    """Return what one can expect of ``hall`` when leaving at ``departs_at``.

    A walk-in is done after travel, the wait for opening, the wait and the service; a slot is done after its
    start, its own wait and the service. An unknown wait gives no walk-in outcome to show; to be ordered it
    is assumed to be ``unknown_wait``.
    """
    if not hall.can_do:
        return Prospect(hall, metres, Standing.CANNOT_DO, None, None, None, None)
    walk_in = _walk_in(hall, hall.wait or Spread.exactly(unknown_wait), departs_at)
    by_slot = _by_slot(hall, departs_at)
    standing = _standing(hall, walk_in, by_slot)
    if hall.wait is None and walk_in is not None:
        if by_slot is None or walk_in.done_at < by_slot.done_at:
            return Prospect(hall, metres, standing, None, by_slot, None, walk_in.done_at, unknown_wait)
        walk_in = None
    done = min(filter(None, (walk_in, by_slot)), key=lambda outcome: outcome.done_at, default=None)
    return Prospect(hall, metres, standing, walk_in, by_slot, done, done.done_at if done else None)


def _walk_in(hall: HallFacts, wait: Spread, departs_at: datetime) -> Outcome | None:
    if hall.opening is Opening.CLOSED or hall.no_numbers:
        return None
    begins = hall.joins_from
    low, typical, high = (
        max(departs_at + trip, begins or departs_at)
        for trip in (hall.travel.low, hall.travel.typical, hall.travel.high)
    )
    starts_at = typical + wait.p50
    latest = hall.last_start_at
    if latest is not None and (typical if hall.wait is None else starts_at) > latest:
        return None
    done_at = starts_at + hall.service.p50
    quicker = _together((typical - low, wait.p50 - wait.p10, hall.service.p50 - hall.service.p10))
    slower = _together((high - typical, wait.p90 - wait.p50, hall.service.p90 - hall.service.p50))
    arrives_at = departs_at + hall.travel.typical
    # Who is there before the doors open waits outside; the slow trip comes after them, into the queue.
    leave_at = max(departs_at, begins - hall.travel.typical) if begins else departs_at
    return Outcome(Way.WALK_IN, leave_at, arrives_at, starts_at, done_at - quicker, done_at, done_at + slower)


def _by_slot(hall: HallFacts, departs_at: datetime) -> Outcome | None:
    slot_at = hall.next_slot_at
    if slot_at is None or slot_at < arrives_by(departs_at, hall.travel):
        return None
    starts_at = slot_at + hall.slot_wait.p50
    done_at = starts_at + hall.service.p50
    quicker = _together((hall.slot_wait.p50 - hall.slot_wait.p10, hall.service.p50 - hall.service.p10))
    slower = _together((hall.slot_wait.p90 - hall.slot_wait.p50, hall.service.p90 - hall.service.p50))
    arrives_at = departs_at + hall.travel.typical
    leave_at = max(departs_at, leave_by(slot_at, hall.travel))
    return Outcome(Way.SLOT, leave_at, arrives_at, starts_at, done_at - quicker, done_at, done_at + slower)


def _standing(hall: HallFacts, walk_in: Outcome | None, by_slot: Outcome | None) -> Standing:
    if walk_in is not None:
        return Standing.TODAY
    if by_slot is None:
        return Standing.CLOSED
    latest = hall.last_start_at
    if hall.opening is not Opening.CLOSED and latest is not None and by_slot.starts_at <= latest:
        return Standing.TODAY
    return Standing.ANOTHER_DAY


def _together(deviations: Iterable[timedelta]) -> timedelta:
    """Add independent deviations as their root sum of squares.

    Adding the ends instead would treat a slow trip, a long wait and a slow service as one event: ranges that
    hold 80 % each would add up to one that holds well over 90 %.
    """
    return timedelta(seconds=math.sqrt(sum(each.total_seconds() ** 2 for each in deviations)))
