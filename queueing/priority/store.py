"""Priority classes in the database; no decisions."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

from kernel.ids import HallId, StaffId, uuid7
from queueing.priority.errors import PriorityClassNotFound
from queueing.priority.tables import PriorityClassRow
from queueing.rules.priority import PriorityClass

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import Row
    from sqlmodel import Session

_classes = PriorityClassRow.__table__


def classes_in(session: Session, hall_id: HallId) -> list[PriorityClass]:
    """Return a hall's classes that can be chosen, in the order of the kiosk."""
    rows = session.execute(
        select(_classes)
        .where(_classes.c.hall_id == hall_id, _classes.c.retired_at.is_(None))
        .order_by(_classes.c.rank, _classes.c.id)
    )
    return [_class(row) for row in rows]


def class_of(session: Session, hall_id: HallId, class_id: UUID) -> PriorityClass:
    """Return a class that can be chosen in a hall; raises ``PriorityClassNotFound``."""
    row = session.execute(
        select(_classes).where(
            _classes.c.id == class_id, _classes.c.hall_id == hall_id, _classes.c.retired_at.is_(None)
        )
    ).one_or_none()
    if row is None:
        raise PriorityClassNotFound(priority_class=class_id)
    return _class(row)


def hall_of(session: Session, class_id: UUID) -> HallId:
    """Return the hall of a class that can be chosen; raises ``PriorityClassNotFound``."""
    found = session.execute(
        select(_classes.c.hall_id).where(_classes.c.id == class_id, _classes.c.retired_at.is_(None))
    ).scalar_one_or_none()
    if found is None:
        raise PriorityClassNotFound(priority_class=class_id)
    return HallId(found)


def named(session: Session, class_ids: Collection[UUID]) -> dict[UUID, PriorityClass]:
    """Return classes by id, those that were taken away too; without a read where there are none."""
    if not class_ids:
        return {}
    rows = session.execute(select(_classes).where(_classes.c.id.in_(class_ids)))
    return {row.id: _class(row) for row in rows}


def add(session: Session, own: PriorityClass, *, by: StaffId, at: datetime) -> None:
    """Write a class."""
    session.execute(insert(_classes).values(**_values(own), hall_id=own.hall_id, set_by=by, set_at=at))


def new_class(hall_id: HallId, rank: int, name_zh: str, name_en: str, minutes: int) -> PriorityClass:
    """Return a class with an id of its own."""
    return PriorityClass(uuid7(), hall_id, rank, name_zh, name_en, timedelta(minutes=minutes))


def change(session: Session, own: PriorityClass, *, by: StaffId, at: datetime) -> None:
    """Write a class's names and head start."""
    session.execute(
        update(_classes).where(_classes.c.id == own.id).values(**_values(own), set_by=by, set_at=at)
    )


def retire(session: Session, class_id: UUID, *, at: datetime) -> None:
    """Let nobody choose a class any more."""
    session.execute(update(_classes).where(_classes.c.id == class_id).values(retired_at=at))


def _values(own: PriorityClass) -> dict[str, Any]:
    names = {name: getattr(own, name) for name in ("id", "rank", "name_zh", "name_en", "credit_minutes")}
    return dict(names)


def _class(row: Row[Any]) -> PriorityClass:
    credit = timedelta(minutes=row.credit_minutes)
    return PriorityClass(row.id, HallId(row.hall_id), row.rank, row.name_zh, row.name_en, credit)
