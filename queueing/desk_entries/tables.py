"""Rows of what desks handed in."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Index, text
from sqlmodel import Field

from kernel.columns import json_or_none, utc
from kernel.database import Row

_OPEN = "state <> 'taken' AND seen_at IS NULL"


class DeskEntryRow(Row, table=True):
    """Something that a desk did without connection, and what became of it; no personal data.

    ``id`` is the desk's own, so that handing in twice is once. ``told_at``, ``told_began_at`` are as the desk
    said; ``at``, ``began_at`` what was taken. ``found``, ``found_at``: how the ticket stood, and at which
    window, when the entry was refused.
    """

    __tablename__ = "desk_entry"
    __table_args__ = (
        Index("desk_entry_of_number", "hall_id", "day", "label"),
        Index("desk_entry_open", "hall_id", sqlite_where=text(_OPEN), postgresql_where=text(_OPEN)),
    )

    id: UUID = Field(primary_key=True)
    hall_id: UUID = Field(foreign_key="hall.id")
    window_id: UUID = Field(foreign_key="window.id")
    day: date
    what: str = Field(max_length=8)
    label: str = Field(max_length=8)
    ticket_id: UUID | None = Field(default=None, foreign_key="ticket.id")
    services: list[str] | None = json_or_none()
    pressed_by: UUID = Field(foreign_key="staff.id")
    handed_in_by: UUID = Field(foreign_key="staff.id")
    handed_in_at: datetime = utc()
    told_at: datetime = utc()
    told_began_at: datetime | None = utc(nullable=True)
    off_s: float = 0.0
    at: datetime | None = utc(nullable=True)
    began_at: datetime | None = utc(nullable=True)
    state: str = Field(max_length=8)
    reason: str = Field(default="", max_length=16)
    found: str = Field(default="", max_length=16)
    found_at: str = Field(default="", max_length=8)
    goes_on_as: str = Field(default="", max_length=8)
    seen_at: datetime | None = utc(nullable=True)
    seen_by: UUID | None = Field(default=None, foreign_key="staff.id")
