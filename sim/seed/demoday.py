"""Which day the demo shows: the latest ordinary midweek day, so that nothing about it needs explaining."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from kernel.calendar import is_announced, is_workday

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

STARTS_AT = time(9, 40)
MIDWEEK = frozenset({1, 2, 3})  # Tuesday to Thursday
CLEAR_OF_MONTH_END = 4  # the last days of a month are busier than others
BOOKABLE_DAYS = timedelta(days=14)  # the holidays of so many days ahead must be known, or nobody can book


def demo_day(today: date) -> date:
    """Return the latest ordinary midweek workday that is not after ``today``.

    >>> demo_day(date(2026, 11, 23)), demo_day(date(2026, 10, 8))
    (datetime.date(2026, 11, 19), datetime.date(2026, 9, 17))
    """
    day = today
    while not _is_ordinary(day):
        day -= timedelta(days=1)
    return day


def _is_ordinary(day: date) -> bool:
    if day.weekday() not in MIDWEEK or not is_announced(day + BOOKABLE_DAYS):
        return False
    if monthrange(day.year, day.month)[1] - day.day < CLEAR_OF_MONTH_END:
        return False
    monday = day - timedelta(days=day.weekday())
    return all(is_workday(monday + timedelta(days=step)) for step in range(5))


def demo_start(day: date, zone: ZoneInfo) -> datetime:
    """Return the instant at which the demo's clock starts."""
    return datetime.combine(day, STARTS_AT, zone)
