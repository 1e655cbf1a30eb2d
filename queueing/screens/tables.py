"""What is kept of a screen."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlmodel import Field

from kernel.columns import utc
from kernel.database import Row


class ScreenRow(Row, table=True):
    """What a registered screen said last; ``link`` is the line that it said it on.

    ``drift_ms``: its own clock less the server's, in milliseconds; none where it did not say.
    """

    __tablename__ = "screen"

    device_id: UUID = Field(primary_key=True, foreign_key="device.id")
    hall_id: UUID = Field(foreign_key="hall.id", index=True)
    link: UUID
    sound: str = Field(max_length=8)
    sound_since: datetime = utc()
    heard_at: datetime = utc()
    left_at: datetime | None = utc(nullable=True)
    drift_ms: int | None = None
