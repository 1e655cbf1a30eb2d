"""Requests about tickets."""

from __future__ import annotations

from uuid import UUID

from pydantic import Field

from kernel.web.schemas import In
from queueing.rules.parking import LONGEST_WORDS, ParkReason, Why
from queueing.rules.tickets import MOST_SERVICES


class IssueIn(In):
    """The services in the order they are wanted; ``priority`` for the legal priority groups."""

    services: list[str] = Field(min_length=1, max_length=MOST_SERVICES)
    priority: bool = False


class TokenIn(In):
    token: str = Field(min_length=8, max_length=64)


class CallTicketIn(In):
    ticket_id: UUID


class TransferIn(In):
    queue_id: UUID


class ParkIn(In):
    """Why a ticket is put aside; ``words`` are read by its holder, and needed for ``other``."""

    reason: ParkReason | None = None
    words: str = Field(default="", max_length=LONGEST_WORDS)

    def why(self) -> Why:
        return Why(self.reason, self.words)
