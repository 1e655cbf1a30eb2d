"""Wait estimates for the API: what people are told, and what the ranking orders by.

Published waits of the estimator process are served while they are fresh (``queueing.served``); whenever
they are missing or old, and for another day, the drain formula of the live queue answers here.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, or_, select

from queueing import standing
from queueing.expected import booked_before
from queueing.rules.drain import (
    QUARTERS,
    QueueProfile,
    calibrated,
    calls_under,
    drain_minutes,
    people_at,
    profile_of,
    uncalibrated,
    window_shares,
)
from queueing.rules.published import DRAIN, FURTHEST_MINUTES, Stretch
from queueing.rules.waits import NO_WAIT, WaitRange
from queueing.rules.windows import PlanEntry, WindowStatus
from queueing.served import served
from queueing.shelf import Capacity, Shelf
from queueing.store import waiting_counts
from queueing.store.plans import entries, plans
from queueing.store.windows import windows
from queueing.wait_tables import WaitProfileRow

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import date, datetime

    from sqlmodel import Session

    from kernel.calendar import OpeningCalendar
    from kernel.catalogue import HallQueue
    from kernel.ids import HallId, QueueId
    from queueing.rules.published import QueueWaits

_profiles = WaitProfileRow.__table__


@dataclass(frozen=True, slots=True)
class Ask:
    """Somebody would join this queue at an instant (now or later)."""

    queue_id: QueueId
    at: datetime


@dataclass(frozen=True, slots=True)
class QueueOutlook:
    """How many wait now, and the wait of whoever joins at the asked instant; None where unknown."""

    waiting: int
    wait: WaitRange | None
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Promise:
    """A wait as it is told, ``by`` which estimator, and how calibration had stretched it."""

    wait: WaitRange | None
    by: str
    stretch: Stretch


Place = tuple["QueueId", int]
"""A queue, and how many are before somebody in it."""

_shelf = Shelf()


def estimate_on_arrival(
    session: Session, asks: Sequence[Ask], *, now: datetime
) -> dict[QueueId, QueueOutlook]:
    """Return for each queue the wait of whoever joins it at the asked instant, in a few statements."""
    queue_ids = {ask.queue_id for ask in asks}
    queues = standing.queues_by_id(session, queue_ids)
    hall_ids = {queue.hall_id for queue in queues.values()}
    calendars = standing.calendars(session, hall_ids)
    waiting = waiting_counts(session, queue_ids)
    published = {
        ask.queue_id: own
        for ask in asks
        if (own := _published(ask, queues, calendars, now))
        and own.tells_of_joining(waiting.get(ask.queue_id, 0))
    }
    unsaid = [ask for ask in asks if ask.queue_id not in published]
    drained = _drained(session, unsaid, queues, calendars, waiting, now) if unsaid else {}
    return {
        ask.queue_id: QueueOutlook(
            waiting.get(ask.queue_id, 0),
            published[ask.queue_id].at(waiting.get(ask.queue_id, 0), (ask.at - now).total_seconds() / 60)
            if ask.queue_id in published
            else drained[ask.queue_id],
            now,
        )
        for ask in asks
    }


def _published(
    ask: Ask,
    queues: Mapping[QueueId, HallQueue],
    calendars: Mapping[HallId, OpeningCalendar],
    now: datetime,
) -> QueueWaits | None:
    """Return what the estimator says of a queue; None if it says nothing fresh about that instant."""
    hall_id = queues[ask.queue_id].hall_id
    waits = served.get(hall_id, now=now)
    if waits is None or ask.queue_id not in waits.queues:
        return None
    if (ask.at - now).total_seconds() / 60 > FURTHEST_MINUTES:
        return None
    # Outside the opening hours the question is about the next opening, which the drain answers.
    return waits.queues[ask.queue_id] if calendars[hall_id].is_open(ask.at) else None


def _drained(
    session: Session,
    asks: Sequence[Ask],
    queues: Mapping[QueueId, HallQueue],
    calendars: Mapping[HallId, OpeningCalendar],
    waiting: Mapping[QueueId, int],
    now: datetime,
) -> dict[QueueId, WaitRange | None]:
    """Return the waits by the drain formula."""
    asked = {ask.queue_id: queues[ask.queue_id] for ask in asks}
    halls = {queue.hall_id for queue in asked.values()}
    own = {hall_id: calendar for hall_id, calendar in calendars.items() if hall_id in halls}
    versions = _plan_versions(session, own, now)
    capacities = _capacities(session, asked, own, versions, now)
    idle = _queues_with_idle_window(session, asked, own, versions, now)
    booked = booked_before(session, {ask.queue_id: ask.at for ask in asks}, now=now)
    return {
        ask.queue_id: _wait(
            ask,
            waiting.get(ask.queue_id, 0),
            capacities[ask.queue_id],
            own[asked[ask.queue_id].hall_id],
            idle=ask.queue_id in idle,
            booked=booked.get(ask.queue_id, 0.0),
            now=now,
        )
        for ask in asks
    }


def estimate_for_ticket(session: Session, queue: HallQueue, *, ahead: int, now: datetime) -> WaitRange | None:
    """Return the wait of somebody who stands in a queue with ``ahead`` people before them."""
    return promise_for_ticket(session, queue, ahead=ahead, now=now).wait


def promise_for_ticket(session: Session, queue: HallQueue, *, ahead: int, now: datetime) -> Promise:
    """Return the same with who made it and how it was calibrated: what is kept with a new ticket."""
    waits = served.get(queue.hall_id, now=now)
    if waits is not None and queue.id in waits.queues and waits.queues[queue.id].tells_of(ahead):
        wait = waits.queues[queue.id].with_ahead(ahead)
        stretch = waits.stretch_of(wait) if wait is not None else Stretch()
        return Promise(wait, waits.estimator, stretch)
    place = queue.id, ahead
    return Promise(_drained_in_line(session, [place], {queue.id: queue}, now)[place], DRAIN, Stretch())


def estimates_in_line(
    session: Session, places: Collection[Place], *, now: datetime
) -> dict[Place, WaitRange | None]:
    """Return what ``estimate_for_ticket`` does for many places at once, in a few statements."""
    queues = standing.queues_by_id(session, {queue_id for queue_id, _ in places})
    told: dict[Place, WaitRange | None] = {}
    for queue_id, ahead in places:
        waits = served.get(queues[queue_id].hall_id, now=now)
        if waits is not None and queue_id in waits.queues and waits.queues[queue_id].tells_of(ahead):
            told[queue_id, ahead] = waits.queues[queue_id].with_ahead(ahead)
    return told | _drained_in_line(session, [own for own in places if own not in told], queues, now)


def _drained_in_line(
    session: Session, places: Collection[Place], queues: Mapping[QueueId, HallQueue], now: datetime
) -> dict[Place, WaitRange | None]:
    asked = {queue_id: queues[queue_id] for queue_id, _ in places}
    calendars = standing.calendars(session, {queue.hall_id for queue in asked.values()})
    versions = _plan_versions(session, calendars, now)
    capacities = _capacities(session, asked, calendars, versions, now)
    idle = _queues_with_idle_window(session, asked, calendars, versions, now)

    def wait(queue_id: QueueId, ahead: int) -> WaitRange | None:
        ask, calendar = Ask(queue_id, now), calendars[asked[queue_id].hall_id]
        capacity = capacities[queue_id]
        return _wait(ask, ahead, capacity, calendar, idle=queue_id in idle, booked=0.0, now=now)

    return {own: wait(*own) for own in places}


def _wait(
    ask: Ask,
    waiting: int,
    capacity: Capacity,
    calendar: OpeningCalendar,
    *,
    idle: bool,
    booked: float,
    now: datetime,
) -> WaitRange | None:
    minute = calendar.minute_of_day(now)
    horizon = max(0.0, (ask.at - now).total_seconds() / 60)
    if calendar.local_day(ask.at) != calendar.local_day(now):
        # Another day: nothing of today's queue is left then, only its own arrivals since opening.
        span = calendar.opening_at(ask.at)
        if span is None:
            return None
        minute = calendar.minute_of_day(span.opens_at)
        horizon = max(0.0, calendar.minute_of_day(max(ask.at, span.opens_at)) - minute)
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


def _capacities(
    session: Session,
    queues: Mapping[QueueId, HallQueue],
    calendars: Mapping[HallId, OpeningCalendar],
    versions: Mapping[HallId, int],
    now: datetime,
) -> dict[QueueId, Capacity]:
    """Return each queue's capacity; only what changed since the last call is read in full."""
    made = {
        row.queue_id: row.made_at
        for row in session.execute(
            select(_profiles.c.queue_id, _profiles.c.made_at).where(_profiles.c.queue_id.in_(queues))
        )
    }
    keys = {
        queue.id: (queue.id, versions.get(queue.hall_id, 0), made.get(queue.id), queue.mean_minutes)
        for queue in queues.values()
    }
    known = {queue_id: _shelf.get(key) for queue_id, key in keys.items()}
    missing = [queues[queue_id] for queue_id, capacity in known.items() if capacity is None]
    if missing:
        fresh = _read_capacities(session, missing, calendars, now)
        for queue_id, capacity in fresh.items():
            _shelf.put(keys[queue_id], capacity)
        known |= fresh
    return {queue_id: capacity for queue_id, capacity in known.items() if capacity is not None}


def _read_capacities(
    session: Session,
    queues: Collection[HallQueue],
    calendars: Mapping[HallId, OpeningCalendar],
    now: datetime,
) -> dict[QueueId, Capacity]:
    stored = {
        row.queue_id: profile_of(row.profile)
        for row in session.execute(
            select(_profiles.c.queue_id, _profiles.c.profile).where(
                _profiles.c.queue_id.in_([queue.id for queue in queues])
            )
        )
    }
    shares = window_shares(plan_entries(session, calendars, now))
    return {
        queue.id: _capacity(queue, stored.get(queue.id), shares.get(queue.id, (0.0,) * QUARTERS))
        for queue in queues
    }


def _capacity(queue: HallQueue, profile: QueueProfile | None, shares: Sequence[float]) -> Capacity:
    """Return a queue's capacity under the windows planned now."""
    return Capacity(calls_under(queue.mean_minutes, profile, shares), profile)


def _plan_versions(
    session: Session, calendars: Mapping[HallId, OpeningCalendar], now: datetime
) -> dict[HallId, int]:
    by_day: defaultdict[date, list[HallId]] = defaultdict(list)
    for hall_id, calendar in calendars.items():
        by_day[calendar.local_day(now)].append(hall_id)
    return {
        row.hall_id: row.version
        for day, hall_ids in by_day.items()
        for row in session.execute(
            select(plans.c.hall_id, func.max(plans.c.version).label("version"))
            .where(
                plans.c.hall_id.in_(hall_ids),
                plans.c.applied_at.is_not(None),
                or_(plans.c.weekday.is_(None), plans.c.weekday == day.weekday()),
                or_(plans.c.on_day.is_(None), plans.c.on_day == day),
            )
            .group_by(plans.c.hall_id)
        )
    }


def plan_entries(
    session: Session, calendars: Mapping[HallId, OpeningCalendar], now: datetime
) -> list[PlanEntry]:
    """Return the entries of the plans that hold in these halls today."""
    versions = _plan_versions(session, calendars, now)
    _read_entries(session, versions)
    return [entry for key in versions.items() for entry in _shelf.entries[key]]


def _read_entries(session: Session, versions: Mapping[HallId, int]) -> None:
    """Put the entries of these plans on the shelf, unless they are there."""
    missing = dict(key for key in versions.items() if not _shelf.has(key))
    if not missing:
        return
    rows = session.execute(
        select(entries, plans.c.hall_id, plans.c.version)
        .join(plans, plans.c.id == entries.c.plan_id)
        .where(plans.c.hall_id.in_(missing), plans.c.version.in_(set(missing.values())))
    )
    found: defaultdict[tuple[HallId, int], list[PlanEntry]] = defaultdict(list)
    for row in rows:
        found[row.hall_id, row.version].append(
            PlanEntry(row.window_id, row.queue_id, row.helping, row.from_minute, row.to_minute)
        )
    for key in missing.items():
        _shelf.put_entries(key, found[key])


def _queues_with_idle_window(
    session: Session,
    queues: Mapping[QueueId, HallQueue],
    calendars: Mapping[HallId, OpeningCalendar],
    versions: Mapping[HallId, int],
    now: datetime,
) -> set[QueueId]:
    """Return the queues that an open window without a citizen serves now: whoever comes is called."""
    idle = session.execute(
        select(windows.c.id, windows.c.hall_id).where(
            windows.c.hall_id.in_(calendars),
            windows.c.status == WindowStatus.OPEN,
            windows.c.ticket_id.is_(None),
        )
    ).all()
    if not idle:
        return set()
    _read_entries(session, versions)
    minutes = {row.hall_id: calendars[row.hall_id].minute_of_day(now) for row in idle}
    return {
        entry.queue_id
        for row in idle
        for entry in _shelf.by_window.get((row.hall_id, versions.get(row.hall_id, 0)), {}).get(row.id, ())
        if entry.queue_id in queues and entry.holds_at(minutes[row.hall_id])
    }
