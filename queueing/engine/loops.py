"""The compiled outer loops: many days in one call, so that Python pays once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from queueing.engine.arrays import DemandArrays, PlanArrays, PolicyArrays
from queueing.engine.cache import compiled
from queueing.engine.dispatch import Floor, Ledger, run_day
from queueing.engine.draw import DayArrays, RawArrays, draw_day
from queueing.engine.streams import child_key
from queueing.engine.tally import NO_SHOWS, Tally, add_day

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Integers = NDArray[np.int64]


@compiled
def day_key(seed: int, day: int) -> np.uint64:
    """Return the key of one day's streams."""
    return child_key(child_key(np.uint64(seed), 0), day)


@compiled
def draw_days_into(
    demand: DemandArrays, seed: int, first_day: int, days: int, raw: RawArrays, out: DayArrays,
    starts: Integers, joining: Integers, no_shows: Integers,
) -> int:  # fmt: skip
    """Draw ``days`` days one behind the other; ``starts[day + 1]`` is where the next begins.

    Returns the number of days drawn: fewer than asked when the room ran out.
    """
    for index in range(days):
        at = starts[index]
        joins, total = draw_day(demand, day_key(seed, first_day + index), -1, raw, out, at, no_shows[index])
        if total < 0:
            return index
        joining[index] = joins
        starts[index + 1] = at + total
    return days


@compiled
def play_days(
    plan: PlanArrays, policy: PolicyArrays, day: DayArrays, starts: Integers, joining: Integers,
    floor: Floor, ledger: Ledger, tally: Tally, ready: Integers, configured: Integers,
    closes: int, target: int,
) -> None:  # fmt: skip
    """Play drawn days under one plan."""
    for index in range(joining.shape[0]):
        at = starts[index]
        total = starts[index + 1] - at
        run_day(plan, policy, day, floor, ledger, at, joining[index], total, ready, configured, closes)
        add_day(day, ledger, tally, index, at, total, target)


@compiled
def simulate_into(
    demand: DemandArrays, plan: PlanArrays, policy: PolicyArrays, seed: int, first_day: int, days: int,
    raw: RawArrays, day: DayArrays, floor: Floor, ledger: Ledger, tally: Tally,
    ready: Integers, configured: Integers, closes: int, target: int, no_shows: Integers,
) -> int:  # fmt: skip
    """Draw and play day after day in the same room; return the days done (fewer if a day did not fit)."""
    for index in range(days):
        no_shows[:] = 0
        joins, total = draw_day(demand, day_key(seed, first_day + index), -1, raw, day, 0, no_shows)
        if total < 0:
            return index
        run_day(plan, policy, day, floor, ledger, 0, joins, total, ready, configured, closes)
        add_day(day, ledger, tally, index, 0, total, target)
        for queue in range(no_shows.shape[0]):
            tally.daily[index, queue, NO_SHOWS] = no_shows[queue]
    return days
