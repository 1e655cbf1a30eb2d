"""Rows of ratings and of the cases of bad ones. Nothing here names a person; what may is sealed."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Column, Identity, Index, LargeBinary
from sqlmodel import Field

from kernel.columns import BigSerial, json_column, utc
from kernel.database import Row
from kernel.ids import uuid7


class RatingRow(Row, table=True):
    """What a citizen said of a visit; the unique index is the schema's word that a visit has one rating.

    Hall, queue, service and day are those with which the visit ended. There is no foreign key to the visit:
    a rating outlives it. ``text_sealed``: people are asked to write nothing personal, and some do.
    """

    __tablename__ = "rating"
    __table_args__ = (
        Index("rating_of_visit", "visit_id", unique=True),
        Index("rating_of_hall", "hall_id", "day"),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    visit_id: UUID
    hall_id: UUID = Field(foreign_key="hall.id")
    queue_id: UUID = Field(foreign_key="queue.id")
    service_id: UUID = Field(foreign_key="service.id")
    day: date
    level: str = Field(max_length=24)
    reasons: list[str] = json_column()
    text_sealed: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    rated_at: datetime = utc()
    changed_at: datetime = utc()


class RatingCaseRow(Row, table=True):
    """A bad rating that somebody answers for; one a rating, whatever it is changed to."""

    __tablename__ = "rating_case"
    __table_args__ = (Index("rating_case_of_hall", "hall_id", "status", "due_at"),)

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    rating_id: UUID = Field(foreign_key="rating.id", unique=True)
    hall_id: UUID = Field(foreign_key="hall.id")
    status: str = Field(max_length=16)
    opened_at: datetime = utc()
    due_at: datetime = utc()
    handler_id: UUID | None = Field(default=None, foreign_key="staff.id")
    answered_at: datetime | None = utc(nullable=True)
    answered_by: UUID | None = Field(default=None, foreign_key="staff.id")
    ended_at: datetime | None = utc(nullable=True)


class RatingCaseStepRow(Row, table=True):
    """A step of a case: append-only; who and when, and what was written."""

    __tablename__ = "rating_case_step"

    id: int | None = Field(
        default=None, sa_column=Column(BigSerial, Identity(always=False), primary_key=True)
    )
    case_id: UUID = Field(foreign_key="rating_case.id", index=True)
    what: str = Field(max_length=16)
    at: datetime = utc()
    role: str = Field(max_length=16)
    staff_id: UUID | None = Field(default=None, foreign_key="staff.id")
    note: str = ""


class CallBackRow(Row, table=True):
    """A citizen's number for a case, left with consent; deleted with the case's end or at ``erase_at``."""

    __tablename__ = "rating_call_back"

    case_id: UUID = Field(primary_key=True, foreign_key="rating_case.id")
    phone_sealed: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    erase_at: datetime = utc(index=True)
