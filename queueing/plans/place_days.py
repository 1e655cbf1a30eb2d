"""The citizens of days, drawn once for every offer of places, so that offers differ by what they offer.

Who books and who just comes depends on the offer. Were each offer's days drawn apart, two offers that
differ by one place would differ by all the luck of their days: in the halls of the benchmark that noise
was larger than what a place is worth. So every day is drawn with all its citizens and with somebody for
every place that could be offered, and an offer picks out of them:

- Of those who just come, each has a fixed uniform number and stays while it lies below the share that
  stays. A thinned Poisson process is one again, so the law is that of the smaller rate.
- The places of a slot have a fixed order, by chance for each day. An offer of k has the first k of them,
  and whether somebody comes to a place is fixed too.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from queueing.engine import AppointmentSlot, normal
from queueing.engine.arrays import microseconds
from queueing.engine.draw import DayArrays
from queueing.engine.run import Days, draw_days

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from queueing.engine import HallModel

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

EARLY, EARLY_SPREAD = -6.0, 6.0  # minutes around the slot start: most come a little early, some late


@dataclass(frozen=True, slots=True)
class OfferDays:
    """Days with everybody who might come. A ticket comes where ``key < offered[line]``.

    ``line`` is the queue of one who just comes, or a queue and slot; ``key`` its uniform number, or the
    number of its place.
    """

    tickets: DayArrays
    starts: Integers  # [day + 1]
    line: Integers
    key: Floats

    def of(self, kept: Sequence[float], booked: Sequence[Sequence[int]], *, since: int, until: int) -> Days:
        """Return days ``since`` … ``until - 1``: ``booked[queue][slot]``, ``kept[queue]`` others."""
        offered = np.concatenate([np.asarray(kept), *(np.asarray(own, dtype=float) for own in booked)])
        first, last = self.starts[since], self.starts[until]
        comes = self.key[first:last] < offered[self.line[first:last]]
        counted = np.concatenate([[0], np.cumsum(comes)])
        starts = counted[self.starts[since : until + 1] - first].astype(np.int64)
        tickets = DayArrays(*(array[first:last][comes] for array in self.tickets))
        queues = 2 * len(kept)
        return Days(tickets, starts, np.diff(starts), np.zeros((until - since, queues), dtype=np.int64))


def apart(model: HallModel) -> HallModel:
    """Return the hall with each queue twice, first those who just come, then those who have booked."""
    walk_ins = tuple(replace(queue, transfers={}, appointments=()) for queue in model.queues)
    bookers = tuple(
        replace(
            queue,
            name=f"{queue.name}*",
            walk_ins_per_interval=(0.0,) * len(queue.walk_ins_per_interval),
            appointments=(),
            no_show_share=0.0,
            punctuality=normal(EARLY, EARLY_SPREAD),
            transfers={},
        )
        for queue in model.queues
    )
    return replace(model, queues=(*walk_ins, *bookers), pace=None)


def drawn(
    model: HallModel,
    starts: Sequence[int],
    most: Sequence[Sequence[int]],
    *,
    show: float,
    seed: int,
    days: int,
) -> OfferDays:
    """Draw days of ``apart(model)`` with ``most[queue][slot]`` places; ``starts`` in local minutes."""
    queues = len(model.queues)
    both = apart(model)
    slots = [
        tuple(AppointmentSlot(start, places) for start, places in zip(starts, own, strict=True) if places)
        for own in most
    ]
    bookers = [
        replace(queue, appointments=own) for queue, own in zip(both.queues[queues:], slots, strict=True)
    ]
    everybody = draw_days(replace(both, queues=(*both.queues[:queues], *bookers)), seed=seed, days=days)
    tickets = everybody.tickets
    chance = np.random.default_rng((seed, days))
    key = chance.random(len(tickets.queue))
    line = tickets.queue.copy()
    booked = np.flatnonzero(tickets.queue >= queues)
    queue = tickets.queue[booked] - queues
    slot = np.searchsorted([microseconds(start) for start in starts], tickets.due[booked])
    day = np.searchsorted(everybody.starts, booked, side="right") - 1
    line[booked] = queues + queue * len(starts) + slot
    key[booked] = _places(chance, day, queue, slot, np.asarray(most), days)
    key[booked[chance.random(len(booked)) >= show]] = np.inf
    return OfferDays(tickets, everybody.starts, line, key)


def _places(
    chance: np.random.Generator, day: Integers, queue: Integers, slot: Integers, most: Integers, days: int
) -> Floats:
    """Return a number for the place of each booked ticket, by chance among those of its day and slot."""
    widest = int(most.max(initial=0))
    order = chance.random((days, *most.shape, widest))
    order[:, np.arange(widest) >= most[:, :, None]] = np.inf
    numbers = np.argsort(order, axis=-1)
    group = (day * most.shape[0] + queue) * most.shape[1] + slot
    sorted_by_group = np.argsort(group, kind="stable")
    begins = np.searchsorted(group[sorted_by_group], group[sorted_by_group])
    place = np.empty(len(group), dtype=np.int64)
    place[sorted_by_group] = np.arange(len(group)) - begins
    found: Floats = numbers[day, queue, slot, place].astype(float)
    return found
