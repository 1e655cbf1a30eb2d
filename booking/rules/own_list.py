"""A citizen's own list: how long it stays open, what a code is, and under which part each thing stands."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from booking.rules.appointments import AppointmentStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

SIGNED_IN_LASTS = timedelta(hours=1)  # a booking with its papers at hand; then the provider is asked again
FOUND_LASTS = timedelta(minutes=15)  # long enough to look, short on a telephone that is lent
CODE_LASTS = timedelta(minutes=10)  # a gateway's retries are over after two; people look for their glasses
CODE_DIGITS = 6
CODE_TRIES = 5  # of a million: with the three codes of a day, fifteen guesses
CODES_PER_DAY = 3  # to one number: whoever types a stranger's number must not empty its messages


class Way(StrEnum):
    """How somebody came to their list."""

    SIGNED_IN = "signed_in"  # the identity service says who it is
    FOUND = "found"  # the telephone number is theirs


class About(StrEnum):
    """What stands on a list; contacts of messages use the same words."""

    APPOINTMENT = "appointment"
    VISIT = "visit"
    WAITING = "waiting"


class Part(StrEnum):
    """The parts of the list, in their order."""

    TODAY = "today"  # tickets that are alive
    COMING = "coming"
    WAITING = "waiting"
    PAST = "past"


def new_code(choice: Callable[[Sequence[str]], str]) -> str:
    """Return a random code; ``choice`` is the source of randomness.

    >>> new_code(lambda digits: digits[7])
    '777777'
    """
    return "".join(choice("0123456789") for _ in range(CODE_DIGITS))


_S = AppointmentStatus
_STANDS = frozenset(
    {_S.CONFIRMED, _S.CANCELLED_BY_HALL}
)  # who is told not to come looks under what is to come
_OVER = frozenset({_S.CONFIRMED, _S.CHECKED_IN, _S.NO_SHOW, _S.CANCELLED_BY_CITIZEN, _S.CANCELLED_BY_HALL})


def part_of(status: AppointmentStatus, day: date, today: date) -> Part | None:
    """Return under what an appointment of a local date stands; None for what was never booked.

    >>> from datetime import date
    >>> part_of(AppointmentStatus.CONFIRMED, date(2026, 11, 18), date(2026, 11, 18)).value
    'coming'
    """
    if status in _STANDS and day >= today:
        return Part.COMING
    return Part.PAST if status in _OVER else None
