"""Windows: how they stand, what they are equipped for, what their clerks can do."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from kernel.identity import Role
from kernel.identity_tables import StaffRow
from kernel.ids import HallId, QueueId, StaffId, TicketId, WindowId
from queueing.errors import WindowNotFound
from queueing.rules.windows import PauseKind, WindowStatus
from queueing.window_tables import ClerkSkillRow, WindowEquipmentRow, WindowRow

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Row
    from sqlmodel import Session

windows = WindowRow.__table__
equipment = WindowEquipmentRow.__table__
skills = ClerkSkillRow.__table__
_staff = StaffRow.__table__


@dataclass(frozen=True, slots=True)
class Window:
    """A window as decisions need it."""

    id: WindowId
    hall_id: HallId
    label: str
    rank: int
    name_zh: str
    name_en: str
    list_limit: int
    status: WindowStatus
    clerk_id: StaffId | None
    ticket_id: TicketId | None
    changed_at: datetime | None
    pause_kind: PauseKind | None = None
    paused_at: datetime | None = None


def window(session: Session, window_id: WindowId) -> Window:
    """Return a window; raises ``WindowNotFound``."""
    row = session.execute(select(windows).where(windows.c.id == window_id)).one_or_none()
    if row is None:
        raise WindowNotFound(window=window_id)
    return _window(row)


def _window(row: Row[Any]) -> Window:
    values = dict(row._mapping)
    values["status"] = WindowStatus(values["status"])
    values["pause_kind"] = PauseKind(values["pause_kind"]) if values["pause_kind"] else None
    return Window(**values)


def windows_of(session: Session, hall_id: HallId) -> list[Window]:
    """Return a hall's windows by rank."""
    rows = session.execute(
        select(windows).where(windows.c.hall_id == hall_id).order_by(windows.c.rank, windows.c.id)
    )
    return [_window(row) for row in rows]


def set_window(session: Session, window_id: WindowId, at: datetime, **changes: object) -> None:
    """Write what changed at a window."""
    session.execute(update(windows).where(windows.c.id == window_id).values(changed_at=at, **changes))


def equipment_of(session: Session, hall_id: HallId) -> dict[WindowId, set[QueueId]]:
    """Return which queues each window of a hall is equipped for."""
    rows = session.execute(
        select(equipment)
        .join(windows, windows.c.id == equipment.c.window_id)
        .where(windows.c.hall_id == hall_id)
    )
    equipped: defaultdict[WindowId, set[QueueId]] = defaultdict(set)
    for row in rows:
        equipped[row.window_id].add(row.queue_id)
    return dict(equipped)


def names_of_staff(session: Session, staff_ids: Collection[StaffId]) -> dict[StaffId, str]:
    """Return the names that these people have in the hall."""
    rows = session.execute(select(_staff.c.id, _staff.c.display_name).where(_staff.c.id.in_(staff_ids)))
    return {row.id: row.display_name for row in rows}


def skills_of(session: Session, staff_id: StaffId) -> set[QueueId]:
    """Return the queues a clerk can serve; empty where none were entered, which means all."""
    return set(session.execute(select(skills.c.queue_id).where(skills.c.staff_id == staff_id)).scalars())


def skills_in(session: Session, hall_id: HallId) -> list[frozenset[QueueId]]:
    """Return the queues that each clerk of a hall can serve, by name; empty where none were entered."""
    found: defaultdict[StaffId, set[QueueId]] = defaultdict(set)
    rows = session.execute(
        select(_staff.c.id, skills.c.queue_id)
        .outerjoin(skills, skills.c.staff_id == _staff.c.id)
        .where(_staff.c.hall_id == hall_id, _staff.c.role == Role.CLERK.value, _staff.c.disabled.is_(False))
        .order_by(_staff.c.username)
    )
    for row in rows:
        found[row.id].update({row.queue_id} - {None})
    return [frozenset(own) for own in found.values()]
