"""Rows of the waiting list: who waits, in which halls, and what was offered to them."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Column, Index, LargeBinary, UniqueConstraint, text
from sqlmodel import Field

from kernel.columns import json_column, utc
from kernel.database import Row
from kernel.ids import uuid7

_ONE_WAIT = text("status = 'waiting' AND appointment_id IS NOT NULL")


class WaitlistEntryRow(Row, table=True):
    """Somebody who waits; who it is lies encrypted and is emptied in the unit of work that ends the wait.

    ``hall_id`` is the hall asked first, by whose published days the link is erased. ``person_seat`` with the
    keyed hash of the number is the schema's word that a person has only so many live waits. ``kind``: how a
    new appointment would be held, with ``address_sealed`` at home; one that is to be earlier keeps its own.
    """

    __tablename__ = "waitlist_entry"
    __table_args__ = (
        UniqueConstraint("phone_hash", "person_seat"),
        Index("waitlist_entry_of_hall", "hall_id", "status", "ended_at"),
        Index(
            "waitlist_entry_of_appointment",
            "appointment_id",
            unique=True,
            sqlite_where=_ONE_WAIT,
            postgresql_where=_ONE_WAIT,
        ),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    hall_id: UUID = Field(foreign_key="hall.id")
    appointment_id: UUID | None = Field(default=None, foreign_key="appointment.id")
    status: str = Field(max_length=16)
    services: list[str] = json_column()
    first_day: date
    last_day: date
    from_minute: int
    to_minute: int
    until: datetime = utc()
    queued_at: datetime = utc()
    lapses: int = 0
    token_hash: bytes | None = Field(
        default=None, sa_column=Column(LargeBinary(32), unique=True, nullable=True)
    )
    name_sealed: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    phone_sealed: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    id_tail_sealed: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    kind: str = Field(default="hall", max_length=8, sa_column_kwargs={"server_default": "hall"})
    address_sealed: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    phone_hash: bytes | None = Field(default=None, sa_column=Column(LargeBinary(32), nullable=True))
    person_seat: int | None = None
    priority: bool = False
    created_at: datetime = utc()
    ended_at: datetime | None = utc(nullable=True)


class WaitlistHallRow(Row, table=True):
    """A hall in which somebody would take a place."""

    __tablename__ = "waitlist_hall"

    entry_id: UUID = Field(primary_key=True, foreign_key="waitlist_entry.id", ondelete="CASCADE")
    hall_id: UUID = Field(primary_key=True, foreign_key="hall.id", index=True)


class WaitlistOfferRow(Row, table=True):
    """A place that is kept for the first on the list; ``hold_id`` is the hold that has its seats.

    ``person`` is the keyed hash of a number while the offer is open, then empty: its uniqueness is the
    schema's word that nobody has two open offers.
    """

    __tablename__ = "waitlist_offer"
    __table_args__ = (Index("waitlist_offer_of_hall", "hall_id", "status", "expires_at"),)

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    entry_id: UUID = Field(foreign_key="waitlist_entry.id", index=True)
    hall_id: UUID = Field(foreign_key="hall.id")
    hold_id: UUID = Field(foreign_key="appointment.id", unique=True)
    status: str = Field(max_length=16)
    starts_at: datetime = utc()
    person: bytes | None = Field(default=None, sa_column=Column(LargeBinary(32), unique=True, nullable=True))
    made_at: datetime = utc()
    expires_at: datetime = utc()
    ended_at: datetime | None = utc(nullable=True)
