"""Requests and responses about coming back with papers."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import Field

from kernel.web.schemas import In, Out
from queueing.schemas import TicketOut

if TYPE_CHECKING:
    from queueing.returns.service import EndedWithPapers


class ReturnIn(In):
    """What is missing, read by whoever holds the ticket (no names), and the last day to come back."""

    note: Annotated[str, Field(max_length=500)]
    until_on: date


class ReturnCodeIn(In):
    """The code as it was typed; blanks, hyphens and small letters do not matter."""

    code: str = Field(min_length=1, max_length=40)


class ComingBackOut(Out):
    """``credit_minutes``: so much earlier than they come their holder counts."""

    note: str
    until_on: date
    code: str
    credit_minutes: int
    used_as: str | None
    over: bool


class EndedWithPapersOut(TicketOut):
    back: ComingBackOut

    @classmethod
    def ended(cls, own: EndedWithPapers) -> Self:
        """Return the response for a visit that ended with papers missing."""
        return cls(**TicketOut.of(own.ticket).model_dump(), back=ComingBackOut.model_validate(own.back))
