"""Rows of provisional numbers: blocks that kiosks hold, slips that they handed in."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from kernel.columns import utc
from kernel.database import Row
from kernel.ids import uuid7


class NumberBlockRow(Row, table=True):
    """Numbers of a hall's local day that one kiosk alone gives out, both ends included."""

    __tablename__ = "number_block"
    __table_args__ = (UniqueConstraint("hall_id", "day", "first_number"),)

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    hall_id: UUID = Field(foreign_key="hall.id")
    day: date
    first_number: int
    last_number: int
    device_id: UUID = Field(foreign_key="device.id", index=True)
    reserved_at: datetime = utc()


class SlipRow(Row, table=True):
    """A number that a kiosk printed without its server, and what became of it; no personal data.

    ``ticket_id`` of one that merged, ``refused`` (a ``Reason``) of one that did not. ``printed_at`` and
    ``heard_at`` are as the kiosk said, ``arrived_at`` is what it counts from.
    """

    __tablename__ = "slip"
    __table_args__ = (Index("slip_of_hall", "hall_id", "day", "number"),)

    id: UUID = Field(primary_key=True)
    hall_id: UUID = Field(foreign_key="hall.id")
    day: date
    number: int
    device_id: UUID = Field(foreign_key="device.id")
    service: str = Field(max_length=64)
    priority: bool = False
    printed_at: datetime = utc()
    heard_at: datetime = utc()
    handed_in_at: datetime = utc()
    arrived_at: datetime | None = utc(nullable=True)
    ticket_id: UUID | None = Field(default=None, foreign_key="ticket.id", unique=True)
    refused: str = Field(default="", max_length=16)
    seen_at: datetime | None = utc(nullable=True)
    seen_by: UUID | None = Field(default=None, foreign_key="staff.id")
