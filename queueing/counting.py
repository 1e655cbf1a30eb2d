"""Tickets counted in the database for every report; ``rules.records`` defines each figure."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, case, func, literal, not_, select, true

from queueing.facts import facts, returns
from queueing.minutes import waited_minutes, whole_minutes
from queueing.rules.records import LONG_WAIT_MINUTES, Tally
from queueing.rules.tickets import TicketAction, TicketStatus
from queueing.store.ticket_writes import log
from queueing.store.tickets import tickets

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from sqlalchemy import CTE, Row, Select

    from kernel.ids import HallId

_S = TicketStatus
_LEFT = (_S.GIVEN_UP, _S.NEVER_CAME, _S.CLOSED_UNSERVED)
_ENDED = (*_LEFT, _S.FINISHED, _S.SERVED_ON_PAPER)


def in_the_hall(remote: Any, minutes: Any) -> Any:
    """Return minutes that somebody spent in a hall: whoever was reached by telephone or video spent none."""
    return case((remote, None), else_=minutes)


def past_tickets(first: date, last: date, *, hall_id: HallId | None = None) -> CTE:
    """Return the tickets of ended days, both inclusive, from the facts; of all halls or of one."""
    f = facts.c
    return (
        select(
            *(f.hall_id, f.day, f.outcome.label("status"), f.told_p10, f.told_p90, f.source, f.band_withheld),
            f.comes_back,
            in_the_hall(f.remote, waited_minutes(f.arrived_at, f.called_at)).label("wait"),
        )
        .where(f.day.between(first, last), true() if hall_id is None else f.hall_id == hall_id)
        .cte("past")
        .prefix_with("MATERIALIZED")  # or each duration is worked out again for every count
    )


def todays_tickets(days: Iterable[date]) -> CTE:
    """Return the tickets of the running day, from the ticket log; facts come after midnight."""
    t = tickets.c
    first_call = (
        select(func.min(log.c.at))
        # A call into the void is no wait: whoever was served on paper was not there any more.
        .where(log.c.ticket_id == t.id, log.c.what == TicketAction.CALL, t.status != _S.SERVED_ON_PAPER)
        .scalar_subquery()
    )
    return (
        select(
            *(t.hall_id, t.day, t.status, t.told_p10, t.told_p90, t.band_withheld),
            literal("live").label("source"),
            returns.c.id.is_not(None).label("comes_back"),
            in_the_hall(t.remote, waited_minutes(t.arrived_at, first_call)).label("wait"),
        )
        .select_from(tickets.outerjoin(returns, returns.c.ticket_id == t.id))
        .where(t.day.in_(set(days)))
        .cte("today")
        .prefix_with("MATERIALIZED")
    )


def counted(seen: CTE, *by: Any) -> Select[Any]:
    """Return the counts of a set of tickets by ``by`` and the whole minute of their wait."""
    c = seen.c
    waited = c.wait.is_not(None)
    told = and_(waited, c.told_p10.is_not(None), c.told_p90.is_not(None), not_(c.band_withheld))

    def count(condition: Any) -> Any:
        return func.sum(case((condition, 1), else_=0))

    minute = whole_minutes(c.wait)
    return select(
        *by,
        minute.label("minute"),
        func.count().label("issued"),
        count(waited).label("called"),
        count(told).label("told"),
        count(and_(told, c.wait >= c.told_p10, c.wait <= c.told_p90)).label("inside"),
        count(and_(told, c.wait > c.told_p90)).label("above"),
        count(c.wait > LONG_WAIT_MINUTES).label("over_long"),
        count(c.status.in_(_ENDED)).label("ended"),
        count(c.status.in_(_LEFT)).label("left"),
        count(c.source == "simulated").label("simulated"),
        count(c.comes_back).label("returns"),
    ).group_by(*by, minute)


def tally_of(row: Row[Any]) -> Tally:
    """Return the counts of one line of ``counted``."""
    values: Sequence[int] = [int(getattr(row, field.name)) for field in fields(Tally)]
    return Tally(*values)
