"""Calls for help as they are kept."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Index, text
from sqlmodel import Field

from kernel.columns import utc
from kernel.database import Row
from kernel.ids import uuid7
from queueing.rules.help import LONGEST_WORDS

_OPEN = "status <> 'ended'"


class HelpCallRow(Row, table=True):
    """A call for help at a window; at most one of a window is not ended. Its words go with its end."""

    __tablename__ = "help_call"
    __table_args__ = (
        Index(
            "help_call_of_window",
            "window_id",
            unique=True,
            sqlite_where=text(_OPEN),
            postgresql_where=text(_OPEN),
        ),
        Index("help_call_of_hall", "hall_id", "day"),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    hall_id: UUID = Field(foreign_key="hall.id")
    window_id: UUID = Field(foreign_key="window.id")
    day: date
    status: str = Field(max_length=8)
    words: str = Field(default="", max_length=LONGEST_WORDS)
    asked_by: UUID = Field(foreign_key="staff.id")
    asked_at: datetime = utc()
    taken_by: UUID | None = Field(default=None, foreign_key="staff.id")
    taken_at: datetime | None = utc(nullable=True)
    ended_by: UUID | None = Field(default=None, foreign_key="staff.id")
    ended_at: datetime | None = utc(nullable=True)
