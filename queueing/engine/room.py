"""Memory for a run, allocated once per call: the compiled core never allocates."""

from __future__ import annotations

from math import ceil, sqrt
from typing import TYPE_CHECKING

import numpy as np

from queueing.engine.draw import GAPS, MAX_LEGS, DayArrays, RawArrays
from queueing.engine.floor import WINDOW_BITS, Floor, Ledger
from queueing.engine.tally import BINS, COLUMNS, Tally

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from queueing.engine.arrays import PlanArrays
    from queueing.engine.model import HallModel

    Integers = NDArray[np.int64]


def expected_tickets(model: HallModel) -> float:
    """Return the expected number of tickets of a day, later legs included at most."""
    walk_ins = sum(sum(queue.walk_ins_per_interval) for queue in model.queues)
    booked = sum(slot.places for queue in model.queues for slot in queue.appointments)
    legs = MAX_LEGS if any(queue.transfers for queue in model.queues) else 1
    return (walk_ins + booked) * legs


def day_capacity(model: HallModel) -> int:
    """Return room for one day, wide enough for nearly every day factor; a run grows it if it is not."""
    expected = expected_tickets(model)
    spread = max([model.day_cv, *(queue.day_cv for queue in model.queues)])
    return ceil(expected * (1 + 6 * spread) + 12 * sqrt(expected) + 64)


def days_capacity(model: HallModel, days: int) -> int:
    """Return room for ``days`` days together: their day factors even out."""
    expected = expected_tickets(model) * days
    spread = max([model.day_cv, *(queue.day_cv for queue in model.queues)])
    return ceil(expected * (1 + 5 * spread / sqrt(max(days, 1))) + 8 * sqrt(expected) + 64)


def raw_room(capacity: int) -> RawArrays:
    """Return room for one unsorted day."""
    return RawArrays(
        joined=np.zeros(capacity, dtype=np.int64),
        sorted=np.zeros(capacity, dtype=np.int64),
        key=np.zeros(capacity, dtype=np.uint64),
        sorted_key=np.zeros(capacity, dtype=np.uint64),
        queue=np.zeros(capacity, dtype=np.int64),
        due=np.zeros(capacity, dtype=np.int64),
        booked=np.zeros(capacity, dtype=np.int64),
        gap=np.zeros(GAPS),
        bucket=np.zeros(2 * capacity + 1, dtype=np.int64),
    )


def day_room(capacity: int) -> DayArrays:
    """Return room for tickets."""
    return DayArrays(*(np.empty(capacity, dtype=np.int64) for _ in DayArrays._fields))


def ledger_room(capacity: int) -> Ledger:
    """Return room for what happens to tickets."""
    return Ledger(*(np.empty(capacity, dtype=np.int64) for _ in Ledger._fields))


def floor_room(plan: PlanArrays, day_tickets: int) -> Floor:
    """Return an empty hall floor with room for the longest lists of the plan."""
    windows, queues = plan.pace.shape
    words = ceil(windows / WINDOW_BITS)
    by_window = {name: np.zeros(windows, dtype=np.int64) for name in _BY_WINDOW}
    return Floor(
        next_event=np.zeros(tree_size(windows), dtype=np.int64),
        factor=np.ones(windows),
        idle=np.zeros(words, dtype=np.int64),
        primary_windows=np.zeros((queues, words), dtype=np.int64),
        helping_windows=np.zeros((queues, words), dtype=np.int64),
        first=np.zeros(queues, dtype=np.int64),
        after=np.zeros(queues, dtype=np.int64),
        head=np.zeros(queues + 1, dtype=np.int64),
        own=np.zeros((windows, longest_list(plan.primary)), dtype=np.int64),
        helps=np.zeros((windows, longest_list(plan.helping)), dtype=np.int64),
        line_effective=np.zeros(day_tickets + 1, dtype=np.int64),
        line_ticket=np.zeros(day_tickets, dtype=np.int64),
        **by_window,
    )


def tree_size(windows: int) -> int:
    """Return the size of ``Floor.next_event``: twice the next power of two."""
    return 2 << (windows - 1).bit_length()


def longest_list(sets: Integers) -> int:
    """Return the size of the largest of many sets of queues."""
    return max((int(word).bit_count() for word in sets.ravel()), default=0)


_BY_WINDOW = ("serving", "row", "pointer", "configured", "ends", "stays")


def tally_room(days: int, queues: int, windows: int) -> Tally:
    """Return empty sums."""
    return Tally(
        daily=np.zeros((days, queues, COLUMNS)),
        waits=np.zeros((queues, BINS), dtype=np.int64),
        busy=np.zeros(windows),
        served=np.zeros(windows, dtype=np.int64),
        last=np.zeros(days),
    )
