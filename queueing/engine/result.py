"""What a run gives back: records of every ticket, summaries over days, paired comparisons."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np

from queueing.engine import tally as columns

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from queueing.engine.tally import Tally

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]


class Outcome(IntEnum):
    """How a ticket's day ended; the numbers are those of ``DayRecord.outcome``."""

    NOT_YET = 0  # a later leg whose first leg never finished
    SERVED = 1
    GAVE_UP = 2
    MISSED = 3
    TURNED_AWAY = 4


@dataclass(frozen=True, slots=True)
class DayRecord:
    """Every ticket of one day, by order of joining, legs after transfer at the end.

    Arrays over tickets; minutes since midnight, NaN where it never happened. ``due_minutes`` is NaN for
    walk-ins. ``window`` and ``queue`` are indices of the model, window -1 when never called.
    ``next_leg`` is the index of the ticket that continues this one, -1 for none. ``wait_minutes``
    counts from joining (or from the slot start, for a booked citizen who came before it) to the call,
    or to leaving unserved.
    """

    queue: Integers
    due_minutes: Floats
    joined_minutes: Floats
    effective_minutes: Floats
    called_minutes: Floats
    started_minutes: Floats
    finished_minutes: Floats
    wait_minutes: Floats
    window: Integers
    outcome: Integers
    next_leg: Integers
    no_shows_by_queue: Integers


@dataclass(frozen=True, slots=True)
class Summary:
    """Sums of many days of one plan. ``daily`` is ``[day, queue, column]`` as in ``tally``."""

    daily: Floats
    waits: Integers  # [queue, bin]
    busy_minutes: Floats  # [window] over all days
    served_by_window: Integers
    last_finish_minutes: Floats  # [day]

    @property
    def days(self) -> int:
        return int(self.daily.shape[0])

    def counts(self, column: int) -> Floats:
        """Return one column summed over days, by queue."""
        total: Floats = self.daily[:, :, column].sum(axis=0)
        return total

    @property
    def tickets(self) -> int:
        return int(self.daily[:, :, columns.JOINED].sum())

    @property
    def mean_wait_minutes(self) -> float:
        """Mean wait of the called, over all tickets (not the mean of daily means)."""
        return _ratio(self.counts(columns.WAIT_SUM).sum(), self.counts(columns.CALLED).sum())

    @property
    def mean_wait_by_queue(self) -> Floats:
        called = self.counts(columns.CALLED)
        mean: Floats = self.counts(columns.WAIT_SUM) / np.where(called > 0, called, np.nan)
        return mean

    @property
    def over_target_by_queue(self) -> Floats:
        """Share of those who joined and waited beyond the target, called or not."""
        joined = self.counts(columns.JOINED)
        share: Floats = self.counts(columns.OVER_TARGET) / np.where(joined > 0, joined, np.nan)
        return share

    @property
    def over_target(self) -> float:
        return _ratio(self.counts(columns.OVER_TARGET).sum(), self.counts(columns.JOINED).sum())

    def wait_quantile(self, share: float, queue: int | None = None) -> float:
        """Return a percentile of the waits of the called, exact to ``tally.BIN_MINUTES``."""
        histogram = self.waits.sum(axis=0) if queue is None else self.waits[queue]
        cumulative = np.cumsum(histogram)
        if cumulative[-1] == 0:
            return float("nan")
        place = int(np.searchsorted(cumulative, share * cumulative[-1]))
        return float(place) * columns.BIN_MINUTES

    @property
    def daily_mean_wait_minutes(self) -> Floats:
        """Mean wait of the called on each day; 0 on a day without calls."""
        by_day = self.daily.sum(axis=1)
        mean: Floats = by_day[:, columns.WAIT_SUM] / np.maximum(by_day[:, columns.CALLED], 1.0)
        return mean

    def ratio_with_error(
        self, numerator: int, denominator: int, queue: int | None = None
    ) -> tuple[float, float]:
        """Return sum(numerator)/sum(denominator) over tickets and its standard error *between days*.

        The error is that of a ratio estimator (linearised, days independent).
        """
        daily = self.daily.sum(axis=1) if queue is None else self.daily[:, queue]
        return ratio_with_error(daily[:, numerator], daily[:, denominator])


@dataclass(frozen=True, slots=True)
class Comparison:
    """Mean wait of ``plan`` minus that of ``reference`` on the same citizens, in minutes.

    ``half_width`` is that of the 95 % interval of the ticket-weighted difference, from differences by day.
    """

    reference_mean_wait_minutes: float
    difference_minutes: float
    half_width_minutes: float


def ratio_with_error(numerator: Floats, denominator: Floats) -> tuple[float, float]:
    """Return the ratio of sums over days and its standard error between days."""
    total = float(denominator.sum())
    if total == 0:
        return float("nan"), float("nan")
    ratio = float(numerator.sum()) / total
    residual = numerator - ratio * denominator
    days = len(numerator)
    error = float(np.sqrt(np.sum(residual**2) * days / max(days - 1, 1))) / total
    return ratio, error


def summary_of(tally: Tally) -> Summary:
    """Return the sums that a run left in its tally."""
    return Summary(tally.daily, tally.waits, tally.busy, tally.served, tally.last)


def merged(parts: list[Summary]) -> Summary:
    """Return the summary of all days of ``parts``, in order."""
    return Summary(
        np.concatenate([part.daily for part in parts]),
        np.sum([part.waits for part in parts], axis=0),
        np.sum([part.busy_minutes for part in parts], axis=0),
        np.sum([part.served_by_window for part in parts], axis=0),
        np.concatenate([part.last_finish_minutes for part in parts]),
    )


def _ratio(numerator: float, denominator: float) -> float:
    return float(numerator) / float(denominator) if denominator else float("nan")
