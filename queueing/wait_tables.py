"""Rows of what people are told to wait: what was learned, shown, withheld."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlmodel import Field

from kernel.columns import json_column, utc
from kernel.database import Row


class WaitProfileRow(Row, table=True):
    """What a queue's history teaches about its waits; one JSON document a queue, written by the worker."""

    __tablename__ = "wait_profile"

    queue_id: UUID = Field(primary_key=True, foreign_key="queue.id")
    made_at: datetime = utc()
    days: int
    profile: dict[str, Any] = json_column()


class ShownWaitRow(Row, table=True):
    """The band that people read of a queue or of a ticket, since when, and what it was made from.

    ``high`` is None where nothing is told. ``basis`` are the facts of then: a rise is explained by what
    differs from them. The row is what makes every process, page and screen say the same.
    """

    __tablename__ = "shown_wait"

    subject: UUID = Field(primary_key=True)
    hall_id: UUID = Field(index=True)
    low: int | None = None
    high: int | None = None
    since: datetime = utc()
    basis: dict[str, Any] = json_column()
    reason: dict[str, Any] = json_column()


class WithheldBandRow(Row, table=True):
    """A queue whose told ranges held surely worse than they should: no number is told."""

    __tablename__ = "withheld_band"

    queue_id: UUID = Field(primary_key=True, foreign_key="queue.id")
    hall_id: UUID = Field(index=True)
    since: date
    judged_on: date
    days: int
    tickets: int
    inside: int
    above: int
    fault: str = Field(max_length=8)
