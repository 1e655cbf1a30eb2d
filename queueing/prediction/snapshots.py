"""The live state of many queues as columns: one row is what one queue's display showed at one minute.

A hall's own ticket log yields the same columns (count waiting, windows open, tickets called so far), so a
model trained on rows of this shape can be asked about a live hall.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray


LARGEST_WAVER = 10  # a display that repeats an earlier number falls by a few; a new sequence by more


@dataclass(frozen=True, slots=True)
class SnapshotLog:
    """Rows sorted by queue, day and minute; every array has one value per row.

    ``queue`` indexes ``queue_names`` (hall, queue id), ``day`` is a proleptic ordinal, ``minute`` counts from
    local midnight, ``called`` is the number on the display or NaN when it showed none, ``published`` the
    minutes that the hall itself announced or NaN. ``hall`` gives each queue's hall as an index.
    """

    queue: NDArray[np.int64]
    day: NDArray[np.int64]
    minute: NDArray[np.float64]
    windows_open: NDArray[np.float64]
    waiting: NDArray[np.float64]
    called: NDArray[np.float64]
    published: NDArray[np.float64]
    queue_names: tuple[tuple[str, str], ...]
    hall: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.queue)

    def take(self, rows: NDArray[np.bool_] | NDArray[np.int64]) -> SnapshotLog:
        """Return the log reduced to ``rows`` (a mask or rising row numbers); names keep their indices."""
        return SnapshotLog(
            self.queue[rows],
            self.day[rows],
            self.minute[rows],
            self.windows_open[rows],
            self.waiting[rows],
            self.called[rows],
            self.published[rows],
            self.queue_names,
            self.hall,
        )

    def queue_days(self) -> Iterator[slice]:
        """Yield the rows of each queue's day, in order."""
        if not len(self):
            return
        changes = np.flatnonzero((np.diff(self.queue) != 0) | (np.diff(self.day) != 0)) + 1
        edges = np.concatenate(([0], changes, [len(self)]))
        for first, last in pairwise(edges.tolist()):
            yield slice(first, last)


def calls_so_far(called: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how many were called since the day began, from the numbers one queue's display showed.

    Causal: entry i depends on ``called[:i + 1]`` only. Blanks carry the last number on. A sequence may begin
    anywhere: the first number seen counts from the hundred below it (301 is the first ticket). A small step
    back is a number shown again; a large one is a new sequence.
    """
    out = np.zeros(len(called))
    total, highest, seen = 0.0, 0.0, False
    for i, number in enumerate(called.tolist()):
        if number == number:  # not NaN: the display shows a number
            if not seen:
                total, highest, seen = (number - 1) % 100 + 1.0, number, True
            elif number > highest:
                total, highest = total + number - highest, number
            elif number < highest - LARGEST_WAVER and number < highest / 2:
                highest = number
        out[i] = total
    return out
