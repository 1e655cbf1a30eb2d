"""Services are recorded while the person is at the window; the finish takes them over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from queueing import store
from queueing.rules.tickets import TicketAction
from queueing.service.calling import at_window
from queueing.service.delivering import delivered_as_said
from queueing.service.views import TicketView, view

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlmodel import Session

    from kernel.clock import Clock
    from kernel.identity import Staff
    from kernel.ids import TicketId


def record_services(
    session: Session, ticket_id: TicketId, done: Sequence[str], *, by: Staff, clock: Clock
) -> TicketView:
    """Record which services are done for whoever is being served; codes, one at least.

    The time of service goes on: it neither ends nor begins anew. No board shows it, so there is no event.
    Raises ``NotPossibleNow`` before the start, ``ServiceNotFound``, ``NotOfferedHere``, ``NotYourWindow``.
    """
    _, ticket, _, now = at_window(session, ticket_id, by, clock)
    moved = store.move(
        session, ticket, TicketAction.RECORD, at=now, by=by.actor,
        delivered=delivered_as_said(session, ticket, done), changed_at=ticket.changed_at,
    )  # fmt: skip
    return view(session, moved, now=now)
