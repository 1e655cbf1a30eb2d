"""Window plans take effect: checked, written as the next version, told to the boards in one commit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kernel import catalogue
from kernel.audit import note
from kernel.events import lock_hall, record
from queueing import store
from queueing.errors import NotServedHere, PlanChangedMeanwhile, QueueNotFound, WindowNotFound
from queueing.events import WindowPlanApplied
from queueing.rules.windows import PlanEntry, served_at

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from sqlmodel import Session

    from kernel.clock import Clock
    from kernel.events import LockedHall
    from kernel.identity import Actor, Staff
    from kernel.ids import HallId

ENDED_OVERTAKEN = "overtaken"


def plan_of(session: Session, hall_id: HallId, *, now: datetime) -> store.Plan:
    """Return the plan that holds whenever this weekday comes, on which managers draft.

    What windows serve by now may be a plan for today alone: ``store.plan_in_force``.
    """
    return store.plan_of(session, hall_id, weekday_at(session, hall_id, now))


def apply_plan(
    session: Session,
    hall_id: HallId,
    entries: Sequence[PlanEntry],
    *,
    source: str,
    by: Staff,
    clock: Clock,
    weekday: int | None = None,
    only_weekday: bool = False,
) -> int:
    """Let a plan hold from now on and return its version; whoever is at a window is served to the end.

    It takes the place of the plan that holds on ``weekday`` (today's if not given) and no other: a plan
    of all weekdays leaves Saturday's own plan alone. ``only_weekday`` makes it that weekday's own plan.
    Raises ``WindowNotFound``, ``QueueNotFound`` or ``NotServedHere`` for what does not fit the hall.
    """
    by.must_work_in(hall_id)
    hall = lock_hall(session, hall_id)
    now = hall.tick(clock)
    check_entries(session, hall_id, entries)
    day = weekday_at(session, hall_id, now) if weekday is None else weekday
    only_on = day if only_weekday else _scope(session, hall_id, day)
    before = store.plan_of(session, hall_id, day).version
    version = store.add_plan(session, hall_id, entries, source=source, weekday=only_on, at=now, by=by.actor)
    note_plan(session, hall_id, "published", version, by=by, at=now, before=before, source=source)
    keep_special_plans(session, hall_id, only_on, version, at=now, by=by.actor)
    overtake_waiting(session, hall_id)
    tell_boards(session, hall, now=now)
    return version


def note_plan(
    session: Session, hall_id: HallId, what: str, version: int, *, by: Staff, at: datetime, **detail: object
) -> None:
    """Write into the audit trail what somebody did about a version of the hall's plan."""
    held = {"version": version, **detail}
    note(session, f"plan.{what}", by=by, hall_id=hall_id, at=at, subject=f"plan:{version}", detail=held)


def overtake_waiting(session: Session, hall_id: HallId) -> None:
    """End the plan that waits if the one it was drafted on holds no longer; the caller has the lock.

    It would never hold, so it shall neither say that it waits nor keep another one from waiting.
    """
    for plan in store.waiting_plans(session, hall_id):
        if not drafted_on_what_holds(session, hall_id, plan):
            store.set_waiting(session, hall_id, plan.version, ended=ENDED_OVERTAKEN)


def drafted_on_what_holds(session: Session, hall_id: HallId, waiting: store.PlanVersion) -> bool:
    """Return whether what a waiting plan was drafted on is still what holds on its weekday.

    By what they say, not by number: a plan kept beside a new one of the other days has a new number.
    """
    assert waiting.applies_at is not None
    weekday = weekday_at(session, hall_id, waiting.applies_at)
    base = store.plan_version(session, hall_id, waiting.base_version or 0)
    return set(store.plan_of(session, hall_id, weekday).entries) == set(base.entries)


def tell_boards(session: Session, hall: LockedHall, *, now: datetime) -> None:
    """Record which queues each window serves by the plan that holds now, one of today alone included."""
    calendar = catalogue.calendar(session, hall.hall_id)
    day, minute = calendar.local_day(now), calendar.minute_of_day(now)
    plan = store.plan_in_force(session, hall.hall_id, calendar, day)
    prefixes = {queue.id: queue.prefix for queue in catalogue.queues(session, hall.hall_id)}
    serves = {
        window.label: [prefixes[queue_id] for queue_id in served_at(plan.entries, window.id, minute)]
        for window in store.windows_of(session, hall.hall_id)
    }
    record(session, hall, WindowPlanApplied(plan_version=plan.version, serves=serves), at=now)


def weekday_at(session: Session, hall_id: HallId, instant: datetime) -> int:
    """Return the weekday, Monday 0, whose plan holds at an instant: a make-up day's is another's."""
    calendar = catalogue.calendar(session, hall_id)
    return calendar.counts_as(calendar.local_day(instant))


def apply_for_a_day(
    session: Session, hall_id: HallId, entries: Sequence[PlanEntry], *, day: date, source: str, by: Staff,
    clock: Clock,
) -> int:  # fmt: skip
    """Let a plan hold for the rest of one day and return its version; the day after, the usual plan holds.

    Raises ``WindowNotFound``, ``QueueNotFound`` or ``NotServedHere`` for what does not fit the hall.
    """
    by.must_work_in(hall_id)
    hall = lock_hall(session, hall_id)
    now = hall.tick(clock)
    check_entries(session, hall_id, entries)
    version = store.add_plan(
        session, hall_id, entries, source=source, weekday=None, at=now, by=by.actor, on_day=day
    )
    note_plan(session, hall_id, "today", version, by=by, at=now, day=day.isoformat(), source=source)
    tell_boards(session, hall, now=now)
    return version


def _scope(session: Session, hall_id: HallId, weekday: int) -> int | None:
    """Return the one weekday that the plan holding on ``weekday`` is for, or None for all."""
    return store.weekday_of(session, hall_id, store.plan_of(session, hall_id, weekday).version)


def keep_special_plans(
    session: Session, hall_id: HallId, only_on: int | None, version: int, *, at: datetime, by: Actor
) -> None:
    """After version ``version`` for all weekdays write those of single ones again, so that they hold on."""
    if only_on is not None:
        return
    for own_weekday, plan in store.special_plans(session, hall_id, below=version).items():
        store.add_plan(session, hall_id, plan.entries, source="kept", weekday=own_weekday, at=at, by=by)


def check_entries(session: Session, hall_id: HallId, entries: Sequence[PlanEntry]) -> None:
    """Raise ``WindowNotFound``, ``QueueNotFound`` or ``NotServedHere`` for what does not fit the hall."""
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
    weekday: int | None = None,
    only_weekday: bool = False,
    source: str = "manual",
) -> store.Plan:
    """Apply a plan drafted on ``base_version``; raises ``PlanChangedMeanwhile`` when that is not current.

    The hall's lock is taken before the version is read, so of two managers one wins and one is told.
    """
    hall = lock_hall(session, hall_id)
    now = hall.tick(clock)
    day = weekday_at(session, hall_id, now) if weekday is None else weekday
    must_hold(session, hall_id, day, base_version)
    apply_plan(
        session, hall_id, entries, source=source, by=by, clock=clock, weekday=day, only_weekday=only_weekday
    )
    return store.plan_of(session, hall_id, day)


def must_hold(session: Session, hall_id: HallId, weekday: int, version: int) -> None:
    """Raise ``PlanChangedMeanwhile`` unless this version holds on a weekday; the caller has the lock."""
    current = store.plan_of(session, hall_id, weekday)
    if current.version != version:
        raise PlanChangedMeanwhile(base_version=version, version=current.version)
