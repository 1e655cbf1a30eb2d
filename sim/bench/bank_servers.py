"""What the bank's log tells of its servers: how fast each is, and how long after a call none is ready.

The log has no pauses. A server that has finished a call while somebody whom it serves is waiting, and
takes nobody, is not ready. Looking only at whom it takes next misses the long pauses: meanwhile another
server takes those who wait, and what is seen is a queue that emptied. Such a pause is censored at that
moment: it had lasted so long and went on for nobody knows how long. The product-limit estimator (Kaplan
and Meier 1958) does with that what can be done.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

CLOCK = 1 / 30  # minutes: the log's times are whole seconds of two clocks
ROUNDS = 20
SHRINK_CALLS = 30.0  # calls of a typical length that count for every server beside its own


def unready(
    started: Floats, finished: Floats, joined: Floats, left: Floats, *, longest: float
) -> list[tuple[float, bool]]:
    """Return minutes after each call in which the server took nobody although somebody waited.

    ``started`` and ``finished`` are one server's calls in order, ``joined`` and ``left`` the queue of those
    whom it serves. True where the pause was seen to end, False where the queue emptied first. Where nobody
    waited at the end of a call, or the next call came after ``longest``, nothing is known.
    """
    begins, ends = _crowded(joined, left)
    found = []
    for (_, end), (start, _) in pairwise(zip(started, finished, strict=True)):
        place = int(np.searchsorted(begins, end, side="right")) - 1
        if not 0.0 <= start - end <= longest or place < 0 or ends[place] <= end:
            continue
        seen = bool(ends[place] >= start - CLOCK)
        found.append((float(start - end if seen else ends[place] - end), seen))
    return found


def _crowded(joined: Floats, left: Floats) -> tuple[Floats, Floats]:
    """Return the stretches in which anybody waited."""
    order = np.argsort(joined, kind="stable")
    begins, latest = joined[order], np.maximum.accumulate(left[order])
    fresh = np.concatenate([[True], begins[1:] > latest[:-1]]) if len(begins) else np.zeros(0, dtype=bool)
    last = np.concatenate([fresh[1:], [True]]) if len(begins) else fresh
    return begins[fresh], latest[last]


def product_limit(minutes: Floats, ended: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Return the times at which a pause ended, and the share that last longer than each.

    >>> product_limit(np.array([1.0, 2.0, 3.0, 4.0]), np.array([True, False, True, True]))
    (array([1., 3., 4.]), array([0.75 , 0.375, 0.   ]))
    """
    order = np.lexsort((~ended, minutes))
    at_risk = float(len(order)) - np.arange(len(order))
    lasting: Floats = np.cumprod(np.where(ended[order], 1.0 - 1.0 / at_risk, 1.0)).astype(float)
    seen = ended[order]
    return minutes[order][seen], lasting[seen]


def drawn_pauses(
    chance: np.random.Generator, minutes: Floats, ended: NDArray[np.bool_], count: int
) -> Floats:
    """Draw ``count`` pauses; one beyond the longest that was seen to end counts as that."""
    times, lasting = product_limit(minutes, ended)
    if not len(times):
        return np.zeros(count)
    place = np.searchsorted(-lasting, -chance.random(count), side="left")
    drawn: Floats = times[np.minimum(place, len(times) - 1)]
    return drawn


def speeds(kind: Integers, server: Integers, minutes: Floats) -> tuple[Floats, Floats]:
    """Return the mean minutes of each kind, and the factor on them of each server, by turns.

    A server with few calls is drawn towards 1.
    """
    means, factors = np.ones(int(kind.max()) + 1), np.ones(int(server.max()) + 1)
    spent_by_kind, spent_by_server = _sums(kind, minutes), _sums(server, minutes)
    for _ in range(ROUNDS):
        means = spent_by_kind / np.maximum(_sums(kind, factors[server]), 1e-9)
        typical = SHRINK_CALLS * float(minutes.mean())
        factors = (spent_by_server + typical) / (_sums(server, means[kind]) + typical)
    return means, factors


def _sums(group: Integers, values: Floats) -> Floats:
    sums: Floats = np.bincount(group, weights=values).astype(float)
    return sums
