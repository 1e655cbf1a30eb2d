"""Past days as they stood at an instant, from ticket facts: what the correction learns from.

What history does not keep is taken as it usually is: windows stand as the plan has them, whoever was booked
and came is known as booked. The live state is built by the same code as today's.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from queueing import store
from queueing.facts import facts
from queueing.live.reading import Expected, HallFacts, HallNow, LiveWindow
from queueing.live.state import HallState, LiveTicket
from queueing.plans_in_force import plan_entries
from queueing.rules.tickets import TicketStatus
from queueing.rules.windows import WindowStatus

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy import Row
    from sqlmodel import Session

    from queueing.rules.windows import PlanEntry

LATE = timedelta(minutes=45)


@dataclass(frozen=True, slots=True)
class PastTicket:
    """A ticket of a past day; ``due_at`` is rebuilt from its place for who was punctual."""

    ticket: LiveTicket
    called_at: datetime | None
    ended_at: datetime | None
    plain: bool

    def at(self, instant: datetime) -> LiveTicket:
        """Return the ticket as it stood at an instant after its arrival."""
        called = self.called_at is not None and self.called_at <= instant
        ended = self.ended_at is not None and self.ended_at <= instant
        status = TicketStatus.SERVING if called else TicketStatus.WAITING
        if ended:
            status = TicketStatus.FINISHED if called else TicketStatus.GIVEN_UP
        own = self.ticket
        return LiveTicket(
            *(own.id, own.queue_id, own.number, status, own.arrived_at, own.effective_at),
            *(own.window_id if called else None, self.called_at if called else None, own.arrived_at),
            own.due_at,
        )


class HallPast:
    """The days of a hall that can be replayed."""

    def __init__(self, hall: HallFacts, windows: tuple[LiveWindow, ...]) -> None:
        self.hall = hall
        self.days: defaultdict[date, list[PastTicket]] = defaultdict(list)
        self._windows = windows
        self._plans: dict[int, tuple[PlanEntry, ...]] = {}

    def state(self, day: date, instant: datetime) -> tuple[HallState, HallNow]:
        """Return the live state and what else was seen at an instant of a day."""
        state, expected = HallState(day), []
        here = []
        for past in self.days[day]:
            if past.ticket.arrived_at <= instant:
                here.append(past.at(instant))
            elif past.ticket.due_at is not None and past.ticket.due_at > instant - LATE:
                expected.append(Expected(past.ticket.queue_id, past.ticket.due_at, 1.0))
        state.apply_all(here)
        return state, HallNow(
            0, self._windows, self._plans[self.hall.calendar.counts_as(day)], tuple(expected)
        )

    def read_plans(self, session: Session) -> None:
        """Read the plan that holds on each weekday that is replayed."""
        for day in self.days:
            noon = self.hall.calendar.at_minute(day, 12 * 60)
            if self.hall.calendar.counts_as(day) not in self._plans:
                entries = plan_entries(session, {self.hall.id: self.hall.calendar}, noon)
                self._plans[self.hall.calendar.counts_as(day)] = tuple(entries)


def _due(row: Row[Any], hall: HallFacts) -> datetime:
    """Return the slot start of somebody punctual; whoever was late is taken to have come in time."""
    if row.effective_at == row.arrived_at:
        arrived: datetime = row.arrived_at
        return arrived
    due: datetime = row.effective_at + hall.policy.appointment_credit
    return due + hall.policy.priority_credit if row.priority else due


def hall_past(session: Session, hall: HallFacts, *, since: date, before: date) -> HallPast:
    """Read a hall's days ``since`` … ``before`` (left out)."""
    windows = tuple(
        LiveWindow(own.id, own.label, WindowStatus.OPEN, None) for own in store.windows_of(session, hall.id)
    )
    past = HallPast(hall, windows)
    rows = session.execute(
        select(facts)
        .where(facts.c.hall_id == hall.id, facts.c.day >= since, facts.c.day < before)
        .order_by(facts.c.arrived_at, facts.c.ticket_id)
    )
    for number, row in enumerate(rows):
        due = _due(row, hall) if row.appointment else None
        ticket = LiveTicket(
            *(row.ticket_id, row.queue_id, number, TicketStatus.WAITING, row.arrived_at, row.effective_at),
            *(row.window_id, None, row.arrived_at, due),
        )
        plain = not row.appointment and not row.priority
        past.days[row.day].append(PastTicket(ticket, row.called_at, row.ended_at, plain))
    past.read_plans(session)
    return past
