"""Rows of webhooks: who is told, how far each hall was read for them, and what is on its way."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import JSON, BigInteger, Column, ForeignKey, Index, LargeBinary, Text, UniqueConstraint
from sqlmodel import Field

from kernel.columns import utc
from kernel.database import Row
from kernel.ids import uuid7


class WebhookRow(Row, table=True):
    """An endpoint of another program; its secrets lie encrypted.

    ``failures`` counts failed tries in a row, ``failing_since`` is the first of them; ``missed`` counts
    events that were no longer kept when it was resumed.
    """

    __tablename__ = "webhook"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    name: str = Field(max_length=60)
    url: str = Field(max_length=400)
    kinds: list[str] = Field(sa_column=Column(JSON, nullable=False))
    hall_id: UUID | None = Field(default=None, foreign_key="hall.id")
    status: str = Field(max_length=16)
    status_at: datetime = utc()
    created_at: datetime = utc()
    secret_sealed: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    old_secret_sealed: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    old_secret_until: datetime | None = utc(nullable=True)
    failures: int = 0
    failing_since: datetime | None = utc(nullable=True)
    rest_until: datetime | None = utc(nullable=True)
    delivered_at: datetime | None = utc(nullable=True)
    error: str = Field(default="", max_length=40)
    missed: int = Field(default=0, sa_type=BigInteger)


class WebhookCursorRow(Row, table=True):
    """Up to which of a hall's events an endpoint has its deliveries."""

    __tablename__ = "webhook_cursor"

    webhook_id: UUID = Field(sa_column=Column(ForeignKey("webhook.id", ondelete="CASCADE"), primary_key=True))
    hall_id: UUID = Field(primary_key=True, foreign_key="hall.id")
    seq: int = Field(sa_type=BigInteger)


class WebhookDeliveryRow(Row, table=True):
    """One event on its way to one endpoint; its id is the ``webhook-id`` by which the receiver knows it.

    The key on (webhook, hall, seq) is the schema's word that an event becomes one delivery. A test event
    belongs to no hall. ``in_line``: those of its hall that come after it wait for it.
    """

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        UniqueConstraint("webhook_id", "hall_id", "seq"),
        Index("webhook_delivery_due", "webhook_id", "status", "due_at"),
        Index("webhook_delivery_line", "webhook_id", "hall_id", "status", "seq"),
        Index("webhook_delivery_listed", "webhook_id", "id"),
        Index("webhook_delivery_ended", "status", "ended_at"),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    webhook_id: UUID = Field(sa_column=Column(ForeignKey("webhook.id", ondelete="CASCADE"), nullable=False))
    hall_id: UUID | None = Field(default=None, foreign_key="hall.id")
    seq: int | None = Field(default=None, sa_type=BigInteger)
    kind: str = Field(max_length=40)
    body: str = Field(sa_column=Column(Text, nullable=False))
    status: str = Field(max_length=16)
    in_line: bool
    attempts: int = 0
    created_at: datetime = utc()
    due_at: datetime = utc()
    not_after: datetime = utc()
    lease_until: datetime | None = utc(nullable=True)
    tried_at: datetime | None = utc(nullable=True)
    ended_at: datetime | None = utc(nullable=True)
    http_status: int | None = None
    error: str = Field(default="", max_length=40)
    answer: str = Field(default="", max_length=200)
    took_ms: int | None = None
