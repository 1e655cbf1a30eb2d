"""Rows of the no-show rule, of what counted by it, and of appeals. Nothing here names a person."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, Index, LargeBinary
from sqlmodel import Field

from kernel.columns import utc
from kernel.database import Row
from kernel.ids import uuid7


class NoShowRuleRow(Row, table=True):
    """A published version of the city's rule; never changed. The key lets one publisher have a number."""

    __tablename__ = "no_show_rule"

    version: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    in_force: bool
    limit: int
    within_days: int
    pause_days: int
    cancel_minutes: int
    answer_days: int
    published_at: datetime = utc()
    published_by: UUID | None = Field(default=None, foreign_key="staff.id")


class NoShowRow(Row, table=True):
    """An appointment that was not kept while a rule was in force; once an appointment.

    ``phone_hash`` is the keyed hash by which booking limits know a person, ``code_hash`` that of the
    appointment's reference, by which somebody proves to have made it. Forgotten, both are gone and so is the
    appointment's id; hall, time and status stay counted.
    """

    __tablename__ = "no_show"
    __table_args__ = (Index("no_show_of_hall", "hall_id", "starts_at"),)

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    appointment_id: UUID | None = Field(default=None, unique=True, foreign_key="appointment.id")
    hall_id: UUID = Field(foreign_key="hall.id")
    starts_at: datetime = utc()
    kind: str = Field(max_length=16)
    status: str = Field(max_length=12)
    rule_version: int = Field(foreign_key="no_show_rule.version")
    recorded_at: datetime = utc()
    forget_at: datetime = utc(index=True)
    phone_hash: bytes | None = Field(
        default=None, sa_column=Column(LargeBinary(32), index=True, nullable=True)
    )
    code_hash: bytes | None = Field(default=None, sa_column=Column(LargeBinary(32), nullable=True))
    excuse: str = Field(default="", max_length=500)
    excused_at: datetime | None = utc(nullable=True)
    excused_by: UUID | None = Field(default=None, foreign_key="staff.id")


class NoShowAppealRow(Row, table=True):
    """What the person says to it, one a no-show, and what became of that. Words are sealed.

    ``no_show_appeal_of`` is the schema's word that there is one.
    """

    __tablename__ = "no_show_appeal"
    __table_args__ = (
        Index("no_show_appeal_of", "no_show_id", unique=True),
        Index("no_show_appeal_of_hall", "hall_id", "status", "due_at"),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    no_show_id: UUID = Field(foreign_key="no_show.id")
    hall_id: UUID = Field(foreign_key="hall.id")
    status: str = Field(max_length=12)
    words_sealed: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    answer_sealed: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    opened_at: datetime = utc()
    due_at: datetime = utc()
    decided_at: datetime | None = utc(nullable=True)
    decided_by: UUID | None = Field(default=None, foreign_key="staff.id")


class NoShowOutageRow(Row, table=True):
    """A time in which a hall could not serve as promised; what was due in it does not count."""

    __tablename__ = "no_show_outage"
    __table_args__ = (Index("no_show_outage_of_hall", "hall_id", "begins_at"),)

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    hall_id: UUID = Field(foreign_key="hall.id")
    begins_at: datetime = utc()
    ends_at: datetime = utc()
    reason: str = Field(max_length=500)
    excused: int
    declared_at: datetime = utc()
    declared_by: UUID = Field(foreign_key="staff.id")


class NoShowExceptionRow(Row, table=True):
    """Staff let somebody book once in spite of a pause; the reason stands in the audit trail as well."""

    __tablename__ = "no_show_exception"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    phone_hash: bytes = Field(sa_column=Column(LargeBinary(32), index=True, nullable=False))
    hall_id: UUID = Field(foreign_key="hall.id")
    reason: str = Field(max_length=500)
    granted_at: datetime = utc()
    granted_by: UUID = Field(foreign_key="staff.id")
    expires_at: datetime = utc(index=True)
    used_at: datetime | None = utc(nullable=True)
