"""Whoever was called to the last and has not come is marked as missed by the program, if the hall says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from kernel.events import lock_hall
from kernel.identity import SYSTEM
from kernel.ids import TicketId
from queueing import store
from queueing.errors import NotPossibleNow
from queueing.rules.missing import misses_at
from queueing.rules.policy import hall_policy
from queueing.rules.tickets import RECALLS, TicketAction, TicketStatus
from queueing.service.calling import at_window, free_window
from queueing.service.views import TicketView, view
from queueing.store.tickets import halls, tickets
from queueing.store.windows import windows

if TYPE_CHECKING:
    from datetime import datetime

    from sqlmodel import Session

    from kernel.clock import Clock
    from kernel.identity import Staff

_A, _S = TicketAction, TicketStatus


def hold_call(session: Session, ticket_id: TicketId, *, by: Staff, clock: Clock) -> TicketView:
    """Wait on for whoever was called to the last: it is not marked as missed by itself.

    Raises ``NotPossibleNow`` where nothing would be marked, ``NotYourWindow``.
    """
    _, ticket, _, now = at_window(session, ticket_id, by, clock)
    if misses_at(ticket, store.policy(session, ticket.hall_id).miss_after) is None:
        raise NotPossibleNow(action=_A.HOLD, status=ticket.status, ticket=ticket.label)
    held = store.move(
        session, ticket, _A.HOLD, at=now, by=by.actor, miss_held=True, changed_at=ticket.changed_at
    )
    return view(session, held, now=now)


def missed_by_now(session: Session, *, now: datetime) -> list[TicketId]:
    """Return the tickets of all halls whose time has passed; at most one a window, so few are read."""
    rows = session.execute(
        select(tickets.c.id, tickets.c.called_at, halls.c.policy)
        .select_from(windows)
        .join(tickets, tickets.c.id == windows.c.ticket_id)
        .join(halls, halls.c.id == windows.c.hall_id)
        .where(tickets.c.status == _S.CALLED, tickets.c.calls > RECALLS, tickets.c.miss_held.is_(False))
        .order_by(tickets.c.called_at, tickets.c.id)
    )
    return [
        TicketId(row.id)
        for row in rows
        if (after := hall_policy(row.policy).miss_after) and row.called_at + after <= now
    ]


def miss_by_itself(session: Session, ticket_id: TicketId, *, clock: Clock) -> bool:
    """Mark a ticket as missed if its time has passed; return whether that was so.

    Under the hall's lock, like the clerk's "start": of the two at one instant one finds how the other left
    it. Without the lock and the conditional update a person who is being served would be marked as missed.
    """
    hall = lock_hall(session, store.ticket(session, ticket_id).hall_id)
    now = hall.tick(clock)
    ticket = store.ticket(session, ticket_id)
    due_at = misses_at(ticket, store.policy(session, ticket.hall_id).miss_after)
    if due_at is None or now < due_at or ticket.window_id is None:
        return False
    window = store.window(session, ticket.window_id)
    store.move(session, ticket, _A.MISS, at=now, by=SYSTEM)
    free_window(session, hall, ticket, window, "missed", now)
    return True
