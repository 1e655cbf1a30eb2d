"""The waiting list for places that become free: whom a place fits, who is first, how long an offer lasts.

Who came first is asked first; one open offer a person; whoever lets an offer lapse goes to the end, and
with the second one off the list. Saying no costs nothing, but the same time is not offered again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from uuid import UUID
    from zoneinfo import ZoneInfo

    from kernel.ids import HallId, QueueId

# As many as a phone number may have appointments a day: more on one number is trade in places.
ENTRIES_PER_PERSON = 2
# The first lapse may be a dead battery; who lets a second one pass keeps a place from everybody behind.
LAPSES_UNTIL_OFF = 2
MOST_HALLS = 6  # those one would really go to; a list of the whole city says nothing about where one is
# Nobody is woken: what is offered at night has until the morning, counted from its beginning.
MORNING, EVENING = time(8), time(21)
# A place that was given back is kept from the public for so long, so that the list is asked before it;
# three rounds of the ten seconds within which the list is asked.
HANDOVER = timedelta(seconds=30)
DAY_MINUTES = 24 * 60
NOON = 12 * 60


class WaitingStatus(StrEnum):
    """Where somebody's wait stands; the ending states say what ended it."""

    WAITING = "waiting"
    BOOKED = "booked"  # an offer was taken
    LEFT = "left"
    PASSED = "passed"  # the last of the wanted days is over
    DROPPED = "dropped"  # let offers lapse
    ENDED = "ended"  # the appointment that was to be earlier is over or cancelled


class WaitingAction(StrEnum):
    """What can happen to a wait."""

    TAKE = "take"
    LEAVE = "leave"
    PASS = "pass"
    DROP = "drop"
    END = "end"


class OfferStatus(StrEnum):
    """Where an offer stands; it ends by the question ``now < expires_at``, whether or not that is written."""

    OPEN = "open"
    TAKEN = "taken"
    DECLINED = "declined"
    LAPSED = "lapsed"
    WITHDRAWN = "withdrawn"  # its wait ended while it was open


_W, _A = WaitingStatus, WaitingAction

TRANSITIONS: Mapping[tuple[WaitingStatus, WaitingAction], WaitingStatus] = MappingProxyType(
    {
        (_W.WAITING, _A.TAKE): _W.BOOKED,
        (_W.WAITING, _A.LEAVE): _W.LEFT,
        (_W.WAITING, _A.PASS): _W.PASSED,
        (_W.WAITING, _A.DROP): _W.DROPPED,
        (_W.WAITING, _A.END): _W.ENDED,
    }
)


@dataclass(frozen=True, slots=True)
class Wish:
    """The local dates (both included) and minutes of the day (the last not) at which a start would suit.

    ``before``: only starts earlier than the appointment that somebody has already.
    """

    first_day: date
    last_day: date
    from_minute: int = 0
    to_minute: int = DAY_MINUTES
    before: datetime | None = None

    def fits(self, starts_at: datetime, zone: ZoneInfo) -> bool:
        """Return whether a start suits."""
        local = starts_at.astimezone(zone)
        return (
            self.first_day <= local.date() <= self.last_day
            and self.from_minute <= local.hour * 60 + local.minute < self.to_minute
            and (self.before is None or starts_at < self.before)
        )

    def meets(self, other: Wish) -> bool:
        """Return whether some time could suit both."""
        return (
            self.first_day <= other.last_day
            and other.first_day <= self.last_day
            and self.from_minute < other.to_minute
            and other.from_minute < self.to_minute
        )


@dataclass(frozen=True, slots=True)
class Rival:
    """Somebody on the list as another one sees them: their place, what suits, which queues are needed.

    ``place`` is since when, and an id that tells two of the same instant apart; the smaller comes first.
    """

    place: tuple[datetime, UUID]
    wish: Wish
    needs: frozenset[tuple[HallId, QueueId]]


def ahead_of(own: Rival, others: list[Rival]) -> int:
    """Return how many of those who came earlier wait for a place that would suit both.

    Not a promise of anything: each may want more or less than the place that becomes free next.
    """
    return sum(
        other.place < own.place and bool(other.needs & own.needs) and other.wish.meets(own.wish)
        for other in others
    )


def status_at(
    status: WaitingStatus, *, until: datetime, appointment_stands: bool, now: datetime
) -> WaitingStatus:
    """Return how a wait stands at an instant: it ends with its last day, or with its appointment."""
    if status is not WaitingStatus.WAITING:
        return status
    if not appointment_stands:
        return TRANSITIONS[status, WaitingAction.END]
    return TRANSITIONS[status, WaitingAction.PASS] if now >= until else status


def offer_ends_at(
    now: datetime, zone: ZoneInfo, *, lasts: timedelta, starts_at: datetime, notice: timedelta
) -> datetime | None:
    """Return until when a place offered now is kept, or None where it is passed over.

    The offer's time runs from now; between 21:00 and 8:00 it runs from 8:00, so that nobody is woken and
    nobody loses a place asleep. Every offer lasts its full time: a place that begins within ``notice`` of
    the offer's end is offered to nobody on the list, and is free for everybody at once.

    >>> from zoneinfo import ZoneInfo
    >>> half, hour = timedelta(minutes=30), timedelta(hours=1)
    >>> night, nine = datetime(2026, 11, 18, 14, tzinfo=UTC), datetime(2026, 11, 19, 1, tzinfo=UTC)
    >>> ends = offer_ends_at(night, ZoneInfo("Asia/Shanghai"), lasts=half, starts_at=nine, notice=half)
    >>> f"{ends.astimezone(ZoneInfo('Asia/Shanghai')):%d %H:%M}"
    '19 08:30'
    >>> offer_ends_at(night, ZoneInfo("Asia/Shanghai"), lasts=half, starts_at=nine, notice=hour) is None
    True
    """
    begins = now.astimezone(zone)
    if begins.time() >= EVENING:
        begins = datetime.combine(begins.date() + timedelta(days=1), MORNING, zone)
    elif begins.time() < MORNING:
        begins = datetime.combine(begins.date(), MORNING, zone)
    ends = begins.astimezone(UTC) + lasts
    return ends if ends + notice <= starts_at else None


def stays_after(lapses: int) -> bool:
    """Return whether somebody stays on the list, at its end, after so many offers lapsed.

    >>> stays_after(1), stays_after(2)
    (True, False)
    """
    return lapses < LAPSES_UNTIL_OFF
