"""When a hall is open: weekday hours, national holidays, make-up workdays, closures of its own.

Holidays and make-up workdays (调休) come from the ``holidays`` package; a year that the State Council
has not announced yet is only estimated there, so ``is_announced`` says how far the calendar can be
trusted and booking stops there.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import TYPE_CHECKING

import holidays

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from zoneinfo import ZoneInfo

ANNOUNCED_UNTIL = date(2026, 12, 31)  # the State Council's notice for 2026; 2027 was not out in 2026-11
SEARCH_DAYS = 30
MOST_KEPT = 400  # dates whose openings a calendar keeps in mind: a year and a little


@dataclass(frozen=True, slots=True)
class Span:
    """An opening on a local date, as aware instants."""

    opens_at: datetime
    closes_at: datetime

    def __contains__(self, instant: datetime) -> bool:
        return self.opens_at <= instant < self.closes_at


@dataclass(frozen=True, slots=True)
class OpeningCalendar:
    """A hall's openings; ``hours`` maps weekday (0 = Monday) to its (opens, closes) local times."""

    zone: ZoneInfo
    hours: Mapping[int, Sequence[tuple[time, time]]]
    closed_on: frozenset[date] = frozenset()
    worked_as: Mapping[date, int] = field(default_factory=dict)
    always_open: bool = False
    _made: dict[date, tuple[Span, ...]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def local_day(self, instant: datetime) -> date:
        """Return the hall's local date at an instant."""
        return instant.astimezone(self.zone).date()

    def spans(self, day: date) -> tuple[Span, ...]:
        """Return the openings of a local date, in order; empty on a day off."""
        made = self._made.get(day)  # kept in a name of its own: another thread may clear the rest
        if made is None:
            made = self._spans_of(day)
            if len(self._made) >= MOST_KEPT:
                self._made.clear()
            self._made[day] = made
        return made

    def _spans_of(self, day: date) -> tuple[Span, ...]:
        if self.always_open:
            start = datetime.combine(day, time(), self.zone)
            return (Span(start.astimezone(UTC), (start + timedelta(days=1)).astimezone(UTC)),)
        weekday = self._worked_weekday(day)
        if weekday is None:
            return ()
        return tuple(
            Span(
                datetime.combine(day, opens, self.zone).astimezone(UTC),
                datetime.combine(day, closes, self.zone).astimezone(UTC),
            )
            for opens, closes in sorted(self.hours.get(weekday, ()))
        )

    def _worked_weekday(self, day: date) -> int | None:
        """Return the weekday whose hours apply, or None on a day off; the hall's own word comes first."""
        if day in self.closed_on:
            return None
        if day in self.worked_as:
            return self.worked_as[day]
        if day in _national(day.year)[1]:
            return 0  # a make-up workday keeps ordinary working hours, Monday's
        return None if day in _national(day.year)[0] else day.weekday()

    def counts_as(self, day: date) -> int:
        """Return the weekday, 0 for Monday, whose hours and numbers a date has; a day off keeps its own.

        >>> from zoneinfo import ZoneInfo
        >>> made_up = {date(2026, 10, 10): 4}
        >>> OpeningCalendar(ZoneInfo("Asia/Shanghai"), {}, worked_as=made_up).counts_as(date(2026, 10, 10))
        4
        """
        worked = None if self.always_open else self._worked_weekday(day)
        return day.weekday() if worked is None else worked

    def is_open(self, instant: datetime) -> bool:
        """Return whether the doors are open at an instant."""
        return any(instant in span for span in self.spans(self.local_day(instant)))

    def again_today(self, instant: datetime) -> datetime | None:
        """Return when doors that are not open at an instant open once more on its local date, or None."""
        spans = self.spans(self.local_day(instant))
        if any(instant in span for span in spans):
            return None
        return next((span.opens_at for span in spans if instant < span.opens_at), None)

    def opening_at(self, instant: datetime) -> Span | None:
        """Return the span that contains the instant, else the next one within 30 days, else None."""
        day = self.local_day(instant)
        for ahead in range(SEARCH_DAYS + 1):
            for span in self.spans(day + timedelta(days=ahead)):
                if instant < span.closes_at:
                    return span
        return None

    def minute_of_day(self, instant: datetime) -> float:
        """Return minutes since local midnight."""
        local = instant.astimezone(self.zone)
        return local.hour * 60 + local.minute + local.second / 60

    def at_minute(self, day: date, minute: float) -> datetime:
        """Return the instant ``minute`` minutes after a local date's midnight."""
        start = datetime.combine(day, time(), self.zone)
        return (start + timedelta(minutes=minute)).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """A day that the national calendar takes out of the ordinary: a holiday, or made up for (``works``)."""

    day: date
    works: bool
    name_zh: str
    name_en: str
    announced: bool


def special_days(first: date, last: date) -> list[SpecialDay]:
    """Return the holidays and make-up workdays from ``first`` to ``last``, both included, in order."""
    found = []
    for year in range(first.year, last.year + 1):
        names_zh, names_en = _names(year, "zh_CN"), _names(year, "en_US")
        off, made_up = _national(year)
        found += [SpecialDay(day, False, names_zh[day], names_en[day], is_announced(day)) for day in off]
        found += [SpecialDay(day, True, "调休上班", "Make-up workday", is_announced(day)) for day in made_up]
    return sorted((each for each in found if first <= each.day <= last), key=lambda each: each.day)


@cache
def _names(year: int, language: str) -> Mapping[date, str]:
    return dict(holidays.country_holidays("CN", years=year, language=language))


def is_announced(day: date) -> bool:
    """Return whether the holidays of this date's year have been announced."""
    return day <= ANNOUNCED_UNTIL


def is_workday(day: date) -> bool:
    """Return whether the national calendar has people at work: make-up days yes, holidays no."""
    off, made_up = _national(day.year)
    return day in made_up or (day.weekday() < 5 and day not in off)


@cache
def _national(year: int) -> tuple[frozenset[date], frozenset[date]]:
    """Return (days off, make-up workdays) of China in a year."""
    calendar = holidays.country_holidays("CN", years=year)
    return frozenset(calendar), frozenset(getattr(calendar, "weekend_workdays", ()))
