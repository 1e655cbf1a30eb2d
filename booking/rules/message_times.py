"""When a message is sent: quiet hours by the hall's clock, reminders before an appointment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

QUIET_FROM, QUIET_UNTIL = time(21), time(8)  # nobody is woken
EVENING = time(20)  # what would come at night is read the evening before
HOURS_BEFORE = timedelta(hours=2)
STILL_OF_USE = timedelta(hours=1)  # a reminder in the morning leaves that long to get ready and go
# Whoever booked, or was reminded, less than this ago has not forgotten.
APART = timedelta(hours=3)
LATEST_BEFORE = timedelta(minutes=30)  # later nobody can use it
ANSWERED_WITHIN = timedelta(minutes=15)  # who did something at night is awake, and waits for the answer


@dataclass(frozen=True, slots=True)
class Times:
    """Due at ``at``; not sent after ``not_after``; quiet hours do not count until ``any_hour_until``."""

    at: datetime
    not_after: datetime
    any_hour_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Reminders:
    """The reminders of an appointment; None where there is none."""

    day_before: Times | None
    hours_before: Times | None


def is_quiet(at: datetime, zone: ZoneInfo) -> bool:
    """Return whether an instant lies in the quiet hours, from 21:00 until 08:00 by the hall's clock."""
    local = at.astimezone(zone).time()
    return local >= QUIET_FROM or local < QUIET_UNTIL


def quiet_over(at: datetime, zone: ZoneInfo) -> datetime:
    """Return the end of the quiet hours that an instant lies in."""
    local = at.astimezone(zone)
    day = local.date() if local.time() < QUIET_UNTIL else local.date() + timedelta(days=1)
    return datetime.combine(day, QUIET_UNTIL, zone)


def reminders(starts_at: datetime, zone: ZoneInfo, *, told_at: datetime) -> Reminders:
    """Return when to remind of an appointment whose time was told at ``told_at``.

    The day before at the same hour, and two hours before. What falls into the quiet hours comes at 08:00 if
    an hour is left then, else at 20:00 the evening before. What falls within three hours of the telling or
    of the other reminder is left out.
    """
    first = _day_before(starts_at, zone)
    second = _hours_before(starts_at, zone)
    day_before = Times(first, starts_at - HOURS_BEFORE) if first >= told_at + APART else None
    last = first if day_before else told_at
    if second < last + APART:
        return Reminders(day_before, None)
    return Reminders(day_before, Times(second, starts_at - LATEST_BEFORE))


def _day_before(starts_at: datetime, zone: ZoneInfo) -> datetime:
    local = starts_at.astimezone(zone)
    hour = min(max(local.time(), QUIET_UNTIL), EVENING)
    return datetime.combine(local.date() - timedelta(days=1), hour, zone)


def _hours_before(starts_at: datetime, zone: ZoneInfo) -> datetime:
    wanted = starts_at - HOURS_BEFORE
    if not is_quiet(wanted, zone):
        return wanted
    local = wanted.astimezone(zone)
    if local.time() >= QUIET_FROM:
        return datetime.combine(local.date(), EVENING, zone)
    morning = datetime.combine(local.date(), QUIET_UNTIL, zone)
    if starts_at - morning >= STILL_OF_USE:
        return morning
    return datetime.combine(local.date() - timedelta(days=1), EVENING, zone)


def answer(starts_at: datetime, *, now: datetime) -> Times:
    """Return when to answer what somebody just did: at once, at any hour, and not after the start."""
    return Times(now, starts_at, any_hour_until=now + ANSWERED_WITHIN)


def cancellation(starts_at: datetime, zone: ZoneInfo, *, now: datetime) -> Times:
    """Return when to say that the hall cancels: at once, or after the quiet hours.

    At once even at night where the end of the quiet hours is less than two hours before the start: a
    message at night is better than a way for nothing.
    """
    urgent = is_quiet(now, zone) and starts_at - quiet_over(now, zone) < HOURS_BEFORE
    return Times(now, starts_at, any_hour_until=starts_at if urgent else None)


UNKEPT_COUNTS_FOR = timedelta(days=1)  # told once the day is over; the quiet hours end within


def unkept(*, now: datetime) -> Times:
    """Return when to say that a call was never made: after the quiet hours, though its time is long over."""
    return Times(now, now + UNKEPT_COUNTS_FOR)


SOON_COUNTS_FOR = timedelta(minutes=10)  # later the turn itself has come


def soon(*, now: datetime) -> Times:
    """Return when to say that a ticket is soon due: now or never."""
    return Times(now, now + SOON_COUNTS_FOR, any_hour_until=now + SOON_COUNTS_FOR)


SOON_AHEAD, SOON_MINUTES = 3, 10  # what holds for whoever chooses nothing
# What can be chosen; the minutes stand on the grid on which waits are told.
SoonAhead = Literal[1, 2, 3, 5, 8]
SoonMinutes = Literal[5, 10, 15, 20]


@dataclass(frozen=True, slots=True)
class Soon:
    """How soon is "soon" for a ticket: so many people ahead, or so many minutes, whichever comes first."""

    ahead: int = SOON_AHEAD
    minutes: int = SOON_MINUTES


def is_soon(people_ahead: int | None, high_minutes: int | None, asked: Soon) -> bool:
    """Return whether a waiting ticket is soon due, as its holder asked to be told.

    ``high_minutes`` is the upper end of what its holder reads, None where no figure is told.

    >>> is_soon(3, 40, Soon()), is_soon(8, 10, Soon()), is_soon(8, None, Soon()), is_soon(None, None, Soon())
    (True, True, False, False)
    >>> is_soon(3, 15, Soon(1, 5)), is_soon(8, 40, Soon(8, 5))
    (False, True)
    """
    if people_ahead is None:
        return False
    return people_ahead <= asked.ahead or (high_minutes is not None and high_minutes <= asked.minutes)
