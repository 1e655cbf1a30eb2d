"""Whom a clerk sees before the bell rings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from kernel.web.schemas import Out
from queueing.schemas import TicketOut

if TYPE_CHECKING:
    from queueing.service import NextPerson


class NextOut(Out):
    """The next person at a window: ``waited_minutes`` so far, what they were told, why they come back.

    ``told_low`` and ``told_high`` are the range as they read it, minutes on 5, null where nothing was told;
    ``over_told``: they have waited longer. ``note``: the papers for which they were sent away, where they
    come back with them. It reserves nobody.
    """

    ticket: TicketOut
    waited_minutes: int
    told_low: int | None
    told_high: int | None
    over_told: bool
    note: str

    @classmethod
    def of(cls, person: NextPerson) -> Self:
        """Return the response for the next person."""
        told = person.ticket.told.band
        return cls(
            ticket=TicketOut.of(person.ticket),
            waited_minutes=person.waited_minutes,
            told_low=told.low if told else None,
            told_high=told.high if told else None,
            over_told=person.over_told,
            note=person.note,
        )
