# mypy: disable-error-code="no-any-return"
"""The compiled outer loops: many days in one call, so that Python pays once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from queueing.engine.cache import compiled, inlined
from queueing.engine.dispatch import run_day
from queueing.engine.draw import draw_day
from queueing.engine.streams import child_key
from queueing.engine.tally import add_day

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from queueing.engine.arrays import DemandArrays, PlanArrays, PolicyArrays
    from queueing.engine.draw import DayArrays, RawArrays
    from queueing.engine.floor import Floor, Ledger
    from queueing.engine.tally import Tally

    Integers = NDArray[np.int64]


@inlined
def _day_key(seed: int, day: int) -> np.uint64:
    return child_key(child_key(np.uint64(seed), 0), day)


@compiled
def draw_days_into(
    demand: DemandArrays, seed: int, first_day: int, since: int, raw: RawArrays, out: DayArrays,
    starts: Integers, joining: Integers, no_shows: Integers,
) -> int:  # fmt: skip
    """Draw a day for each entry of ``joining``; ``starts[day + 1]`` is where the next begins.

    Only citizens who come after ``since`` (microseconds, -1 for all). Returns the number of days drawn:
    fewer than asked when the room ran out.
    """
    for index in range(joining.shape[0]):
        at = starts[index]
        key = _day_key(seed, first_day + index)
        joins, total = draw_day(demand, key, since, raw, out, at, no_shows[index])
        if total < 0:
            return index
        joining[index] = joins
        starts[index + 1] = at + total
    return joining.shape[0]


@compiled
def play_days(
    plan: PlanArrays, policy: PolicyArrays, day: DayArrays, starts: Integers, joining: Integers,
    floor: Floor, ledger: Ledger, tally: Tally, first_day: int, ready: Integers, configured: Integers,
    closes: int, target: int,
) -> None:  # fmt: skip
    """Play drawn days under one plan; ``ready[day or 0, rank]`` is the first event of each window."""
    for index in range(joining.shape[0]):
        at = starts[index]
        total = starts[index + 1] - at
        row = min(index, ready.shape[0] - 1)
        run_day(plan, policy, day, floor, ledger, at, joining[index], total, ready[row], configured, closes)
        add_day(day, ledger, tally, first_day + index, at, total, target)
