# mypy: disable-error-code="no-any-return"
"""The compiled part of starting from a hall as it is now."""

from __future__ import annotations

from math import log
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from queueing.engine.arrays import MICROSECONDS, NEVER
from queueing.engine.cache import compiled, inlined
from queueing.engine.draw import PATIENCE, SERVICE, WALK_IN, fill_ticket
from queueing.engine.streams import child_key, quantile, uniform

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from queueing.engine.arrays import DemandArrays, PlanArrays
    from queueing.engine.draw import DayArrays

    Integers = NDArray[np.int64]
    Floats = NDArray[np.float64]

WAITING_STREAM, WINDOW_STREAM = 1 << 43, 1 << 44
BISECTIONS = 48
MAX_ATTEMPTS = 64


class NowArrays(NamedTuple):
    """Who waits and what the windows do. Instants in microseconds."""

    now: int
    joined: Integers  # [waiting] in call order of joining
    effective: Integers
    queue: Integers
    key: Integers  # [waiting] whose random numbers they are
    probe_at: Integers  # [probe] by time
    probe_effective: Integers
    probe_queue: Integers
    busy_since: Integers  # [rank] -1: free
    busy_queue: Integers  # [rank]
    free_at: Integers  # [rank] when a free window next has something to do


@inlined
def _mass_below(row: Floats, table: Floats, minutes: float) -> float:
    """Return P(value <= minutes) by bisection of the quantile function, which is all we have."""
    low, high = 0.0, 1.0 - 2.0**-53
    if quantile(row, table, high) <= minutes:
        return 1.0
    for _ in range(BISECTIONS):
        middle = 0.5 * (low + high)
        if quantile(row, table, middle) <= minutes:
            low = middle
        else:
            high = middle
    return high


@inlined
def _window_ready(
    demand: DemandArrays, plan: PlanArrays, state: NowArrays, factors: Floats, rank: int, key: np.uint64
) -> int:
    """Return when a window is free: its service is drawn given that it has lasted this long.

    Past everything the distribution knows, the rest is exponential with the service's central value.
    """
    since = state.busy_since[rank]
    if since < 0:
        return state.free_at[rank]
    queue = state.busy_queue[rank]
    row = demand.service[queue]
    pace = plan.pace[rank, queue] * factors[rank]
    elapsed = (state.now - since) / MICROSECONDS / pace
    share = uniform(key, SERVICE)
    below = _mass_below(row, demand.table, elapsed)
    if below < 1.0 - 1e-9:
        total = quantile(row, demand.table, below + (1.0 - below) * share)
        rest = max(total - elapsed, 0.0)
    else:
        rest = -quantile(row, demand.table, 0.5) * log(1.0 - share)
    return state.now + int(rest * pace * MICROSECONDS + 0.5)


@inlined
def _place_waiting(
    demand: DemandArrays, state: NowArrays, out: DayArrays, at: int, index: int, key: np.uint64
) -> None:
    out.joined[at] = state.joined[index]
    out.due[at] = WALK_IN
    out.effective[at] = state.effective[index]
    out.number[at] = index
    queue = state.queue[index]
    fill_ticket(demand, key, out, at, queue)
    if demand.patience[queue, 0] >= 0.0:  # it has not given up so far
        out.deadline[at] = NEVER
        for attempt in range(MAX_ATTEMPTS):
            share = uniform(key, PATIENCE + 16 * attempt)
            patience = quantile(demand.patience[queue], demand.table, share)
            if state.joined[index] + patience * MICROSECONDS > state.now:
                out.deadline[at] = state.joined[index] + int(patience * MICROSECONDS)
                break


@inlined
def _place_probe(state: NowArrays, out: DayArrays, at: int, index: int, number: int) -> None:
    """A probe waits like anyone and takes no time, so it sees the wait without adding to it."""
    out.joined[at] = state.probe_at[index]
    out.due[at] = WALK_IN
    out.effective[at] = state.probe_effective[index]
    out.queue[at] = state.probe_queue[index]
    out.service[at] = 0
    out.walk[at] = 0
    out.deadline[at] = NEVER
    out.number[at] = number
    out.child[at] = -1


@inlined
def _copy(source: DayArrays, at: int, out: DayArrays, to: int, shift: int) -> None:
    out.joined[to] = source.joined[at]
    out.due[to] = source.due[at]
    out.effective[to] = source.effective[at]
    out.queue[to] = source.queue[at]
    out.service[to] = source.service[at]
    out.walk[to] = source.walk[at]
    out.deadline[to] = source.deadline[at]
    out.number[to] = source.number[at] + shift
    out.child[to] = source.child[at] + shift if source.child[at] >= 0 else -1


@compiled
def assemble(
    demand: DemandArrays, plan: PlanArrays, state: NowArrays, factors: Floats, seed: int,
    future: DayArrays, future_starts: Integers, future_joining: Integers,
    out: DayArrays, starts: Integers, joining: Integers, probe_place: Integers, ready: Integers,
) -> None:  # fmt: skip
    """Put who waits now, the probes and each replication's future citizens into one line of joining."""
    waiting, probes = state.joined.shape[0], state.probe_at.shape[0]
    shift = waiting + probes
    for index in range(joining.shape[0]):
        key = child_key(child_key(np.uint64(seed), 1), index)
        for rank in range(ready.shape[1]):
            window_key = child_key(key, WINDOW_STREAM + rank)
            ready[index, rank] = _window_ready(demand, plan, state, factors, rank, window_key)
        at = starts[index]
        for position in range(waiting):
            _place_waiting(
                demand,
                state,
                out,
                at + position,
                position,
                child_key(key, WAITING_STREAM + state.key[position]),
            )
        place, probe = at + waiting, 0
        begins = future_starts[index]
        for ticket in range(begins, begins + future_joining[index] + 1):
            ends = ticket == begins + future_joining[index]
            while probe < probes and (ends or state.probe_at[probe] < future.joined[ticket]):
                _place_probe(state, out, place, probe, place - at)
                probe_place[index, probe] = place
                place += 1
                probe += 1
            if not ends:
                _copy(future, ticket, out, place, shift)
                place += 1
        joining[index] = place - at
        for ticket in range(begins + future_joining[index], future_starts[index + 1]):
            _copy(future, ticket, out, place, shift)
            place += 1
        starts[index + 1] = place
