"""Whoever was missed or parked waits again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kernel.events import record
from queueing import store
from queueing.errors import ReinstateOver
from queueing.events import TicketRequeued
from queueing.rules.call_order import behind_follower
from queueing.rules.tickets import TicketAction, TicketStatus
from queueing.service.calling import in_hall
from queueing.service.views import TicketView, view

if TYPE_CHECKING:
    from datetime import datetime

    from sqlmodel import Session

    from kernel.clock import Clock
    from kernel.events import LockedHall
    from kernel.identity import Staff
    from kernel.ids import TicketId

_A, _S = TicketAction, TicketStatus


def reinstate(session: Session, ticket_id: TicketId, *, by: Staff, clock: Clock) -> TicketView:
    """Put a missed ticket back, behind the published number of followers (过号恢复).

    Once for each ticket and for a published time; raises ``ReinstateOver``.
    """
    hall, ticket, now = in_hall(session, ticket_id, by, clock)
    until = _reinstate_until(session, ticket)
    if ticket.status is _S.MISSED and (until is None or now > until):
        raise ReinstateOver(ticket=ticket.label, until=until)
    places = store.policy(session, ticket.hall_id).reinstate_places
    effective_at = behind_follower(
        store.followers(session, ticket, places), places=places, own=ticket.effective_at
    )
    return _requeue(session, hall, ticket, _A.REINSTATE, by, now, effective_at)


def reinstate_until(session: Session, ticket_id: TicketId) -> datetime | None:
    """Return until when a missed ticket can be put back; None if it was put back once already."""
    return _reinstate_until(session, store.ticket(session, ticket_id))


def _reinstate_until(session: Session, ticket: store.Ticket) -> datetime | None:
    if store.has_moved(session, ticket.id, _A.REINSTATE):
        return None
    return ticket.changed_at + store.policy(session, ticket.hall_id).reinstate_within


def resume(session: Session, ticket_id: TicketId, *, by: Staff, clock: Clock) -> TicketView:
    """A parked ticket waits again, in the place it had."""
    hall, ticket, now = in_hall(session, ticket_id, by, clock)
    return _requeue(session, hall, ticket, _A.RESUME, by, now, ticket.effective_at)


def _requeue(
    session: Session,
    hall: LockedHall,
    ticket: store.Ticket,
    action: TicketAction,
    by: Staff,
    now: datetime,
    effective_at: datetime,
) -> TicketView:
    moved = store.move(session, ticket, action, at=now, by=by.actor, effective_at=effective_at)
    event = TicketRequeued(
        number=ticket.label, queue_id=ticket.queue_id, how=action.value, remote=ticket.remote
    )
    record(session, hall, event, at=now)
    return view(session, moved, now=now)
