"""Rows of the audit trail and the heads of its chains."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, Identity, Index, LargeBinary, UniqueConstraint
from sqlmodel import Field

from kernel.columns import BigSerial, json_column, utc
from kernel.database import Row


def _mac(*, nullable: bool = False) -> Any:
    return Field(default=None if nullable else ..., sa_column=Column(LargeBinary(32), nullable=nullable))


class AuditRow(Row, table=True):
    """Somebody's look at, or change of, something that is answered for; each row seals the one before.

    ``address`` and ``session`` say from where (``kernel.origin``), of staff and devices alone.
    ``chain`` is the hall, or nil for the whole city; ``position`` counts in it without a gap. Rows from
    before there were chains have none until the first new row of their hall takes them in.
    """

    __tablename__ = "audit"
    __table_args__ = (
        UniqueConstraint("chain", "position"),
        Index("audit_at", "at"),
        Index("audit_of_hall", "hall_id", "at"),
        Index("audit_of_subject", "subject", "staff_id"),
    )

    id: int | None = Field(
        default=None, sa_column=Column(BigSerial, Identity(always=False), primary_key=True)
    )
    at: datetime = utc()
    role: str = Field(default="", max_length=16, sa_column_kwargs={"server_default": ""})
    staff_id: UUID | None = None
    device_id: UUID | None = None
    hall_id: UUID | None = None
    what: str = Field(max_length=64)
    subject: str = Field(default="", max_length=80)
    detail: dict[str, Any] = json_column()
    address: str | None = Field(default=None, max_length=45)
    session: str | None = Field(default=None, max_length=12)
    chain: UUID | None = None
    position: int | None = Field(default=None, sa_type=BigInteger)
    before: bytes | None = _mac(nullable=True)
    mac: bytes | None = _mac(nullable=True)


class AuditChainRow(Row, table=True):
    """Where a chain begins and ends; the row is what rivals lock. ``seal`` covers all of it.

    ``first`` is the oldest position that is kept, ``first_before`` what its row carries.
    """

    __tablename__ = "audit_chain"

    chain: UUID = Field(primary_key=True)
    position: int = Field(sa_type=BigInteger)
    mac: bytes = _mac()
    first: int = Field(sa_type=BigInteger)
    first_before: bytes = _mac()
    seal: bytes = _mac()
