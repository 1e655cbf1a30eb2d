"""Requests and responses about what desks did without connection."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from kernel.days import Instant
from kernel.ids import StaffId, TicketId
from kernel.web.schemas import In, Out
from queueing.desk_entries.service import DeskEntry
from queueing.desk_entries.store import Kept
from queueing.rules.delivered import MOST_DONE
from queueing.rules.parking import LONGEST_WORDS, ParkReason, Why
from queueing.rules.told import DeskAct, DeskReason, DeskState, plain_label

MOST_AT_ONCE = 50  # a desk hands in what it kept in parts; each is one unit of work


class DeskEntryIn(In):
    """What a desk did without connection; instants are by the server's clock as the desk knew it.

    ``paper``: somebody came with the number ``label`` on paper and was served from ``began_at`` to ``at``.
    Everything else is of the ticket that was at the window. ``heard_at``: the server's last answer before.
    """

    id: UUID
    what: DeskAct
    label: Annotated[str, StringConstraints(min_length=1, max_length=16)]
    ticket_id: UUID | None = None
    at: Instant
    began_at: Instant | None = None
    heard_at: Instant
    pressed_by: UUID
    services: Annotated[list[str], Field(max_length=MOST_DONE)] = Field(default_factory=list)
    reason: ParkReason | None = None
    words: str = Field(default="", max_length=LONGEST_WORDS)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.what is DeskAct.PAPER:
            if self.began_at is None:
                raise ValueError("a number on paper was served from an instant on: began_at")
        elif self.ticket_id is None:
            raise ValueError("all but numbers on paper are of a ticket: ticket_id")
        if self.what is DeskAct.RECORD and not self.services:
            raise ValueError("a record says which services were done")
        if not plain_label(self.label):
            raise ValueError("label is a number as it stands on paper: letters, then digits")
        return self

    def entry(self) -> DeskEntry:
        return DeskEntry(
            id=self.id,
            what=self.what,
            label=plain_label(self.label),
            ticket_id=TicketId(self.ticket_id) if self.ticket_id else None,
            at=self.at,
            heard_at=self.heard_at,
            pressed_by=StaffId(self.pressed_by),
            began_at=self.began_at,
            services=tuple(self.services),
            why=Why(self.reason, self.words),
        )


class DeskEntriesIn(In):
    """What a desk kept, in its order; ``sent_at`` is what it takes for the server's time now."""

    sent_at: Instant
    entries: Annotated[list[DeskEntryIn], Field(min_length=1, max_length=MOST_AT_ONCE)]


class DeskEntryOut(Out):
    """What became of an entry.

    ``taken`` with the instant ``at`` that the log has now and, where the visit goes on, its next number;
    ``waiting``: its kiosk has not handed the number in yet; ``refused`` with the reason, and how the ticket
    stands instead (``found``, at the window ``found_at``).
    """

    id: UUID
    window_id: UUID
    day: date
    what: DeskAct
    label: str
    state: DeskState
    reason: DeskReason | None
    found: str
    found_at: str
    told_at: datetime
    told_began_at: datetime | None
    at: datetime | None
    goes_on_as: str


class DeskEntriesOut(Out):
    entries: list[DeskEntryOut]

    @classmethod
    def of(cls, found: Iterable[Kept]) -> Self:
        return cls(entries=[DeskEntryOut.model_validate(own) for own in found])


class DeskEntrySeenIn(In):
    entry_id: UUID
