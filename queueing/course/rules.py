"""Periods of a report, and whether a share surely changed from one to the next.

People of one day share its luck (a clerk who is ill, rain), so days are drawn and not tickets: a period's
share is a ratio estimator over its days (W. G. Cochran, *Sampling Techniques*, 3rd ed., 1977, §2.11), the
difference of two periods has the variance of both, and its interval is Student's with the days of both
less two. Periods of fewer than three days with tickets are not compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from math import sqrt
from typing import TYPE_CHECKING

from queueing.rules.records import SMALLEST_CELL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from queueing.rules.records import Share

FEWEST_DAYS = 3
# Student's t, 97.5 % point, by degrees of freedom from 1 on; beyond, the last is a little too wide.
_T = (
    *(12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145),
    *(2.131, 2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048),
    *(2.045, 2.042),
)


class Step(StrEnum):
    """How long a period is: a day, a week from Monday, a calendar month."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Period:
    """Local dates, both inclusive; ``cut`` when its end lay beyond the last day that is over."""

    first: date
    last: date
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """A share less that of the period before, with its 95 % interval; all between -1 and 1."""

    difference: float
    low: float
    high: float

    @property
    def sure(self) -> bool:
        return self.low > 0 or self.high < 0


def periods(step: Step, *, until: date, count: int, over: date) -> tuple[Period, ...]:
    """Return the ``count`` periods up to the one with ``until`` in it, the earliest first.

    ``over`` is the last day that has ended: a period that goes beyond it is cut there, and ``until`` is
    taken as no later.

    >>> months = periods(Step.MONTH, until=date(2026, 3, 9), count=2, over=date(2026, 3, 9))
    >>> [(str(one.first), str(one.last), one.cut) for one in months]
    [('2026-02-01', '2026-02-28', False), ('2026-03-01', '2026-03-09', True)]
    """
    first = _first_of(step, min(until, over))
    found: list[Period] = []
    for _ in range(count):
        last = _last_of(step, first)
        found.append(Period(first, min(last, over), cut=last > over))
        first = _first_of(step, first - timedelta(days=1))
    return tuple(reversed(found))


def _first_of(step: Step, day: date) -> date:
    if step is Step.WEEK:
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if step is Step.MONTH else day


def _last_of(step: Step, first: date) -> date:
    if step is Step.DAY:
        return first
    if step is Step.WEEK:
        return first + timedelta(days=6)
    return (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def change(before: Sequence[Share], after: Sequence[Share]) -> Change | None:
    """Return how a share changed from the days of one period to those of the next.

    None where either has under ``FEWEST_DAYS`` days with tickets or too few tickets to tell a share.
    """
    old, new = _ratio(before), _ratio(after)
    if old is None or new is None:
        return None
    difference = new[0] - old[0]
    freedom = len(_counting(before)) + len(_counting(after)) - 2
    half = _T[min(freedom, len(_T)) - 1] * sqrt(old[1] + new[1])
    return Change(difference, difference - half, difference + half)


def _counting(days: Sequence[Share]) -> list[Share]:
    return [day for day in days if day.of]


def _ratio(days: Sequence[Share]) -> tuple[float, float] | None:
    """Return the share of the days together and its variance."""
    counting = _counting(days)
    n, of = len(counting), sum(day.of for day in counting)
    if n < FEWEST_DAYS or of < SMALLEST_CELL:
        return None
    share = sum(day.count for day in counting) / of
    squares = sum((day.count - share * day.of) ** 2 for day in counting)
    return share, n / (n - 1) * squares / of**2
