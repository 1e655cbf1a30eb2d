"""Rows of proposals, of questions that the engine answers about a hall, and of calendars of plans."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Index, LargeBinary
from sqlmodel import Field

from kernel.columns import json_column, utc
from kernel.database import Row
from kernel.ids import uuid7


class ProposalRow(Row, table=True):
    """A window plan proposed for a hall, its simulated effect, and what became of it.

    ``kind``: ``day`` for the plan of a weekday, ``intraday`` for the rest of ``for_day`` alone.
    """

    __tablename__ = "proposal"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    hall_id: UUID = Field(foreign_key="hall.id", index=True)
    for_day: date
    kind: str = Field(default="day", max_length=8, sa_column_kwargs={"server_default": "day"})
    status: str = Field(default="computing", max_length=16)
    base_version: int
    job_id: UUID | None = None
    created_at: datetime = utc()
    decided_at: datetime | None = utc(nullable=True)
    decided_by: UUID | None = None
    reason: str = ""
    plan: list[dict[str, Any]] = json_column()
    effect: dict[str, Any] = json_column()


class StudyRow(Row, table=True):
    """A question about a hall that the engine answers: a trial of a draft, windows needed, a week.

    ``decisions`` says what a person made of the answer: what, when, who.
    """

    __tablename__ = "study"
    __table_args__ = (Index("study_of_hall", "hall_id", "kind", "asked_at"),)

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    hall_id: UUID = Field(foreign_key="hall.id")
    kind: str = Field(max_length=16)
    status: str = Field(default="computing", max_length=16)
    asked_at: datetime = utc()
    asked_by: UUID | None = None
    job_id: UUID | None = None
    answered_at: datetime | None = utc(nullable=True)
    question: dict[str, Any] = json_column()
    answer: dict[str, Any] = json_column()
    decisions: list[dict[str, Any]] = json_column()


class PlanFeedRow(Row, table=True):
    """A calendar that somebody subscribed to: a window's plan, or a whole hall's; the token is a hash."""

    __tablename__ = "plan_feed"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    hall_id: UUID = Field(foreign_key="hall.id", index=True)
    window_id: UUID | None = Field(default=None, foreign_key="window.id")
    token_hash: bytes = Field(sa_column=Column(LargeBinary(32), unique=True, nullable=False))
    made_at: datetime = utc()
    made_by: UUID | None = None
