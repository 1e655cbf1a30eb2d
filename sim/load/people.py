"""The engine's own citizens of one day, as people who can act in a live hall."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from queueing.engine.arrays import NEVER, microseconds
from queueing.engine.draw import ABSENT, WALK_IN, DayArrays
from queueing.engine.run import Days, draw_days

if TYPE_CHECKING:
    from queueing.engine.model import HallModel


@dataclass(frozen=True, slots=True)
class Leg:
    """One queue of a citizen's way; ``index`` is its ticket in the drawn day.

    ``service`` and ``walk`` in microseconds; ``walk`` None: called and not there.
    """

    index: int
    queue: int
    service: int
    walk: int | None


@dataclass(frozen=True, slots=True)
class Person:
    """A citizen who comes; microseconds since the hall's midnight. ``patience`` None: waits for ever."""

    joins: int
    due: int | None
    priority: bool
    patience: int | None
    legs: tuple[Leg, ...]


@dataclass(frozen=True, slots=True)
class Absent:
    """Somebody who has booked and never comes."""

    queue: int
    due: int


@dataclass(frozen=True, slots=True)
class Crowd:
    """Everybody of one day: ``days`` as the engine plays it, and the same people to act."""

    days: Days
    people: tuple[Person, ...]
    absent: tuple[Absent, ...]


def crowd_of(model: HallModel, *, seed: int, day: int, minutes: float | None = None) -> Crowd:
    """Draw one day; with ``minutes`` only those who come (or are due) so long after opening or earlier."""
    drawn = draw_days(model, seed=seed, days=1, first_day=day)
    until = NEVER if minutes is None else microseconds(model.opens_minutes + minutes)
    absent = tuple(one for one in _absent(model, drawn) if one.due < until)
    days = _until(drawn, until, absent)
    return Crowd(days, tuple(_person(model, days, at) for at in range(int(days.joining[0]))), absent)


def _absent(model: HallModel, drawn: Days) -> list[Absent]:
    """Return the booked who are not among the drawn: places of each slot less those who come for it."""
    tickets = drawn.tickets
    come = Counter(zip(tickets.queue.tolist(), tickets.due.tolist(), strict=True))
    absent = []
    for index, queue in enumerate(model.queues):
        places: Counter[int] = Counter()
        for slot in queue.appointments:
            places[microseconds(slot.due_minutes)] += slot.places
        for due, count in places.items():
            absent += [Absent(index, due)] * (count - come[index, due])
    return absent


def _until(drawn: Days, until: int, absent: tuple[Absent, ...]) -> Days:
    """Return the day of those who join before ``until``, with their later legs."""
    tickets, joining = drawn.tickets, int(drawn.joining[0])
    keep = np.zeros(len(tickets.joined), dtype=np.bool_)
    keep[:joining] = tickets.joined[:joining] < until
    for at in range(len(keep)):
        if keep[at] and tickets.child[at] >= 0:
            keep[tickets.child[at]] = True
    place = np.cumsum(keep) - 1
    kept = DayArrays(*(array[keep].copy() for array in tickets))
    kept.child[:] = np.where(kept.child >= 0, place[kept.child], -1)
    no_shows = np.zeros_like(drawn.no_shows)
    for one in absent:
        no_shows[0, one.queue] += 1
    return Days(
        kept, np.array([0, len(kept.joined)], dtype=np.int64), np.array([keep[:joining].sum()]), no_shows
    )


def _person(model: HallModel, days: Days, at: int) -> Person:
    tickets = days.tickets
    joined, due, deadline = (int(array[at]) for array in (tickets.joined, tickets.due, tickets.deadline))
    legs, leg = [], at
    while leg >= 0:
        walk = int(tickets.walk[leg])
        legs.append(
            Leg(leg, int(tickets.queue[leg]), int(tickets.service[leg]), None if walk == ABSENT else walk)
        )
        leg = int(tickets.child[leg])
    return Person(
        joins=joined,
        due=None if due == WALK_IN else due,
        priority=int(tickets.effective[at]) < plain_arrival(model, joined, due),
        patience=None if deadline >= NEVER else deadline - joined,
        legs=tuple(legs),
    )


def plain_arrival(model: HallModel, joined: int, due: int) -> int:
    """Return the effective arrival without legal priority, as ``effective_arrival`` has it.

    Scenarios book the day before, so "not before it was booked" never binds.
    """
    policy = model.policy
    if due != WALK_IN and joined <= due + microseconds(policy.grace.total_seconds() / 60):
        return due - microseconds(policy.appointment_credit.total_seconds() / 60)
    return joined
