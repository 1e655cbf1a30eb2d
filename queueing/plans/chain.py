# mypy: disable-error-code="no-any-return"
"""The compiled search: annealing on the hall-day engine, without Python in the loop.

A chain changes a layout a little, checks the rules, plays the days under it and keeps it or not. The
days are played in stages; a layout that is clearly worse after a few days is not played to the end.
"""

from __future__ import annotations

from math import log
from typing import TYPE_CHECKING, NamedTuple

from queueing.engine.cache import inlined, outlined
from queueing.plans.chain_cache import compiled
from queueing.plans.chain_moves import propose_move, uniform
from queueing.plans.chain_plays import clear, cost_of, lay_out, play_day
from queueing.plans.chain_state import HallArrays, Scratch, State, count_row, exchange, keeps_rules

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from queueing.engine.arrays import PolicyArrays
    from queueing.plans.chain_plays import Citizens, Prices, Room, Timetable

    Integers = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Words = NDArray[np.uint64]


class Chain(NamedTuple):
    """Where a chain is."""

    state: State
    best: State
    scratch: Scratch
    costs: Floats  # [stage] of the present layout after each stage of days
    tried: Floats  # [stage]
    numbers: Floats  # best cost, doubt about first days, days played, tried, accepted, without a move
    chance: Words  # [1]


BEST, DOUBT, PLAYED, TRIED, ACCEPTED, FRUITLESS = range(6)
NOTHING_KNOWN = 1e18
AUDITED = 0.05  # share of layouts that are played to the end whatever the first days say
# The doubt follows the 80 % quantile of how much worse the first days of an acceptable layout looked.
DOUBT_UP, DOUBT_DOWN = 1.10, 0.976
DOUBT_MARGIN = 1.2
FIRST_DOUBT = 0.02  # of the cost
FRUITLESS_DAYS = 0.02  # a draw that breaks a rule counts as so many days, so that a round always ends


@outlined
def copy_state(source: State, target: State) -> None:
    """Let one state be like another."""
    for window in range(source.seat.shape[0]):
        target.seat[window], target.changes[window] = source.seat[window], source.changes[window]
        target.cells[window], target.edges[window] = source.cells[window], source.edges[window]
        for block in range(source.opened.shape[0]):
            target.own[window, block] = source.own[window, block]
            target.help[window, block] = source.help[window, block]
    for block in range(source.opened.shape[0]):
        target.opened[block], target.wide[block] = source.opened[block], source.wide[block]
        for queue in range(source.covering.shape[0]):
            target.covering[queue, block] = source.covering[queue, block]
    for total in range(source.totals.shape[0]):
        target.totals[total] = source.totals[total]


@inlined
def keep_costs(chain: Chain) -> None:
    """Let what was tried be where the chain is."""
    for stage in range(chain.costs.shape[0]):
        chain.costs[stage] = chain.tried[stage]


@outlined
def evaluate(
    hall: HallArrays, policy: PolicyArrays, citizens: Citizens, table: Timetable, prices: Prices,
    room: Room, chain: Chain, bound: float, audit: bool,
) -> bool:  # fmt: skip
    """Play a state stage by stage into ``chain.tried``; False as soon as it is not worth going on.

    An ``audit`` is played to the end whatever the first days say, and teaches how much they may mislead.
    """
    lay_out(hall, table, prices.wide_pace, chain.state, room)
    clear(room.sums)
    numbers, day, last = chain.numbers, 0, citizens.stages.shape[0] - 1
    for stage in range(last + 1):
        while day < citizens.stages[stage]:
            play_day(policy, citizens, table, room, day, citizens.starts[day + 1] - citizens.starts[day])
            day += 1
            numbers[PLAYED] += 1.0
        chain.tried[stage] = cost_of(prices, chain.state, room.sums)
        rise = chain.tried[stage] - chain.costs[stage]
        doubt = DOUBT_MARGIN * numbers[DOUBT] * (1.0 - day / citizens.stages[last])
        if stage < last and not audit and rise > bound + doubt:
            return False
    if audit and chain.tried[last] - chain.costs[last] <= bound:
        misled = chain.tried[0] - chain.costs[0] - bound > numbers[DOUBT]
        numbers[DOUBT] *= DOUBT_UP if misled else DOUBT_DOWN
    return True


@compiled
def anneal(
    hall: HallArrays, policy: PolicyArrays, citizens: Citizens, table: Timetable, prices: Prices,
    room: Room, chain: Chain, until: float, temperature: float,
) -> None:  # fmt: skip
    """Go on with a chain until it has played ``until`` days, at one temperature (minutes).

    A chain that has no cost yet (``chain.costs`` negative) first plays where it stands.
    """
    numbers, last = chain.numbers, citizens.stages.shape[0] - 1
    if chain.costs[last] < 0.0:
        _set_out(hall, policy, citizens, table, prices, room, chain)
    while numbers[PLAYED] < until:
        bound = -temperature * log(1.0 - uniform(chain.chance))
        if not _moved(hall, chain):
            numbers[PLAYED] += FRUITLESS_DAYS
            numbers[FRUITLESS] += 1.0
            continue
        numbers[TRIED] += 1.0
        audit = uniform(chain.chance) < AUDITED
        full = evaluate(hall, policy, citizens, table, prices, room, chain, bound, audit)
        if not full or chain.tried[last] - chain.costs[last] > bound:
            exchange(hall, chain.state, chain.scratch)
            continue
        numbers[ACCEPTED] += 1.0
        keep_costs(chain)
        if chain.costs[last] < numbers[BEST]:
            numbers[BEST] = chain.costs[last]
            copy_state(chain.state, chain.best)


@inlined
def _moved(hall: HallArrays, chain: Chain) -> bool:
    """Draw a move and make it if it keeps the rules; return whether it was made."""
    if not propose_move(hall, chain.state, chain.scratch, chain.chance):
        return False
    exchange(hall, chain.state, chain.scratch)
    if keeps_rules(hall, chain.state, chain.scratch):
        return True
    exchange(hall, chain.state, chain.scratch)
    return False


@inlined
def _set_out(
    hall: HallArrays, policy: PolicyArrays, citizens: Citizens, table: Timetable, prices: Prices,
    room: Room, chain: Chain,
) -> None:  # fmt: skip
    """Play where the chain stands, and take it for the best if nothing better is known."""
    last = citizens.stages.shape[0] - 1
    for stage in range(last + 1):
        chain.costs[stage] = NOTHING_KNOWN
    evaluate(hall, policy, citizens, table, prices, room, chain, NOTHING_KNOWN, False)
    keep_costs(chain)
    if chain.numbers[DOUBT] <= 0.0:
        chain.numbers[DOUBT] = FIRST_DOUBT * chain.costs[last]
    if chain.costs[last] < chain.numbers[BEST]:
        chain.numbers[BEST] = chain.costs[last]
        copy_state(chain.state, chain.best)


@compiled
def count_all(hall: HallArrays, state: State) -> None:
    """Count what the rules count of a state written from outside."""
    state.covering[:] = 0
    state.opened[:] = 0
    state.wide[:] = 0
    state.totals[:] = 0
    for window in range(hall.equipped.shape[0]):
        count_row(hall, state, window, 1)


@compiled
def whole_keeps_rules(hall: HallArrays, state: State, scratch: Scratch) -> bool:
    """Return whether a counted state keeps every rule about every window."""
    for window in range(hall.equipped.shape[0]):
        scratch.window[0], scratch.window[1] = window, -1
        if not keeps_rules(hall, state, scratch):
            return False
    return True
