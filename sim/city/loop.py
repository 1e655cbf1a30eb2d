# mypy: disable-error-code="no-any-return"
"""The compiled city day: all halls in one clock, each with the engine's own floor and call order.

Everything compiled about the city is in this file, since a compiled cache notices changes of its own
file and of the engine only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

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

NEAREST, SHORTEST_QUEUE, PUBLISHED, LAST_SERVED, BY_WAY, PREDICTED, GIVEN = range(7)
QUARTER = 15.0  # minutes; the step in which a prediction looks ahead


class Advice(NamedTuple):
    """What advice knows of the city before the day: constants, and the usual inflow of others.

    ``inflow[hall, quarter]``: minutes of service that those who do not ask bring in a quarter hour of the
    day. ``age``: microseconds between two looks at the halls. Halls that are done within the larger of
    ``tie_floor`` minutes and ``tie_share`` of the way from leaving to done of the first are near-equals:
    PREDICTED takes the one where the wait is shortest, as the product's list does, BY_WAY the nearest.
    """

    offers: Integers
    windows: Integers
    mean_service: Floats
    inflow: Floats
    opens: int
    age: int
    tie_floor: float
    tie_share: float


class Known(NamedTuple):
    """What advice knows of the halls: as they were when last looked at, and whom it has sent since.

    ``last_wait`` is the truth of this moment and becomes ``last_seen`` at the next look. ``arrived``:
    minutes of service of those who were sent and came after the last look.
    """

    waiting: Integers  # [hall, need]
    work: Floats  # [hall] minutes of service in hand
    last_wait: Floats  # [hall, need] of who was called last
    last_seen: Floats
    looked_at: Integers  # [0]
    arrived: Floats  # [hall]
    coming_at: Integers  # [hall, place] of those who were sent and are on the way
    coming_need: Integers
    coming: Integers  # [hall]
    done: Floats  # [hall] room for minutes from leaving to done


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
def _look(floors: Floor, advice: Advice, known: Known, now: int) -> None:
    """Look at all halls: who waits, how much work is in hand (the running at half of one), the last wait."""
    known.looked_at[0] = now
    needs = advice.mean_service.shape[0]
    for hall in range(advice.windows.shape[0]):
        work = 0.0
        for need in range(needs):
            known.waiting[hall, need] = floors.after[hall, need] - floors.first[hall, need]
            work += known.waiting[hall, need] * advice.mean_service[need]
            known.last_seen[hall, need] = known.last_wait[hall, need]
        for rank in range(advice.windows[hall]):
            if floors.serving[hall, rank] >= 0:
                work += 0.5 * advice.mean_service[0]
        known.work[hall] = work
        known.arrived[hall] = 0.0


@inlined
def _predicted_wait(advice: Advice, known: Known, hall: int, arrives: int) -> float:
    """Return the wait at arrival: work in hand, plus all that comes before, less what is served by then.

    A fluid in steps of a quarter hour that never falls below 0, as ``queueing.rules.drain.people_at``, in
    minutes of service: those who were sent are known one by one, the others by their usual inflow.
    """
    windows = advice.windows[hall]
    work = known.work[hall] + known.arrived[hall]
    at = known.looked_at[0] / MICROSECONDS
    end, opens = arrives / MICROSECONDS, advice.opens / MICROSECONDS
    while at < end:
        quarter = int(at / QUARTER)
        until = min(end, (quarter + 1) * QUARTER)
        late = 0.0  # minutes of service that come in the second half: the windows cannot have begun with it
        for place in range(known.coming[hall]):
            comes = known.coming_at[hall, place] / MICROSECONDS
            if at <= comes < until or (comes == end and until == end):
                service = advice.mean_service[known.coming_need[hall, place]]
                if 2.0 * comes > at + until:
                    late += service
                else:
                    work += service
        if quarter < advice.inflow.shape[1]:
            work += advice.inflow[hall, quarter] * (until - at) / QUARTER
        work = max(0.0, work - windows * max(0.0, until - max(at, opens))) + late
        at = until
    before_opening = max(opens - end, 0.0)
    return before_opening + max(work - (windows - 1) * advice.mean_service[0] * 0.5, 0.0) / windows


@inlined
def _published_wait(advice: Advice, known: Known, hall: int) -> float:
    """Return what a board shows: people waiting × mean service ÷ windows."""
    waiting = 0.0
    for need in range(advice.mean_service.shape[0]):
        waiting += known.waiting[hall, need] * advice.mean_service[need]
    return waiting / advice.windows[hall]


@inlined
def _wait(rule: int, advice: Advice, known: Known, hall: int, need: int, arrives: int) -> float:
    if rule == SHORTEST_QUEUE:
        return float(1e4 * known.waiting[hall, need])  # the way decides between equal queues only
    if rule == PUBLISHED:
        return _published_wait(advice, known, hall)
    if rule == LAST_SERVED:
        return known.last_seen[hall, need] if known.waiting[hall, need] > 0 else 0.0
    if rule >= BY_WAY:
        return _predicted_wait(advice, known, hall, arrives)
    return 0.0


@inlined
def _choice(
    rule: int,
    citizen: int,
    now: int,
    need: int,
    travel: Integers,
    floors: Floor,
    advice: Advice,
    known: Known,
) -> int:
    """Return the hall that a citizen chooses.

    The prediction knows near-equals, as the product's list does; the other rules know no ties.
    """
    if advice.age == 0:
        _look(floors, advice, known, now)
    done, least = known.done, 1e18
    for hall in range(advice.windows.shape[0]):
        done[hall] = 1e18
        if advice.offers[hall, need] != 0:
            way = travel[citizen, hall]
            wait = _wait(rule, advice, known, hall, need, now + way)
            done[hall] = way / MICROSECONDS + wait + advice.mean_service[need]
            least = min(least, done[hall])
    limit = least
    if rule >= BY_WAY:
        limit += max(advice.tie_floor, advice.tie_share * least)
    chosen, first = -1, 1e18
    for hall in range(advice.windows.shape[0]):
        way = travel[citizen, hall] / MICROSECONDS
        key = done[hall] - way if rule == PREDICTED else way
        if done[hall] <= limit and key < first:
            chosen, first = hall, key
    return chosen


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
    advice: Advice,
    known: Known,
    chosen: Integers,
    heap: Integers,
    events: Integers,
) -> None:
    """Play one day. ``rule_of[citizen]``: the rule it follows; GIVEN goes where ``chosen`` says already.

    Halls' floors are fresh; ``chosen`` receives the hall of each citizen, ``ledger`` what happened.
    """
    citizens, halls = leaves.shape[0], advice.windows.shape[0]
    next_citizen, on_way, looks = 0, 0, leaves[0]
    for hall in range(halls):
        events[hall] = floors.next_event[hall, 1]
    while True:
        hall, event = _first_of(events)
        now = event >> RANK_BITS
        decides = leaves[next_citizen] if next_citizen < citizens else NEVER
        arrives = heap[0] >> CITIZEN_BITS if on_way > 0 else NEVER
        if advice.age > 0 and decides < NEVER and looks <= min(decides, arrives, now):
            _look(floors, advice, known, looks)
            looks += advice.age
        elif decides <= arrives and decides <= now and decides < NEVER:
            rule, need = rule_of[next_citizen], day.queue[next_citizen]
            if rule != GIVEN:
                chosen[next_citizen] = _choice(
                    rule, next_citizen, decides, need, travel, floors, advice, known
                )
            at = decides + travel[next_citizen, chosen[next_citizen]]
            _push(heap, on_way, (at << CITIZEN_BITS) | next_citizen)
            on_way += 1
            if BY_WAY <= rule <= PREDICTED:  # whoever did not ask is not known to be coming
                _sent(known, chosen[next_citizen], need, at)
            next_citizen += 1
        elif arrives <= now and arrives < NEVER:
            citizen = heap[0] & ((1 << CITIZEN_BITS) - 1)
            _pop(heap, on_way)
            on_way -= 1
            hall = chosen[citizen]
            if BY_WAY <= rule_of[citizen] <= PREDICTED:
                _arrived(known, hall, arrives, advice.mean_service[day.queue[citizen]])
            day.effective[citizen] = arrives
            join(_plan(plans, hall), policy, day, _floor(floors, hall), ledger, 0, citizen, arrives)
            known.last_wait[hall, day.queue[citizen]] *= ledger.called[citizen] != arrives
            events[hall] = floors.next_event[hall, 1]
        elif now >= NEVER:
            break
        else:
            _window_event(
                plans, policy, day, _floor(floors, hall), ledger, known, hall, event & RANK_MASK, now
            )
            events[hall] = floors.next_event[hall, 1]


@inlined
def _first_of(events: Integers) -> tuple[int, int]:
    hall, event = 0, events[0]
    for other in range(1, events.shape[0]):
        if events[other] < event:
            hall, event = other, events[other]
    return hall, event


@inlined
def _window_event(
    plans: PlanArrays,
    policy: PolicyArrays,
    day: DayArrays,
    floor: Floor,
    ledger: Ledger,
    known: Known,
    hall: int,
    rank: int,
    now: int,
) -> None:
    """Let a window's citizen go and the next be called; note how long that one has waited."""
    leave(day, floor, 0, rank)
    call(_plan(plans, hall), policy, day, floor, ledger, 0, rank, now)
    served = floor.serving[rank]
    if served >= 0:
        known.last_wait[hall, day.queue[served]] = (now - ledger.joined[served]) / MICROSECONDS


@inlined
def _sent(known: Known, hall: int, need: int, at: int) -> None:
    """Note who has been sent to a hall and when they will be there."""
    place = known.coming[hall]
    known.coming_at[hall, place] = at
    known.coming_need[hall, place] = need
    known.coming[hall] = place + 1


@inlined
def _arrived(known: Known, hall: int, at: int, service: float) -> None:
    """Strike one who has come off the list of those on the way; the next look will see the work."""
    known.arrived[hall] += service
    for place in range(known.coming[hall]):
        if known.coming_at[hall, place] == at:
            known.coming[hall] -= 1
            known.coming_at[hall, place] = known.coming_at[hall, known.coming[hall]]
            known.coming_need[hall, place] = known.coming_need[hall, known.coming[hall]]
            return
