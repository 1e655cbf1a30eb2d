"""Window plans: versioned entries; the highest version applied for a weekday holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, insert, or_, select

from kernel.ids import uuid7
from queueing.rules.windows import PlanEntry
from queueing.store.windows import windows
from queueing.tables import PlanEntryRow, WindowPlanRow

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlmodel import Session

    from kernel.identity import Actor
    from kernel.ids import HallId, PlanId

plans = WindowPlanRow.__table__  # type: ignore[attr-defined]
entries = PlanEntryRow.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Plan:
    """The window plan that holds; version 0 with no entries where none was ever applied."""

    version: int
    entries: tuple[PlanEntry, ...]


def plan_of(session: Session, hall_id: HallId, weekday: int) -> Plan:
    """Return the plan that holds on a weekday: the highest version applied for it."""
    row = session.execute(
        select(plans.c.id, plans.c.version)
        .where(
            plans.c.hall_id == hall_id,
            plans.c.applied_at.is_not(None),
            or_(plans.c.weekday.is_(None), plans.c.weekday == weekday),
        )
        .order_by(plans.c.version.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        return Plan(0, ())
    return Plan(row.version, _entries(session, row.id))


def weekday_of(session: Session, hall_id: HallId, version: int) -> int | None:
    """Return the one weekday that a version is for; None for all, and where there is no such version."""
    found: int | None = session.execute(
        select(plans.c.weekday).where(plans.c.hall_id == hall_id, plans.c.version == version)
    ).scalar_one_or_none()
    return found


def special_plans(session: Session, hall_id: HallId) -> dict[int, Plan]:
    """Return the plans that hold on one weekday only, by weekday."""
    holding = {weekday: plan_of(session, hall_id, weekday) for weekday in range(7)}
    return {
        weekday: plan
        for weekday, plan in holding.items()
        if weekday_of(session, hall_id, plan.version) is not None
    }


def plan_version(session: Session, hall_id: HallId, version: int) -> Plan:
    """Return a plan by its version, applied or not; an unknown version has no entries."""
    plan_id = session.execute(
        select(plans.c.id).where(plans.c.hall_id == hall_id, plans.c.version == version)
    ).scalar_one_or_none()
    return Plan(version, _entries(session, plan_id) if plan_id is not None else ())


def _entries(session: Session, plan_id: PlanId) -> tuple[PlanEntry, ...]:
    rows = session.execute(
        select(entries)
        .join(windows, windows.c.id == entries.c.window_id)
        .where(entries.c.plan_id == plan_id)
        .order_by(windows.c.rank, entries.c.from_minute, entries.c.helping)
    )
    return tuple(
        PlanEntry(row.window_id, row.queue_id, row.helping, row.from_minute, row.to_minute) for row in rows
    )


def add_plan(
    session: Session,
    hall_id: HallId,
    plan: Sequence[PlanEntry],
    *,
    source: str,
    weekday: int | None,
    at: datetime,
    by: Actor,
) -> int:
    """Write a plan as the hall's next version, applied at an instant, and return the version."""
    highest = session.execute(
        select(func.max(plans.c.version)).where(plans.c.hall_id == hall_id)
    ).scalar_one()
    plan_id, version = uuid7(), (highest or 0) + 1
    session.execute(
        insert(plans).values(
            id=plan_id,
            hall_id=hall_id,
            version=version,
            weekday=weekday,
            source=source,
            applied_at=at,
            applied_by=by.id,
        )
    )
    session.execute(
        insert(entries),
        [
            {
                "plan_id": plan_id,
                "window_id": entry.window_id,
                "queue_id": entry.queue_id,
                "from_minute": entry.from_minute,
                "to_minute": entry.to_minute,
                "helping": entry.helping,
            }
            for entry in plan
        ],
    )
    return version
