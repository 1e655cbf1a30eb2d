"""The lifecycle of a bad rating's case: one table, and a missing pair is a refusal.

Overdue is a question, not a status: not answered by ``due_at``, whoever looks.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kernel.calendar import OpeningCalendar

LONGEST_NOTE = 500
SHORTEST_NOTE = 2  # characters; an empty answer is none
# A citizen's number goes with the case, and in any case within 30 days; what erases it comes round once a
# day, so it counts as gone a day before.
CALL_BACK_KEPT_FOR = timedelta(days=29)
FURTHEST_DAYS = 120  # a hall that is not open for so long has no working days to count


class CaseStatus(StrEnum):
    """Where a case stands; the ending states say who ended it."""

    OPEN = "open"
    HANDLING = "handling"  # somebody of the hall has it
    ANSWERED = "answered"  # what was done is written down; the supervisor's turn
    ACCEPTED = "accepted"  # by the supervisor
    WITHDRAWN = "withdrawn"  # by the citizen, who changed the rating to a better one in time


class CaseAction(StrEnum):
    """What can be done to a case."""

    TAKE = "take"
    READ_NUMBER = "read_number"
    CALL_BACK = "call_back"
    ANSWER = "answer"
    ACCEPT = "accept"
    SEND_BACK = "send_back"
    WITHDRAW = "withdraw"
    RENEW = "renew"


_S, _A = CaseStatus, CaseAction

CASE_TRANSITIONS: Mapping[tuple[CaseStatus, CaseAction], CaseStatus] = MappingProxyType(
    {
        (_S.OPEN, _A.TAKE): _S.HANDLING,
        (_S.OPEN, _A.WITHDRAW): _S.WITHDRAWN,
        (_S.HANDLING, _A.TAKE): _S.HANDLING,
        (_S.HANDLING, _A.READ_NUMBER): _S.HANDLING,
        (_S.HANDLING, _A.CALL_BACK): _S.HANDLING,
        (_S.HANDLING, _A.ANSWER): _S.ANSWERED,
        (_S.HANDLING, _A.WITHDRAW): _S.WITHDRAWN,
        (_S.ANSWERED, _A.ACCEPT): _S.ACCEPTED,
        (_S.ANSWERED, _A.SEND_BACK): _S.HANDLING,
        (_S.ANSWERED, _A.WITHDRAW): _S.WITHDRAWN,
        (_S.WITHDRAWN, _A.RENEW): _S.OPEN,
    }
)

ENDINGS = frozenset({_S.ACCEPTED, _S.WITHDRAWN})
UNANSWERED = frozenset({_S.OPEN, _S.HANDLING})
BY_HALL = frozenset({_A.TAKE, _A.READ_NUMBER, _A.CALL_BACK, _A.ANSWER})
BY_SUPERVISOR = frozenset({_A.ACCEPT, _A.SEND_BACK})
NEEDS_NOTE = frozenset({_A.CALL_BACK, _A.ANSWER, _A.SEND_BACK})


def allowed(status: CaseStatus) -> frozenset[CaseAction]:
    """Return what staff can do to a case in this status; whose turn it is stands in ``BY_…``."""
    return frozenset(
        action
        for before, action in CASE_TRANSITIONS
        if before is status and action in BY_HALL | BY_SUPERVISOR
    )


def is_overdue(status: CaseStatus, due_at: datetime, *, now: datetime) -> bool:
    """Return whether a case has not been answered in time."""
    return status in UNANSWERED and now > due_at


def due_at(calendar: OpeningCalendar, opened_at: datetime, working_days: int) -> datetime:
    """Return when the last of so many working days of a hall ends; the day of opening does not count.

    A hall that is not open for months is given plain days, so that no case is without an end.
    """
    first = calendar.local_day(opened_at)
    left = working_days
    for ahead in range(1, FURTHEST_DAYS + 1):
        spans = calendar.spans(first + timedelta(days=ahead))
        left -= bool(spans)
        if spans and left <= 0:
            return spans[-1].closes_at
    return opened_at + timedelta(days=working_days)
