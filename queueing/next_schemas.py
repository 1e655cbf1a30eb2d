"""Whom a clerk sees before the bell rings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from kernel.web.schemas import Out
from queueing.schemas import TicketOut

if TYPE_CHECKING:
    from queueing.service import NextPerson


class NextOut(Out):
    """The next person at a window: ``waited_minutes`` so far, what they were told, why they come back.

    ``over_told``: they have waited longer than the range that they were told. ``note``: the papers for which
    they were sent away, where they come back with them. It reserves nobody.
    """

    ticket: TicketOut
    waited_minutes: int
    over_told: bool
    note: str

    @classmethod
    def of(cls, person: NextPerson) -> Self:
        """Return the response for the next person."""
        return cls(
            ticket=TicketOut.of(person.ticket),
            waited_minutes=person.waited_minutes,
            over_told=person.over_told,
            note=person.note,
        )
