"""Days made of given tickets instead of drawn ones: real history, or a published instance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from queueing.engine.arrays import MICROSECONDS, NEVER
from queueing.engine.draw import WALK_IN, DayArrays
from queueing.engine.run import Days

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]


def days_of_tickets(
    day: ArrayLike,
    queue: ArrayLike,
    joined_minutes: ArrayLike,
    service_minutes: ArrayLike,
    *,
    days: int,
    queues: int,
    patience_minutes: ArrayLike | None = None,
    effective_minutes: ArrayLike | None = None,
) -> Days:
    """Return days of given tickets, one array element each, in any order.

    ``day`` counts from 0 to ``days - 1``. Without ``patience_minutes`` nobody gives up, without
    ``effective_minutes`` a ticket counts from joining. Everybody called is at the window at once.
    """
    joined = _whole(joined_minutes)
    order = np.lexsort((np.arange(len(joined)), joined, np.asarray(day, dtype=np.int64)))
    day_of = np.asarray(day, dtype=np.int64)[order]
    joined = joined[order]
    counts = np.bincount(day_of, minlength=days)
    starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    count = len(joined)
    deadline = np.full(count, NEVER, dtype=np.int64)
    if patience_minutes is not None:
        patience = np.asarray(patience_minutes, dtype=np.float64)[order]
        finite = np.isfinite(patience)
        deadline[finite] = joined[finite] + _whole(patience[finite])
    tickets = DayArrays(
        joined=joined,
        due=np.full(count, WALK_IN, dtype=np.int64),
        effective=joined if effective_minutes is None else _whole(effective_minutes)[order],
        queue=np.ascontiguousarray(np.asarray(queue, dtype=np.int64)[order]),
        service=_whole(service_minutes)[order],
        walk=np.zeros(count, dtype=np.int64),
        deadline=deadline,
        number=np.arange(count, dtype=np.int64) - starts[day_of],
        child=np.full(count, -1, dtype=np.int64),
    )
    return Days(tickets, starts, np.ascontiguousarray(counts), np.zeros((days, queues), dtype=np.int64))


def _whole(minutes: ArrayLike) -> Integers:
    whole: Integers = np.floor(np.asarray(minutes, dtype=np.float64) * MICROSECONDS + 0.5).astype(np.int64)
    return whole
