"""Which days the pages of free times show."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from displays.rules.dates import CITY_ZONE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from booking.service import DaySlots

DAYS_SHOWN = 7


def not_past(first_day: date | None, now: datetime) -> date | None:
    """Return the day to begin with; an old link begins with today."""
    today = now.astimezone(ZoneInfo(CITY_ZONE)).date()
    return first_day if first_day is not None and first_day > today else None


def later_than(days: Sequence[DaySlots], last: date) -> date | None:
    """Return the day after those shown, or None where nothing later can be booked."""
    following = days[-1].date + timedelta(days=1)
    return following if following <= last else None
