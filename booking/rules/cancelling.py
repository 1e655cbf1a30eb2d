"""Why a hall cancels what it had promised, and what becomes of the places."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from booking.rules.messages import MessageStatus
from queueing.rules.notices import plain_text

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST_NOTE = 120
# A unit of work holds the hall: calls go in between. A hall has fewer appointments on most days.
MOST_AT_ONCE = 200


class CancelReason(StrEnum):
    """Why; people who get a cancellation read it."""

    CLOSED = "closed"
    SHORT_OF_STAFF = "short_of_staff"
    SYSTEM_DOWN = "system_down"
    WEATHER = "weather"
    NOT_CALLED = "not_called"
    OTHER = "other"


# English ids, translated where they are read.
REASON_TEXTS: Mapping[CancelReason, str] = MappingProxyType(
    {
        CancelReason.CLOSED: "the hall is closed at that time",
        CancelReason.SHORT_OF_STAFF: "too few windows can be staffed",
        CancelReason.SYSTEM_DOWN: "the system that the service needs is down",
        CancelReason.WEATHER: "weather or public safety",
        CancelReason.NOT_CALLED: "the hall did not get to its call in time",
        CancelReason.OTHER: "another reason",
    }
)


class Told(StrEnum):
    """Whether somebody knows that the hall cancelled."""

    BY_MESSAGE = "by_message"
    ON_ITS_WAY = "on_its_way"
    TO_BE_CALLED = "to_be_called"  # no message, or none that came through


@dataclass(frozen=True, slots=True)
class Why:
    """Why a hall cancels: a reason and, in its own words, what people shall know.

    ``offer_again``: whether others may book the places. Otherwise they stay taken: what the hall cannot
    keep for one it cannot keep for the next.
    """

    reason: CancelReason
    note: str = ""
    offer_again: bool = False


def told(news: MessageStatus | None) -> Told:
    """Return whether somebody knows, by what became of the message about the cancellation.

    >>> told(MessageStatus.SENT).value, told(MessageStatus.FAILED).value, told(None).value
    ('by_message', 'to_be_called', 'to_be_called')
    """
    if news is MessageStatus.SENT:
        return Told.BY_MESSAGE
    on_its_way = news in (MessageStatus.PLANNED, MessageStatus.SENDING)
    return Told.ON_ITS_WAY if on_its_way else Told.TO_BE_CALLED


def says_enough(why: Why) -> bool:
    """Return whether people learn why: "another reason" needs words.

    >>> says_enough(Why(CancelReason.WEATHER)), says_enough(Why(CancelReason.OTHER))
    (True, False)
    """
    return why.reason is not CancelReason.OTHER or bool(plain_text(why.note))
