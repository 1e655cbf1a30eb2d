"""Past days as citizens for the engine, so that a plan can be judged on days that really were."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from queueing.engine.arrays import MICROSECONDS, NEVER
from queueing.engine.draw import ABSENT, WALK_IN, DayArrays
from queueing.engine.run import Days
from queueing.plans.demand import DEFAULT_MINUTES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from queueing.plans.history import HistoryDay

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

SHIFT_MINUTES = 10.0  # how far from the first a ticket that comes twice may come


def replay(
    days: Sequence[HistoryDay], *, queues: int, seed: int, copies: int = 1, demand: float = 1.0
) -> Days:
    """Return past days as citizens for the engine, each day ``copies`` times in a row.

    The first copy is the day as it was; in the others the service times of a queue are dealt anew
    among its tickets, so the day's work stays what it was. ``demand`` 1.2 lets a fifth of the tickets
    come twice, the second time up to ten minutes apart; 0.8 leaves a fifth out.
    """
    pools = [_pool(days, queue) for queue in range(queues)]
    parts: list[DayArrays] = []
    for number, day in enumerate(days):
        for copy in range(copies):
            chance = np.random.default_rng((seed, number, copy))
            parts.append(_citizens(day, pools, chance, as_it_was=copy == 0, demand=demand))
    sizes = [len(part.joined) for part in parts]
    return Days(
        tickets=DayArrays(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True))),
        starts=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        joining=np.array(sizes, dtype=np.int64),
        no_shows=np.zeros((len(parts), queues), dtype=np.int64),
    )


def _pool(days: Sequence[HistoryDay], queue: int) -> Floats:
    seen = np.concatenate([day.busy_minutes[day.queue == queue] for day in days])
    seen = seen[~np.isnan(seen)]
    return seen if len(seen) else np.array([DEFAULT_MINUTES])


def _citizens(
    day: HistoryDay, pools: Sequence[Floats], chance: np.random.Generator, *, as_it_was: bool, demand: float
) -> DayArrays:
    """Return one day's tickets in order of joining; service times that never were are drawn."""
    busy = day.busy_minutes.copy()
    for queue, pool in enumerate(pools):
        own = day.queue == queue
        unknown = own & np.isnan(busy)
        busy[unknown] = chance.choice(pool, int(unknown.sum()))
        if not as_it_was:
            busy[own] = chance.permutation(busy[own])
    picked, shift = _picked(day.tickets, chance, demand)
    joined = np.maximum(day.joined_minutes[picked] + shift, 0.0)
    order = np.argsort(joined, kind="stable")
    picked, joined = picked[order], joined[order]
    effective = joined + (day.effective_minutes - day.joined_minutes)[picked]
    deadline = np.where(day.gave_up[picked], joined + day.waited_minutes[picked], np.inf)
    return DayArrays(
        joined=_microseconds(joined),
        due=np.full(len(picked), WALK_IN, dtype=np.int64),
        effective=_microseconds(effective),
        queue=day.queue[picked],
        service=_microseconds(busy[picked]),
        walk=np.where(day.absent[picked], ABSENT, 0).astype(np.int64),
        deadline=np.where(np.isinf(deadline), NEVER, _microseconds(np.minimum(deadline, 1e6))),
        number=np.arange(len(picked), dtype=np.int64),
        child=np.full(len(picked), -1, dtype=np.int64),
    )


def _picked(tickets: int, chance: np.random.Generator, demand: float) -> tuple[Integers, Floats]:
    """Return which tickets come, some twice or not at all, and by how many minutes each is shifted."""
    everybody = np.arange(tickets)
    drawn = chance.permutation(tickets)
    shift = chance.uniform(-SHIFT_MINUTES, SHIFT_MINUTES, tickets)
    if demand <= 1.0:
        return np.sort(drawn[: round(tickets * demand)]), np.zeros(round(tickets * demand))
    again = drawn[: round(tickets * (demand - 1.0))]
    return np.concatenate([everybody, again]), np.concatenate([np.zeros(tickets), shift[: len(again)]])


def _microseconds(minutes: Floats) -> Integers:
    whole: Integers = np.floor(minutes * MICROSECONDS + 0.5).astype(np.int64)
    return whole
