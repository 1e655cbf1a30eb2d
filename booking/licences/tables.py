"""Rows of consents and looks. No licence lies here, and whose they are only sealed, while it is needed."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, LargeBinary
from sqlmodel import Field

from kernel.columns import utc
from kernel.database import Row
from kernel.ids import uuid7


class LicenceConsentRow(Row, table=True):
    """Somebody's word that licences may be looked up for one errand; ``subject`` is appointment or visit.

    ``person``: who was signed in, as a keyed hash; None for who agreed before staff (``given_by``).
    ``holder_sealed``: whose licences, until the errand is over or the word is taken back; None where the
    desk types it anew for each look.
    """

    __tablename__ = "licence_consent"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    subject: UUID = Field(unique=True)
    hall_id: UUID = Field(foreign_key="hall.id")
    person: bytes | None = Field(default=None, sa_column=Column(LargeBinary(32), nullable=True))
    holder_sealed: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    given_at: datetime = utc()
    given_by: UUID | None = Field(default=None, foreign_key="staff.id")
    withdrawn_at: datetime | None = utc(nullable=True)


class LicenceLookRow(Row, table=True):
    """A look at what is on file, written before it is asked: ``who`` is self, desk or window (``place``)."""

    __tablename__ = "licence_look"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    subject: UUID = Field(index=True)
    hall_id: UUID = Field(foreign_key="hall.id")
    who: str = Field(max_length=8)
    place: str = Field(default="", max_length=16)
    staff_id: UUID | None = Field(default=None, foreign_key="staff.id")
    services: str = Field(max_length=400)
    at: datetime = utc()


class LicencePermissionRow(Row, table=True):
    """Who of the staff may look at licences, and who gave leave."""

    __tablename__ = "licence_permission"

    staff_id: UUID = Field(primary_key=True, foreign_key="staff.id")
    given_by: UUID = Field(foreign_key="staff.id")
    since: datetime = utc()
