"""How instants and days are worded; instants are told in the hall's zone.

All functions are pure; ``locale`` is ``zh`` or ``en``.
"""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_skeleton

CITY_ZONE = "Asia/Shanghai"


def clock_time(instant: datetime, zone: str = CITY_ZONE) -> str:
    """Return hours and minutes on the hall's clock.

    >>> from datetime import UTC
    >>> clock_time(datetime(2026, 11, 18, 1, 40, tzinfo=UTC))
    '09:40'
    """
    return f"{instant.astimezone(ZoneInfo(zone)):%H:%M}"


def clock_seconds(instant: datetime, zone: str = CITY_ZONE) -> str:
    """Return hours, minutes and seconds on the hall's clock."""
    return f"{instant.astimezone(ZoneInfo(zone)):%H:%M:%S}"


def day_text(instant: datetime | date, zone: str = CITY_ZONE, *, locale: str) -> str:
    """Return a local date with its weekday.

    >>> day_text(date(2026, 11, 18), locale="zh"), day_text(date(2026, 11, 18), locale="en")
    ('2026年11月18日星期三', 'Wednesday, 18 November 2026')
    """
    day = instant.astimezone(ZoneInfo(zone)).date() if isinstance(instant, datetime) else instant
    return format_date(day, "full", locale=_dates(locale))


def date_text(day: date, *, locale: str) -> str:
    """Return a date without its weekday, as on a licence.

    >>> date_text(date(2031, 5, 1), locale="zh"), date_text(date(2031, 5, 1), locale="en")
    ('2031年5月1日', '1 May 2031')
    """
    return format_date(day, "long", locale=_dates(locale))


def short_day_text(instant: datetime | date, zone: str = CITY_ZONE, *, locale: str) -> str:
    """Return a local date without its year, with its weekday.

    >>> short_day_text(date(2026, 11, 18), locale="zh"), short_day_text(date(2026, 11, 18), locale="en")
    ('11月18日周三', 'Wed 18 Nov')
    """
    day = instant.astimezone(ZoneInfo(zone)).date() if isinstance(instant, datetime) else instant
    return format_skeleton("MMMEd", day, locale=_dates(locale))


def _dates(locale: str) -> str:
    """Return whose dates a language writes: in English the day before the month, as the scripts do."""
    return "en_GB" if locale == "en" else locale


def weekday_text(day: date, *, locale: str) -> str:
    """Return the name of a date's weekday.

    >>> weekday_text(date(2026, 11, 18), locale="zh"), weekday_text(date(2026, 11, 18), locale="en")
    ('星期三', 'Wednesday')
    """
    return format_date(day, "EEEE", locale=locale)
