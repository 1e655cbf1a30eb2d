"""What a clerk's requests say, and the colleagues to whom a ticket can be sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self
from uuid import UUID

from pydantic import Field, model_validator

from kernel.web.schemas import In, Out
from queueing.rules.delivered import MOST_DONE
from queueing.rules.parking import LONGEST_WORDS, ParkReason, Why
from queueing.rules.windows import PauseKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from queueing.service.sending import Colleague


class CallNextIn(In):
    """``seen``: the ticket that the clerk has looked at before; nobody else is called in its stead."""

    seen: UUID | None = None


class CallTicketIn(In):
    ticket_id: UUID


class DoneIn(In):
    """The codes of the services that were done; what was asked is one of them only if it is named."""

    services: list[str] = Field(min_length=1, max_length=MOST_DONE)


class FinishIn(In):
    """The codes of the services that were done, if that is to be said with the finish."""

    services: list[str] | None = Field(default=None, min_length=1, max_length=MOST_DONE)


class PauseIn(In):
    """Why a window pauses."""

    kind: PauseKind = PauseKind.OTHER


class ParkIn(In):
    """Why a ticket is put aside; ``words`` are read by its holder, and needed for ``other``."""

    reason: ParkReason | None = None
    words: str = Field(default="", max_length=LONGEST_WORDS)

    def why(self) -> Why:
        return Why(self.reason, self.words)


class TransferIn(In):
    """Where a ticket goes: to a queue of the hall, or to one of its windows."""

    queue_id: UUID | None = None
    window_id: UUID | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.queue_id is None) == (self.window_id is None):
            raise ValueError("a ticket goes to a queue or to a window: name one of them")
        return self


class ColleagueOut(Out):
    """A window that is not closed; ``meant_for``: how many wait for it alone."""

    id: UUID
    label: str
    status: str
    clerk_name: str | None
    serves: list[str]
    meant_for: int


class ColleaguesOut(Out):
    """The windows to which a ticket can be sent."""

    windows: list[ColleagueOut]

    @classmethod
    def of(cls, found: Iterable[Colleague]) -> Self:
        return cls(windows=[ColleagueOut.model_validate(own) for own in found])
