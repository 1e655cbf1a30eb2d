"""Requests and responses about calls for help."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Self
from uuid import UUID

from pydantic import Field

from kernel.web.schemas import In, Out
from queueing.rules.help import LONGEST_WORDS, HelpStatus

if TYPE_CHECKING:
    from collections.abc import Iterable

    from queueing.help.store import HelpCall


class HelpIn(In):
    """A few words, if one likes; no names of citizens."""

    words: str = Field(default="", max_length=LONGEST_WORDS)


class HelpOut(Out):
    """A call for help: at which window, since when, by whom, and who is going there."""

    id: UUID
    window_id: UUID
    window: str
    status: HelpStatus
    words: str
    asked_by: UUID
    asked_name: str
    asked_at: datetime
    taken_by: UUID | None
    taken_name: str | None
    taken_at: datetime | None


class HelpsOut(Out):
    """The calls for help that stand in a hall, the oldest first."""

    calls: list[HelpOut]

    @classmethod
    def of(cls, calls: Iterable[HelpCall]) -> Self:
        """Return the response for a hall's calls."""
        return cls(calls=[HelpOut.model_validate(own) for own in calls])
