"""What a desk tells afterwards about the time in which it had no connection: how far its times are taken.

A desk without its server calls nobody: the order of calls and the lock that keeps two windows from one
ticket are the server's. It goes on with whoever is at its window and writes down whose paper it took.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from queueing.rules.provisional import LETTER

if TYPE_CHECKING:
    from collections.abc import Iterable

DESK = "desk"  # in the log: the instant is the word of a desk
DESK_CLOCK = timedelta(seconds=1)  # how well a desk knows the server's time: half a slow answer
SURE = timedelta(seconds=30)  # of a service of minutes; less sure times stand in the log and in no report


class DeskAct(StrEnum):
    """What a desk can do alone."""

    START = "start"
    FINISH = "finish"
    MISS = "miss"
    PARK = "park"
    RECORD = "record"
    PAPER = "paper"  # somebody came with a number on paper and was served, uncalled


class DeskState(StrEnum):
    """What became of an entry; ``WAITING``: no kiosk has handed that number in yet."""

    TAKEN = "taken"
    WAITING = "waiting"
    REFUSED = "refused"


class DeskReason(StrEnum):
    """Why an entry was not taken over; the staff read it."""

    DAY_OVER = "day_over"
    MOVED = "moved"  # somebody else did something else with the ticket meanwhile
    NOT_YOURS = "not_yours"
    NOT_OFFERED = "not_offered"
    NOT_RESERVED = "not_reserved"
    UNKNOWN_NUMBER = "unknown_number"
    WRITTEN_TWICE = "written_twice"


class _Logged(Protocol):
    @property
    def precision_s(self) -> float: ...
    @property
    def told(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Word:
    """An instant as a desk told it, held within what can be, and how uncertain it is."""

    at: datetime
    precision: timedelta
    began_at: datetime | None = None


def as_told(at: datetime, *, not_before: Iterable[datetime], off: timedelta, now: datetime) -> Word:
    """Return a told instant: never before any of ``not_before``, never after ``now``.

    ``off`` is by how much the desk's clock was wrong when it handed in. Where the word had to be moved it
    is as uncertain as it was moved.
    """
    held = min(max(at, *not_before), now)
    return Word(held, max(DESK_CLOCK, abs(off), abs(held - at)))


def sure_enough(*lines: _Logged | None) -> bool:
    """Return whether the instants of these lines of a log are sure enough for a duration in a report.

    What no desk told is: a log of another system says itself how precise it is, for all its lines alike.
    """
    return all(
        line is None or line.told is None or line.precision_s <= SURE.total_seconds() for line in lines
    )


def plain_label(written: str) -> str:
    """Return a number as it stands on paper, however it was typed; "" for what is none.

    >>> plain_label(" x 7"), plain_label("A042"), plain_label("B1234"), plain_label("hello")
    ('X007', 'A042', 'B1234', '')
    """
    text = "".join(written.split()).upper()
    letters = text.rstrip("0123456789")
    digits = text[len(letters) :]
    known = letters.isalpha() and letters.isascii() and len(letters) <= 2 and 0 < len(digits) <= 6
    return f"{letters}{int(digits):03d}" if known and int(digits) else ""


def provisional_number(label: str) -> int | None:
    """Return the number behind the letter of a kiosk without its server, None for any other label.

    >>> provisional_number("X007"), provisional_number("A007")
    (7, None)
    """
    digits = label.removeprefix(LETTER)
    return int(digits) if label.startswith(LETTER) and digits.isdecimal() else None
