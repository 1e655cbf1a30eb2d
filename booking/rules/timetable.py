"""A hall's slots and their capacity, from its opening calendar and its window plan."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from booking.rules.slots import SlotKey, needed_places
from kernel.calendar import ANNOUNCED_UNTIL

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from booking.rules.policy import BookingPolicy
    from booking.rules.slots import Leg
    from kernel.calendar import OpeningCalendar
    from kernel.ids import QueueId, WindowId
    from queueing.rules.windows import PlanEntry


def windows_for(
    entries: Sequence[PlanEntry], queue_id: QueueId, *, from_minute: float, to_minute: float
) -> float:
    """Return how many windows a plan gives a queue between two local minutes of the day.

    A window that lists several primary queues counts in equal parts for each, and for the part of the
    time in which its entry holds; helping windows do not count. So the parts never add up to more than
    the windows there are.
    """
    listed: defaultdict[WindowId, dict[QueueId, float]] = defaultdict(dict)
    for entry in entries:
        minutes = min(entry.to_minute, to_minute) - max(entry.from_minute, from_minute)
        if minutes > 0 and not entry.helping:
            queues = listed[entry.window_id]
            queues[entry.queue_id] = min(to_minute - from_minute, queues.get(entry.queue_id, 0) + minutes)
    return sum(
        queues[queue_id] / (to_minute - from_minute) / len(queues)
        for queues in listed.values()
        if queue_id in queues
    )


def slot_capacity(
    windows: float, *, share: float, slot: timedelta, mean_minutes: float, overbooking: float = 0.0
) -> int:
    """Return the places of a slot: share x windows x slot ÷ mean service time, at least 1 if it is served.

    ``overbooking`` offers that part more, since some who book never come.

    >>> slot_capacity(4, share=0.3, slot=timedelta(minutes=30), mean_minutes=10)
    3
    >>> slot_capacity(4, share=0.3, slot=timedelta(minutes=30), mean_minutes=10, overbooking=0.2)
    4
    """
    if windows <= 0:
        return 0
    places = share * windows * (slot / timedelta(minutes=1)) / mean_minutes * (1 + overbooking)
    return max(1, int(places + 1e-9))


def most_places(windows: float, policy: BookingPolicy, *, mean_minutes: float) -> int:
    """Return the most places that anybody may decide on for a slot: walk-ins keep their share.

    >>> from booking.rules.policy import BookingPolicy
    >>> most_places(4, BookingPolicy(walk_in_share=0.2), mean_minutes=10)
    9
    """
    share = 1 - policy.walk_in_share
    places = share * windows * (policy.slot / timedelta(minutes=1)) / mean_minutes * (1 + policy.overbooking)
    return max(0, int(places + 1e-9))


class Claimed(Protocol):
    """How many places of a slot are claimed; a mapping will do."""

    def get(self, key: SlotKey, nothing: int, /) -> int: ...


MOST_KEPT = 64  # kinds of visits and dates whose slots a hall keeps in mind; a busy city asks for dozens

_Visit = tuple["date", tuple[tuple["QueueId", float, int], ...]]
_Fit = tuple[datetime, tuple[tuple[SlotKey, int, int], ...]]  # slot, capacity, places taken of it


@dataclass(frozen=True, slots=True)
class Timetable:
    """When a hall can be booked and for how many; ``plans`` holds the window plan of each weekday.

    ``decided``: places that a person decided on, by queue, weekday and local minute of the slot's start.
    """

    calendar: OpeningCalendar
    plans: Mapping[int, Sequence[PlanEntry]]
    mean_minutes: Mapping[QueueId, float]
    policy: BookingPolicy
    decided: Mapping[tuple[QueueId, int, int], int] = field(default_factory=dict)
    _known: dict[tuple[int, float, QueueId], int] = field(default_factory=dict, compare=False, repr=False)
    _starts: dict[date, tuple[datetime, ...]] = field(default_factory=dict, compare=False, repr=False)
    _fits: dict[_Visit, tuple[_Fit, ...]] = field(default_factory=dict, compare=False, repr=False)

    def starts_on(self, day: date) -> tuple[datetime, ...]:
        """Return the starts of a local date's slots; each slot ends before the doors close."""
        if day not in self._starts:
            slot = self.policy.slot
            self._starts[day] = tuple(
                span.opens_at + step * slot
                for span in self.calendar.spans(day)
                for step in range((span.closes_at - span.opens_at) // slot)
            )
        return self._starts[day]

    def capacity(self, key: SlotKey) -> int:
        """Return the places of a slot under the plan; 0 where no slot starts or no window serves."""
        day = self.calendar.local_day(key.starts_at)
        if key.starts_at not in self.starts_on(day):
            return 0
        return self._planned(key, self.calendar.counts_as(day))

    def _planned(self, key: SlotKey, weekday: int) -> int:
        minute = self.calendar.minute_of_day(key.starts_at)
        known = self._known.get((weekday, minute, key.queue_id))
        if known is None:
            known = self._places(key.queue_id, weekday, minute)
            self._known[weekday, minute, key.queue_id] = known
        return known

    def _places(self, queue_id: QueueId, weekday: int, minute: float) -> int:
        """Return the places decided on, as far as the windows of today's plan bear them, else the share's."""
        windows = self.windows(queue_id, weekday, minute)
        mean = self.mean_minutes[queue_id]
        decided = self.decided.get((queue_id, weekday, round(minute)))
        if decided is not None:
            return min(decided, most_places(windows, self.policy, mean_minutes=mean))
        return slot_capacity(
            windows,
            share=self.policy.appointment_share,
            slot=self.policy.slot,
            mean_minutes=mean,
            overbooking=self.policy.overbooking,
        )

    def is_decided(self, weekday: int) -> bool:
        """Return whether a person decided on places of this weekday."""
        return any(day == weekday for _, day, _ in self.decided)

    def windows(self, queue_id: QueueId, weekday: int, minute: float) -> float:
        """Return how many windows the plan of a weekday gives a queue in the slot from a local minute on."""
        length = self.policy.slot / timedelta(minutes=1)
        entries = self.plans.get(weekday, ())
        return windows_for(entries, queue_id, from_minute=minute, to_minute=minute + length)

    def bookable_on(self, day: date, *, now: datetime) -> tuple[datetime, ...]:
        """Return the starts of a date that may be booked now; none beyond the announced holidays."""
        if day > self.last_day(now):
            return ()
        return tuple(start for start in self.starts_on(day) if start >= now + self.policy.notice)

    def last_day(self, now: datetime) -> date:
        """Return the last date that may be booked: by the horizon, and as far as holidays are announced."""
        horizon = self.calendar.local_day(now) + timedelta(days=self.policy.horizon_days)
        return min(horizon, ANNOUNCED_UNTIL)

    def free_on(
        self,
        day: date,
        legs: Sequence[Leg],
        claimed: Claimed,
        *,
        now: datetime,
        earliest: datetime | None = None,
    ) -> Iterator[tuple[datetime, int]]:
        """Yield each bookable start of a date at which the legs fit, with how many more fit there.

        ``earliest``: none before this instant.
        """
        first = max(now + self.policy.notice, earliest or now)
        for start, places in self._fitting(day, legs) if day <= self.last_day(now) else ():
            if start >= first:
                free = min((capacity - claimed.get(key, 0)) // taken for key, capacity, taken in places)
                if free > 0:
                    yield start, free

    def _fitting(self, day: date, legs: Sequence[Leg]) -> tuple[_Fit, ...]:
        """Return the starts of a date at which the legs stay on the grid, with the slots they would claim."""
        visit = day, tuple((leg.queue_id, leg.minutes, leg.places) for leg in legs)
        fits = self._fits.get(visit)  # kept in a name of its own: another thread may clear the rest
        if fits is None:
            fits = tuple(self._fits_on(day, legs))
            if len(self._fits) >= MOST_KEPT:
                self._fits.clear()
            self._fits[visit] = fits
        return fits

    def _fits_on(self, day: date, legs: Sequence[Leg]) -> Iterator[_Fit]:
        on_grid = frozenset(self.starts_on(day))
        for start in self.starts_on(day):
            taken = needed_places(legs, start, slot=self.policy.slot)
            if all(key.starts_at in on_grid for key in taken):
                weekday = self.calendar.counts_as(day)
                yield start, tuple((key, self._planned(key, weekday), n) for key, n in taken.items())

    def days(self, *, now: datetime) -> Iterator[date]:
        """Yield the local dates that may be booked now, today first."""
        today = self.calendar.local_day(now)
        for ahead in range(self.policy.horizon_days + 1):
            yield today + timedelta(days=ahead)

    def free_starts(
        self,
        legs: Sequence[Leg],
        claimed: Claimed,
        *,
        now: datetime,
        earliest: datetime | None = None,
    ) -> Iterator[datetime]:
        """Yield the bookable starts at which the legs fit, earliest first; none before ``earliest``."""
        first_day = None if earliest is None else self.calendar.local_day(earliest)
        for day in self.days(now=now):
            if first_day is None or day >= first_day:
                for start, _ in self.free_on(day, legs, claimed, now=now, earliest=earliest):
                    yield start


def nearest(starts: Sequence[datetime], wanted: datetime, *, most: int) -> list[datetime]:
    """Return the starts nearest to the one wanted, in order of time."""
    return sorted(sorted(starts, key=lambda start: (abs(start - wanted), start))[:most])
