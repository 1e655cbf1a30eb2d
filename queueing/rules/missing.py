"""When a ticket whose calls are used up is marked as missed by itself."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from queueing.rules.tickets import RECALLS, TicketStatus

if TYPE_CHECKING:
    from datetime import datetime


class _Called(Protocol):
    @property
    def status(self) -> TicketStatus: ...
    @property
    def calls(self) -> int: ...
    @property
    def called_at(self) -> datetime | None: ...
    @property
    def miss_held(self) -> bool: ...


def may_miss_by_itself(ticket: _Called) -> bool:
    """Return whether a ticket's calls are used up, nobody came, and no clerk holds it."""
    return ticket.status is TicketStatus.CALLED and ticket.calls > RECALLS and not ticket.miss_held


def misses_at(ticket: _Called, after: timedelta) -> datetime | None:
    """Return when the program marks a ticket as missed, None where it does not.

    That is ``after`` past the last call, which is the hall's published value; none is never.
    """
    if not after or ticket.called_at is None or not may_miss_by_itself(ticket):
        return None
    return ticket.called_at + after
