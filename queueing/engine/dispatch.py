# mypy: disable-error-code="no-any-return"
"""The compiled day of a hall: who is called to which window when, by the one call order.

The decision is ``queueing.rules.call_order.choose_next``: among the heads of the window's queues, own
queues and overdue helping ones before the rest, earliest effective arrival, then queue rank, then
number. At one instant tickets join before windows call, and windows call in rank order. A citizen who
gives up is noticed when it would be called, which decides nothing differently.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from queueing.engine.arrays import NEVER, RANK_BITS
from queueing.engine.bits import lowest_bit
from queueing.engine.cache import inlined
from queueing.engine.draw import ABSENT
from queueing.engine.floor import (
    HIGH,
    QUEUE_BITS,
    WINDOW_BITS,
    dequeue,
    enqueue,
    replace_overdue,
    reset,
    settle,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from queueing.engine.arrays import PlanArrays, PolicyArrays
    from queueing.engine.draw import DayArrays
    from queueing.engine.floor import Floor, Ledger

    Integers = NDArray[np.int64]

RANK_MASK = (1 << RANK_BITS) - 1
QUEUE_MASK = (1 << QUEUE_BITS) - 1
NOT_YET, SERVED, GAVE_UP, MISSED, TURNED_AWAY = range(5)


@inlined
def _choose(floor: Floor, rank: int, now: int, help_limit: int) -> int:
    """Return the head that this window calls, as packed in ``Floor.head``; HIGH when nobody waits for it.

    Every queue is looked at without a branch: a barrier lifts the heads of others above all instants.
    """
    limit = (now - help_limit) << QUEUE_BITS
    own, helping = HIGH, HIGH
    for lane in range(floor.head.shape[0]):
        head = floor.head[lane]
        own = min(own, max(head, floor.own[rank, lane]))
        helping = min(helping, max(head, floor.helps[rank, lane]))
    if helping < limit:  # it has waited past the help limit and ranks as the window's own
        own = min(own, helping)
    return own if own < HIGH else helping


@inlined
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


@inlined
def _start(
    plan: PlanArrays, policy: PolicyArrays, day: DayArrays, floor: Floor, ledger: Ledger,
    place: int, ticket: int, rank: int, now: int,
) -> int:  # fmt: skip
    """Call a ticket to a window; return the window's next event as packed in ``Floor.free``."""
    ledger.called[place] = now
    ledger.window[place] = plan.window_of[rank]
    walk = day.walk[place]
    if walk == ABSENT:
        finish = now + policy.missed
        ledger.outcome[place] = MISSED
    else:
        factor = floor.factor[rank] * plan.pace[rank, day.queue[place]]
        finish = now + walk + int(day.service[place] * factor + 0.5)
        ledger.outcome[place] = SERVED
    ledger.finished[place] = finish
    floor.serving[rank] = ticket
    packed = (finish << RANK_BITS) | rank
    floor.free[rank] = packed
    return packed


@inlined
def join(
    plan: PlanArrays, policy: PolicyArrays, day: DayArrays, floor: Floor, ledger: Ledger,
    at: int, ticket: int, now: int,
) -> int:  # fmt: skip
    """Let a ticket join its queue, or an idle window call it; return that window's next event or NEVER."""
    place = at + ticket
    ledger.joined[place] = now
    rank = _idle_window(floor, day.queue[place])
    while rank >= 0:
        floor.idle[rank // WINDOW_BITS] &= ~(1 << (rank % WINDOW_BITS))
        if policy.pooled == 0 or not replace_overdue(plan, floor, rank, now):
            return _start(plan, policy, day, floor, ledger, place, ticket, rank, now)
        floor.free[rank] = (now << RANK_BITS) | rank  # its phase has gone to another: settle it at once
        rank = _idle_window(floor, day.queue[place])
    enqueue(day, floor, at, ticket)
    return NEVER << RANK_BITS


@inlined
def call(
    plan: PlanArrays, policy: PolicyArrays, day: DayArrays, floor: Floor, ledger: Ledger,
    at: int, rank: int, now: int,
) -> None:  # fmt: skip
    """Let a free window call the next ticket if its plan allows, or stand idle, or rest."""
    while True:
        head = _choose(floor, rank, now, policy.help_limit)
        ends = floor.ends[rank]
        if now >= ends and (head == HIGH or ends < 0 or floor.stays[rank] == 0):
            ready = settle(plan, policy, floor, rank, now)
            if ready > now:
                floor.free[rank] = (ready << RANK_BITS) | rank
                return
            continue
        if policy.pooled == 1 and now < ends and replace_overdue(plan, floor, rank, now):
            continue
        if head == HIGH:
            floor.idle[rank // WINDOW_BITS] |= 1 << (rank % WINDOW_BITS)
            floor.free[rank] = (ends << RANK_BITS) | rank
            return
        ticket = dequeue(floor, head & QUEUE_MASK)
        if day.deadline[at + ticket] >= now:
            _start(plan, policy, day, floor, ledger, at + ticket, ticket, rank, now)
            return
        _leave_unserved(ledger, at + ticket, GAVE_UP, day.deadline[at + ticket])


@inlined
def _leave_unserved(ledger: Ledger, place: int, outcome: int, left_at: int) -> None:
    ledger.called[place] = -1
    ledger.window[place] = -1
    ledger.outcome[place] = outcome
    ledger.finished[place] = left_at


@inlined
def _next_after(free: Integers, event: int) -> int:
    """Return the earliest event of the other windows; ``event`` is the earliest of all."""
    lowest = NEVER << (RANK_BITS + 1)
    for lane in range(free.shape[0]):
        later = free[lane] if free[lane] > event else NEVER << (RANK_BITS + 1)
        lowest = min(lowest, later)
    return lowest


@inlined
def earliest(free: Integers) -> int:
    lowest = free[0]
    for lane in range(1, free.shape[0]):
        lowest = min(lowest, free[lane])
    return lowest


@inlined
def _end_day(day: DayArrays, floor: Floor, ledger: Ledger, at: int, closes: int, last: int) -> None:
    """Settle whoever still waits: given up if patience ended before the hall did, else turned away."""
    for queue in range(floor.first.shape[0]):
        for place in range(floor.first[queue], floor.after[queue]):
            ticket = at + floor.line_ticket[place]
            gave_up = day.deadline[ticket] < max(closes, last)
            outcome = GAVE_UP if gave_up else TURNED_AWAY
            left_at = day.deadline[ticket] if gave_up else max(closes, ledger.joined[ticket])
            _leave_unserved(ledger, ticket, outcome, left_at)


@inlined
def _mark_legs(ledger: Ledger, first: int, last: int) -> None:
    """Later legs have not happened yet."""
    for place in range(first, last):
        _leave_unserved(ledger, place, NOT_YET, -1)
        ledger.joined[place] = -1


@inlined
def run_day(
    plan: PlanArrays, policy: PolicyArrays, day: DayArrays, floor: Floor, ledger: Ledger,
    at: int, joining: int, total: int, ready: Integers, configured: Integers, closes: int,
) -> None:  # fmt: skip
    """Play one day: ``joining`` tickets from outside at ``at`` on, then the later legs up to ``total``.

    ``ready``: first event of each window; ``configured``: queues it is already set up for.
    """
    reset(day, floor, at, total, ready, configured)
    _mark_legs(ledger, at + joining, at + total)
    coming, leg, last = 0, -1, 0
    event = earliest(floor.free)
    while True:
        now = event >> RANK_BITS
        if leg >= 0 or (coming < joining and day.joined[at + coming] <= now):
            ticket, joins = (leg, now) if leg >= 0 else (coming, day.joined[at + coming])
            coming += 0 if leg >= 0 else 1
            leg = -1
            started = join(plan, policy, day, floor, ledger, at, ticket, joins)
            event = min(event, started)
            if policy.pooled == 1 or floor.free[event & RANK_MASK] != event:  # its idle window was taken
                event = earliest(floor.free)
            continue
        if now >= NEVER:
            break
        last = now
        rank = event & RANK_MASK
        leg = leave(day, floor, at, rank)
        if leg < 0:
            others = _next_after(floor.free, event)  # before the call, so that the two overlap
            call(plan, policy, day, floor, ledger, at, rank, now)
            event = min(others, floor.free[rank])
    _end_day(day, floor, ledger, at, closes, last)


@inlined
def leave(day: DayArrays, floor: Floor, at: int, rank: int) -> int:
    """Let the citizen at a window go; return the later leg that now joins another queue, or -1.

    With a later leg the window's event comes again at the same instant, after the leg has joined.
    """
    ticket = floor.serving[rank]
    floor.serving[rank] = -1
    floor.idle[rank // WINDOW_BITS] &= ~(1 << (rank % WINDOW_BITS))
    return day.child[at + ticket] if ticket >= 0 else -1
