"""A message to a citizen: what kinds there are, its lifecycle, and whether one that is due may go now.

One table, and a missing pair is a refusal. A message is claimed before it goes out, under a lease; whoever
claims it after a sender died sends it again under the same key, by which the gateway knows it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from booking.rules.message_times import is_quiet, quiet_over

if TYPE_CHECKING:
    from collections.abc import Mapping


class MessageKind(StrEnum):
    """What a message says."""

    CONFIRMED = "confirmed"
    MOVED = "moved"
    CANCELLED_BY_HALL = "cancelled_by_hall"
    DAY_BEFORE = "day_before"
    HOURS_BEFORE = "hours_before"
    SOON = "soon"
    TIME_FREE = "time_free"
    CODE = "code"
    ACTIVATION = "activation"
    NO_SHOW = "no_show"
    APPEAL_ANSWERED = "appeal_answered"


class MessageStatus(StrEnum):
    """Where a message stands; the ending states say why it ended."""

    PLANNED = "planned"
    SENDING = "sending"  # claimed by a sender, for as long as its lease
    SENT = "sent"  # taken over by the gateway
    FAILED = "failed"  # refused by the gateway, or tried as often as it may be
    VOID = "void"  # what it would say is no longer so
    HELD = "held"  # not sent on purpose; ``HeldBecause`` says why


class MessageAction(StrEnum):
    """What can be done to a message."""

    CLAIM = "claim"
    POSTPONE = "postpone"
    ACCEPT = "accept"
    RETRY = "retry"
    REFUSE = "refuse"
    VOID = "void"
    HOLD = "hold"


_S, _A = MessageStatus, MessageAction

MESSAGE_TRANSITIONS: Mapping[tuple[MessageStatus, MessageAction], MessageStatus] = MappingProxyType(
    {
        (_S.PLANNED, _A.CLAIM): _S.SENDING,
        (_S.PLANNED, _A.POSTPONE): _S.PLANNED,
        (_S.PLANNED, _A.HOLD): _S.HELD,
        (_S.PLANNED, _A.VOID): _S.VOID,
        (_S.SENDING, _A.CLAIM): _S.SENDING,  # its sender died: the lease is over
        (_S.SENDING, _A.POSTPONE): _S.PLANNED,
        (_S.SENDING, _A.HOLD): _S.HELD,
        (_S.SENDING, _A.ACCEPT): _S.SENT,
        (_S.SENDING, _A.RETRY): _S.PLANNED,
        (_S.SENDING, _A.REFUSE): _S.FAILED,
    }
)
MESSAGE_ENDINGS = frozenset({_S.SENT, _S.FAILED, _S.VOID, _S.HELD})


class HeldBecause(StrEnum):
    """Why a message was not sent on purpose."""

    STOPPED = "stopped"  # its reader wanted no more
    DAY_BUDGET = "day_budget"  # the number has had its messages of the day
    ENOUGH = "enough"  # the appointment has had as many as were told at booking
    QUIET = "quiet"  # after the quiet hours it would be too late
    LATE = "late"  # nobody could send it in time
    UNREADABLE = "unreadable"  # the key it was sealed with is not there, or its row was damaged


# Told at booking: that it is booked, two reminders, two changes, and one that only the hall's news may use.
MOST_PER_SUBJECT = 6
# Not counted by subject: who waits says no as often as they like, and an offer that nobody hears of lapses.
EACH_IS_TOLD = frozenset({MessageKind.TIME_FREE})
LEASE = timedelta(seconds=60)  # a sender gives up on a gateway after a quarter of it
ATTEMPTS = 6
FIRST_PAUSE = timedelta(seconds=5)
PAUSE_GROWS = 4  # 5 s, 20 s, 80 s, 5 min, 21 min: a gateway's restart, then its outage
JITTER = 0.3  # of the pause, either way: what failed together is not tried together


@dataclass(frozen=True, slots=True)
class Go:
    """It may be sent now."""


@dataclass(frozen=True, slots=True)
class WaitUntil:
    """It may be sent then."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Held:
    """It is not sent."""

    because: HeldBecause


def before_sending(
    *, not_after: datetime, any_hour_until: datetime | None, stopped: bool, now: datetime, zone: ZoneInfo
) -> Go | WaitUntil | Held:
    """Return whether a message that is due may be sent now, later, or not at all.

    Who said stop gets none. What says something that is over is not sent. In the quiet hours of the hall it
    waits for their end, unless it is the answer to what its reader just did, or cannot wait
    (``any_hour_until``); if it would be too late then, it is not sent.
    """
    if stopped:
        return Held(HeldBecause.STOPPED)
    if now > not_after:
        return Held(HeldBecause.LATE)
    if not is_quiet(now, zone) or (any_hour_until is not None and now <= any_hour_until):
        return Go()
    over = quiet_over(now, zone)
    return WaitUntil(over) if over <= not_after else Held(HeldBecause.QUIET)


def most_of(kind: MessageKind, limit: int) -> int:
    """Return how many of ``limit`` messages may have gone out before one of this kind still may.

    The last place is kept for what the hall has to say: nobody shall come in vain because of reminders. Codes
    have half, those that confirm a booking two less than all: whoever asks for them with a stranger's number
    must not keep that person's reminders away.

    >>> most_of(MessageKind.DAY_BEFORE, 6), most_of(MessageKind.CANCELLED_BY_HALL, 6)
    (5, 6)
    >>> most_of(MessageKind.CODE, 6), most_of(MessageKind.ACTIVATION, 6)
    (3, 4)
    """
    if kind is MessageKind.CODE:
        return limit // 2
    if kind is MessageKind.ACTIVATION:
        return max(1, limit - 2)
    return limit if kind is MessageKind.CANCELLED_BY_HALL else limit - 1


def again_at(attempts: int, *, now: datetime, share: float) -> datetime | None:
    """Return when to try again after so many attempts, or None when that were enough.

    ``share`` in 0 to 1, drawn by the caller, spreads the pause by ``JITTER`` either way.
    """
    if attempts >= ATTEMPTS:
        return None
    pause: timedelta = FIRST_PAUSE * PAUSE_GROWS ** (attempts - 1)
    return now + pause * (1 + JITTER * (2 * share - 1))
