"""Facts: one row a ticket, derived from the ticket log alone and rebuilt from it at any time.

Wait = first call (or leaving) minus arrival; walk = start minus the call that was answered, recalls of it
included; service = end minus start. What a desk told that had no connection counts where it is sure
enough. What was asked is the leg's; what was done is the log's last word.
Every report and every model reads these, so each duration has one definition.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select

from queueing.returns.tables import ReturnRow
from queueing.rules.taken_back import without_taken_back
from queueing.rules.tickets import ENDINGS, TicketStatus
from queueing.rules.told import sure_enough
from queueing.store.ticket_writes import log
from queueing.store.tickets import legs, tickets
from queueing.tables import TicketFactRow

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlmodel import Session

    from kernel.ids import HallId, ServiceId

facts = TicketFactRow.__table__
returns = ReturnRow.__table__
_ENDS = {"finish", "give_up", "close_day", "miss"}
CHUNK = 500


def write_facts(session: Session, hall_id: HallId, *, before: date) -> int:
    """Derive the facts of a hall's ended tickets of days before ``before`` that have none yet."""
    ended = session.execute(
        select(tickets, legs.c.service_id, returns.c.id.label("return_id"))
        .join(legs, legs.c.id == tickets.c.leg_id)
        .outerjoin(returns, returns.c.ticket_id == tickets.c.id)
        .outerjoin(facts, facts.c.ticket_id == tickets.c.id)
        .where(
            tickets.c.hall_id == hall_id,
            tickets.c.day < before,
            tickets.c.status.in_(ENDINGS),
            facts.c.ticket_id.is_(None),
        )
    ).all()
    for start in range(0, len(ended), CHUNK):
        part = ended[start : start + CHUNK]
        lines = _log_of(session, [ticket.id for ticket in part])
        session.execute(
            insert(facts),
            [
                fact_of(own, lines[own.id], own.service_id) | {"comes_back": own.return_id is not None}
                for own in part
            ],
        )
    return len(ended)


def _log_of(session: Session, ticket_ids: Sequence[Any]) -> defaultdict[Any, list[Any]]:
    lines: defaultdict[Any, list[Any]] = defaultdict(list)
    for row in session.execute(select(log).where(log.c.ticket_id.in_(ticket_ids)).order_by(log.c.id)):
        lines[row.ticket_id].append(row)
    return lines


def fact_of(ticket: Any, lines: Sequence[Any], service_id: ServiceId | None = None) -> dict[str, Any]:
    """Return an ended ticket's fact from its lines of the log, in order; the service where it is known."""
    if ticket.status == TicketStatus.SERVED_ON_PAPER:
        return _fact_on_paper(ticket, lines, service_id)
    kept = without_taken_back(lines)
    first_call = next((line for line in kept if line.what == "call"), None)
    start = next((line for line in kept if line.what == "start"), None)
    before_start = kept[: kept.index(start)] if start else []
    answered = next((line for line in reversed(before_start) if line.what == "call"), None)
    end = next((line for line in reversed(kept) if line.what in _ENDS), None)
    said = [line for line in kept if line.delivered_id is not None]
    done = said[-1] if said and ticket.status == TicketStatus.FINISHED else None
    return {
        **_plain(ticket, lines, service_id),
        "called_at": first_call.at if first_call else None,
        "answered_call_at": answered.at if answered else None,
        "started_at": start.at if start and sure_enough(start, end) else None,
        "ended_at": end.at if end else None,
        "delivered_id": done.delivered_id if done else None,
        "done_as_well": done.done_as_well if done else None,
        "window_id": start.window_id if start else None,
    }


def _fact_on_paper(ticket: Any, lines: Sequence[Any], service_id: ServiceId | None) -> dict[str, Any]:
    """Return the fact of whoever was served on paper: nobody measured a call, so it has no wait.

    Times of service only where the desk told them and was sure; a call into the void is none.
    """
    end = next((line for line in reversed(without_taken_back(lines)) if line.what == "serve_on_paper"), None)
    told = end if end is not None and end.began_at is not None else None
    return {
        **_plain(ticket, lines, service_id),
        **dict.fromkeys(("called_at", "answered_call_at", "delivered_id", "done_as_well")),
        "started_at": told.began_at if told and sure_enough(told) else None,
        "ended_at": told.at if told else None,
        "window_id": told.window_id if told else None,
    }


def _plain(ticket: Any, lines: Sequence[Any], service_id: ServiceId | None) -> dict[str, Any]:
    """Return what a fact takes from its ticket and from the first line of its log."""
    return {
        "ticket_id": ticket.id,
        "hall_id": ticket.hall_id,
        "queue_id": ticket.queue_id,
        "day": ticket.day,
        "appointment": ticket.due_at is not None,
        "priority": ticket.priority,
        "remote": ticket.remote,
        "arrived_at": lines[0].at,
        "effective_at": ticket.effective_at,
        "service_id": service_id,
        "outcome": ticket.status,
        "told_p10": ticket.told_p10,
        "told_p50": ticket.told_p50,
        "told_p90": ticket.told_p90,
        "band_withheld": ticket.band_withheld,
        "told_by": ticket.told_by,
        "told_up": ticket.told_up,
        "told_down": ticket.told_down,
        "source": lines[0].source,
    }
