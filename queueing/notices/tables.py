"""Notices as they are kept."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlmodel import Field

from kernel.columns import utc
from kernel.database import Row
from kernel.ids import uuid7
from queueing.rules.notices import LONGEST_EN, LONGEST_ZH


class HallNoticeRow(Row, table=True):
    """A notice of a hall; ``ended_at`` is when somebody took it down, none where its time ends it."""

    __tablename__ = "hall_notice"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    hall_id: UUID = Field(foreign_key="hall.id", index=True)
    text_zh: str = Field(max_length=LONGEST_ZH)
    text_en: str = Field(default="", max_length=LONGEST_EN)
    from_at: datetime = utc()
    until_at: datetime = utc()
    made_by: UUID = Field(foreign_key="staff.id")
    made_at: datetime = utc()
    ended_at: datetime | None = utc(nullable=True)
