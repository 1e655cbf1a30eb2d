# mypy: disable-error-code="no-any-return"
"""The floor of a hall in the compiled core: windows following their plan, lines of waiting tickets."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from queueing.engine.arrays import NEVER, RANK_BITS
from queueing.engine.bits import ONE, unsigned
from queueing.engine.cache import inlined, outlined

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from queueing.engine.arrays import PlanArrays, PolicyArrays
    from queueing.engine.draw import DayArrays

    Integers = NDArray[np.int64]
    Floats = NDArray[np.float64]

WINDOW_BITS = 62  # windows per word of a set
QUEUE_BITS = 6
HIGH = 1 << 60  # beyond every packed instant: nobody


class Floor(NamedTuple):
    """The hall at this moment. Windows by rank; sets of windows are words of ``WINDOW_BITS``."""

    next_event: Integers  # a tree: entry 1 is the earliest event, the second half one per rank, each
    # entry the lesser of the two below it; an event is microseconds << RANK_BITS | rank
    serving: Integers  # the ticket at the window, -1 none
    row: Integers  # which row of the plan the window follows (its own, unless pools swapped them)
    pointer: Integers  # its phase
    configured: Integers  # queues it was last set up for
    own: Integers  # [rank, place] the queues it calls as its own now, then the empty one (``queues``)
    helps: Integers  # [rank, place] the same for helping queues
    ends: Integers  # end of the phase, -1 while it cannot call
    stays: Integers
    factor: Floats
    idle: Integers  # [word]
    primary_windows: Integers  # [queue, word] windows that call it now
    helping_windows: Integers
    first: Integers  # [queue] place of the head in the two arrays below
    after: Integers  # [queue] place behind the tail
    head: Integers  # [queue] effective arrival of the head << QUEUE_BITS | queue, HIGH for nobody; the
    # last entry is the empty queue, whose head is always HIGH
    line_effective: Integers  # [ticket] waiting lines, one stretch per queue
    line_ticket: Integers


class Ledger(NamedTuple):
    """What happened to each ticket, in microseconds; -1 where it never happened."""

    joined: Integers
    called: Integers
    finished: Integers
    window: Integers
    outcome: Integers


@inlined
def schedule(floor: Floor, rank: int, instant: int) -> None:
    """Set when a window next has something to do: one leaf of the tree, and what stands above it."""
    tree = floor.next_event
    node = unsigned(tree.shape[0] // 2 + rank)
    event = (instant << RANK_BITS) | rank
    tree[node] = event
    while node > ONE:
        event = min(event, tree[node ^ ONE])
        node >>= ONE
        tree[node] = event


@inlined
def open_lists(plan: PlanArrays, floor: Floor, rank: int, row: int, phase: int) -> None:
    """Let a window call by a phase of the plan."""
    floor.ends[rank] = plan.ends[row, phase]
    floor.stays[rank] = plan.stays[row, phase]
    floor.factor[rank] = plan.list_factor[row, phase]
    word, bit = rank // WINDOW_BITS, 1 << (rank % WINDOW_BITS)
    own, helps = 0, 0
    for queue in range(floor.first.shape[0]):
        if (plan.primary[row, phase] >> queue) & 1:
            floor.own[rank, own] = queue
            own += 1
            floor.primary_windows[queue, word] |= bit
        if (plan.helping[row, phase] >> queue) & 1:
            floor.helps[rank, helps] = queue
            helps += 1
            floor.helping_windows[queue, word] |= bit


@inlined
def close_lists(floor: Floor, rank: int) -> None:
    """Let a window call nothing."""
    floor.ends[rank] = -1
    word, others = rank // WINDOW_BITS, ~(1 << (rank % WINDOW_BITS))
    nobody = floor.first.shape[0]
    floor.own[rank, :] = nobody
    floor.helps[rank, :] = nobody
    for queue in range(nobody):
        floor.primary_windows[queue, word] &= others
        floor.helping_windows[queue, word] &= others


@inlined
def settle(plan: PlanArrays, policy: PolicyArrays, floor: Floor, rank: int, now: int) -> int:
    """Move a window to what the plan wants now; return ``now`` if it may call, else when to ask again."""
    close_lists(floor, rank)
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
            open_lists(plan, floor, rank, row, phase)
            return now
    return NEVER


@outlined
def replace_overdue(plan: PlanArrays, floor: Floor, rank: int, now: int) -> bool:
    """In pools: hand this window's phase to a busy one of its pool that should have closed, if any."""
    for other in range(floor.serving.shape[0]):
        overdue = floor.serving[other] >= 0 and floor.ends[other] <= now and floor.stays[other] == 0
        if other != rank and overdue and plan.pool[other] == plan.pool[rank]:
            floor.row[rank], floor.row[other] = floor.row[other], floor.row[rank]
            floor.pointer[rank], floor.pointer[other] = floor.pointer[other], floor.pointer[rank]
            close_lists(floor, rank)
            close_lists(floor, other)
            open_lists(plan, floor, other, floor.row[other], floor.pointer[other])
            return True
    return False


@inlined
def enqueue(day: DayArrays, floor: Floor, at: int, ticket: int) -> None:
    """Put a ticket into its line, behind everyone with a smaller (effective arrival, number)."""
    here = unsigned(at + ticket)
    queue, effective = unsigned(day.queue[here]), day.effective[here]
    place, head = unsigned(floor.after[queue]), unsigned(floor.first[queue])
    while place > head and floor.line_effective[place - ONE] >= effective:
        ahead = floor.line_ticket[place - ONE]
        if floor.line_effective[place - ONE] == effective and (
            day.number[unsigned(at + ahead)] <= day.number[here]
        ):
            break
        floor.line_effective[place] = floor.line_effective[place - ONE]
        floor.line_ticket[place] = ahead
        place -= ONE
    floor.line_effective[place] = effective
    floor.line_ticket[place] = ticket
    floor.after[queue] += 1
    if place == head:
        floor.head[queue] = (effective << QUEUE_BITS) | day.queue[here]


@inlined
def dequeue(floor: Floor, queue: int) -> int:
    """Take the head of a line."""
    place = unsigned(floor.first[queue])
    ticket = floor.line_ticket[place]
    place += ONE
    floor.first[queue] += 1
    following = (floor.line_effective[place] << QUEUE_BITS) | queue  # one more than the line is read
    floor.head[queue] = HIGH if place == unsigned(floor.after[queue]) else following
    return ticket


@inlined
def reset(day: DayArrays, floor: Floor, at: int, total: int, ready: Integers, configured: Integers) -> None:
    """Empty the hall and lay out one line per queue."""
    tree = floor.next_event
    tree[:] = NEVER << RANK_BITS
    floor.idle[:] = 0
    floor.primary_windows[:] = 0
    floor.helping_windows[:] = 0
    floor.head[:] = HIGH
    floor.own[:] = floor.first.shape[0]
    floor.helps[:] = floor.first.shape[0]
    half = tree.shape[0] // 2
    for rank in range(ready.shape[0]):
        floor.serving[rank] = -1
        floor.row[rank] = rank
        floor.pointer[rank] = 0
        floor.configured[rank] = configured[rank]
        floor.ends[rank] = -1
        tree[half + rank] = (ready[rank] << RANK_BITS) | rank
    for node in range(half - 1, 0, -1):
        tree[node] = min(tree[2 * node], tree[2 * node + 1])
    floor.first[:] = 0
    for ticket in range(total):
        floor.first[day.queue[at + ticket]] += 1
    place = 0
    for queue in range(floor.first.shape[0]):
        place += floor.first[queue]
        floor.first[queue] = place - floor.first[queue]
        floor.after[queue] = floor.first[queue]
