"""Rows of windows, of what they and clerks can serve, and of window plans."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from kernel.columns import utc
from kernel.database import Row
from kernel.ids import uuid7


class WindowRow(Row, table=True):
    """Where a clerk serves, and how it stands now; ``list_limit`` bounds the queues it may list.

    ``pause_kind``, ``paused_at``: why and since when it pauses, None while it does not.
    """

    __tablename__ = "window"
    __table_args__ = (UniqueConstraint("hall_id", "label"),)

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    hall_id: UUID = Field(foreign_key="hall.id", index=True)
    label: str = Field(max_length=8)
    rank: int = 0
    name_zh: str = ""
    name_en: str = ""
    list_limit: int = 3
    status: str = Field(default="closed", max_length=16)
    clerk_id: UUID | None = Field(default=None, foreign_key="staff.id")
    ticket_id: UUID | None = Field(default=None, foreign_key="ticket.id")
    changed_at: datetime | None = utc(nullable=True)
    pause_kind: str | None = Field(default=None, max_length=12)
    paused_at: datetime | None = utc(nullable=True)


class WindowEquipmentRow(Row, table=True):
    """A queue that a window's equipment can serve."""

    __tablename__ = "window_equipment"

    window_id: UUID = Field(primary_key=True, foreign_key="window.id")
    queue_id: UUID = Field(primary_key=True, foreign_key="queue.id")


class ClerkSkillRow(Row, table=True):
    """A queue that a clerk can serve."""

    __tablename__ = "clerk_skill"

    staff_id: UUID = Field(primary_key=True, foreign_key="staff.id")
    queue_id: UUID = Field(primary_key=True, foreign_key="queue.id")


class ClerkHoursRow(Row, table=True):
    """When a clerk is there and how long their break is; local minutes, None for "all day"."""

    __tablename__ = "clerk_hours"

    staff_id: UUID = Field(primary_key=True, foreign_key="staff.id")
    from_minute: int | None = None
    to_minute: int | None = None
    break_minutes: int = 0
    break_from: int | None = None
    break_to: int | None = None


class IntegratedWindowsRow(Row, table=True):
    """How many windows of a hall may list more than their limit at once, and how much slower they are."""

    __tablename__ = "integrated_windows"

    hall_id: UUID = Field(primary_key=True, foreign_key="hall.id")
    at_once: int = 0
    pace: float = 1.12


class WindowPlanRow(Row, table=True):
    """A version of a hall's window plan; the highest version that has been applied holds.

    ``weekday`` limits it to one weekday (0 = Monday); None holds on all of them. One that waits for
    ``applies_at`` has not been applied; it names the version that it was drafted on, and how it ended
    otherwise (``ended``: cancelled, overtaken).
    ``on_day`` limits it to one date: a plan made during a day is gone the next morning.
    """

    __tablename__ = "window_plan"
    __table_args__ = (UniqueConstraint("hall_id", "version"),)

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    hall_id: UUID = Field(foreign_key="hall.id", index=True)
    version: int
    weekday: int | None = None
    on_day: date | None = None
    source: str = Field(default="manual", max_length=16)
    applied_at: datetime | None = utc(nullable=True)
    applied_by: UUID | None = None
    applies_at: datetime | None = utc(nullable=True)
    base_version: int | None = None
    ended: str = Field(default="", max_length=16, sa_column_kwargs={"server_default": ""})


class PlanEntryRow(Row, table=True):
    """A window serves a queue from one local minute of the day until another."""

    __tablename__ = "plan_entry"

    plan_id: UUID = Field(primary_key=True, foreign_key="window_plan.id")
    window_id: UUID = Field(primary_key=True, foreign_key="window.id")
    queue_id: UUID = Field(primary_key=True, foreign_key="queue.id")
    from_minute: int = Field(primary_key=True)
    to_minute: int
    helping: bool = False
