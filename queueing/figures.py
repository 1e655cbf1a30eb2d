"""The halls' present figures for whoever watches the installation: people, windows, how promises hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from queueing.minutes import waited_minutes
from queueing.reports import halls_today
from queueing.rules.tickets import TicketAction
from queueing.store.ticket_writes import log
from queueing.store.tickets import tickets

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date, datetime
    from uuid import UUID

    from sqlmodel import Session

    from kernel.catalogue import Hall
    from queueing.reports import HallNow
    from queueing.rules.records import Tally


@dataclass(frozen=True, slots=True)
class HallFigures:
    """A hall now and its day so far.

    ``error_minutes``: how far today's real waits lay from the median that was told, on average; None
    while nobody who was told one has been called.
    """

    hall: Hall
    now: HallNow
    today: Tally
    error_minutes: float | None


def hall_figures(session: Session, *, now: datetime) -> list[HallFigures]:
    """Return the figures of all staffed halls, by code."""
    halls = halls_today(session, now=now)
    errors = _errors(session, {own.day for own in halls})
    return [
        HallFigures(own.hall, own.now, own.today.tally, errors.get(own.hall.id))
        for own in sorted(halls, key=lambda each: each.hall.code)
    ]


def _errors(session: Session, days: Collection[date]) -> dict[UUID, float]:
    t = tickets.c
    first_call = (
        select(func.min(log.c.at))
        .where(log.c.ticket_id == t.id, log.c.what == TicketAction.CALL)
        .scalar_subquery()
    )
    called = (
        select(t.hall_id, t.told_p50, waited_minutes(t.arrived_at, first_call).label("wait"))
        .where(t.day.in_(days), t.told_p50.is_not(None), t.called_at.is_not(None))
        .subquery()
    )
    rows = session.execute(
        select(called.c.hall_id, func.avg(func.abs(called.c.wait - called.c.told_p50)))
        .where(called.c.wait.is_not(None))
        .group_by(called.c.hall_id)
    )
    return {hall_id: float(mean) for hall_id, mean in rows}
