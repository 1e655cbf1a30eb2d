"""The halls: known time zones, doors that open, days that are known, windows for every queue, fresh waits."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app.doctor.findings import broken, look, ok, some
from kernel import catalogue
from kernel.calendar import ANNOUNCED_UNTIL, is_announced
from queueing.learned import stale_profiles
from queueing.unserved import unserved_queues

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlmodel import Session

    from app.doctor.findings import Finding

OPENS_WITHIN = timedelta(days=14)
KNOWN_FOR = timedelta(days=60)  # people book weeks ahead, and a release has to come out before that
PROFILES_KEPT_FRESH = timedelta(days=3)  # learned every night; a weekend may lie between
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def zones(session: Session) -> Finding:
    """Tell whether this machine knows the halls' time zones."""
    unknown = sorted({hall.timezone for hall in catalogue.halls(session) if not _known(hall.timezone)})
    if unknown:
        return broken("time zones", f"unknown here: {some(unknown)}", "Install tzdata, or correct the hall.")
    told = sorted({hall.timezone for hall in catalogue.halls(session)})
    return ok("time zones", some(told) or "no hall yet")


def _known(zone: str) -> bool:
    try:
        return bool(ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False


def opening_hours(session: Session, now: datetime) -> Finding:
    """Tell which halls have no hours, and which open on none of the next days."""
    halls = [hall for hall in catalogue.halls(session) if hall.kind == "hall" and not hall.retired]
    if not halls:
        return look("opening hours", "there are no halls", "`jinban catalogue FOLDER` writes them.")
    calendars = catalogue.calendars(session, [hall.id for hall in halls])
    without = [hall.code for hall in halls if not any(calendars[hall.id].hours.values())]
    if without:
        helps = "Enter them on the hall's set-up page: nobody can book, and no kiosk gives a ticket."
        return broken("opening hours", f"no hours at all: {some(without)}", helps)
    shut = [
        hall.code
        for hall in halls
        if not any(calendars[hall.id].spans(day) for day in _next_days(calendars[hall.id].local_day(now)))
    ]
    if shut:
        helps = "See the days off on the hall's set-up page."
        seen = f"open on none of the next {OPENS_WITHIN.days} days: {some(shut)}"
        return look("opening hours", seen, helps)
    return ok("opening hours", f"all {len(halls)} halls open within {OPENS_WITHIN.days} days")


def _next_days(today: date) -> list[date]:
    return [today + timedelta(days=ahead) for ahead in range(OPENS_WITHIN.days)]


def any_open(session: Session, now: datetime) -> bool:
    """Return whether a staffed hall of the city is open."""
    halls = [hall.id for hall in catalogue.halls(session) if hall.kind == "hall" and not hall.retired]
    return any(calendar.is_open(now) for calendar in catalogue.calendars(session, halls).values())


def holidays(now: datetime) -> Finding:
    """Tell whether holidays and make-up workdays are known for as long as people book."""
    if is_announced((now + KNOWN_FOR).date()):
        return ok("holidays", f"known until {ANNOUNCED_UNTIL}")
    helps = (
        "Once the State Council has announced them, install the release that has them; booking stops there."
    )
    return look("holidays", f"known until {ANNOUNCED_UNTIL} only", helps)


def window_plans(session: Session) -> Finding:
    """Tell which queues a plan leaves without a window of their own."""
    found = unserved_queues(session)
    if not found:
        return ok("window plans", "every queue has a window whenever its hall is open")
    never = [own for own in found if own.all_day]
    told = some(
        f"{own.hall.code} {own.queue.prefix} {WEEKDAYS[own.weekday]}"
        + ("" if own.all_day else f" ({own.minutes} min)")
        for own in never or found
    )
    helps = "Give the queue a window on the hall's plan page."
    if never:
        return broken("window plans", f"no window on days when the hall is open: {told}", helps)
    return look("window plans", f"no window for a part of the opening: {told}", helps)


def waits(session: Session, now: datetime) -> Finding:
    """Tell which halls' waits are made from what was learned long ago."""
    stale = stale_profiles(session, now=now, older_than=PROFILES_KEPT_FRESH)
    if not stale:
        return ok("waits", "what halls teach about their waits is fresh")
    codes = {hall.id: hall.code for hall in catalogue.halls(session)}
    helps = "They are learned every night by the worker: see whether the program runs at midnight."
    seen = f"not learned for {PROFILES_KEPT_FRESH.days} days: {some(codes.get(own, '?') for own in stale)}"
    return look("waits", seen, helps)
