"""Rows of bookings that wait for their code; who it is lies encrypted, the code is a keyed hash."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, LargeBinary
from sqlmodel import Field

from kernel.columns import utc
from kernel.database import Row
from kernel.ids import uuid7


class ActivationRow(Row, table=True):
    """A held place whose holder was sent a code; ``id`` is the subject of the messages that carry codes.

    ``person_sealed`` is what was filled in: it becomes the appointment's with the right code, and is deleted
    with the row otherwise. ``expires_at`` is that of the hold.
    """

    __tablename__ = "activation"

    appointment_id: UUID = Field(primary_key=True, foreign_key="appointment.id", ondelete="CASCADE")
    id: UUID = Field(default_factory=uuid7, unique=True)
    person_sealed: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    code_hash: bytes = Field(sa_column=Column(LargeBinary(32), nullable=False))
    tries_left: int
    sent: int
    sent_at: datetime = utc()
    expires_at: datetime = utc(index=True)
