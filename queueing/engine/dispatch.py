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
from queueing.engine.bits import lowest_bit, unsigned
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
    schedule,
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

    Lists are short and filled up with the empty queue, so nothing here is a branch to be guessed.
    """
    own, helping = HIGH, HIGH
    for place in range(floor.own.shape[1]):
        own = min(own, floor.head[unsigned(floor.own[rank, place])])
    for place in range(floor.helps.shape[1]):
        helping = min(helping, floor.head[unsigned(floor.helps[rank, place])])
    overdue = helping < (now - help_limit) << QUEUE_BITS  # past the help limit it ranks as the window's own
    first = min(own, helping) if overdue else own
    return first if first < HIGH else helping


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
    at: int, ticket: int, rank: int, now: int,
) -> None:  # fmt: skip
    """Call a ticket to a window."""
    place = unsigned(at + ticket)
    ledger.called[place] = now
    ledger.window[place] = plan.window_of[rank]
    walk = day.walk[place]
    if walk == ABSENT:
        finish = now + policy.missed
        ledger.outcome[place] = MISSED
    else:
        factor = floor.factor[rank] * plan.pace[rank, unsigned(day.queue[place])]
        finish = now + walk + int(day.service[place] * factor + 0.5)
        ledger.outcome[place] = SERVED
    ledger.finished[place] = finish
    floor.serving[rank] = ticket
    schedule(floor, rank, finish)


@inlined
def join(
    plan: PlanArrays, policy: PolicyArrays, day: DayArrays, floor: Floor, ledger: Ledger,
    at: int, ticket: int, now: int,
) -> None:  # fmt: skip
    """Let a ticket join its queue, or an idle window call it."""
    place = unsigned(at + ticket)
    queue = unsigned(day.queue[place])
    ledger.joined[place] = now
    rank = _idle_window(floor, queue)
    while rank >= 0:
        floor.idle[rank // WINDOW_BITS] &= ~(1 << (rank % WINDOW_BITS))
        if policy.pooled == 0 or not replace_overdue(plan, floor, rank, now):
            _start(plan, policy, day, floor, ledger, at, ticket, rank, now)
            return
        schedule(floor, rank, now)  # its phase has gone to another: settle it at once
        rank = _idle_window(floor, queue)
    enqueue(day, floor, at, ticket)


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
                schedule(floor, rank, ready)
                return
            continue
        if policy.pooled == 1 and now < ends and replace_overdue(plan, floor, rank, now):
            continue
        if head == HIGH:
            floor.idle[rank // WINDOW_BITS] |= 1 << (rank % WINDOW_BITS)
            schedule(floor, rank, ends)
            return
        ticket = dequeue(floor, head & QUEUE_MASK)
        deadline = day.deadline[unsigned(at + ticket)]
        if deadline >= now:
            _start(plan, policy, day, floor, ledger, at, ticket, rank, now)
            return
        _leave_unserved(ledger, at + ticket, GAVE_UP, deadline)


@inlined
def _leave_unserved(ledger: Ledger, place: int, outcome: int, left_at: int) -> None:
    ledger.called[place] = -1
    ledger.window[place] = -1
    ledger.outcome[place] = outcome
    ledger.finished[place] = left_at


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
    joins = _joins_at(day, at, coming, joining)
    while True:
        event = floor.next_event[1]
        now = event >> RANK_BITS
        if leg >= 0:
            join(plan, policy, day, floor, ledger, at, leg, now)
            leg = -1
        elif joins <= now:
            join(plan, policy, day, floor, ledger, at, coming, joins)
            coming += 1
            joins = _joins_at(day, at, coming, joining)
        elif now >= NEVER:
            break
        else:
            last = now
            rank = event & RANK_MASK
            leg = leave(day, floor, at, rank)
            if leg < 0:
                call(plan, policy, day, floor, ledger, at, rank, now)
    _end_day(day, floor, ledger, at, closes, last)


@inlined
def _joins_at(day: DayArrays, at: int, coming: int, joining: int) -> int:
    return day.joined[unsigned(at + coming)] if coming < joining else NEVER + 1


@inlined
def leave(day: DayArrays, floor: Floor, at: int, rank: int) -> int:
    """Let the citizen at a window go; return the later leg that now joins another queue, or -1.

    With a later leg the window's event comes again at the same instant, after the leg has joined.
    """
    ticket = floor.serving[rank]
    floor.serving[rank] = -1
    floor.idle[rank // WINDOW_BITS] &= ~(1 << (rank % WINDOW_BITS))
    return day.child[unsigned(at + ticket)] if ticket >= 0 else -1
