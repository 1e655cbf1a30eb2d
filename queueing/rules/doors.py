"""When a hall's doors are open, as its boards carry it: today's openings, and the first one of a later day.

Doors open and close by the clock, without an event: whoever shows a board asks what its openings mean now. So
a board says the same the whole day, and a screen needs nobody to tell it that it is nine o'clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from kernel.calendar import SEARCH_DAYS

if TYPE_CHECKING:
    from datetime import datetime

    from kernel.calendar import OpeningCalendar, Span


@dataclass(frozen=True, slots=True)
class Doors:
    """``today``: the openings of the board's local day, in order; none on a day off.

    ``then_at``: when the doors open on a later day for the first time; None if not within ``SEARCH_DAYS``.
    """

    today: tuple[Span, ...] = ()
    then_at: datetime | None = None


NOT_KNOWN = Doors()


def doors_at(calendar: OpeningCalendar, now: datetime) -> Doors:
    """Return the doors of the local day that an instant lies in."""
    today = calendar.local_day(now)
    later = (calendar.spans(today + timedelta(days=ahead)) for ahead in range(1, SEARCH_DAYS + 1))
    return Doors(calendar.spans(today), next((spans[0].opens_at for spans in later if spans), None))
