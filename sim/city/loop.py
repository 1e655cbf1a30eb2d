# mypy: disable-error-code="no-any-return"
"""The compiled city day: all halls in one clock, each with the engine's own floor and call order.

Everything compiled about the city is in this file, since a compiled cache notices changes of its own
file and of the engine only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from queueing.engine.arrays import MICROSECONDS, NEVER, RANK_BITS, PlanArrays, PolicyArrays
from queueing.engine.cache import compiled, inlined
from queueing.engine.dispatch import RANK_MASK, call, join, leave
from queueing.engine.floor import Floor, Ledger

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from queueing.engine.draw import DayArrays

    Integers = NDArray[np.int64]
    Floats = NDArray[np.float64]

NEAREST, SHORTEST_QUEUE, PUBLISHED, PREDICTED, GIVEN = range(5)


@inlined
def _floor(floors: Floor, hall: int) -> Floor:
    return Floor(
        floors.next_event[hall],
        floors.serving[hall],
        floors.row[hall],
        floors.pointer[hall],
        floors.configured[hall],
        floors.own[hall],
        floors.helps[hall],
        floors.ends[hall],
        floors.stays[hall],
        floors.factor[hall],
        floors.idle[hall],
        floors.primary_windows[hall],
        floors.helping_windows[hall],
        floors.first[hall],
        floors.after[hall],
        floors.head[hall],
        floors.line_effective[hall],
        floors.line_ticket[hall],
    )


@inlined
def _plan(plans: PlanArrays, hall: int) -> PlanArrays:
    return PlanArrays(
        plans.phase_count[hall],
        plans.begins[hall],
        plans.ends[hall],
        plans.primary[hall],
        plans.helping[hall],
        plans.rests[hall],
        plans.stays[hall],
        plans.list_factor[hall],
        plans.window_of[hall],
        plans.pool[hall],
        plans.pace[hall],
    )


@inlined
def _work_ahead(floors: Floor, hall: int, windows: int, mean_service: Floats) -> float:
    """Return the minutes of service in hand: the waiting at their means, the running at half of one."""
    minutes = 0.0
    for queue in range(mean_service.shape[0]):
        minutes += (floors.after[hall, queue] - floors.first[hall, queue]) * mean_service[queue]
    for rank in range(windows):
        if floors.serving[hall, rank] >= 0:
            minutes += 0.5 * mean_service[0]
    return minutes


@inlined
def _predicted_wait(
    floors: Floor,
    hall: int,
    windows: int,
    mean_service: Floats,
    now: int,
    arrives: int,
    coming_at: Integers,
    coming_need: Integers,
    coming: Integers,
    background: Floats,
    opens: int,
) -> float:
    """Return the wait at arrival: work in hand, plus work that will be there first, less what is served.

    Work that will be there first is everyone known to be on the way and the usual inflow of others
    (``background``: minutes of service per minute).
    """
    work = _work_ahead(floors, hall, windows, mean_service)
    for place in range(coming[hall]):
        if coming_at[hall, place] <= arrives:
            work += mean_service[coming_need[hall, place]]
    served = max(arrives - max(now, opens), 0) / MICROSECONDS
    before_opening = max(opens - arrives, 0) / MICROSECONDS
    work += background[hall] * max(arrives - now, 0) / MICROSECONDS - windows * served
    return before_opening + max(work - (windows - 1) * mean_service[0] * 0.5, 0.0) / windows


@inlined
def _published_wait(floors: Floor, hall: int, windows: int, mean_service: Floats) -> float:
    """Return what a board shows now: people waiting × mean service ÷ windows."""
    waiting = 0.0
    for queue in range(mean_service.shape[0]):
        waiting += (floors.after[hall, queue] - floors.first[hall, queue]) * mean_service[queue]
    return waiting / windows


@inlined
def _choice(
    rule: int,
    citizen: int,
    now: int,
    floors: Floor,
    travel: Integers,
    need: int,
    offers: Integers,
    windows: Integers,
    mean_service: Floats,
    coming_at: Integers,
    coming_need: Integers,
    coming: Integers,
    background: Floats,
    opens: int,
) -> int:
    best, best_cost = -1, 1e18
    for hall in range(windows.shape[0]):
        if offers[hall, need] == 0:
            continue
        way = travel[citizen, hall] / MICROSECONDS
        if rule == NEAREST:
            cost = way
        elif rule == SHORTEST_QUEUE:
            cost = 1e4 * (floors.after[hall, need] - floors.first[hall, need]) + way
        elif rule == PUBLISHED:
            cost = way + _published_wait(floors, hall, windows[hall], mean_service)
        else:
            cost = way + _predicted_wait(
                floors,
                hall,
                windows[hall],
                mean_service,
                now,
                now + travel[citizen, hall],
                coming_at,
                coming_need,
                coming,
                background,
                opens,
            )
        if cost < best_cost:
            best, best_cost = hall, cost
    return best


@inlined
def _push(heap: Integers, size: int, value: int) -> None:
    place = size
    while place > 0 and heap[(place - 1) // 2] > value:
        heap[place] = heap[(place - 1) // 2]
        place = (place - 1) // 2
    heap[place] = value


@inlined
def _pop(heap: Integers, size: int) -> None:
    """Remove the least of ``size`` entries."""
    value, place = heap[size - 1], 0
    while 2 * place + 1 < size - 1:
        child = 2 * place + 1
        if child + 1 < size - 1 and heap[child + 1] < heap[child]:
            child += 1
        if heap[child] >= value:
            break
        heap[place] = heap[child]
        place = child
    heap[place] = value


CITIZEN_BITS = 20  # a city day has fewer than a million citizens


@compiled
def play_city(
    plans: PlanArrays,
    policy: PolicyArrays,
    day: DayArrays,
    floors: Floor,
    ledger: Ledger,
    rule_of: Integers,
    leaves: Integers,
    travel: Integers,
    offers: Integers,
    windows: Integers,
    mean_service: Floats,
    background: Floats,
    opens: int,
    chosen: Integers,
    coming_at: Integers,
    coming_need: Integers,
    coming: Integers,
    heap: Integers,
    events: Integers,
) -> None:
    """Play one day. ``rule_of[citizen]``: the rule it follows; GIVEN goes where ``chosen`` says already.

    Halls' floors are fresh; ``chosen`` receives the hall of each citizen, ``ledger`` what happened.
    """
    citizens, halls = leaves.shape[0], windows.shape[0]
    next_citizen, on_way = 0, 0
    for hall in range(halls):
        events[hall] = floors.next_event[hall, 1]
    while True:
        hall, event = 0, events[0]
        for other in range(1, halls):
            if events[other] < event:
                hall, event = other, events[other]
        now = event >> RANK_BITS
        decides = leaves[next_citizen] if next_citizen < citizens else NEVER
        arrives = heap[0] >> CITIZEN_BITS if on_way > 0 else NEVER
        if decides <= arrives and decides <= now and decides < NEVER:
            need = day.queue[next_citizen]
            if rule_of[next_citizen] != GIVEN:
                chosen[next_citizen] = _choice(
                    rule_of[next_citizen],
                    next_citizen,
                    decides,
                    floors,
                    travel,
                    need,
                    offers,
                    windows,
                    mean_service,
                    coming_at,
                    coming_need,
                    coming,
                    background,
                    opens,
                )
            target = chosen[next_citizen]
            at = decides + travel[next_citizen, target]
            _push(heap, on_way, (at << CITIZEN_BITS) | next_citizen)
            on_way += 1
            coming_at[target, coming[target]] = at
            coming_need[target, coming[target]] = need
            coming[target] += 1
            next_citizen += 1
        elif arrives <= now and arrives < NEVER:
            citizen = heap[0] & ((1 << CITIZEN_BITS) - 1)
            _pop(heap, on_way)
            on_way -= 1
            target = chosen[citizen]
            _arrived(coming_at, coming_need, coming, target, arrives)
            day.effective[citizen] = arrives
            join(_plan(plans, target), policy, day, _floor(floors, target), ledger, 0, citizen, arrives)
            events[target] = floors.next_event[target, 1]
        elif now >= NEVER:
            break
        else:
            floor = _floor(floors, hall)
            leave(day, floor, 0, event & RANK_MASK)
            call(_plan(plans, hall), policy, day, floor, ledger, 0, event & RANK_MASK, now)
            events[hall] = floors.next_event[hall, 1]


@inlined
def _arrived(coming_at: Integers, coming_need: Integers, coming: Integers, hall: int, at: int) -> None:
    """Strike one who has come off the list of those on the way."""
    for place in range(coming[hall]):
        if coming_at[hall, place] == at:
            coming[hall] -= 1
            coming_at[hall, place] = coming_at[hall, coming[hall]]
            coming_need[hall, place] = coming_need[hall, coming[hall]]
            return
