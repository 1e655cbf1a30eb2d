"""One day's citizens, drawn ticket by ticket from counter-based streams and put in order of joining.

Walk-ins are a Poisson process with piecewise constant rate (time rescaling: unit exponential gaps,
mapped through the cumulative rate), scaled by Gamma day factors of the hall and of the queue. Booked
citizens come at their slot plus punctuality, or not at all.
"""

from __future__ import annotations

from math import floor
from typing import TYPE_CHECKING, NamedTuple

from queueing.engine.arrays import MICROSECONDS, NEVER, DemandArrays
from queueing.engine.bits import ONE, unsigned
from queueing.engine.cache import inlined
from queueing.engine.curves import exponential_quantile
from queueing.engine.streams import bits, child_key, gamma_factor, own_uniform, part, quantile, uniform

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Integers = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Words = NDArray[np.uint64]

# what a uniform of a ticket's stream is for; the key itself is the uniform of a walk-in's arrival
SERVICE, PATIENCE, WALK, SHARES, TRANSFER = range(5)
PRIORITY, MISSED = 0, 1  # parts of the word SHARES
NO_SHOW, PUNCTUALITY = 7, 8  # of a booking; a repeated attempt adds 16
BOOKINGS_STREAM, FACTOR_STREAM, CHILD_STREAM = 1 << 40, 1 << 41, 1 << 42
MAX_LEGS = 4  # queues that one citizen passes through
MAX_ATTEMPTS = 64
WALK_IN = -1
ABSENT = -1  # in ``walk``: called and not there


class DayArrays(NamedTuple):
    """The tickets of one or more days, each day in order of joining, legs after transfer at its end."""

    joined: Integers  # microseconds; a later leg joins when its first leg finishes
    due: Integers  # WALK_IN, or the slot start
    effective: Integers
    queue: Integers
    service: Integers
    walk: Integers
    deadline: Integers
    number: Integers
    child: Integers  # the next leg, counted from the day's first ticket; -1: none


class RawArrays(NamedTuple):
    """Room for one day before it is sorted."""

    joined: Integers  # microseconds since opening << PLACE_BITS | place, which sorts by both
    sorted: Integers
    key: Words
    sorted_key: Words
    queue: Integers
    due: Integers
    booked: Integers
    gap: Floats  # [GAPS]
    bucket: Integers  # a power of two, at least as many as tickets, and one


GAPS = 16
PLACE_BITS = 21  # two million tickets a day, in a day of at most 50 days
PLACE_MASK = (1 << PLACE_BITS) - 1


@inlined
def _whole(minutes: float) -> int:
    return int(floor(minutes * MICROSECONDS + 0.5))  # noqa: RUF046  # numba's floor is a float


@inlined
def _draw_walk_ins(
    demand: DemandArrays, raw: RawArrays, count: int, queue: int, key: np.uint64, factor: float, since: int
) -> int:
    """Append one queue's walk-ins after ``since``; return the new count, or -1 if there is no room."""
    row = demand.cumulative[queue]
    last = row.shape[0] - 1
    begins = max(0.0, (since / MICROSECONDS - demand.opens) / demand.interval)
    interval = min(int(begins), last)
    total = (
        row[last]
        if interval >= last
        else row[interval] + (begins - interval) * (row[interval + 1] - row[interval])
    )
    opens, index, pace = _whole(demand.opens), 0, 1.0 / factor
    while True:
        if index % GAPS == 0:  # a block at a time: hashing does not wait for the branches below
            for gap in range(GAPS):
                raw.gap[gap] = exponential_quantile(own_uniform(child_key(key, index + gap))) * pace
        total += raw.gap[index % GAPS]
        if not total < row[last]:
            return count
        while row[interval + 1] <= total:
            interval += 1
        inside = (total - row[interval]) / (row[interval + 1] - row[interval])
        if count >= raw.joined.shape[0]:
            return -1
        joined = _whole(demand.opens + (interval + inside) * demand.interval)
        raw.joined[count] = (joined - opens) << PLACE_BITS | count
        raw.key[count] = child_key(key, index)
        raw.queue[count] = queue
        raw.due[count] = WALK_IN
        count += 1
        index += 1


@inlined
def _draw_bookings(
    demand: DemandArrays, raw: RawArrays, count: int, day_key: np.uint64, since: int, no_shows: Integers
) -> int:
    """Append the booked who come after ``since``; those who never come are counted in ``no_shows``."""
    opens, closes = _whole(demand.opens), _whole(demand.closes)
    for booking in range(demand.slot_queue.shape[0]):
        queue = demand.slot_queue[booking]
        key = child_key(day_key, BOOKINGS_STREAM + booking)
        joined = closes
        for attempt in range(0, 16 * MAX_ATTEMPTS, 16):
            if uniform(key, NO_SHOW + attempt) < demand.no_show_share[queue]:
                break
            late = quantile(demand.punctuality[queue], demand.table, uniform(key, PUNCTUALITY + attempt))
            joined = max(opens, demand.slot_due[booking] + _whole(late))
            if joined > since:
                break
            joined = closes
        if joined >= closes:
            no_shows[queue] += 1
            continue
        if count >= raw.joined.shape[0]:
            return -1
        raw.joined[count] = (joined - opens) << PLACE_BITS | count
        raw.key[count] = key
        raw.queue[count] = queue
        raw.due[count] = demand.slot_due[booking]
        raw.booked[count] = demand.slot_booked[booking]
        count += 1
    return count


@inlined
def _sort(raw: RawArrays, count: int, span: int) -> None:
    """Fill ``raw.sorted``, ties as drawn: about a bucket of equal time to a ticket, then insertion."""
    joined, ordered, bucket = raw.joined, raw.sorted, raw.bucket
    buckets = 1
    while buckets < count:
        buckets *= 2
    scale = buckets / ((span + 1.0) * (PLACE_MASK + 1))
    for position in range(buckets + 1):
        bucket[position] = 0
    for ticket in range(count):
        bucket[unsigned(joined[ticket] * scale) + ONE] += 1
    for position in range(buckets):
        bucket[position + 1] += bucket[position]
    for ticket in range(count):
        packed = joined[ticket]
        place = unsigned(packed * scale)
        ordered[bucket[place]] = packed
        bucket[place] += 1
    for position in range(1, count):
        packed = ordered[position]
        place = position
        while place > 0 and ordered[place - 1] > packed:
            ordered[place] = ordered[place - 1]
            place -= 1
        ordered[place] = packed


@inlined
def _service(demand: DemandArrays, key: np.uint64, queue: int) -> int:
    return _whole(quantile(demand.service[queue], demand.table, uniform(key, SERVICE)))


@inlined
def _walk(demand: DemandArrays, key: np.uint64, queue: int) -> int:
    walk = _whole(quantile(demand.walk, demand.table, uniform(key, WALK)))
    return ABSENT if part(bits(key, SHARES), MISSED) < demand.missed_share[queue] else walk


@inlined
def _deadline(demand: DemandArrays, key: np.uint64, queue: int, joined: int) -> int:
    if demand.patience[queue, 0] < 0.0:
        return NEVER
    return joined + _whole(quantile(demand.patience[queue], demand.table, uniform(key, PATIENCE)))


@inlined
def fill_ticket(demand: DemandArrays, key: np.uint64, out: DayArrays, at: int, queue: int) -> None:
    """Draw what the ticket at ``at`` in ``queue`` carries with it, whatever the plan will be."""
    out.queue[at] = queue
    out.service[at] = _service(demand, key, queue)
    out.walk[at] = _walk(demand, key, queue)
    out.deadline[at] = _deadline(demand, key, queue, out.joined[at])
    out.child[at] = -1


@inlined
def _fill_tickets(demand: DemandArrays, raw: RawArrays, out: DayArrays, first: int, count: int) -> None:
    """Do ``fill_ticket`` for a day, field by field: nothing waits for the branches of another field."""
    for position in range(count):
        at = unsigned(first + position)
        out.service[at] = _service(demand, raw.sorted_key[position], unsigned(out.queue[at]))
    for position in range(count):
        at = unsigned(first + position)
        out.walk[at] = _walk(demand, raw.sorted_key[position], unsigned(out.queue[at]))
    for position in range(count):
        at = unsigned(first + position)
        key, queue = raw.sorted_key[position], unsigned(out.queue[at])
        out.deadline[at] = _deadline(demand, key, queue, out.joined[at])
        out.child[at] = -1


@inlined
def _effective(demand: DemandArrays, joined: int, due: int, booked: int, priority: bool) -> int:
    """Return what ``queueing.rules.call_order.effective_arrival`` returns, in microseconds."""
    instant = joined
    if due != WALK_IN and joined <= due + demand.grace:
        instant = max(due - demand.appointment_credit, booked)
    return instant - demand.priority_credit if priority else instant


@inlined
def _append_legs(
    demand: DemandArrays, key: np.uint64, out: DayArrays, at: int, first: int, count: int
) -> int:
    """Append the legs that follow ``first`` after ``count`` tickets; return the new count or -1."""
    parent = first
    for leg in range(1, MAX_LEGS):
        row = demand.transfer[out.queue[at + parent]]
        share = uniform(key, TRANSFER)
        if out.walk[at + parent] == ABSENT or not share < row[row.shape[0] - 1]:
            return count
        queue = 0
        while row[queue] <= share:
            queue += 1
        if at + count >= out.joined.shape[0]:
            return -1
        key = child_key(key, CHILD_STREAM + leg)
        out.joined[at + count] = NEVER
        out.due[at + count] = WALK_IN
        out.effective[at + count] = out.effective[at + parent]
        out.number[at + count] = out.number[at + parent]
        fill_ticket(demand, key, out, at + count, queue)
        out.deadline[at + count] = NEVER
        out.child[at + parent] = count
        parent = count
        count += 1
    return count


@inlined
def draw_day(
    demand: DemandArrays,
    day_key: np.uint64,
    since: int,
    raw: RawArrays,
    out: DayArrays,
    at: int,
    no_shows: Integers,
) -> tuple[int, int]:
    """Draw one day into ``out`` from index ``at`` on.

    Returns (tickets that join from outside, tickets with later legs); (-1, -1) if there is no room.
    Only citizens who come after ``since`` (microseconds, -1 for all) are drawn.
    """
    queues = demand.queue_cv.shape[0]
    hall = gamma_factor(child_key(day_key, FACTOR_STREAM), demand.hall_cv)
    count = 0
    for queue in range(queues):
        queue_key = child_key(day_key, queue)
        factor = hall * gamma_factor(child_key(queue_key, FACTOR_STREAM), demand.queue_cv[queue])
        if factor > 0.0:
            count = _draw_walk_ins(demand, raw, count, queue, queue_key, factor, since)
        if count < 0:
            return -1, -1
    count = _draw_bookings(demand, raw, count, day_key, since, no_shows)
    if count < 0 or at + count > out.joined.shape[0]:
        return -1, -1
    opens = _whole(demand.opens)
    _sort(raw, count, _whole(demand.closes) - opens)
    for position in range(count):
        _place(demand, raw, opens, position, out, unsigned(at + position))
    _fill_tickets(demand, raw, out, at, count)
    return count, _draw_legs(demand, raw, out, at, count)


@inlined
def _place(demand: DemandArrays, raw: RawArrays, opens: int, position: int, out: DayArrays, at: int) -> None:
    """Write the ticket that is ``position``-th to join."""
    source = unsigned(raw.sorted[position] & PLACE_MASK)
    joined = opens + (raw.sorted[position] >> PLACE_BITS)
    queue, key, due = unsigned(raw.queue[source]), raw.key[source], raw.due[source]
    priority = part(bits(key, SHARES), PRIORITY) < demand.priority_share[queue]
    out.joined[at] = joined
    out.due[at] = due
    out.effective[at] = _effective(demand, joined, due, raw.booked[source], priority)
    out.number[at] = position
    out.queue[at] = queue
    raw.sorted_key[position] = key


@inlined
def _draw_legs(demand: DemandArrays, raw: RawArrays, out: DayArrays, at: int, count: int) -> int:
    """Append the legs after transfer for the whole day; return the number of tickets, or -1."""
    last = demand.transfer.shape[1] - 1
    any_transfer = False
    for queue in range(last + 1):
        any_transfer |= demand.transfer[queue, last] > 0.0
    total = count
    if any_transfer:
        for position in range(count):
            total = _append_legs(demand, raw.sorted_key[position], out, at, position, total)
            if total < 0:
                return -1
    return total
