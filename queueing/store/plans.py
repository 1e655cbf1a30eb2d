"""Window plans: versioned entries; the highest version applied for a weekday holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import false, func, insert, or_, select, true, update

from kernel.ids import uuid7
from kernel.tables import QueueRow
from queueing.rules.windows import PlanEntry
from queueing.store.windows import windows
from queueing.window_tables import PlanEntryRow, WindowPlanRow

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from sqlalchemy import Row
    from sqlmodel import Session

    from kernel.calendar import OpeningCalendar
    from kernel.identity import Actor
    from kernel.ids import HallId, PlanId, StaffId

plans = WindowPlanRow.__table__
entries = PlanEntryRow.__table__
_queues = QueueRow.__table__


@dataclass(frozen=True, slots=True)
class Plan:
    """The window plan that holds; version 0 with no entries where none was ever applied."""

    version: int
    entries: tuple[PlanEntry, ...]


def plan_of(
    session: Session, hall_id: HallId, weekday: int, *, below: int | None = None, on: date | None = None
) -> Plan:
    """Return the plan that holds on a weekday: the highest version applied for it.

    ``below`` leaves that version and later ones out: what held before it. With ``on`` also plans of that
    date alone count; without it only those that come again.
    """
    row = session.execute(
        select(plans.c.id, plans.c.version)
        .where(
            plans.c.hall_id == hall_id,
            plans.c.applied_at.is_not(None),
            or_(plans.c.weekday.is_(None), plans.c.weekday == weekday),
            true() if below is None else plans.c.version < below,
            or_(plans.c.on_day.is_(None), false() if on is None else plans.c.on_day == on),
        )
        .order_by(plans.c.version.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        return Plan(0, ())
    return Plan(row.version, _entries(session, row.id))


def plan_in_force(session: Session, hall_id: HallId, calendar: OpeningCalendar, day: date) -> Plan:
    """Return the plan that windows serve by on a date: that of its weekday, or one for that date alone."""
    return plan_of(session, hall_id, calendar.counts_as(day), on=day)


def weekday_of(session: Session, hall_id: HallId, version: int) -> int | None:
    """Return the one weekday that a version is for; None for all, and where there is no such version."""
    found: int | None = session.execute(
        select(plans.c.weekday).where(plans.c.hall_id == hall_id, plans.c.version == version)
    ).scalar_one_or_none()
    return found


def special_plans(session: Session, hall_id: HallId, *, below: int | None = None) -> dict[int, Plan]:
    """Return the plans that hold on one weekday only, by weekday; or that did before version ``below``."""
    holding = {weekday: plan_of(session, hall_id, weekday, below=below) for weekday in range(7)}
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
        .join(_queues, _queues.c.id == entries.c.queue_id)
        .where(entries.c.plan_id == plan_id)
        .order_by(
            *(windows.c.rank, windows.c.id, entries.c.from_minute, entries.c.helping),
            *(_queues.c.rank, _queues.c.id),
        )
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
    at: datetime | None,
    by: Actor,
    applies_at: datetime | None = None,
    base_version: int | None = None,
    on_day: date | None = None,
) -> int:
    """Write a plan as the hall's next version and return the version.

    It is applied at an instant, or (``at`` None) waits for ``applies_at``.
    """
    plan_id, version = uuid7(), next_version(session, hall_id)
    session.execute(
        insert(plans).values(
            id=plan_id, hall_id=hall_id, version=version, weekday=weekday, source=source, applied_at=at,
            applied_by=by.id, applies_at=applies_at, base_version=base_version, ended="", on_day=on_day,
        )
    )  # fmt: skip
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


def next_version(session: Session, hall_id: HallId) -> int:
    """Return the version that the hall's next plan will have; the caller has the hall's lock."""
    highest = session.execute(
        select(func.max(plans.c.version)).where(plans.c.hall_id == hall_id)
    ).scalar_one()
    return (highest or 0) + 1


@dataclass(frozen=True, slots=True)
class PlanVersion:
    """A version without its entries; ``ended`` says what became of one that never held."""

    version: int
    weekday: int | None
    source: str
    applied_at: datetime | None
    applied_by: StaffId | None
    applies_at: datetime | None
    base_version: int | None
    ended: str
    on_day: date | None = None

    @property
    def waits(self) -> bool:
        """Whether it has yet to take effect."""
        return self.applied_at is None and not self.ended


def plan_versions(session: Session, hall_id: HallId, *, limit: int) -> list[PlanVersion]:
    """Return a hall's latest versions, newest first."""
    rows = session.execute(
        select(plans).where(plans.c.hall_id == hall_id).order_by(plans.c.version.desc()).limit(limit)
    )
    return [_version(row) for row in rows]


def waiting_plans(session: Session, hall_id: HallId) -> list[PlanVersion]:
    """Return the versions that wait for their time, the earliest first."""
    rows = session.execute(
        select(plans)
        .where(plans.c.hall_id == hall_id, plans.c.applied_at.is_(None), plans.c.ended == "")
        .where(plans.c.applies_at.is_not(None))
        .order_by(plans.c.applies_at, plans.c.version)
    )
    return [_version(row) for row in rows]


def halls_with_plans_due(session: Session, *, now: datetime) -> list[HallId]:
    """Return the halls in which the time of a waiting plan has come."""
    return list(
        session.scalars(
            select(plans.c.hall_id)
            .where(plans.c.applied_at.is_(None), plans.c.ended == "", plans.c.applies_at <= now)
            .distinct()
        )
    )


def set_waiting(session: Session, hall_id: HallId, waiting: int, **values: object) -> bool:
    """Change the version ``waiting``, if it still waits; return whether it did."""
    changed = session.execute(
        update(plans)
        .where(plans.c.hall_id == hall_id, plans.c.version == waiting)
        .where(plans.c.applied_at.is_(None), plans.c.ended == "")
        .values(**values)
        .returning(plans.c.id)
    )
    return changed.one_or_none() is not None


def _version(row: Row[Any]) -> PlanVersion:
    return PlanVersion(
        row.version, row.weekday, row.source, row.applied_at, row.applied_by, row.applies_at,
        row.base_version, row.ended, row.on_day,
    )  # fmt: skip
