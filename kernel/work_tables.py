"""Rows of what a unit of work leaves behind: news for the bus, stored answers, work for the worker."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, Identity, Index, LargeBinary, UniqueConstraint
from sqlmodel import Field

from kernel.columns import BigSerial, json_column, utc
from kernel.database import Row
from kernel.ids import uuid7


class OutboxRow(Row, table=True):
    """An event promised to the bus in the transaction that made it true; a hall's ``seq`` has no gaps."""

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("hall_id", "seq"),
        Index("outbox_unpublished", "published_at", "id"),
    )

    id: int | None = Field(
        default=None, sa_column=Column(BigSerial, Identity(always=False), primary_key=True)
    )
    hall_id: UUID = Field(foreign_key="hall.id")
    seq: int = Field(sa_type=BigInteger)
    kind: str = Field(max_length=40)
    payload: dict[str, Any] = json_column()
    at: datetime = utc()
    published_at: datetime | None = utc(nullable=True)


class IdempotencyRow(Row, table=True):
    """The stored answer to a keyed request, encrypted, written in the same transaction as its work.

    ``subject`` is the appointment or ticket that it tells of, so that it can be erased with it.
    """

    __tablename__ = "idempotency"

    scope: str = Field(primary_key=True, max_length=80)
    key: str = Field(primary_key=True, max_length=80)
    fingerprint: bytes = Field(sa_column=Column(LargeBinary(32), nullable=False))
    answer: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    subject: UUID | None = Field(default=None, index=True)
    created_at: datetime = utc(index=True)


class JobRow(Row, table=True):
    """Work for the worker, enqueued in the transaction that wants it done."""

    __tablename__ = "job"
    __table_args__ = (Index("job_due", "status", "run_at"),)

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    name: str = Field(max_length=64)
    args: dict[str, Any] = json_column()
    status: str = Field(default="waiting", max_length=16)
    run_at: datetime = utc()
    started_at: datetime | None = utc(nullable=True)
    ended_at: datetime | None = utc(nullable=True)
    attempts: int = 0
    progress: float = 0.0
    so_far: dict[str, Any] = json_column()
    stop_asked: bool = False
    error: str = ""
    claimed_until: datetime | None = utc(nullable=True)
    once_key: str | None = Field(default=None, max_length=120, unique=True)
