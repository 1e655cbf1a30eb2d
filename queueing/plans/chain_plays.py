# mypy: disable-error-code="no-any-return"
"""Days played under a state of the compiled search: its plan laid out for the engine, and what it costs."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from queueing.engine.arrays import NEVER, PlanArrays, PolicyArrays
from queueing.engine.cache import inlined, outlined
from queueing.engine.dispatch import MISSED, NOT_YET, SERVED, run_day
from queueing.engine.draw import DayArrays
from queueing.engine.tally import BIN_MICROSECONDS, BIN_MINUTES, BINS, MINUTES
from queueing.plans.chain_state import CELLS, CHANGES, EDGES, popcount

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from queueing.engine.floor import Floor, Ledger
    from queueing.plans.chain_state import HallArrays, State

    Integers = NDArray[np.int64]
    Floats = NDArray[np.float64]


class Citizens(NamedTuple):
    """The days that every layout meets."""

    tickets: DayArrays
    starts: Integers  # [day + 1]
    joining: Integers  # [day]
    stages: Integers  # [stage] days played by the end of a stage; the last is all of them
    ready: Integers  # [day or one for all, window] first event in microseconds; -1: when its plan begins
    configured: Integers  # [window] queues it is set up for already


class Timetable(NamedTuple):
    """The blocks as the engine needs them, in microseconds."""

    begins: Integers  # [block]
    ends: Integers  # NEVER for the last
    stays: Integers  # 1: ends a session that is not the day's last
    rests: int  # 1: a closed stretch between open ones is a break and keeps its length
    closes: int


class Prices(NamedTuple):
    """What the objective weighs, in minutes of mean wait."""

    weight: Floats  # [queue]
    tail_weight: float
    tail_share: float
    ceiling: Floats  # [queue]
    over_ceiling: float
    cell: float
    change: float
    edge: float
    edges_now: int  # openings and closings of the present plan, which are free
    wide_pace: float  # factor on service times at an integrated window


class Sums(NamedTuple):
    """What the played days add up to."""

    joined: Floats  # [queue]
    waited: Floats  # [queue] minutes, until called or gone
    bins: Integers  # [BINS] waits of the called
    first: Integers  # [window] first event, by rank
    configured: Integers  # [window]
    used: Integers  # [2] highest bin used, called


class Room(NamedTuple):
    """Memory of one chain."""

    plan: PlanArrays
    floor: Floor
    ledger: Ledger
    sums: Sums


@outlined
def lay_out(hall: HallArrays, table: Timetable, pace: float, state: State, room: Room) -> None:
    """Write the plan of a state in the engine's rank order: shortest lists of the day first."""
    plan, windows = room.plan, hall.equipped.shape[0]
    rank = 0
    for length in range(hall.queues + 1):
        for window in range(windows):
            ever = 0
            for block in range(hall.begins.shape[0]):
                ever |= state.own[window, block] | state.help[window, block]
            if popcount(ever) == length:
                _phases(hall, table, pace, state, plan, window, rank)
                rank += 1


@inlined
def _phases(
    hall: HallArrays, table: Timetable, pace: float, state: State, plan: PlanArrays, window: int, rank: int
) -> None:
    plan.window_of[rank] = window
    count, gap = 0, -1
    for block in range(table.begins.shape[0]):
        own, helped = state.own[window, block], state.help[window, block]
        if own | helped == 0:
            gap = block if gap < 0 else gap
            continue
        begins = table.begins[block]
        if (
            count > 0
            and gap < 0
            and plan.ends[rank, count - 1] == begins
            and (plan.primary[rank, count - 1] == own and plan.helping[rank, count - 1] == helped)
        ):
            count -= 1  # the list goes on
        else:
            if (
                count > 0
                and gap >= 0
                and table.rests == 1
                and table.begins[gap] == plan.ends[rank, count - 1]
            ):
                _phase(plan, rank, count, table.begins[gap], table.ends[block - 1], 0, 0)
                plan.rests[rank, count] = 1
                count += 1
            _phase(plan, rank, count, begins, 0, own, helped)
            if popcount(own | helped) > hall.list_limit[window]:
                plan.list_factor[rank, count] = pace
        gap = -1
        plan.ends[rank, count] = table.ends[block]
        plan.stays[rank, count] = table.stays[block]
        count += 1
    plan.phase_count[rank] = count


@inlined
def _phase(plan: PlanArrays, rank: int, phase: int, begins: int, ends: int, own: int, helped: int) -> None:
    plan.begins[rank, phase], plan.ends[rank, phase] = begins, ends
    plan.primary[rank, phase], plan.helping[rank, phase] = own, helped
    plan.rests[rank, phase], plan.stays[rank, phase] = 0, 0
    plan.list_factor[rank, phase] = 1.0


@outlined
def play_day(
    policy: PolicyArrays, citizens: Citizens, table: Timetable, room: Room, day: int, total: int
) -> None:
    """Play one day and add up its waits."""
    first, sums, ledger = citizens.starts[day], room.sums, room.ledger
    tickets = DayArrays(
        citizens.tickets.joined[first:], citizens.tickets.due[first:], citizens.tickets.effective[first:],
        citizens.tickets.queue[first:], citizens.tickets.service[first:], citizens.tickets.walk[first:],
        citizens.tickets.deadline[first:], citizens.tickets.number[first:], citizens.tickets.child[first:],
    )  # fmt: skip
    _first_events(citizens, room, day)
    run_day(
        room.plan, policy, tickets, room.floor, ledger, 0, citizens.joining[day], total,
        sums.first, sums.configured, table.closes,
    )  # fmt: skip
    for ticket in range(total):
        outcome, joined = ledger.outcome[ticket], ledger.joined[ticket]
        if joined < 0 or outcome == NOT_YET:
            continue
        queue = tickets.queue[ticket]
        since = max(tickets.due[ticket], joined)
        sums.joined[queue] += 1.0
        if outcome in (SERVED, MISSED):
            wait = max(ledger.called[ticket] - since, 0)
            place = min(wait // BIN_MICROSECONDS, BINS - 1)
            sums.bins[place] += 1
            sums.used[0] = max(sums.used[0], place)
            sums.used[1] += 1
        else:
            wait = max(ledger.finished[ticket] - since, 0)
        sums.waited[queue] += wait * MINUTES


@inlined
def _first_events(citizens: Citizens, room: Room, day: int) -> None:
    """Say when each window first has something to do: now, in a hall that is open already."""
    row = min(day, citizens.ready.shape[0] - 1)
    for rank in range(room.plan.window_of.shape[0]):
        window = room.plan.window_of[rank]
        planned = room.plan.begins[rank, 0] if room.plan.phase_count[rank] > 0 else NEVER
        ready = citizens.ready[row, window]
        room.sums.first[rank] = ready if ready >= 0 else planned
        room.sums.configured[rank] = citizens.configured[window]


@outlined
def clear(sums: Sums) -> None:
    """Forget the days added up so far."""
    sums.joined[:] = 0.0
    sums.waited[:] = 0.0
    sums.bins[: sums.used[0] + 1] = 0
    sums.used[:] = 0


@outlined
def cost_of(prices: Prices, state: State, sums: Sums) -> float:
    """Return the objective of what was played: mean wait, tail, ceilings and what changes, in minutes."""
    joined, waited, over = 0.0, 0.0, 0.0
    for queue in range(sums.joined.shape[0]):
        joined += prices.weight[queue] * sums.joined[queue]
        waited += prices.weight[queue] * sums.waited[queue]
        if sums.joined[queue] > 0.0:
            over += max(sums.waited[queue] / sums.joined[queue] - prices.ceiling[queue], 0.0)
    moved = prices.cell * state.totals[CELLS] + prices.change * state.totals[CHANGES]
    moved += prices.edge * max(state.totals[EDGES] - prices.edges_now, 0)
    mean = waited / max(joined, 1.0)
    return mean + prices.tail_weight * _tail(prices, sums) + prices.over_ceiling * over + moved


@inlined
def _tail(prices: Prices, sums: Sums) -> float:
    """Return the mean of the longest waits of the called, as ``scoring.tail_mean``."""
    wanted = prices.tail_share * sums.used[1]
    left, minutes = wanted, 0.0
    for place in range(sums.used[0], -1, -1):
        taken = min(left, float(sums.bins[place]))
        middle = (place + 0.5) * BIN_MINUTES if sums.used[0] > 0 else 0.0
        minutes += taken * middle
        left -= taken
        if left <= 0.0:
            break
    return minutes / wanted if wanted > 0.0 else 0.0
