"""Ticket quotas: how many walk-in numbers a hall gives at most, a day and within a band of the day.

A quota is for a queue or for one service. What was given never shrinks by what a manager sets later: a quota
below what is given already gives nothing more. Appointments are promised elsewhere and never counted.

A weekday may have a number of its own. Which weekday a date counts as, its hall's calendar says: a make-up
workday has the hours of another weekday, and the numbers of that one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date, datetime
    from uuid import UUID

    from kernel.calendar import OpeningCalendar
    from kernel.ids import HallId, QueueId, ServiceId

DAY_MINUTES = 24 * 60
MOST_NUMBERS = 5000  # more than any queue has numbers
MOST_QUOTAS = 40  # of one hall: what a page can show and a manager can oversee
LOOK_AHEAD_DAYS = 14  # the longest holidays are shorter; whoever looks further is told no instant


@dataclass(frozen=True, slots=True)
class Wanted:
    """One service of a visit and the queue in which it waits."""

    service_id: ServiceId
    queue_id: QueueId


@dataclass(frozen=True, slots=True)
class Quota:
    """At most ``most`` numbers between two local minutes of a day, for a queue or for one service of it.

    ``by_weekday`` (0 for Monday) has the weekdays on which it is another number.
    """

    id: UUID
    hall_id: HallId
    queue_id: QueueId | None
    service_id: ServiceId | None
    from_minute: int
    to_minute: int
    most: int
    by_weekday: Mapping[int, int] = field(default_factory=dict)

    def most_on(self, weekday: int) -> int:
        """Return how many numbers there are on a day that counts as a weekday, 0 for Monday."""
        return self.by_weekday.get(weekday, self.most)

    @property
    def whole_day(self) -> bool:
        return self.from_minute == 0 and self.to_minute == DAY_MINUTES

    def covers(self, minute: float) -> bool:
        """Return whether a number given at a local minute counts."""
        return self.from_minute <= minute < self.to_minute

    def count(self, wanted: Iterable[Wanted]) -> int:
        """Return how many numbers of this quota a visit takes: one for each of its services."""
        return sum(self.queue_id == own.queue_id or self.service_id == own.service_id for own in wanted)


@dataclass(frozen=True, slots=True)
class QuotaNow:
    """A quota with what was given of it on a day."""

    quota: Quota
    given: int = 0

    def left(self, weekday: int) -> int:
        """Return how many are left on its day, which counts as a weekday."""
        return max(0, self.quota.most_on(weekday) - self.given)

    def refuses(self, wanted: Sequence[Wanted], minute: float, weekday: int) -> bool:
        """Return whether a visit asked for at a local minute of its day gets no number by this quota."""
        needed = self.quota.count(wanted)
        return bool(needed) and self.quota.covers(minute) and needed > self.left(weekday)


@dataclass(frozen=True, slots=True)
class NoNumbers:
    """Why a visit gets no number: ``by`` refuses, and ``again_at`` numbers are given again.

    None where that is not foreseen. ``later_today``: still on the day that was asked about.
    """

    by: Quota
    again_at: datetime | None
    later_today: bool


def band_fits(from_minute: int, to_minute: int, numbers: Iterable[int]) -> bool:
    """Return whether these can be a band of a day and numbers of tickets."""
    return 0 <= from_minute < to_minute <= DAY_MINUTES and all(0 <= own <= MOST_NUMBERS for own in numbers)


def own_numbers(most: int, by_weekday: Mapping[int, int]) -> dict[int, int]:
    """Return the weekdays whose number is another than ``most``: what says the same is no exception.

    >>> own_numbers(60, {5: 20, 0: 60})
    {5: 20}
    """
    return {weekday: number for weekday, number in sorted(by_weekday.items()) if number != most}


def clashes(new: Quota, others: Iterable[Quota]) -> bool:
    """Return whether a quota of the same subject has a band with a minute of this one.

    The whole day stands beside bands: they divide it.
    """
    return any(
        (own.queue_id, own.service_id) == (new.queue_id, new.service_id)
        and own.id != new.id
        and own.whole_day == new.whole_day
        and own.from_minute < new.to_minute
        and new.from_minute < own.to_minute
        for own in others
    )


def no_numbers(
    states: Sequence[QuotaNow],
    wanted: Sequence[Wanted],
    *,
    at: datetime,
    today: date,
    calendar: OpeningCalendar,
) -> NoNumbers | None:
    """Return why a visit that is asked for at an instant gets no number, or None where it gets one.

    ``states`` say what was given on ``today``; on other days nothing is given yet.
    """
    concerned = [own for own in states if own.quota.count(wanted)]
    refusing = _refusing(concerned, wanted, at, today, calendar)
    if refusing is None:
        return None
    again_at = next(
        (
            instant
            for instant in _instants(concerned, at, calendar)
            if _refusing(concerned, wanted, instant, today, calendar) is None
        ),
        None,
    )
    same = again_at is not None and calendar.local_day(again_at) == calendar.local_day(at)
    return NoNumbers(refusing.quota, again_at, same)


def _refusing(
    states: Sequence[QuotaNow], wanted: Sequence[Wanted], at: datetime, today: date, calendar: OpeningCalendar
) -> QuotaNow | None:
    day, minute = calendar.local_day(at), calendar.minute_of_day(at)
    known = (own if day == today else QuotaNow(own.quota) for own in states)
    weekday = calendar.counts_as(day)
    refusing = [own for own in known if own.refuses(wanted, minute, weekday)]
    # Of two that refuse, the day's says it: what ends with the band would promise too much.
    return max(refusing, key=lambda own: own.quota.whole_day, default=None)


def _instants(states: Sequence[QuotaNow], at: datetime, calendar: OpeningCalendar) -> Iterator[datetime]:
    """Yield, in order, when numbers may be given again: a door opens, or a band ends."""
    first = calendar.local_day(at)
    for day in (first + timedelta(days=ahead) for ahead in range(LOOK_AHEAD_DAYS + 1)):
        ends = [calendar.at_minute(day, own.quota.to_minute) for own in states if not own.quota.whole_day]
        for span in calendar.spans(day):
            starts = [span.opens_at, *(end for end in ends if end in span)]
            yield from sorted(start for start in starts if start > at)
