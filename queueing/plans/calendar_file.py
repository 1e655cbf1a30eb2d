"""A window plan as a calendar (.ics) for those who sit at the windows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from icalendar import Calendar, Event

from queueing.rules.plan_changes import Stretch, stretches

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date, datetime

    from kernel.calendar import OpeningCalendar
    from kernel.catalogue import Hall, HallQueue
    from kernel.ids import QueueId, WindowId
    from queueing.store import Plan

PRODUCT = "-//Jinban//Window plan//ZH"
REFRESH = timedelta(hours=1)  # how often a subscriber should ask again; a plan may change during the day


@dataclass(frozen=True, slots=True)
class PlannedDay:
    """A local date, the plan that holds on it, and the one that held before."""

    day: date
    plan: Plan
    before: Plan | None


def plan_ics(
    hall: Hall,
    calendar: OpeningCalendar,
    days: Sequence[PlannedDay],
    windows: Mapping[WindowId, str],
    queues: Sequence[HallQueue],
    *,
    now: datetime,
) -> bytes:
    """Return the plan of some days and windows as a calendar (RFC 5545), an event per stretch of a list.

    The n-th stretch of a window's day keeps its UID and SEQUENCE is the plan's version, so a calendar
    that already holds the day is brought up to date; stretches that a new plan has no more are cancelled.
    """
    file = Calendar()
    file.add("prodid", PRODUCT)
    file.add("version", "2.0")
    file.add("method", "PUBLISH")
    file.add("x-wr-calname", f"{hall.name_zh} 窗口配置")
    file.add("x-wr-timezone", calendar.zone.key)
    file.add("refresh-interval", REFRESH, parameters={"value": "DURATION"})
    names = {queue.id: queue for queue in queues}
    for planned in days:
        for window, label in windows.items():
            for event in _events(hall, calendar, planned, window, label, names, now=now):
                file.add_component(event)
    if days:  # a calendar defines the zones that its times name (RFC 5545, 3.6.5)
        file.add_missing_timezones(days[0].day, days[-1].day + timedelta(days=1))
    return bytes(file.to_ical())


def _events(
    hall: Hall,
    calendar: OpeningCalendar,
    planned: PlannedDay,
    window: WindowId,
    label: str,
    names: Mapping[QueueId, HallQueue],
    *,
    now: datetime,
) -> Iterator[Event]:
    present = day_stretches(calendar, planned.day, planned.plan, window)
    past = day_stretches(calendar, planned.day, planned.before, window) if planned.before else []
    for number in range(max(len(present), len(past))):
        stretch = present[number] if number < len(present) else past[number]
        event = Event()
        event.add("uid", f"{window}-{planned.day.isoformat()}-{number + 1}@jinban")
        event.add("dtstamp", now)
        event.add("sequence", planned.plan.version)
        event.add("dtstart", calendar.at_minute(planned.day, stretch.from_minute).astimezone(calendar.zone))
        event.add("dtend", calendar.at_minute(planned.day, stretch.to_minute).astimezone(calendar.zone))
        event.add("status", "CONFIRMED" if number < len(present) else "CANCELLED")
        event.add("summary", _summary(stretch, label, names))
        event.add("location", f"{hall.name_zh} ({hall.name_en}) · {label} 号窗口")
        event.add("description", _description(stretch, names, planned.plan.version))
        yield event


def day_stretches(calendar: OpeningCalendar, day: date, plan: Plan, window: WindowId) -> list[Stretch]:
    """Return a window's stretches within the opening hours of a date, in order."""
    return [
        stretch
        for span in calendar.spans(day)
        for stretch in stretches(
            plan.entries,
            window,
            opens=round(calendar.minute_of_day(span.opens_at)),
            closes=round(calendar.minute_of_day(span.closes_at)),
        )
    ]


def _summary(stretch: Stretch, label: str, names: Mapping[QueueId, HallQueue]) -> str:
    primary = [
        names[queue].name_zh for queue, helps in stretch.served.items() if not helps and queue in names
    ]
    helping = [names[queue].name_zh for queue, helps in stretch.served.items() if helps and queue in names]
    return f"{label} 号窗口：{'、'.join(primary)}" + (f"（协办 {'、'.join(helping)}）" if helping else "")


def _description(stretch: Stretch, names: Mapping[QueueId, HallQueue], version: int) -> str:
    lines = [
        f"{names[queue].prefix} {names[queue].name_zh} {names[queue].name_en}"
        f" · {'协办 helping' if helps else '主办 primary'}"
        for queue, helps in stretch.served.items()
        if queue in names
    ]
    return "\n".join([*lines, f"窗口配置第 {version} 版 / plan no. {version}"])
