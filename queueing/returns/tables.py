"""Who comes back with papers, as it is kept: no name, no number of a person."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Column, Index, LargeBinary
from sqlmodel import Field

from kernel.columns import utc
from kernel.database import Row
from kernel.ids import uuid7
from queueing.rules.returns import LONGEST_NOTE


class ReturnRow(Row, table=True):
    """A ticket that ended with papers missing; its code is a keyed hash, and given out once.

    ``note`` is what is missing; it goes when the code is used or over. ``used_ticket_id``: the number that
    the code gave last.
    """

    __tablename__ = "return_visit"
    __table_args__ = (Index("return_visit_of_hall", "hall_id", "until_on"),)

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    hall_id: UUID = Field(foreign_key="hall.id")
    ticket_id: UUID = Field(foreign_key="ticket.id", unique=True)
    note: str = Field(max_length=LONGEST_NOTE)
    until_on: date
    code_hash: bytes = Field(sa_column=Column(LargeBinary(32), unique=True, nullable=False))
    made_at: datetime = utc()
    used_ticket_id: UUID | None = Field(default=None, index=True)
    used_at: datetime | None = utc(nullable=True)
