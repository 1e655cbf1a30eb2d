"""How instants, waits and distances are worded; one place for every page and board (UX 19).

All functions are pure; ``locale`` is ``zh`` or ``en``, instants are told in the hall's zone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_skeleton

from queueing.rules.waits import LONG_WAIT_MINUTES, WaitRange, told_minutes

if TYPE_CHECKING:
    from collections.abc import Callable

RANGE_STANDS_FOR = timedelta(seconds=60)
CITY_ZONE = "Asia/Shanghai"
NO_WAIT_BELOW_MINUTES = 2.5  # rounds to nothing on the 5-minute grid on which waits are told


class WaitKind(StrEnum):
    """The four ways in which a wait is told."""

    NONE = "none"
    RANGE = "range"
    LONG = "long"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ToldWait:
    """A wait as it is told; ``low`` and ``high`` are minutes on the 5-minute grid, for ``range`` only."""

    kind: WaitKind
    low: int | None = None
    high: int | None = None


def told(wait: WaitRange | None, people: int | None) -> ToldWait:
    """Return how a wait is told to somebody with ``people`` ahead.

    Unknown stays unknown, whoever waits: an empty queue with no window open is no promise. Nobody ahead
    and a typical wait of nothing is "no wait"; above 90 minutes no figure is given (UX 19).

    >>> told(WaitRange(12.0, 18.0, 23.5), 4)
    ToldWait(kind=<WaitKind.RANGE: 'range'>, low=10, high=25)
    """
    if wait is None:
        return ToldWait(WaitKind.UNKNOWN)
    if people == 0 and wait.p50 < NO_WAIT_BELOW_MINUTES:
        return ToldWait(WaitKind.NONE)
    ends = told_minutes(wait)
    if ends is None:
        return ToldWait(WaitKind.LONG)
    return ToldWait(WaitKind.RANGE, ends[0], max(ends[1], ends[0] + 5))


@dataclass(frozen=True, slots=True)
class ToldSince:
    """A told wait and the instant since which these words stand."""

    told: ToldWait
    since: datetime


def steadily_told(
    before: ToldSince | None, wait: WaitRange | None, people: int | None, *, now: datetime
) -> ToldSince:
    """Return what is told now: another range at most every minute (UX 21).

    That there is no wait, or that nothing is known any more, is told at once.
    """
    fresh = told(wait, people)
    if before is None or before.told.kind is not fresh.kind:
        return ToldSince(fresh, now)
    if fresh == before.told or now - before.since < RANGE_STANDS_FOR:
        return before
    return ToldSince(fresh, now)


def wait_text(wait: WaitRange | None, people: int | None, *, locale: str) -> str:
    """Return the wait in words.

    >>> wait_text(WaitRange(12.0, 18.0, 23.5), 4, locale="zh")
    '约 10–25 分钟'
    """
    return told_text(told(wait, people), locale=locale)


def told_text(wait: ToldWait, *, locale: str) -> str:
    """Return a told wait in words."""
    zh = locale == "zh"
    if wait.kind is WaitKind.UNKNOWN:
        return "等候时间暂不清楚" if zh else "wait not known"
    if wait.kind is WaitKind.NONE:
        return "无需等候" if zh else "no wait"
    if wait.kind is WaitKind.LONG:
        hours, minutes = divmod(LONG_WAIT_MINUTES, 60)
        return f"超过 {hours} 小时 {minutes} 分钟" if zh else f"over {hours} h {minutes} min"
    return range_text(wait.low or 0, wait.high or 0, locale=locale)


def range_text(low: int, high: int, *, locale: str) -> str:
    """Return a range of minutes in words; a range from nothing is "within".

    >>> range_text(0, 10, locale="zh"), range_text(15, 25, locale="en")
    ('约 10 分钟内', 'about 15–25 min')
    """
    if locale == "zh":
        return f"约 {low}–{high} 分钟" if low else f"约 {high} 分钟内"
    return f"about {low}–{high} min" if low else f"within about {high} min"


def clock_time(instant: datetime, zone: str = CITY_ZONE) -> str:
    """Return hours and minutes on the hall's clock.

    >>> from datetime import UTC
    >>> clock_time(datetime(2026, 11, 18, 1, 40, tzinfo=UTC))
    '09:40'
    """
    return f"{instant.astimezone(ZoneInfo(zone)):%H:%M}"


def day_text(instant: datetime | date, zone: str = CITY_ZONE, *, locale: str) -> str:
    """Return a local date with its weekday.

    >>> day_text(date(2026, 11, 18), locale="zh"), day_text(date(2026, 11, 18), locale="en")
    ('2026年11月18日星期三', 'Wednesday, November 18, 2026')
    """
    day = instant.astimezone(ZoneInfo(zone)).date() if isinstance(instant, datetime) else instant
    return format_date(day, "full", locale=locale)


def short_day_text(instant: datetime | date, zone: str = CITY_ZONE, *, locale: str) -> str:
    """Return a local date without its year, with its weekday.

    >>> short_day_text(date(2026, 11, 18), locale="zh"), short_day_text(date(2026, 11, 18), locale="en")
    ('11月18日周三', 'Wed, Nov 18')
    """
    day = instant.astimezone(ZoneInfo(zone)).date() if isinstance(instant, datetime) else instant
    return format_skeleton("MMMEd", day, locale=locale)


def named(thing: Any, *, locale: str) -> str:
    """Return ``name_zh`` or ``name_en``, the other one where it is missing."""
    first, second = ("name_zh", "name_en") if locale == "zh" else ("name_en", "name_zh")
    return str(_of(thing, first) or _of(thing, second))


def noted(thing: Any, stem: str, *, locale: str) -> str:
    """Return a field that is kept as ``stem_zh`` and ``stem_en``; the Chinese one if the other is empty."""
    return str(_of(thing, f"{stem}_{locale}") or _of(thing, f"{stem}_zh"))


def _of(thing: Any, name: str) -> Any:
    return thing[name] if isinstance(thing, dict) else getattr(thing, name)


def filters(locale: str) -> dict[str, Callable[..., str]]:
    """Return the template filters of a language."""
    return {
        "wait_text": partial(wait_text, locale=locale),
        "told_text": partial(told_text, locale=locale),
        "range_text": partial(range_text, locale=locale),
        "clock_time": clock_time,
        "day_text": partial(day_text, locale=locale),
        "short_day_text": partial(short_day_text, locale=locale),
        "named": partial(named, locale=locale),
        "noted": partial(noted, locale=locale),
    }
