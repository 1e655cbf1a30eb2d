"""Whoever signs out while a window is open in their name is told so, for it stays theirs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kernel.identity import Role
from queueing import store
from queueing.rules.windows import WindowStatus

if TYPE_CHECKING:
    from sqlmodel import Session

    from kernel.identity import Staff
    from kernel.ids import WindowId


@dataclass(frozen=True, slots=True)
class LeftOpen:
    """A window at which a clerk still sits; ``ticket`` is the number of whoever is there, if anybody."""

    id: WindowId
    label: str
    ticket: str | None


def left_open(session: Session, *, by: Staff) -> LeftOpen | None:
    """Return the window that is open or paused in a clerk's name, None if there is none."""
    if by.role is not Role.CLERK or by.hall_id is None:
        return None
    for own in store.windows_of(session, by.hall_id):
        if own.clerk_id == by.id and own.status is not WindowStatus.CLOSED:
            ticket = store.ticket(session, own.ticket_id) if own.ticket_id is not None else None
            return LeftOpen(own.id, own.label, ticket.label if ticket else None)
    return None
