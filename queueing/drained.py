"""Waits by the drain formula: what is told while no estimator's are fresh, and for another day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from queueing import standing
from queueing.expected import booked_before
from queueing.plans_in_force import capacities_of, plan_versions, queues_with_idle_window
from queueing.rules.drain import calibrated, drain_minutes, people_at, uncalibrated
from queueing.rules.waits import NO_WAIT, WaitRange

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from sqlmodel import Session

    from kernel.calendar import OpeningCalendar
    from kernel.catalogue import HallQueue
    from kernel.ids import HallId, QueueId
    from queueing.shelf import Capacity

Place = tuple["QueueId", int]
"""A queue, and how many are before somebody in it."""


def on_arrival(
    session: Session,
    asked_at: Mapping[QueueId, datetime],
    queues: Mapping[QueueId, HallQueue],
    calendars: Mapping[HallId, OpeningCalendar],
    waiting: Mapping[QueueId, int],
    now: datetime,
) -> dict[QueueId, WaitRange | None]:
    """Return the wait of whoever joins each queue at the instant asked for; None where it is unknown."""
    asked = {queue_id: queues[queue_id] for queue_id in asked_at}
    halls = {queue.hall_id for queue in asked.values()}
    own = {hall_id: calendar for hall_id, calendar in calendars.items() if hall_id in halls}
    versions = plan_versions(session, own, now)
    capacities = capacities_of(session, asked, own, versions, now)
    idle = queues_with_idle_window(session, asked, own, versions, now)
    booked = booked_before(session, asked_at, now=now)
    return {
        queue_id: _wait(
            at,
            waiting.get(queue_id, 0),
            capacities[queue_id],
            own[asked[queue_id].hall_id],
            idle=queue_id in idle,
            booked=booked.get(queue_id, 0.0),
            now=now,
        )
        for queue_id, at in asked_at.items()
    }


def in_line(
    session: Session, places: Collection[Place], queues: Mapping[QueueId, HallQueue], now: datetime
) -> dict[Place, WaitRange | None]:
    """Return the wait of somebody who stands at each of these places."""
    asked = {queue_id: queues[queue_id] for queue_id, _ in places}
    calendars = standing.calendars(session, {queue.hall_id for queue in asked.values()})
    versions = plan_versions(session, calendars, now)
    capacities = capacities_of(session, asked, calendars, versions, now)
    idle = queues_with_idle_window(session, asked, calendars, versions, now)

    def wait(queue_id: QueueId, ahead: int) -> WaitRange | None:
        calendar, capacity = calendars[asked[queue_id].hall_id], capacities[queue_id]
        return _wait(now, ahead, capacity, calendar, idle=queue_id in idle, booked=0.0, now=now)

    return {own: wait(*own) for own in places}


def _wait(
    at: datetime,
    waiting: int,
    capacity: Capacity,
    calendar: OpeningCalendar,
    *,
    idle: bool,
    booked: float,
    now: datetime,
) -> WaitRange | None:
    minute = calendar.minute_of_day(now)
    horizon = max(0.0, (at - now).total_seconds() / 60)
    if calendar.local_day(at) != calendar.local_day(now):
        # Another day: nothing of today's queue is left then, only its own arrivals since opening.
        span = calendar.opening_at(at)
        if span is None:
            return None
        minute = calendar.minute_of_day(span.opens_at)
        horizon = max(0.0, calendar.minute_of_day(max(at, span.opens_at)) - minute)
        waiting, booked, idle = 0, 0.0, True
    people: float = waiting
    if horizon > 0 and capacity.profile is not None:
        people = people_at(
            waiting,
            minute,
            minute + horizon,
            calls=capacity.calls,
            arrivals=capacity.profile.arrivals,
            booked=booked,
        )
    work = people + (0.0 if people < 1 and (idle or horizon > 0) else 1.0)
    minutes = drain_minutes(work, minute + horizon, capacity.calls)
    if minutes is None:
        return None
    if minutes == 0 and horizon == 0:
        return NO_WAIT
    told = calibrated(minutes, horizon, capacity.profile) if capacity.profile is not None else None
    return told or uncalibrated(minutes)
