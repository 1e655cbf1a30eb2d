"""Coming back with papers: until when a code gives a number again, and what may be said about it.

Whoever comes back has waited once already. They count as having come the hall's published time earlier than
they did (``CallPolicy.return_credit``), as a punctual appointment or a priority ticket does: nobody who waits
is overtaken by somebody who came more than the credits later.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from queueing.rules.tickets import UNDO_WITHIN, TicketAction, TicketStatus

if TYPE_CHECKING:
    from datetime import date, datetime

LONGEST_NOTE = 120  # characters: what is missing, as it fits on the ticket's page and the slip
LONGEST = timedelta(days=60)  # papers from elsewhere take weeks; what takes longer is asked for anew
USUAL = timedelta(days=14)

_UNSERVED = frozenset({TicketStatus.GIVEN_UP, TicketStatus.CLOSED_UNSERVED, TicketStatus.NEVER_CAME})


@dataclass(frozen=True, slots=True)
class ReturnTicket:
    """The ticket that a return code gave, as it stands."""

    status: TicketStatus
    changed_at: datetime


def until_fits(until_on: date, today: date) -> bool:
    """Return whether somebody may be told to come back until then; the day itself counts."""
    return today <= until_on <= today + LONGEST


def used(given: ReturnTicket | None, *, now: datetime) -> bool:
    """Return whether a code has given its number: one that ended unserved leaves it to another day.

    A ticket that was given up counts until that can no longer be taken back, or two would wait with one code.
    """
    if given is None:
        return False
    if given.status is TicketStatus.GIVEN_UP:
        return now <= given.changed_at + UNDO_WITHIN[TicketAction.UNDO_GIVE_UP]
    return given.status not in _UNSERVED
