"""The compiled day of a hall: who is called to which window when, by the one call order.

The decision is ``queueing.rules.call_order.choose_next``: among the heads of the window's queues, own
queues and overdue helping ones before the rest, earliest effective arrival, then queue rank, then
number. At one instant tickets join before windows call, and windows call in rank order. A citizen who
gives up is noticed when it would be called, which decides nothing differently.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from queueing.engine.arrays import NEVER, RANK_BITS, PlanArrays, PolicyArrays
from queueing.engine.bits import lowest_bit
from queueing.engine.cache import compiled
from queueing.engine.draw import ABSENT, DayArrays

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Integers = NDArray[np.int64]
    Floats = NDArray[np.float64]

WINDOW_BITS = 62  # windows per word of a set
LANES = 8  # ``free`` is padded so that its minimum is taken with whole vectors
NOT_YET, SERVED, GAVE_UP, MISSED, TURNED_AWAY = range(5)


class Floor(NamedTuple):
    """The hall at this moment. Windows by rank; sets of windows are words of ``WINDOW_BITS``."""

    free: Integers  # [padded rank] next event of a window: microseconds << RANK_BITS | rank
    serving: Integers  # the ticket at the window, -1 none
    row: Integers  # which row of the plan the window follows (its own, unless pools swapped them)
    pointer: Integers  # its phase
    configured: Integers  # queues it was last set up for
    primary: Integers  # queues it calls now
    helping: Integers
    ends: Integers  # end of the phase, -1 while it cannot call
    stays: Integers
    factor: Floats
    idle: Integers  # [word]
    primary_windows: Integers  # [queue, word] windows that call it now
    helping_windows: Integers
    waiting: Integers  # [1] queues with somebody waiting
    first: Integers  # [queue] place of the head in the two arrays below
    after: Integers  # [queue] place behind the tail
    head: Integers  # [queue] effective arrival of the head
    line_effective: Integers  # [ticket] waiting lines, one stretch per queue
    line_ticket: Integers


class Ledger(NamedTuple):
    """What happened to each ticket, in microseconds; -1 where it never happened."""

    joined: Integers
    called: Integers
    started: Integers
    finished: Integers
    window: Integers
    outcome: Integers


@compiled
def _open_lists(plan: PlanArrays, floor: Floor, rank: int, row: int, phase: int) -> None:
    """Let a window call by a phase of the plan."""
    floor.primary[rank] = plan.primary[row, phase]
    floor.helping[rank] = plan.helping[row, phase]
    floor.ends[rank] = plan.ends[row, phase]
    floor.stays[rank] = plan.stays[row, phase]
    floor.factor[rank] = plan.list_factor[row, phase]
    word, bit = rank // WINDOW_BITS, 1 << (rank % WINDOW_BITS)
    for queue in range(floor.head.shape[0]):
        if (floor.primary[rank] >> queue) & 1:
            floor.primary_windows[queue, word] |= bit
        if (floor.helping[rank] >> queue) & 1:
            floor.helping_windows[queue, word] |= bit


@compiled
def _close_lists(floor: Floor, rank: int) -> None:
    """Let a window call nothing."""
    floor.primary[rank] = 0
    floor.helping[rank] = 0
    floor.ends[rank] = -1
    word, others = rank // WINDOW_BITS, ~(1 << (rank % WINDOW_BITS))
    for queue in range(floor.head.shape[0]):
        floor.primary_windows[queue, word] &= others
        floor.helping_windows[queue, word] &= others


@compiled
def _settle(plan: PlanArrays, policy: PolicyArrays, floor: Floor, rank: int, now: int) -> int:
    """Move a window to what the plan wants now; return when it may call: ``now``, or an instant to ask again."""
    _close_lists(floor, rank)
    row = floor.row[rank]
    while floor.pointer[rank] < plan.phase_count[row]:
        phase = floor.pointer[rank]
        begins, ends = plan.begins[row, phase], plan.ends[row, phase]
        if now < begins:
            return begins
        if plan.rests[row, phase] == 1:
            floor.pointer[rank] += 1
            resumes = now + ends - begins if policy.full_breaks == 1 else ends
            if resumes > now:
                return resumes
        elif now >= ends:
            floor.pointer[rank] += 1
        else:
            wanted = plan.primary[row, phase] | plan.helping[row, phase]
            before = floor.configured[rank]
            floor.configured[rank] = wanted
            if before not in (0, wanted) and policy.setup > 0:
                return now + policy.setup
            _open_lists(plan, floor, rank, row, phase)
            return now
    return NEVER


@compiled
def _replace_overdue(plan: PlanArrays, floor: Floor, rank: int, now: int) -> bool:
    """In pools: hand this window's phase to a busy one of its pool that should have closed, if any."""
    for other in range(floor.serving.shape[0]):
        overdue = floor.serving[other] >= 0 and floor.ends[other] <= now
        if other != rank and overdue and plan.pool[other] == plan.pool[rank]:
            floor.row[rank], floor.row[other] = floor.row[other], floor.row[rank]
            floor.pointer[rank], floor.pointer[other] = floor.pointer[other], floor.pointer[rank]
            _close_lists(floor, other)
            _open_lists(plan, floor, other, floor.row[other], floor.pointer[other])
            return True
    return False


@compiled
def _enqueue(day: DayArrays, floor: Floor, at: int, ticket: int) -> None:
    """Put a ticket into its line, behind everyone with a smaller (effective arrival, number)."""
    queue = day.queue[at + ticket]
    effective = day.effective[at + ticket]
    place = floor.after[queue]
    head = floor.first[queue]
    while place > head and floor.line_effective[place - 1] >= effective:
        ahead = floor.line_ticket[place - 1]
        if floor.line_effective[place - 1] == effective and day.number[at + ahead] <= day.number[at + ticket]:
            break
        floor.line_effective[place] = floor.line_effective[place - 1]
        floor.line_ticket[place] = ahead
        place -= 1
    floor.line_effective[place] = effective
    floor.line_ticket[place] = ticket
    floor.after[queue] += 1
    if place == head:
        floor.head[queue] = effective
        floor.waiting[0] |= 1 << queue


@compiled
def _dequeue(floor: Floor, queue: int) -> int:
    """Take the head of a line."""
    place = floor.first[queue]
    ticket = floor.line_ticket[place]
    place += 1
    floor.first[queue] = place
    if place == floor.after[queue]:
        floor.waiting[0] &= ~(1 << queue)
    else:
        floor.head[queue] = floor.line_effective[place]
    return ticket


@compiled
def _choose(floor: Floor, rank: int, now: int, help_limit: int) -> int:
    """Return the queue whose head this window calls, -1 when nobody waits for it."""
    waiting = floor.waiting[0]
    best, best_effective = -1, NEVER
    candidates = waiting & floor.primary[rank]
    while candidates != 0:
        queue = lowest_bit(candidates)
        candidates &= candidates - 1
        if floor.head[queue] < best_effective:
            best, best_effective = queue, floor.head[queue]
    candidates = waiting & floor.helping[rank]
    help_best, help_effective = -1, NEVER
    while candidates != 0:
        queue = lowest_bit(candidates)
        candidates &= candidates - 1
        effective = floor.head[queue]
        if now - effective > help_limit:
            if effective < best_effective or (effective == best_effective and queue < best):
                best, best_effective = queue, effective
        elif effective < help_effective:
            help_best, help_effective = queue, effective
    return best if best >= 0 else help_best


@compiled
def _idle_window(floor: Floor, queue: int) -> int:
    """Return the idle window that takes a ticket of this queue: primary ones first, by rank; -1 none."""
    words = floor.idle.shape[0]
    for word in range(words):
        found = floor.idle[word] & floor.primary_windows[queue, word]
        if found != 0:
            return word * WINDOW_BITS + lowest_bit(found)
    for word in range(words):
        found = floor.idle[word] & floor.helping_windows[queue, word]
        if found != 0:
            return word * WINDOW_BITS + lowest_bit(found)
    return -1


@compiled
def _start(
    plan: PlanArrays, policy: PolicyArrays, day: DayArrays, floor: Floor, ledger: Ledger,
    at: int, ticket: int, rank: int, now: int,
) -> int:  # fmt: skip
    """Call a ticket to a window; return the window's next event as packed in ``Floor.free``."""
    place = at + ticket
    ledger.called[place] = now
    ledger.window[place] = plan.window_of[rank]
    walk = day.walk[place]
    if walk == ABSENT:
        finish = now + policy.missed
        ledger.outcome[place] = MISSED
    else:
        factor = floor.factor[rank] * plan.pace[rank, day.queue[place]]
        ledger.started[place] = now + walk
        finish = now + walk + int(day.service[place] * factor + 0.5)
        ledger.outcome[place] = SERVED
    ledger.finished[place] = finish
    floor.serving[rank] = ticket
    packed = (finish << RANK_BITS) | rank
    floor.free[rank] = packed
    return packed


@compiled
def _join(
    plan: PlanArrays, policy: PolicyArrays, day: DayArrays, floor: Floor, ledger: Ledger,
    at: int, ticket: int, now: int,
) -> int:  # fmt: skip
    """Let a ticket join its queue, or an idle window call it; return that window's next event or NEVER."""
    place = at + ticket
    ledger.joined[place] = now
    ledger.called[place] = -1
    ledger.started[place] = -1
    ledger.finished[place] = -1
    ledger.window[place] = -1
    ledger.outcome[place] = NOT_YET
    rank = _idle_window(floor, day.queue[place])
    while rank >= 0:
        floor.idle[rank // WINDOW_BITS] &= ~(1 << (rank % WINDOW_BITS))
        if policy.pooled == 0 or not _replace_overdue(plan, floor, rank, now):
            return _start(plan, policy, day, floor, ledger, at, ticket, rank, now)
        floor.free[rank] = (_settle(plan, policy, floor, rank, now) << RANK_BITS) | rank
        rank = _idle_window(floor, day.queue[place])
    _enqueue(day, floor, at, ticket)
    return NEVER << RANK_BITS


@compiled
def _ready(plan: PlanArrays, policy: PolicyArrays, floor: Floor, rank: int, now: int) -> int:
    """Return when the window may call: ``now``, or the instant of its next event."""
    stays = floor.stays[rank] == 1 and floor.ends[rank] >= 0
    if now >= floor.ends[rank] and not (stays and _choose(floor, rank, now, 0) >= 0):
        ready = _settle(plan, policy, floor, rank, now)
        if ready > now:
            return ready
    while policy.pooled == 1 and _replace_overdue(plan, floor, rank, now):
        ready = _settle(plan, policy, floor, rank, now)
        if ready > now:
            return ready
    return now


@compiled
def _call(
    plan: PlanArrays, policy: PolicyArrays, day: DayArrays, floor: Floor, ledger: Ledger,
    at: int, rank: int, now: int,
) -> None:  # fmt: skip
    """Let a window that is free at ``now`` call the next ticket, or stand idle until its phase ends."""
    while True:
        queue = _choose(floor, rank, now, policy.help_limit)
        if queue < 0 and now >= floor.ends[rank]:  # it stayed for people who had given up
            ready = _settle(plan, policy, floor, rank, now)
            if ready > now:
                floor.free[rank] = (ready << RANK_BITS) | rank
                return
            continue
        if queue < 0:
            floor.idle[rank // WINDOW_BITS] |= 1 << (rank % WINDOW_BITS)
            floor.free[rank] = (floor.ends[rank] << RANK_BITS) | rank
            return
        ticket = _dequeue(floor, queue)
        if day.deadline[at + ticket] >= now:
            _start(plan, policy, day, floor, ledger, at, ticket, rank, now)
            return
        ledger.outcome[at + ticket] = GAVE_UP
        ledger.finished[at + ticket] = day.deadline[at + ticket]


@compiled
def _reset(
    plan: PlanArrays, day: DayArrays, floor: Floor, at: int, total: int, ready: Integers, configured: Integers
) -> None:
    """Empty the hall and lay out one line per queue."""
    floor.free[:] = NEVER << RANK_BITS
    floor.idle[:] = 0
    floor.primary_windows[:] = 0
    floor.helping_windows[:] = 0
    floor.waiting[0] = 0
    for rank in range(ready.shape[0]):
        floor.serving[rank] = -1
        floor.row[rank] = rank
        floor.pointer[rank] = 0
        floor.configured[rank] = configured[rank]
        floor.primary[rank] = 0
        floor.helping[rank] = 0
        floor.ends[rank] = -1
        floor.free[rank] = (ready[rank] << RANK_BITS) | rank
    floor.first[:] = 0
    for ticket in range(total):
        floor.first[day.queue[at + ticket]] += 1
    place = 0
    for queue in range(floor.first.shape[0]):
        place += floor.first[queue]
        floor.first[queue] = place - floor.first[queue]
        floor.after[queue] = floor.first[queue]


@compiled
def _earliest(free: Integers) -> int:
    lowest = free[0]
    for lane in range(1, free.shape[0]):
        lowest = min(lowest, free[lane])
    return lowest


@compiled
def _end_day(day: DayArrays, floor: Floor, ledger: Ledger, at: int, closes: int) -> None:
    """Settle whoever still waits: given up if patience ended before the hall did, else turned away."""
    for queue in range(floor.head.shape[0]):
        for place in range(floor.first[queue], floor.after[queue]):
            ticket = at + floor.line_ticket[place]
            gave_up = day.deadline[ticket] < closes
            ledger.outcome[ticket] = GAVE_UP if gave_up else TURNED_AWAY
            ledger.finished[ticket] = day.deadline[ticket] if gave_up else max(closes, ledger.joined[ticket])


@compiled
def run_day(
    plan: PlanArrays, policy: PolicyArrays, day: DayArrays, floor: Floor, ledger: Ledger,
    at: int, joining: int, total: int, ready: Integers, configured: Integers, closes: int,
) -> None:  # fmt: skip
    """Play one day: ``joining`` tickets from outside at ``at`` on, then the later legs up to ``total``.

    ``ready``: first event of each window; ``configured``: queues it is already set up for.
    """
    _reset(plan, day, floor, at, total, ready, configured)
    for ticket in range(joining, total):
        ledger.outcome[at + ticket] = NOT_YET
        ledger.joined[at + ticket] = -1
        ledger.called[at + ticket] = -1
        ledger.window[at + ticket] = -1
    coming = 0
    event = _earliest(floor.free)
    while True:
        now = event >> RANK_BITS
        if coming < joining and day.joined[at + coming] <= now:
            joins = day.joined[at + coming]
            event = min(event, _join(plan, policy, day, floor, ledger, at, coming, joins))
            coming += 1
            continue
        if now >= NEVER:
            break
        rank = event & ((1 << RANK_BITS) - 1)
        _window_event(plan, policy, day, floor, ledger, at, rank, now)
        event = _earliest(floor.free)
    _end_day(day, floor, ledger, at, closes)


@compiled
def _window_event(
    plan: PlanArrays, policy: PolicyArrays, day: DayArrays, floor: Floor, ledger: Ledger,
    at: int, rank: int, now: int,
) -> None:  # fmt: skip
    """A window finishes a citizen, opens, ends a break or a phase: then it calls if it may."""
    ticket = floor.serving[rank]
    floor.serving[rank] = -1
    floor.idle[rank // WINDOW_BITS] &= ~(1 << (rank % WINDOW_BITS))
    if ticket >= 0 and day.child[at + ticket] >= 0:
        leg = day.child[at + ticket]
        _join(plan, policy, day, floor, ledger, at, leg, now)
    ready = _ready(plan, policy, floor, rank, now)
    if ready > now:
        floor.free[rank] = (ready << RANK_BITS) | rank
    else:
        _call(plan, policy, day, floor, ledger, at, rank, now)
