"""Window plans take effect: checked, written as the next version, told to the boards in one commit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kernel import catalogue
from kernel.events import lock_hall, record
from queueing import store
from queueing.errors import NotServedHere, PlanChangedMeanwhile, QueueNotFound, WindowNotFound
from queueing.events import WindowPlanApplied
from queueing.rules.windows import PlanEntry, served_at

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlmodel import Session

    from kernel.clock import Clock
    from kernel.identity import Staff
    from kernel.ids import HallId


def plan_of(session: Session, hall_id: HallId, *, now: datetime) -> store.Plan:
    """Return the plan that holds today."""
    weekday = catalogue.calendar(session, hall_id).local_day(now).weekday()
    return store.plan_of(session, hall_id, weekday)


def apply_plan(
    session: Session,
    hall_id: HallId,
    entries: Sequence[PlanEntry],
    *,
    source: str,
    by: Staff,
    clock: Clock,
    weekday: int | None = None,
) -> int:
    """Let a plan hold from now on and return its version; whoever is at a window is served to the end.

    It takes the place of the plan that holds on ``weekday`` (today's if not given) and no other: a plan
    of all weekdays leaves Saturday's own plan alone. Raises ``WindowNotFound``, ``QueueNotFound`` or
    ``NotServedHere`` for what does not fit the hall.
    """
    by.must_work_in(hall_id)
    hall = lock_hall(session, hall_id)
    now = hall.tick(clock)
    _check(session, hall_id, entries)
    version = _replace(session, hall_id, entries, source=source, weekday=weekday, at=now, by=by)
    plan = plan_of(session, hall_id, now=now)
    minute = catalogue.calendar(session, hall_id).minute_of_day(now)
    prefixes = {queue.id: queue.prefix for queue in catalogue.queues(session, hall_id)}
    serves = {
        window.label: [prefixes[queue_id] for queue_id in served_at(plan.entries, window.id, minute)]
        for window in store.windows_of(session, hall_id)
    }
    record(session, hall, WindowPlanApplied(plan_version=plan.version, serves=serves), at=now)
    return version


def _replace(
    session: Session,
    hall_id: HallId,
    entries: Sequence[PlanEntry],
    *,
    source: str,
    weekday: int | None,
    at: datetime,
    by: Staff,
) -> int:
    """Write the plan, and after a plan of all weekdays those of single ones again, so that they hold on."""
    today = catalogue.calendar(session, hall_id).local_day(at).weekday()
    held = store.plan_of(session, hall_id, today if weekday is None else weekday)
    only_on = store.weekday_of(session, hall_id, held.version)
    specials = store.special_plans(session, hall_id) if only_on is None else {}
    version = store.add_plan(session, hall_id, entries, source=source, weekday=only_on, at=at, by=by.actor)
    for own_weekday, plan in specials.items():
        store.add_plan(session, hall_id, plan.entries, source="kept", weekday=own_weekday, at=at, by=by.actor)
    return version


def _check(session: Session, hall_id: HallId, entries: Sequence[PlanEntry]) -> None:
    labels = {window.id: window.label for window in store.windows_of(session, hall_id)}
    prefixes = {queue.id: queue.prefix for queue in catalogue.queues(session, hall_id)}
    equipped = store.equipment_of(session, hall_id)
    for entry in entries:
        if entry.window_id not in labels:
            raise WindowNotFound(window=entry.window_id)
        if entry.queue_id not in prefixes:
            raise QueueNotFound(queue=entry.queue_id)
        if entry.queue_id not in equipped.get(entry.window_id, set()):
            raise NotServedHere(window=labels[entry.window_id], queue=prefixes[entry.queue_id])


def publish_plan(
    session: Session,
    hall_id: HallId,
    entries: Sequence[PlanEntry],
    *,
    base_version: int,
    by: Staff,
    clock: Clock,
) -> store.Plan:
    """Apply a plan drafted on ``base_version``; raises ``PlanChangedMeanwhile`` when that is not current.

    The hall's lock is taken before the version is read, so of two managers one wins and one is told.
    """
    hall = lock_hall(session, hall_id)
    current = plan_of(session, hall_id, now=hall.tick(clock))
    if current.version != base_version:
        raise PlanChangedMeanwhile(base_version=base_version, version=current.version)
    apply_plan(session, hall_id, entries, source="manual", by=by, clock=clock)
    return plan_of(session, hall_id, now=hall.tick(clock))
