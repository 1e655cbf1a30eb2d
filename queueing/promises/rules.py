"""How promises are judged. Definitions, the same on pages, in the API and in exports.

*Promise*: the range P10-P90 that a person was told on taking the ticket, with P50 kept beside it. *Wait*:
first call minus arrival. *Measured*: told a range, and called. *Inside*, *above*, *below*: the wait lay in
the range, over its top, under its foot; about 80 %, 10 % and 10 % are promised. *Bias*: mean of wait minus
P50, positive where people wait longer than told. *Pinball* of a quantile q: the mean of q x (wait - told)
where the wait was longer and (1 - q) x (told - wait) where it was shorter (Koenker & Bassett 1978); the
smaller the better. *Median error*: half of the waits were nearer to P50 than this, in whole minutes rounded
down. *Missing*: tickets that cannot be judged: told nothing, withheld, or never called. Figures of fewer
than ``SMALLEST_CELL`` tickets are not told.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import date, timedelta
from typing import TYPE_CHECKING

from queueing.rules.records import SMALLEST_CELL, Share, counted_together, minutes_reached

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True, slots=True)
class Sums:
    """Sums over tickets; minutes where they are not counts."""

    issued: int = 0
    measured: int = 0
    inside: int = 0
    above: int = 0
    withheld: int = 0
    simulated: int = 0
    late: float = 0.0
    pinball50: float = 0.0
    pinball90: float = 0.0

    def __add__(self, other: Sums) -> Sums:
        return Sums(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(Sums)))


@dataclass(frozen=True, slots=True)
class Promises:
    """A cell of the report; ``errors``: how many waits were so many whole minutes away from P50."""

    sums: Sums = Sums()
    errors: Mapping[int, int] = field(default_factory=dict)

    @property
    def inside(self) -> Share:
        return Share(self.sums.inside, self.sums.measured)

    @property
    def above(self) -> Share:
        return Share(self.sums.above, self.sums.measured)

    @property
    def below(self) -> Share:
        return Share(self.sums.measured - self.sums.inside - self.sums.above, self.sums.measured)

    @property
    def missing(self) -> Share:
        return Share(self.sums.issued - self.sums.measured, self.sums.issued)

    @property
    def bias(self) -> float | None:
        return self._mean(self.sums.late)

    @property
    def pinball50(self) -> float | None:
        return self._mean(self.sums.pinball50)

    @property
    def pinball90(self) -> float | None:
        return self._mean(self.sums.pinball90)

    @property
    def median_error(self) -> int | None:
        return minutes_reached(self.errors, 0.5, self.sums.measured)

    def _mean(self, total: float) -> float | None:
        return total / self.sums.measured if self.sums.measured >= SMALLEST_CELL else None


def together(cells: Iterable[Promises]) -> Promises:
    """Return several cells as one.

    >>> both = together([Promises(Sums(measured=5, inside=4), {1: 5}), Promises(Sums(measured=5), {3: 5})])
    >>> both.inside.value, both.median_error
    (0.4, 1)
    """
    parts = list(cells)
    return Promises(
        sum((part.sums for part in parts), Sums()), counted_together(part.errors for part in parts)
    )


def week_of(day: date) -> date:
    """Return the Monday of a date's week.

    >>> week_of(date(2026, 11, 25))
    datetime.date(2026, 11, 23)
    """
    return day - timedelta(days=day.weekday())
