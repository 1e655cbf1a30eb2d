"""What a hall may look like; pure."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from queueing.setup.errors import HoursInvalid

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from kernel.calendar import OpeningCalendar

SPANS_A_DAY = 4  # a hall with more pauses than that has a typing error
WEEK = range(7)

Hours = dict[int, tuple[tuple[time, time], ...]]


@dataclass(frozen=True, slots=True)
class OwnDay:
    """A day that the hall decides by itself: closed, or worked with the hours of ``works_as``."""

    day: date
    works_as: int | None = None
    reason_zh: str = ""
    reason_en: str = ""


def checked_hours(hours: Mapping[int, Sequence[tuple[time, time]]]) -> Hours:
    """Return the week's spans in order; raises ``HoursInvalid`` naming the weekday (0 = Monday)."""
    return {weekday: _checked_day(weekday, hours.get(weekday, ())) for weekday in WEEK}


def _checked_day(weekday: int, spans: Sequence[tuple[time, time]]) -> tuple[tuple[time, time], ...]:
    ordered = tuple(sorted(spans))
    if len(ordered) > SPANS_A_DAY:
        raise HoursInvalid(weekday=weekday, spans=len(ordered), most=SPANS_A_DAY)
    for opens, closes in ordered:
        if opens >= closes:
            raise HoursInvalid(weekday=weekday, opens=f"{opens:%H:%M}", closes=f"{closes:%H:%M}")
    for (_, closes), (opens, _) in pairwise(ordered):
        if opens < closes:
            raise HoursInvalid(weekday=weekday, closes=f"{closes:%H:%M}", opens=f"{opens:%H:%M}")
    return ordered


def left_outside(due: Iterable[datetime], before: OpeningCalendar, after: OpeningCalendar) -> list[datetime]:
    """Return the instants at which the hall was to be open and would not be, in order."""
    return sorted(each for each in due if before.is_open(each) and not after.is_open(each))


def fingerprint(value: Any) -> str:
    """Return a short hash of plain values; a draft names the one it was made on.

    >>> fingerprint({"a": 1, "b": 2}) == fingerprint({"b": 2, "a": 1})
    True
    """
    text = json.dumps(value, sort_keys=True, default=str, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
