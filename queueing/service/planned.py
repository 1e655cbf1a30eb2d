"""Plans that wait for their time: published now, in force later, or called off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kernel.events import lock_hall
from kernel.identity import Actor, Role
from queueing import store
from queueing.errors import PlanNotWaiting, PlanWaits, TimeHasPassed
from queueing.service.plans import (
    ENDED_OVERTAKEN,
    check_entries,
    drafted_on_what_holds,
    keep_special_plans,
    must_hold,
    note_plan,
    tell_boards,
    weekday_at,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlmodel import Session

    from kernel.clock import Clock
    from kernel.events import LockedHall
    from kernel.identity import Staff
    from kernel.ids import HallId
    from queueing.rules.windows import PlanEntry
    from queueing.store import PlanVersion

ENDED_CANCELLED = "cancelled"


def schedule_plan(
    session: Session,
    hall_id: HallId,
    entries: Sequence[PlanEntry],
    *,
    applies_at: datetime,
    base_version: int,
    by: Staff,
    clock: Clock,
    only_weekday: bool = False,
    source: str = "manual",
) -> PlanVersion:
    """Let a plan, drafted on ``base_version``, hold from an instant on; until then nothing changes.

    It takes the place of the plan of the instant's weekday. One at a time waits in a hall (``PlanWaits``):
    a second would be drafted on a plan that does not hold yet. Raises ``TimeHasPassed``,
    ``PlanChangedMeanwhile`` and what ``check_entries`` raises.
    """
    by.must_work_in(hall_id)
    now = lock_hall(session, hall_id).tick(clock)
    if applies_at <= now:
        raise TimeHasPassed(applies_at=applies_at, now=now)
    waiting = store.waiting_plans(session, hall_id)
    if waiting:
        raise PlanWaits(version=waiting[0].version, applies_at=waiting[0].applies_at)
    weekday = weekday_at(session, hall_id, applies_at)
    must_hold(session, hall_id, weekday, base_version)
    check_entries(session, hall_id, entries)
    scope = weekday if only_weekday else store.weekday_of(session, hall_id, base_version)
    store.add_plan(
        session, hall_id, entries, source=source, weekday=scope, at=None, by=by.actor,
        applies_at=applies_at, base_version=base_version,
    )  # fmt: skip
    waits = store.waiting_plans(session, hall_id)[0]
    until = applies_at.isoformat()
    note_plan(session, hall_id, "scheduled", waits.version, by=by, at=now, applies_at=until, source=source)
    return waits


def cancel_plan(session: Session, hall_id: HallId, version: int, *, by: Staff, clock: Clock) -> None:
    """Call off a plan that waits; raises ``PlanNotWaiting`` when it holds, or was called off, already."""
    by.must_work_in(hall_id)
    now = lock_hall(session, hall_id).tick(clock)
    if not store.set_waiting(session, hall_id, version, ended=ENDED_CANCELLED):
        raise PlanNotWaiting(version=version)
    note_plan(session, hall_id, "called_off", version, by=by, at=now)


def apply_due_plans(session: Session, hall_id: HallId, *, clock: Clock) -> list[int]:
    """Let the plans hold whose time has come, and return their versions.

    One that was drafted on a plan which holds no longer is overtaken and never holds: a person
    published another one meanwhile, who did not see this draft.
    """
    hall = lock_hall(session, hall_id)
    now = hall.tick(clock)
    due = [
        plan
        for plan in store.waiting_plans(session, hall_id)
        if plan.applies_at is not None and plan.applies_at <= now
    ]
    return [version for plan in due if (version := _apply_due(session, hall, plan, now=now)) is not None]


def _apply_due(session: Session, hall: LockedHall, plan: PlanVersion, *, now: datetime) -> int | None:
    """Let one waiting plan hold under the hall's next version; None when it was overtaken."""
    hall_id = hall.hall_id
    # Whatever is published ends the plan that it overtakes; this is the last look before one holds.
    if not drafted_on_what_holds(session, hall_id, plan):
        store.set_waiting(session, hall_id, plan.version, ended=ENDED_OVERTAKEN)
        return None
    version = store.next_version(session, hall_id)
    if version == plan.version + 1:
        version = plan.version
    store.set_waiting(session, hall_id, plan.version, version=version, applied_at=now)
    by = Actor(Role.MANAGER, plan.applied_by)
    keep_special_plans(session, hall_id, plan.weekday, version, at=now, by=by)
    tell_boards(session, hall, now=now)
    return version
