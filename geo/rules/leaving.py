"""When to leave so as to be in time: what counts is the slow trip, for a missed bus excuses nobody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from geo.rules.travel import TravelRange

# From the door to the kiosk and checked in. A choice, told beside the time; halls are larger than they look.
READY = timedelta(minutes=5)


class Urgency(StrEnum):
    """What leaving at the advised time, or now if that is over, comes to."""

    LATER = "later"
    NOW = "now"
    LATE = "late"
    TOO_LATE = "too-late"


@dataclass(frozen=True, slots=True)
class Leaving:
    """Advice for one trip: ``leave_at`` is when even a slow one is in time, and may be over.

    ``arrives_low_at`` to ``arrives_high_at``: when one is there who leaves then, or now if that is later.
    """

    leave_at: datetime
    urgency: Urgency
    arrives_low_at: datetime
    arrives_at: datetime
    arrives_high_at: datetime


def leave_by(due_at: datetime, travel: TravelRange) -> datetime:
    """Return when to leave so that even a slow trip is there and checked in at ``due_at``."""
    return due_at - READY - travel.high


def leaving(due_at: datetime, until: datetime, travel: TravelRange, *, now: datetime) -> Leaving:
    """Return the advice for being there at ``due_at``, or at the latest by ``until`` (end of the grace).

    ``LATE`` and ``TOO_LATE`` go by the usual trip: who may just be in time shall hurry, not give up.
    """
    leave_at = leave_by(due_at, travel)
    leaves_at = max(leave_at, now)
    usual = leaves_at + travel.typical
    if now < leave_at:
        urgency = Urgency.LATER
    elif usual <= due_at:
        urgency = Urgency.NOW
    else:
        urgency = Urgency.LATE if usual <= until else Urgency.TOO_LATE
    return Leaving(leave_at, urgency, leaves_at + travel.low, usual, leaves_at + travel.high)
