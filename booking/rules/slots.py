"""Slots and their places: what an appointment needs, what is left, which seat is taken.

A place is one seat of one queue's slot. An appointment holds one place in every slot that its legs
touch, each leg in its own queue.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from math import ceil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kernel.ids import QueueId, ServiceId


@dataclass(frozen=True, slots=True)
class Leg:
    """One service of an appointment: the queue it is done in, its minutes, the places it takes of a slot."""

    service_id: ServiceId
    queue_id: QueueId
    minutes: float
    places: int = 1


@dataclass(frozen=True, slots=True, order=True)
class SlotKey:
    """A slot of a queue; the order is the order in which slots are locked."""

    queue_id: QueueId
    starts_at: datetime


@dataclass(frozen=True, slots=True)
class Claim:
    """A seat that somebody has: for good, or until ``expires_at`` (a hold, or a freed place at rest)."""

    seat: int = 0
    expires_at: datetime | None = None

    def counts_at(self, now: datetime) -> bool:
        """Return whether the claim keeps its seat at an instant."""
        return self.expires_at is None or now < self.expires_at


def free_places(capacity: int, claims: Iterable[Claim], *, now: datetime) -> int:
    """Return the places left; a hold stops counting the instant it expires, swept or not.

    >>> from datetime import UTC, datetime
    >>> now = datetime(2026, 3, 2, 9, tzinfo=UTC)
    >>> free_places(2, [Claim(), Claim(expires_at=now)], now=now)
    1
    """
    return max(0, capacity - sum(claim.counts_at(now) for claim in claims))


def choose_seats(
    capacity: int, claims: Sequence[Claim], places: int, *, now: datetime
) -> tuple[int, ...] | None:
    """Return the lowest seats that may be taken for so many places, or None when they are not all free.

    Places are counted before seats are looked at: after a capacity was lowered, a low seat may be free
    although the slot holds more than it should.
    """
    if free_places(capacity, claims, now=now) < places:
        return None
    taken = {claim.seat for claim in claims if claim.counts_at(now)}
    return tuple(islice((seat for seat in range(capacity) if seat not in taken), places))


def leg_starts(legs: Sequence[Leg], starts_at: datetime) -> tuple[datetime, ...]:
    """Return when each leg begins, one after the other."""
    starts, at = [], starts_at
    for leg in legs:
        starts.append(at)
        at += timedelta(minutes=leg.minutes)
    return tuple(starts)


def needed_slots(legs: Sequence[Leg], starts_at: datetime, *, slot: timedelta) -> tuple[SlotKey, ...]:
    """Return the slots that an appointment claims, sorted: those its legs touch, each in its own queue."""
    return tuple(needed_places(legs, starts_at, slot=slot))


def needed_places(legs: Sequence[Leg], starts_at: datetime, *, slot: timedelta) -> dict[SlotKey, int]:
    """Return how many places an appointment claims in each slot that its legs touch, sorted by slot.

    Legs in one queue that touch the same slot claim its places there once: those of the leg with the most.
    """
    places: dict[SlotKey, int] = {}
    for leg, begins in zip(legs, leg_starts(legs, starts_at), strict=True):
        before = begins - starts_at
        first = before // slot
        last = max(first, ceil((before + timedelta(minutes=leg.minutes)) / slot) - 1)
        for step in range(first, last + 1):
            key = SlotKey(leg.queue_id, starts_at + step * slot)
            places[key] = max(leg.places, places.get(key, 0))
    return dict(sorted(places.items()))


def total_minutes(legs: Iterable[Leg]) -> timedelta:
    """Return how long the whole appointment takes at the windows."""
    return timedelta(minutes=sum(leg.minutes for leg in legs))
