"""A booking made without signing in is confirmed by a code: who needs one, and how many are sent."""

from __future__ import annotations

from datetime import datetime, timedelta

# Three in all for one place: the first, one that got lost, one to a corrected number.
CODES_PER_BOOKING = 3
# To one number in the whole city: the two appointments of a day, each with one that got lost. Whoever types
# a stranger's number must not empty its messages.
CODES_PER_NUMBER_DAY = 4
CODE_TRIES = 5  # of each code of six digits: fifteen guesses in a million
SEND_AGAIN_AFTER = timedelta(minutes=1)  # a gateway delivers in seconds; who presses twice gets one


def kept_until(
    now: datetime, activation: timedelta, *, starts_at: datetime, held_until: datetime
) -> datetime:
    """Return until when a place waits for its code: some minutes, not beyond the start, never shortened.

    >>> from datetime import UTC, datetime, timedelta
    >>> now = datetime(2026, 3, 2, 9, tzinfo=UTC)
    >>> soon = now + timedelta(minutes=6)
    >>> kept_until(now, timedelta(minutes=10), starts_at=soon, held_until=now + timedelta(minutes=3)) == soon
    True
    """
    return max(held_until, min(now + activation, starts_at))


def may_send_again_at(sent_at: datetime) -> datetime:
    """Return when another code may be asked for."""
    return sent_at + SEND_AGAIN_AFTER
