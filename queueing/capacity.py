"""What the window plans promise: which windows are planned for which queues, for those who book on it."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from sqlalchemy import select

from queueing.rules.windows import PlanEntry
from queueing.window_tables import PlanEntryRow, WindowPlanRow

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from sqlmodel import Session

    from kernel.ids import HallId, PlanId

_plans = WindowPlanRow.__table__
_entries = PlanEntryRow.__table__

WEEKDAYS = range(7)


def windows_serving(
    session: Session, hall_ids: Collection[HallId]
) -> dict[HallId, Mapping[int, Sequence[PlanEntry]]]:
    """Return the plan entries that hold on each weekday (0 = Monday) in several halls, in two statements.

    On a weekday the highest applied version holds that is for this weekday or for all; a hall without an
    applied plan has no entries.
    """
    applied = session.execute(
        select(_plans.c.id, _plans.c.hall_id, _plans.c.weekday)
        .where(
            _plans.c.hall_id.in_(hall_ids),
            _plans.c.applied_at.is_not(None),
            _plans.c.on_day.is_(None),  # nobody books on what holds for the rest of a day
        )
        .order_by(_plans.c.version)
    )
    holding: dict[HallId, dict[int, PlanId]] = {hall_id: {} for hall_id in hall_ids}
    for row in applied:
        for weekday in WEEKDAYS if row.weekday is None else (row.weekday,):
            holding[row.hall_id][weekday] = row.id
    plan_ids = {plan_id for by_weekday in holding.values() for plan_id in by_weekday.values()}
    entries = _entries_of(session, plan_ids)
    return {
        hall_id: {weekday: entries[plan_id] for weekday, plan_id in by_weekday.items()}
        for hall_id, by_weekday in holding.items()
    }


def plans_mark(session: Session) -> tuple[object, ...]:
    """Return something that changes whenever a plan is added or applied anywhere; one short statement."""
    row = session.execute(
        select(_plans.c.applied_at, _plans.c.id)
        .where(_plans.c.applied_at.is_not(None))
        .order_by(_plans.c.applied_at.desc(), _plans.c.id.desc())
        .limit(1)
    ).one_or_none()
    return () if row is None else tuple(row)


def _entries_of(session: Session, plan_ids: Collection[PlanId]) -> dict[PlanId, list[PlanEntry]]:
    found: defaultdict[PlanId, list[PlanEntry]] = defaultdict(list)
    for row in session.execute(select(_entries).where(_entries.c.plan_id.in_(plan_ids))):
        found[row.plan_id].append(
            PlanEntry(row.window_id, row.queue_id, row.helping, row.from_minute, row.to_minute)
        )
    return found
