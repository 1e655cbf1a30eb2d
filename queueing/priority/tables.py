"""Priority classes as they are kept."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlmodel import Field

from kernel.columns import utc
from kernel.database import Row
from kernel.ids import uuid7
from queueing.rules.priority import LONGEST_EN, LONGEST_ZH


class PriorityClassRow(Row, table=True):
    """A class of a hall; one that was taken away stays for the tickets that have it."""

    __tablename__ = "priority_class"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    hall_id: UUID = Field(foreign_key="hall.id", index=True)
    rank: int
    name_zh: str = Field(max_length=LONGEST_ZH)
    name_en: str = Field(max_length=LONGEST_EN)
    credit_minutes: int
    set_by: UUID = Field(foreign_key="staff.id")
    set_at: datetime = utc()
    retired_at: datetime | None = utc(nullable=True)
