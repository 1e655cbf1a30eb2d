"""Rows of visits and tickets, of their log and history."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Column, Identity, Index, LargeBinary, UniqueConstraint, text
from sqlmodel import Field

from kernel.columns import BigSerial, flag, json_or_none, utc
from kernel.database import Row
from kernel.ids import uuid7
from queueing.rules.parking import LONGEST_WORDS


class VisitRow(Row, table=True):
    """One person's errand in a hall: one or more legs; its token is a keyed hash until it is erased."""

    __tablename__ = "visit"
    __table_args__ = (
        Index(
            "visit_to_erase",
            *("hall_id", "created_at"),
            sqlite_where=text("token_hash IS NOT NULL"),
            postgresql_where=text("token_hash IS NOT NULL"),
        ),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    hall_id: UUID = Field(foreign_key="hall.id")
    token_hash: bytes | None = Field(
        default=None, sa_column=Column(LargeBinary(32), unique=True, nullable=True)
    )
    reference: UUID | None = Field(default=None, index=True)
    created_at: datetime = utc()


class VisitLegRow(Row, table=True):
    """One service of a visit, timed apart in a ticket of its own."""

    __tablename__ = "visit_leg"
    __table_args__ = (UniqueConstraint("visit_id", "position"),)

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    visit_id: UUID = Field(foreign_key="visit.id")
    position: int
    service_id: UUID = Field(foreign_key="service.id")


class TicketRow(Row, table=True):
    """A place in a day's queue. ``effective_at`` is the instant by which it is ordered.

    ``issued_in`` is the queue that gave the number; a transfer changes ``queue_id`` only. A number above
    a million is provisional (``rules.provisional``): printed by a kiosk without its server, the hall's own.
    ``effective_before`` is the place that "more time" gave up, while nothing has moved the ticket since.
    ``park_reason`` and ``park_words`` say why it is put aside, and go with the next move.
    ``for_window_id``: the only window that calls it next, while it waits and until that window closes.
    ``miss_held``: the clerk waits on, so it is not marked as missed by itself.
    ``came_back``: by a return code, with papers that were missing.
    ``remote``: the person is not in the hall but reached from the window; no screen of the hall shows it.
    ``delivered_id``: the service that was done, recorded while serving or with the finish; its leg keeps
    what was asked.
    """

    __tablename__ = "ticket"
    __table_args__ = (
        UniqueConstraint("issued_in", "day", "number"),
        Index("ticket_order", "queue_id", "status", "effective_at", "number"),
        Index("ticket_of_hall", "hall_id", "day", "status"),
        Index(
            *("ticket_for_window", "for_window_id"),
            sqlite_where=text("for_window_id IS NOT NULL"),
            postgresql_where=text("for_window_id IS NOT NULL"),
        ),
        Index(
            "provisional_number",
            *("hall_id", "day", "number"),
            unique=True,
            sqlite_where=text("number > 1000000"),
            postgresql_where=text("number > 1000000"),
        ),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    hall_id: UUID = Field(foreign_key="hall.id")
    queue_id: UUID = Field(foreign_key="queue.id")
    issued_in: UUID = Field(foreign_key="queue.id")
    leg_id: UUID = Field(foreign_key="visit_leg.id", index=True)
    day: date
    number: int
    label: str = Field(max_length=8)
    status: str = Field(max_length=16)
    priority: bool = False
    arrived_at: datetime = utc()
    due_at: datetime | None = utc(nullable=True)
    effective_at: datetime = utc()
    window_id: UUID | None = Field(default=None)
    called_at: datetime | None = utc(nullable=True)
    calls: int = 0
    changed_at: datetime = utc()
    told_ahead: int | None = None
    told_p10: float | None = None
    told_p50: float | None = None
    told_p90: float | None = None
    band_withheld: bool = flag()
    """The band was worked out and kept, but not told."""
    told_by: str | None = Field(default=None, max_length=16)
    told_up: float | None = None
    told_down: float | None = None
    effective_before: datetime | None = utc(nullable=True)
    park_reason: str | None = Field(default=None, max_length=16)
    park_words: str | None = Field(default=None, max_length=LONGEST_WORDS)
    delivered_id: UUID | None = None
    done_as_well: list[str] | None = json_or_none()
    miss_held: bool = flag()
    for_window_id: UUID | None = None
    came_back: bool = flag()
    remote: bool = flag()
    priority_class_id: UUID | None = None


class TicketCounterRow(Row, table=True):
    """The next number of a queue's day, out of the block that ``holder`` may give out."""

    __tablename__ = "ticket_counter"

    queue_id: UUID = Field(primary_key=True, foreign_key="queue.id")
    day: date = Field(primary_key=True)
    holder: str = Field(default="centre", primary_key=True, max_length=32)
    next_number: int
    last_number: int


class TicketEventRow(Row, table=True):
    """The ticket log: append-only, no personal data; every duration in every report comes from it.

    ``reason`` is why a ticket was parked, never the clerk's own words for it.
    ``asked_id``, ``delivered_id``, ``done_as_well``: on the lines that say which services were done.
    ``session``: the mark of the staff session that did it; the audit trail says from where that came.
    ``told``: "desk" where the instant is the word of a desk that worked without connection, as certain as
    ``precision_s``; ``began_at``: when the service began that such a line ends.
    """

    __tablename__ = "ticket_event"
    __table_args__ = (
        Index("ticket_event_of_ticket", "ticket_id"),
        Index("ticket_event_of_hall", "hall_id", "at"),
    )

    id: int | None = Field(
        default=None, sa_column=Column(BigSerial, Identity(always=False), primary_key=True)
    )
    hall_id: UUID
    ticket_id: UUID
    queue_id: UUID
    what: str = Field(max_length=16)
    at: datetime = utc()
    precision_s: float = 0.0
    role: str = Field(max_length=16)
    actor_id: UUID | None = None
    window_id: UUID | None = None
    source: str = Field(default="live", max_length=12)
    reason: str | None = Field(default=None, max_length=16)
    asked_id: UUID | None = None
    delivered_id: UUID | None = None
    done_as_well: list[str] | None = json_or_none()
    session: str | None = Field(default=None, max_length=12)
    told: str | None = Field(default=None, max_length=8)
    began_at: datetime | None = utc(nullable=True)


class TicketFactRow(Row, table=True):
    """A finished or left ticket in one row, derived from the log and rebuilt from it at any time.

    ``answered_call_at``: the call that the person followed, where service began. ``service_id``: what was
    asked, None where only the queue is known, as of imported logs. ``delivered_id``: what was done in its
    place, None where nobody was served or nobody recorded it (before there was a record, or imported).
    """

    __tablename__ = "ticket_fact"
    # Reports of the whole city go by the day alone: without the second they read every ticket there ever was.
    __table_args__ = (Index("ticket_fact_of_hall", "hall_id", "day"), Index("ticket_fact_of_day", "day"))

    ticket_id: UUID = Field(primary_key=True)
    hall_id: UUID
    queue_id: UUID
    day: date
    appointment: bool = False
    priority: bool = False
    remote: bool = flag()
    arrived_at: datetime = utc()
    effective_at: datetime = utc()
    called_at: datetime | None = utc(nullable=True)
    answered_call_at: datetime | None = utc(nullable=True)
    started_at: datetime | None = utc(nullable=True)
    ended_at: datetime | None = utc(nullable=True)
    service_id: UUID | None = None
    delivered_id: UUID | None = None
    done_as_well: list[str] | None = json_or_none()
    window_id: UUID | None = None
    outcome: str = Field(max_length=16)
    told_p10: float | None = None
    told_p50: float | None = None
    told_p90: float | None = None
    band_withheld: bool = flag()
    """The band was worked out and kept, but not told."""
    told_by: str | None = Field(default=None, max_length=16)
    told_up: float | None = None
    told_down: float | None = None
    comes_back: bool = flag()
    """It ended with papers missing, to be brought on a later day."""
    source: str = Field(default="live", max_length=12)


class ExpectedArrivalRow(Row, table=True):
    """Somebody who is expected in a queue at an instant; the reference is opaque to this package."""

    __tablename__ = "expected_arrival"
    __table_args__ = (Index("expected_in_queue", "queue_id", "due_at"),)

    reference: UUID = Field(primary_key=True)
    queue_id: UUID = Field(primary_key=True, foreign_key="queue.id")
    due_at: datetime = utc()
    show_probability: float = 0.9
