"""Rows of messages. Number, link and text lie encrypted; a message that has ended holds none of them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, Index, Integer, LargeBinary, UniqueConstraint
from sqlmodel import Field

from booking.rules.message_times import SOON_AHEAD, SOON_MINUTES
from kernel.columns import utc
from kernel.database import Row
from kernel.ids import uuid7


class MessageContactRow(Row, table=True):
    """Whom to reach about a subject: an appointment, a visit, a place on a waiting list.

    ``path_sealed`` is where the link leads, token and all: the only place where a token is kept, since a
    message of the hall comes when no citizen is there to show it. ``soon_ahead`` and ``soon_minutes``: how
    soon is "soon" for a ticket; of other subjects nobody asks it.
    """

    __tablename__ = "message_contact"

    subject: UUID = Field(primary_key=True)
    about: str = Field(max_length=16)
    hall_id: UUID = Field(foreign_key="hall.id")
    phone_sealed: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    phone_hash: bytes = Field(sa_column=Column(LargeBinary(32), index=True, nullable=False))
    path_sealed: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    stop_hash: bytes = Field(sa_column=Column(LargeBinary(32), unique=True, nullable=False))
    locale: str = Field(max_length=8)
    created_at: datetime = utc()
    stopped_at: datetime | None = utc(nullable=True)
    soon_ahead: int = Field(sa_column=Column(Integer, nullable=False, server_default=str(SOON_AHEAD)))
    soon_minutes: int = Field(sa_column=Column(Integer, nullable=False, server_default=str(SOON_MINUTES)))


class MessageRow(Row, table=True):
    """A message; its id is the key by which the gateway knows it again.

    The key on (subject, kind, occurrence) is the schema's word that each is sent once. There is no foreign
    key to the contact: what was sent stays counted when nobody can be reached any more.
    """

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("subject", "kind", "occurrence"),
        Index("message_due", "status", "planned_at"),
        Index("message_of_hall", "hall_id", "planned_at"),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    subject: UUID
    hall_id: UUID = Field(foreign_key="hall.id")
    kind: str = Field(max_length=24)
    occurrence: str = Field(max_length=40)
    status: str = Field(max_length=16)
    reason: str = Field(default="", max_length=40)
    text_sealed: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    parts: int
    planned_at: datetime = utc()
    not_after: datetime = utc()
    any_hour_until: datetime | None = utc(nullable=True)
    counted: bool = False
    attempts: int = 0
    lease_until: datetime | None = utc(nullable=True)
    ended_at: datetime | None = utc(nullable=True)


class MessageBudgetRow(Row, table=True):
    """How many messages went to a number on a local date; ``scope`` is a keyed hash of both."""

    __tablename__ = "message_budget"

    scope: bytes = Field(sa_column=Column(LargeBinary(32), primary_key=True))
    used: int
    last_at: datetime = utc(index=True)
