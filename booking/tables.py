"""Rows of the promise: slots, the claims on their seats, appointments and their legs."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, Column, Index, LargeBinary, UniqueConstraint, false, text
from sqlmodel import Field

from kernel.columns import utc
from kernel.database import Row
from kernel.ids import uuid7


class SlotRow(Row, table=True):
    """A slot that somebody has asked for; the row is what rivals lock. Slots nobody asked for have none."""

    __tablename__ = "slot"
    __table_args__ = (UniqueConstraint("queue_id", "starts_at"),)

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    queue_id: UUID = Field(foreign_key="queue.id")
    starts_at: datetime = utc()
    ends_at: datetime = utc()
    capacity: int


class SlotClaimRow(Row, table=True):
    """A seat of a slot, for good or until it expires; the key is the schema's word that it has one holder."""

    __tablename__ = "slot_claim"

    slot_id: UUID = Field(primary_key=True, foreign_key="slot.id", ondelete="CASCADE")
    seat: int = Field(primary_key=True)
    appointment_id: UUID = Field(foreign_key="appointment.id", index=True)
    expires_at: datetime | None = utc(nullable=True)


class QuotaClaimRow(Row, table=True):
    """One of the few times that somebody may do something: a phone's appointments a day, a client's holds.

    ``scope`` is a keyed hash of who and when; the key allows each seat below the limit once.
    """

    __tablename__ = "quota_claim"

    scope: bytes = Field(sa_column=Column(LargeBinary(32), primary_key=True))
    seat: int = Field(primary_key=True)
    appointment_id: UUID = Field(foreign_key="appointment.id", index=True)
    expires_at: datetime | None = utc(nullable=True)


class AppointmentRow(Row, table=True):
    """A promise to a person; who it is lies encrypted, each field's bytes begin with their key version.

    ``for_other``: it is a relative's, and the number that of whoever booked. ``party``: how many come.
    ``kind``: where it is held (``rules.meeting``); ``address_sealed``: where to visit somebody at home.
    ``cancel_reason`` and ``cancel_note`` say why the hall cancelled. Erased (``erased_on``), only what
    statistics count is left: no person, reference, link or word leads here.
    """

    __tablename__ = "appointment"
    __table_args__ = (
        Index("appointment_of_hall", "hall_id", "status", "starts_at"),
        Index(
            "appointment_to_erase",
            *("hall_id", "starts_at"),
            sqlite_where=text("erased_on IS NULL"),
            postgresql_where=text("erased_on IS NULL"),
        ),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    hall_id: UUID = Field(foreign_key="hall.id")
    status: str = Field(max_length=24)
    code: str | None = Field(default=None, unique=True, max_length=8)
    starts_at: datetime = utc()
    ends_at: datetime = utc()
    token_hash: bytes | None = Field(
        default=None, sa_column=Column(LargeBinary(32), unique=True, nullable=True)
    )
    name_sealed: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    phone_sealed: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    id_tail_sealed: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    address_sealed: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    company_sealed: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    id_hash: bytes | None = Field(default=None, sa_column=Column(LargeBinary(32), index=True, nullable=True))
    phone_hash: bytes | None = Field(
        default=None, sa_column=Column(LargeBinary(32), index=True, nullable=True)
    )
    priority: bool = False
    for_other: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    party: int = Field(default=1, sa_column_kwargs={"server_default": "1"})
    kind: str = Field(default="hall", max_length=8, sa_column_kwargs={"server_default": "hall"})
    expires_at: datetime | None = utc(nullable=True)
    ics_sequence: int = 0
    created_at: datetime = utc()
    confirmed_at: datetime | None = utc(nullable=True)
    changed_at: datetime = utc()
    cancel_reason: str | None = Field(default=None, max_length=24)
    cancel_note: str | None = Field(default=None, max_length=120)
    erased_on: date | None = None


class AppointmentServiceRow(Row, table=True):
    """One leg of an appointment, in its own queue, after the one before it."""

    __tablename__ = "appointment_service"

    appointment_id: UUID = Field(primary_key=True, foreign_key="appointment.id", ondelete="CASCADE")
    position: int = Field(primary_key=True)
    service_id: UUID = Field(foreign_key="service.id")
    queue_id: UUID = Field(foreign_key="queue.id")
    starts_at: datetime = utc()


class SlotPlacesRow(Row, table=True):
    """The places that a person decided to offer in a queue's slot of a weekday (0 = Monday).

    Slots without a row get theirs from the window plan and the hall's shares.
    """

    __tablename__ = "slot_places"

    queue_id: UUID = Field(primary_key=True, foreign_key="queue.id")
    weekday: int = Field(primary_key=True)
    minute: int = Field(primary_key=True)
    places: int
    decided_at: datetime = utc()
    decided_by: UUID | None = None


class AppointmentKindRow(Row, table=True):
    """A service's appointments in a hall may be held this way too; without a row, only at the hall.

    ``link``: of video, with ``{room}`` where each appointment has a room of its own. ``words_…``: what people
    should know: what to have at hand, in which streets somebody comes. A row outlives ``offered``: what was
    promised is kept by it.
    """

    __tablename__ = "appointment_kind"

    hall_id: UUID = Field(primary_key=True, foreign_key="hall.id")
    service_id: UUID = Field(primary_key=True, foreign_key="service.id")
    kind: str = Field(primary_key=True, max_length=8)
    offered: bool
    link: str = Field(default="", max_length=200)
    words_zh: str = Field(default="", max_length=200)
    words_en: str = Field(default="", max_length=400)
    changed_at: datetime = utc()


class CatalogueEditionRow(Row, table=True):
    """The one row that orders changes of the catalogue: whoever makes one locks it and counts it."""

    __tablename__ = "catalogue_edition"

    id: int = Field(primary_key=True)
    number: int = Field(default=0, sa_type=BigInteger)
