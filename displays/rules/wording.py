"""How waits and distances are worded; one place for every page and board.

All functions are pure; ``locale`` is ``zh`` or ``en``. Instants and days are worded in ``dates``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from booking.rules.people import readable_phone
from displays.rules.dates import (
    CITY_ZONE,
    clock_seconds,
    clock_time,
    date_text,
    day_text,
    short_day_text,
    weekday_text,
)
from queueing.rules.contact import dialled
from queueing.rules.steady import GRID, NO_WAIT, Band, Cause, Reason, band_of
from queueing.rules.waits import LONG_WAIT_MINUTES, WaitRange

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from booking.finder import Option

LONGEST_IN_MINUTES = 180  # above three hours people think in times of day


class WaitKind(StrEnum):
    """The four ways in which a wait is told."""

    NONE = "none"
    RANGE = "range"
    LONG = "long"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ToldWait:
    """A wait as it is told; ``low`` and ``high`` are minutes on the 5-minute grid, for ``range`` only.

    ``for_window``: nobody is ahead, the wait is for a window that is free.
    """

    kind: WaitKind
    low: int | None = None
    high: int | None = None
    for_window: bool = False


def told(wait: WaitRange | None, people: int | None) -> ToldWait:
    """Return how a wait is told to somebody with ``people`` ahead.

    Unknown stays unknown, whoever waits: an empty queue with no window open is no promise. Nobody ahead
    and a typical wait of nothing is "no wait"; above 90 minutes no figure is given.

    >>> told(WaitRange(12.0, 18.0, 23.5), 4)
    ToldWait(kind=<WaitKind.RANGE: 'range'>, low=10, high=25, for_window=False)
    """
    return told_band(band_of(wait, people), people)


def told_band(band: Band | None, people: int | None) -> ToldWait:
    """Return how a band that is shown is told where ``people`` are ahead.

    >>> told_band(Band(0, 35), 0)
    ToldWait(kind=<WaitKind.RANGE: 'range'>, low=0, high=35, for_window=True)
    >>> told_text(told_band(Band(0, 0), 0), locale="zh"), told_text(told_band(Band(0, 0), 1), locale="zh")
    ('无需等候', '约 5 分钟内')
    """
    if band is None:
        return ToldWait(WaitKind.UNKNOWN)
    if band == NO_WAIT:
        # Made before somebody came: beside people who wait it is the shortest wait that is told.
        return ToldWait(WaitKind.RANGE, 0, GRID) if people else ToldWait(WaitKind.NONE)
    if band.is_long:
        return ToldWait(WaitKind.LONG, for_window=people == 0)
    return ToldWait(WaitKind.RANGE, band.low, band.high, for_window=people == 0)


def reason_text(reason: Reason | None, zone: str = CITY_ZONE, *, locale: str) -> str:
    """Return why a wait became longer, in words; empty where nothing is to be said.

    >>> from datetime import UTC
    >>> at = datetime(2026, 11, 18, 4, tzinfo=UTC)
    >>> reason_text(Reason(Cause.WINDOWS_PAUSED, at, 1), locale="zh")
    '1 个窗口暂停'
    >>> reason_text(Reason(Cause.WINDOW_ENDS, at, at=at), locale="en")
    'a window closes at 12:00'
    """
    if reason is None:
        return ""
    zh, one, many = _REASONS[reason.cause]
    words = zh if locale == "zh" else one if reason.count == 1 else many
    return words.format(n=reason.count, at=clock_time(reason.at, zone) if reason.at else "")


# Chinese, English for one, English for several.
_REASONS: Mapping[Cause, tuple[str, str, str]] = {
    Cause.WINDOWS_PAUSED: ("{n} 个窗口暂停", "1 window paused", "{n} windows paused"),
    Cause.WINDOWS_FEWER: ("少了 {n} 个窗口", "1 window fewer", "{n} windows fewer"),
    Cause.PLAN_CHANGED: ("窗口安排有调整", "the windows were rearranged", "the windows were rearranged"),
    Cause.WINDOW_ENDS: ("有窗口 {at} 停止办理", "a window closes at {at}", "a window closes at {at}"),
    Cause.MORE_WAITING: ("又来了 {n} 人", "1 more person came", "{n} more people came"),
    Cause.MORE_AHEAD: (
        "{n} 位预约或优先人员先办",
        "1 person with an appointment or priority goes first",
        "{n} people with appointments or priority go first",
    ),
    Cause.KNOWN_AGAIN: ("刚恢复估算", "known again", "known again"),
}


def wait_text(wait: WaitRange | None, people: int | None, *, locale: str) -> str:
    """Return the wait in words.

    >>> wait_text(WaitRange(12.0, 18.0, 23.5), 4, locale="zh")
    '约 10–25 分钟'
    """
    return told_text(told(wait, people), locale=locale)


def told_text(wait: ToldWait, *, locale: str) -> str:
    """Return a told wait in words; where nobody is ahead, what is waited for.

    >>> told_text(ToldWait(WaitKind.RANGE, 0, 35, for_window=True), locale="zh")
    '约 35 分钟内有窗口空出'
    >>> told_text(ToldWait(WaitKind.RANGE, 10, 35, for_window=True), locale="en")
    'window free in about 10–35 min'
    """
    if not wait.for_window:
        return _plain_text(wait, locale=locale)
    words = _plain_text(wait, locale=locale)
    within = wait.kind is WaitKind.RANGE and not wait.low
    if locale != "zh":
        return f"window free {'' if within else 'in '}{words}"
    return f"{words}{'' if within else '后'}有窗口空出"


def _plain_text(wait: ToldWait, *, locale: str) -> str:
    zh = locale == "zh"
    if wait.kind is WaitKind.UNKNOWN:
        return "等候时间暂不清楚" if zh else "wait not known"
    if wait.kind is WaitKind.NONE:
        return "无需等候" if zh else "no wait"
    if wait.kind is WaitKind.LONG:
        hours, minutes = divmod(LONG_WAIT_MINUTES, 60)
        return f"超过 {hours} 小时 {minutes} 分" if zh else f"over {hours} h {minutes} min"
    return range_text(wait.low or 0, wait.high or 0, locale=locale)


def range_text(low: int, high: int, *, locale: str) -> str:
    """Return a range of minutes in words; a range from nothing is "within".

    >>> range_text(0, 10, locale="zh"), range_text(15, 25, locale="en")
    ('约 10 分钟内', 'about 15–25 min')
    """
    if locale == "zh":
        return f"约 {low}–{high} 分钟" if low else f"约 {high} 分钟内"
    return f"about {low}–{high} min" if low else f"within about {high} min"


def option_wait(option: Option, *, locale: str) -> str:
    """Return the wait of a hall in a ranking, on arrival there."""
    spread = option.ranked.prospect.hall.wait
    minute = timedelta(minutes=1)
    wait = WaitRange(spread.p10 / minute, spread.p50 / minute, spread.p90 / minute) if spread else None
    # On arrival: whoever waits now says nothing of what is waited for then.
    return _plain_text(told(wait, option.waiting), locale=locale)


def done_text(low: datetime, high: datetime, departs_at: datetime, *, locale: str) -> tuple[str, str]:
    """Return when one would be done as a figure and its unit: minutes while they are few, else the clock.

    >>> from datetime import UTC
    >>> leave = datetime(2026, 11, 18, 1, 40, tzinfo=UTC)
    >>> done_text(leave + timedelta(minutes=25), leave + timedelta(minutes=44), leave, locale="zh")
    ('25–44', '分钟后办完')
    """
    zh = locale == "zh"
    soon, late = ((each - departs_at) / timedelta(minutes=1) for each in (low, high))
    if late <= LONGEST_IN_MINUTES:
        return f"{max(0, round(soon))}–{round(late)}", "分钟后办完" if zh else "min until done"
    zone = ZoneInfo(CITY_ZONE)
    times = f"{clock_time(low)}–{clock_time(high)}"
    if low.astimezone(zone).date() == departs_at.astimezone(zone).date():
        return times, "今天办完" if zh else "done today"
    return times, short_day_text(low, locale=locale)


def slots_text(starts: Sequence[datetime], now: datetime | None = None, *, locale: str) -> str:
    """Return several times, each day named once; the day of ``now`` and the one after it by those words.

    >>> from datetime import UTC
    >>> starts = [datetime(2026, 11, 18, hour, tzinfo=UTC) for hour in (2, 3)]
    >>> slots_text(starts, locale="zh"), slots_text(starts, starts[0], locale="zh")
    ('11月18日周三 10:00、11:00', '今天 10:00、11:00')
    """
    comma = "、" if locale == "zh" else ", "
    days = groupby(starts, key=partial(_near_day_text, now=now, locale=locale))
    return (comma if locale == "zh" else "; ").join(
        f"{day} {comma.join(clock_time(start) for start in own)}" for day, own in days
    )


def _near_day_text(start: datetime, *, now: datetime | None, locale: str) -> str:
    zone = ZoneInfo(CITY_ZONE)
    ahead = (start.astimezone(zone).date() - now.astimezone(zone).date()).days if now else None
    if ahead in (0, 1):
        return {"zh": ("今天", "明天")}.get(locale, ("today", "tomorrow"))[ahead]
    return short_day_text(start, locale=locale)


def minutes_text(low: timedelta, high: timedelta, *, locale: str) -> str:
    """Return a travel time as a range of whole minutes."""
    ends = [round(each / timedelta(minutes=1)) for each in (low, high)]
    figure = f"{ends[0]}–{ends[1]}" if ends[0] != ends[1] else str(ends[0])
    return f"约 {figure} 分钟" if locale == "zh" else f"about {figure} min"


def kilometres(metres: float) -> str:
    """Return a distance in kilometres, to a hundred metres below ten and never none.

    >>> kilometres(1284.0), kilometres(24100.0), kilometres(3.0)
    ('1.3', '24', '< 0.1')
    """
    if metres < 50:
        return "< 0.1"
    return f"{metres / 1000:.1f}" if metres < 10_000 else f"{metres / 1000:.0f}"


def named(thing: Any, *, locale: str) -> str:
    """Return ``name_zh`` or ``name_en``, the other one where it is missing."""
    first, second = ("name_zh", "name_en") if locale == "zh" else ("name_en", "name_zh")
    return str(_of(thing, first) or _of(thing, second))


def noted(thing: Any, stem: str, *, locale: str) -> str:
    """Return a field that is kept as ``stem_zh`` and ``stem_en``; the Chinese one if the other is empty."""
    return str(_of(thing, f"{stem}_{locale}") or _of(thing, f"{stem}_zh"))


def _of(thing: Any, name: str) -> Any:
    return thing[name] if isinstance(thing, dict) else getattr(thing, name)


def host_of(link: str) -> str:
    """Return the host of a web address, so that people see where a link leads.

    >>> host_of("https://www.example.org/apply?item=7")
    'www.example.org'
    """
    return urlsplit(link).hostname or ""


def filters(locale: str) -> dict[str, Callable[..., Any]]:
    """Return the template filters of a language."""
    return {
        "wait_text": partial(wait_text, locale=locale),
        "told_text": partial(told_text, locale=locale),
        "line_wait": lambda line: told_text(told_band(line.band, line.waiting), locale=locale),
        "reason_text": partial(reason_text, locale=locale),
        "range_text": partial(range_text, locale=locale),
        "clock_time": clock_time,
        "clock_seconds": clock_seconds,
        "option_wait": partial(option_wait, locale=locale),
        "done_text": partial(done_text, locale=locale),
        "slots_text": partial(slots_text, locale=locale),
        "minutes_text": partial(minutes_text, locale=locale),
        "kilometres": kilometres,
        "day_text": partial(day_text, locale=locale),
        "date_text": partial(date_text, locale=locale),
        "short_day_text": partial(short_day_text, locale=locale),
        "weekday": partial(weekday_text, locale=locale),
        "named": partial(named, locale=locale),
        "noted": partial(noted, locale=locale),
        "dialled": dialled,
        "readable_phone": readable_phone,
        "host_of": host_of,
    }
