"""Provisional numbers: what a kiosk gives out while its server is away, and how such a slip is judged.

A kiosk holds blocks of a hall's numbers of a local day. They stand behind a letter that no queue may have,
so everybody sees what they are; a slip that is handed in becomes a ticket under the number on the paper.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING
from uuid import UUID

from queueing.rules.tickets import number_label

if TYPE_CHECKING:
    from collections.abc import Iterable

LETTER = "X"
BLOCK = 250  # a number every two minutes of a working day; four kiosks of a hall stay within three digits
LOW = 100  # a kiosk with fewer numbers left asks for a further block: a morning's worth
MOST_BLOCKS = 8  # of a kiosk and day: then it asks without end, and 2,000 numbers are more than a day needs
DAYS_AHEAD = 3  # a link that breaks on Friday evening is missed until Monday morning
NUMBERED_FROM = 1_000_000  # in a ticket's number, which is a queue's own below it
KIOSK_CLOCK = timedelta(seconds=1)  # how well a kiosk knows the server's time: half a slow answer


class Reason(StrEnum):
    """Why a slip became no ticket; staff read it, for its holder may stand in the hall."""

    DAY_OVER = "day_over"
    DAY_TO_COME = "day_to_come"
    HALL_CLOSED = "hall_closed"
    NOT_OFFERED = "not_offered"
    NOT_RESERVED = "not_reserved"
    NUMBER_TAKEN = "number_taken"


@dataclass(frozen=True, slots=True)
class Slip:
    """What a kiosk printed: ``printed_at`` by what it takes for the server's time.

    ``id`` is the kiosk's own and makes handing in twice one; ``heard_at``: what the server's clock showed in
    the last answer that the kiosk had before it printed.
    """

    id: UUID
    day: date
    number: int
    service: str
    priority: bool
    printed_at: datetime
    heard_at: datetime


@dataclass(frozen=True, slots=True)
class Printed:
    """When a slip counts from, and how uncertain that is."""

    at: datetime
    precision: timedelta


def provisional_label(number: int) -> str:
    """Return a provisional number as people read it.

    >>> provisional_label(7), provisional_label(1234)
    ('X007', 'X1234')
    """
    return number_label(LETTER, number)


def is_provisional(number: int) -> bool:
    """Return whether a ticket's stored number was printed by a kiosk without its server."""
    return number > NUMBERED_FROM


def letter_is_free(prefixes: Iterable[str]) -> bool:
    """Return whether a hall can have provisional numbers: one whose queue has their letter has none.

    >>> letter_is_free(["A", "B"]), letter_is_free(["A", "X"])
    (True, False)
    """
    return not any(prefix.startswith(LETTER) for prefix in prefixes)


def days_to_hold(today: date) -> tuple[date, ...]:
    """Return the local days for which a kiosk holds numbers."""
    return tuple(today + timedelta(days=ahead) for ahead in range(DAYS_AHEAD + 1))


def counts_from(
    slip: Slip, *, not_before: Iterable[datetime], previous: datetime | None, now: datetime
) -> Printed:
    """Return the arrival of a slip: when it was printed, within what can be.

    Not before the kiosk's last contact nor before any of ``not_before`` (the doors, the reservation of its
    number), not after ``now``, and not before ``previous``, from which the number before it of the same
    block counts: a clock that jumps never turns the order of the paper round. Where the kiosk's word had to
    be moved, the arrival is as uncertain as it was moved.
    """
    earliest = min(max(slip.heard_at, *not_before), now)
    at = min(max(slip.printed_at, earliest), now)
    if previous is not None:
        at = max(at, previous)
    return Printed(at, max(KIOSK_CLOCK, abs(at - slip.printed_at)))


def day_refuses(slip: Slip, *, today: date, closes_at: datetime | None, now: datetime) -> Reason | None:
    """Return why a slip's day lets it become no ticket; ``closes_at`` is today's last closing, if any.

    A hall that has closed for the day serves nobody any more; one in its noon break goes on afterwards.
    """
    if slip.day != today:
        return Reason.DAY_OVER if slip.day < today else Reason.DAY_TO_COME
    return Reason.HALL_CLOSED if closes_at is None or now >= closes_at else None
