"""The window plans that hold in these halls today, and what queues can do under them; read once a version."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from sqlalchemy import func, or_, select

from queueing.rules.drain import QUARTERS, QueueProfile, calls_under, profile_of, window_shares
from queueing.rules.windows import PlanEntry, WindowStatus
from queueing.shelf import Capacity, Shelf
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

_profiles = WaitProfileRow.__table__
_shelf = Shelf()


def capacities_of(
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


def plan_versions(
    session: Session, calendars: Mapping[HallId, OpeningCalendar], now: datetime
) -> dict[HallId, int]:
    """Return the version of the plan that holds in each of these halls today; none where none was applied."""
    by_day: defaultdict[tuple[date, int], list[HallId]] = defaultdict(list)
    for hall_id, calendar in calendars.items():
        day = calendar.local_day(now)
        by_day[day, calendar.counts_as(day)].append(hall_id)
    return {
        row.hall_id: row.version
        for (day, weekday), hall_ids in by_day.items()
        for row in session.execute(
            select(plans.c.hall_id, func.max(plans.c.version).label("version"))
            .where(
                plans.c.hall_id.in_(hall_ids),
                plans.c.applied_at.is_not(None),
                or_(plans.c.weekday.is_(None), plans.c.weekday == weekday),
                or_(plans.c.on_day.is_(None), plans.c.on_day == day),
            )
            .group_by(plans.c.hall_id)
        )
    }


def plan_entries(
    session: Session, calendars: Mapping[HallId, OpeningCalendar], now: datetime
) -> list[PlanEntry]:
    """Return the entries of the plans that hold in these halls today."""
    versions = plan_versions(session, calendars, now)
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
        .order_by(entries.c.plan_id, entries.c.window_id, entries.c.queue_id, entries.c.from_minute)
    )
    found: defaultdict[tuple[HallId, int], list[PlanEntry]] = defaultdict(list)
    for row in rows:
        found[row.hall_id, row.version].append(
            PlanEntry(row.window_id, row.queue_id, row.helping, row.from_minute, row.to_minute)
        )
    for key in missing.items():
        _shelf.put_entries(key, found[key])


def queues_with_idle_window(
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
