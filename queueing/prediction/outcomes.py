"""What became of the people who waited: the wait of the last person in line at each snapshot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from queueing.prediction.snapshots import calls_so_far

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from queueing.prediction.snapshots import SnapshotLog


def day_waits(
    minute: NDArray[np.float64],
    calls: NDArray[np.float64],
    waiting: NDArray[np.float64],
    windows_open: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the minutes until the last person in line is called, for the rows of one queue's day.

    The call is placed by straight line between the two snapshots that enclose it. Nobody waiting and a window
    open is a wait of 0; nobody waiting behind closed windows, or a call never seen, is NaN.
    """
    waits = np.where((waiting == 0) & ~(windows_open == 0), 0.0, np.nan)
    rows = np.flatnonzero(waiting > 0)
    target = calls[rows] + waiting[rows]
    after = np.searchsorted(calls, target)
    seen = after < len(calls)
    rows, target, after = rows[seen], target[seen], after[seen]
    before = after - 1
    share = (target - calls[before]) / (calls[after] - calls[before])
    waits[rows] = minute[before] + share * (minute[after] - minute[before]) - minute[rows]
    return waits


def calls_of(log: SnapshotLog) -> NDArray[np.float64]:
    """Return for each row how many its queue had called since that day began."""
    calls = np.zeros(len(log))
    for rows in log.queue_days():
        calls[rows] = calls_so_far(log.called[rows])
    return calls


def waits_now(log: SnapshotLog, calls: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the wait in minutes of the last person in line at every row; NaN where it was never seen."""
    waits = np.full(len(log), np.nan)
    for rows in log.queue_days():
        waits[rows] = day_waits(log.minute[rows], calls[rows], log.waiting[rows], log.windows_open[rows])
    return waits


def waits_ahead(log: SnapshotLog, waits: NDArray[np.float64], horizon_minutes: float) -> NDArray[np.float64]:
    """Return the wait of somebody who comes ``horizon_minutes`` after each row: the first row then."""
    ahead = np.full(len(log), np.nan)
    for rows in log.queue_days():
        minute = log.minute[rows]
        then = np.searchsorted(minute, minute + horizon_minutes)
        there = then < len(minute)
        ahead[rows][there] = waits[rows][then[there]]
    return ahead


def begins_ahead(log: SnapshotLog, horizon_minutes: float) -> NDArray[np.float64]:
    """Return the minute of the day from which :func:`waits_ahead` counts; the horizon if no row follows."""
    begins = log.minute + horizon_minutes
    for rows in log.queue_days():
        minute = log.minute[rows]
        then = np.searchsorted(minute, minute + horizon_minutes)
        there = then < len(minute)
        begins[rows][there] = minute[then[there]]
    return begins
