"""Ticket quotas as they are kept, and what was given of them each day."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlmodel import Field

from kernel.columns import utc
from kernel.database import Row
from kernel.ids import uuid7


class TicketQuotaRow(Row, table=True):
    """At most ``most`` walk-in numbers between two local minutes, for a queue or one service of a hall.

    A weekday with a number of its own has that in place of ``most``.
    """

    __tablename__ = "ticket_quota"
    __table_args__ = (
        CheckConstraint("(queue_id IS NULL) <> (service_id IS NULL)", name="quota_of_one_subject"),
        CheckConstraint("from_minute < to_minute AND most >= 0", name="quota_of_some_time"),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    hall_id: UUID = Field(foreign_key="hall.id", index=True)
    queue_id: UUID | None = Field(default=None, foreign_key="queue.id")
    service_id: UUID | None = Field(default=None, foreign_key="service.id")
    from_minute: int
    to_minute: int
    most: int
    most_mon: int | None = None
    most_tue: int | None = None
    most_wed: int | None = None
    most_thu: int | None = None
    most_fri: int | None = None
    most_sat: int | None = None
    most_sun: int | None = None
    set_by: UUID = Field(foreign_key="staff.id")
    set_at: datetime = utc()


class TicketQuotaGivenRow(Row, table=True):
    """How many numbers of a quota were given on a local day; no row where none was."""

    __tablename__ = "ticket_quota_given"

    quota_id: UUID = Field(primary_key=True, foreign_key="ticket_quota.id")
    day: date = Field(primary_key=True)
    given: int = 0
