"""Rows of alerts."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from kernel.columns import json_column, utc
from kernel.database import Row
from kernel.ids import uuid7


class HallAlertRow(Row, table=True):
    """A hall left its forecast: raised, cleared, and what a manager did about it."""

    __tablename__ = "hall_alert"
    __table_args__ = (Index("hall_alert_of_day", "hall_id", "day"),)

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    hall_id: UUID = Field(foreign_key="hall.id")
    day: date
    kind: str = Field(max_length=24)
    subject: str = Field(default="", max_length=8)
    facts: dict[str, Any] = json_column()
    raised_at: datetime = utc()
    cleared_at: datetime | None = utc(nullable=True)
    acknowledged_at: datetime | None = utc(nullable=True)
    acknowledged_by: UUID | None = Field(default=None, foreign_key="staff.id")
    done: str = ""
