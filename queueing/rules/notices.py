"""A short word of the hall to whoever is in it or on the way: what may be put up, and when it stands.

A notice begins and ends by its own times; nobody has to take it down, and a screen without its server
still drops it in time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from uuid import UUID

LONGEST_ZH = 60  # characters; one line of a lobby screen, read in passing
LONGEST_EN = 120
MOST = 5  # standing or coming: with eight seconds each, whoever waits reads all of them within a minute
LONGEST_TIME = timedelta(days=31)  # what holds for longer belongs to opening hours or to the set-up
FURTHEST = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice as screens show it; ``text_en`` may be empty."""

    id: UUID
    text_zh: str
    text_en: str
    from_at: datetime
    until_at: datetime

    def stands_at(self, now: datetime) -> bool:
        """Return whether it is up at an instant; the last one is no longer."""
        return self.from_at <= now < self.until_at


def plain_text(text: str) -> str:
    """Return a text on one line, without blanks around it and without characters that nobody sees.

    Among those are marks that turn the direction of a line around, and that of which a notice without a
    word could be made.

    >>> plain_text(" 3号窗口\\n16:00 关闭 "), plain_text("\\u200b\\u202e")
    ('3号窗口 16:00 关闭', '')
    """
    return " ".join("".join(each for each in text if each.isprintable() or each.isspace()).split())


def text_fits(text_zh: str, text_en: str) -> bool:
    """Return whether two plain texts make a notice: some Chinese, English if one likes, neither too long."""
    return 1 <= len(text_zh) <= LONGEST_ZH and len(text_en) <= LONGEST_EN


def times_fit(from_at: datetime, until_at: datetime, *, now: datetime) -> bool:
    """Return whether a notice can stand so: it ends after it begins and after now, and within bounds."""
    return max(from_at, now) < until_at <= from_at + LONGEST_TIME and from_at <= now + FURTHEST


def standing(notices: Iterable[Notice], now: datetime) -> tuple[Notice, ...]:
    """Return the notices that are up at an instant, those that end first coming first."""
    up = (notice for notice in notices if notice.stands_at(now))
    return tuple(sorted(up, key=lambda own: (own.until_at, own.id)))
