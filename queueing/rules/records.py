"""What a hall's record is: counts of tickets, shares with their intervals, and the spread of waits.

Definitions, the same everywhere. *Wait*: first call minus arrival, of tickets that were called. *Promise
kept*: the wait lay inside the range P10-P90 that the person was told on arrival (the range is built to
hold four times in five). *Left*: given up, never came when called, or unserved at the end of the day, of
tickets that have ended. *Done at once*: served without being sent for papers, of
those served. A share of fewer than ``SMALLEST_CELL`` tickets is not told, and none is told without
its 95 % interval: Wilson's score interval, E. B. Wilson, JASA 22 (1927) 209-212, good for small counts and
for shares near 0 and 1.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from math import sqrt

SMALLEST_CELL = 5  # below it a share would tell about single persons
LONG_WAIT_MINUTES = 20
_Z = 1.959964  # the standard normal's 97.5 % point


@dataclass(frozen=True, slots=True)
class Share:
    """``count`` of ``of`` tickets; ``value`` and its 95 % interval are None where ``of`` is too small."""

    count: int
    of: int

    @property
    def value(self) -> float | None:
        return self.count / self.of if self.of >= SMALLEST_CELL else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Return Wilson's 95 % interval.

        >>> [round(end, 3) for end in Share(8, 10).interval]
        [0.49, 0.943]
        """
        if self.of < SMALLEST_CELL:
            return None
        share, n = self.count / self.of, self.of
        middle = share + _Z**2 / (2 * n)
        half = _Z * sqrt(share * (1 - share) / n + _Z**2 / (4 * n**2))
        scale = 1 + _Z**2 / n
        return max(0.0, (middle - half) / scale), min(1.0, (middle + half) / scale)


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of tickets: issued, called, told a range and called, inside it, above it, and so on."""

    issued: int = 0
    called: int = 0
    told: int = 0
    inside: int = 0
    above: int = 0
    over_long: int = 0
    ended: int = 0
    left: int = 0
    simulated: int = 0
    returns: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(Tally)))


@dataclass(frozen=True, slots=True)
class Record:
    """How a hall did over a period; ``waits`` holds how many waited each whole number of minutes."""

    tally: Tally
    waits: Mapping[int, int]

    @property
    def kept(self) -> Share:
        return Share(self.tally.inside, self.tally.told)

    @property
    def above(self) -> Share:
        return Share(self.tally.above, self.tally.told)

    @property
    def over_long(self) -> Share:
        return Share(self.tally.over_long, self.tally.called)

    @property
    def left(self) -> Share:
        return Share(self.tally.left, self.tally.ended)

    @property
    def at_once(self) -> Share:
        """Visits done in one go, of those that were served: nobody has to come back with papers."""
        served = self.tally.ended - self.tally.left
        return Share(served - self.tally.returns, served)

    @property
    def without_promise(self) -> Share:
        """Tickets that no promise can be judged by: told no range, or never called."""
        return Share(self.tally.issued - self.tally.told, self.tally.issued)

    @property
    def without_wait(self) -> Share:
        """Tickets without a wait: never called, or not yet."""
        return Share(self.tally.issued - self.tally.called, self.tally.issued)

    def wait_minutes(self, part: float) -> int | None:
        """Return the wait, in whole minutes rounded down, that this part of people do not exceed."""
        return minutes_reached(self.waits, part, self.tally.called)


def minutes_reached(people_by_minutes: Mapping[int, int], part: float, of: int) -> int | None:
    """Return the least whole minutes that this part of the people do not exceed, None of too few people.

    >>> minutes_reached({0: 3, 7: 6, 20: 1}, 0.9, 10)
    7
    """
    if of < SMALLEST_CELL:
        return None
    seen = 0
    for minutes, people in sorted(people_by_minutes.items()):
        seen += people
        if seen >= part * of:
            return minutes
    return None


def counted_together(counts: Iterable[Mapping[int, int]]) -> dict[int, int]:
    """Return people by minutes of several counts as one.

    >>> counted_together([{1: 5}, {1: 2, 3: 5}])
    {1: 7, 3: 5}
    """
    total = defaultdict[int, int](int)
    for own in counts:
        for minutes, people in own.items():
            total[minutes] += people
    return dict(total)


def together(records: Iterable[Record]) -> Record:
    """Return several records as one."""
    parts = list(records)
    return Record(
        sum((part.tally for part in parts), Tally()), counted_together(part.waits for part in parts)
    )
