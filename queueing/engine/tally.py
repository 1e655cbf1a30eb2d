"""Sums over days, kept while the days are played so that no ticket need be stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from queueing.engine.arrays import MICROSECONDS
from queueing.engine.cache import inlined
from queueing.engine.dispatch import GAVE_UP, MISSED, NOT_YET, SERVED

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from queueing.engine.draw import DayArrays
    from queueing.engine.floor import Ledger

    Integers = NDArray[np.int64]
    Floats = NDArray[np.float64]

# columns of ``Tally.daily``
JOINED, CALLED, SERVED_COUNT, GAVE_UP_COUNT, MISSED_COUNT, TURNED_AWAY_COUNT, NO_SHOWS, OVER_TARGET = range(8)
WAIT_SUM, LEFT_WAIT_SUM, SERVICE_SUM = 8, 9, 10
COLUMNS = 11
BINS = 4096  # of waits
BIN_MINUTES = 0.125  # so that percentiles are exact to 7.5 seconds up to 8.5 hours
BIN_MICROSECONDS = 7_500_000
MINUTES = 1.0 / MICROSECONDS


class Tally(NamedTuple):
    """Waits count from joining, or from the slot start for a booked citizen who came before it."""

    daily: Floats  # [day, queue, column]
    waits: Integers  # [queue, bin] of the called
    busy: Floats  # [window] minutes from call to finish, all days
    served: Integers  # [window]
    last: Floats  # [day] minutes: when the last citizen left


@inlined
def add_day(
    day: DayArrays, ledger: Ledger, tally: Tally, index: int, at: int, total: int, target: int
) -> None:
    """Add the tickets ``at`` … ``at + total`` to day ``index``; ``target`` in microseconds."""
    last = 0
    for ticket in range(at, at + total):
        outcome = ledger.outcome[ticket]
        joined = ledger.joined[ticket]
        if joined < 0:
            continue
        row = tally.daily[index, day.queue[ticket]]
        row[JOINED] += 1.0
        finished = ledger.finished[ticket]
        last = max(last, finished)
        due = day.due[ticket]
        since = due if due > joined else joined
        if outcome in (SERVED, MISSED):
            wait = max(ledger.called[ticket] - since, 0)
            minutes = wait * MINUTES
            row[CALLED] += 1.0
            row[WAIT_SUM] += minutes
            row[SERVED_COUNT if outcome == SERVED else MISSED_COUNT] += 1.0
            spent = (finished - ledger.called[ticket]) * MINUTES
            row[SERVICE_SUM] += spent
            tally.waits[day.queue[ticket], min(wait // BIN_MICROSECONDS, BINS - 1)] += 1
            tally.busy[ledger.window[ticket]] += spent
            tally.served[ledger.window[ticket]] += 1
        elif outcome != NOT_YET:
            wait = max(finished - since, 0)
            row[LEFT_WAIT_SUM] += wait * MINUTES
            row[GAVE_UP_COUNT if outcome == GAVE_UP else TURNED_AWAY_COUNT] += 1.0
        else:
            continue
        if wait > target:
            row[OVER_TARGET] += 1.0
    tally.last[index] = last / MICROSECONDS
