"""The end of a hall's day: no ticket outlives its local day, and the log becomes facts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from kernel import catalogue
from kernel.events import lock_hall, record
from kernel.identity import SYSTEM
from queueing import store
from queueing.errors import UndoTooLate
from queueing.events import TicketLeftQueue, TicketLeftWindow
from queueing.facts import write_facts
from queueing.help.store import end_before
from queueing.phone.store import forget_before
from queueing.quotas.store import forget_given
from queueing.returns.store import forget_notes
from queueing.rules.tickets import AT_WINDOW, ENDINGS, TicketAction, TicketStatus
from queueing.store.tickets import tickets

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlmodel import Session

    from kernel.clock import Clock
    from kernel.events import LockedHall
    from kernel.ids import HallId


def close_day(session: Session, hall_id: HallId, *, clock: Clock) -> int:
    """End every ticket of days before the hall's present local day and derive their facts.

    Returns how many were still alive. Runs after local midnight; running it again changes nothing.
    """
    hall = lock_hall(session, hall_id)
    now = hall.tick(clock)
    today = catalogue.calendar(session, hall_id).local_day(now)
    alive = _alive_before(session, hall_id, today)
    for ticket in alive:
        _end(session, hall, ticket, now)
    write_facts(session, hall_id, before=today)
    forget_before(session, hall_id, today)
    end_before(session, hall_id, today, at=now)
    forget_given(session, hall_id, before=today)
    forget_notes(session, hall_id, before=today)
    return len(alive)


def refuse_of_former_day(session: Session, ticket: store.Ticket, *, now: datetime) -> None:
    """Raise ``UndoTooLate`` for a ticket of a day that is over.

    Brought back to life it would wait from yesterday on, before everybody who comes in the morning, and its
    day has been closed already.
    """
    calendar = catalogue.calendar(session, ticket.hall_id)
    if ticket.day != (today := calendar.local_day(now)):
        raise UndoTooLate(ticket=ticket.label, ended_at=calendar.at_minute(today, 0))


def _alive_before(session: Session, hall_id: HallId, today: date) -> list[store.Ticket]:
    ids = session.execute(
        select(tickets.c.id)
        .where(tickets.c.hall_id == hall_id, tickets.c.day < today, tickets.c.status.not_in(ENDINGS))
        .order_by(tickets.c.effective_at, tickets.c.number, tickets.c.id)
    ).scalars()
    return [store.ticket(session, ticket_id) for ticket_id in list(ids)]


def _end(session: Session, hall: LockedHall, ticket: store.Ticket, now: datetime) -> None:
    ended = store.move(session, ticket, TicketAction.CLOSE_DAY, at=now, by=SYSTEM)
    if ticket.status in AT_WINDOW and ticket.window_id is not None:
        window = store.window(session, ticket.window_id)
        store.set_window(session, window.id, now, ticket_id=None)
        left = TicketLeftWindow(number=ticket.label, window=window.label, how=ended.status.value)
        record(session, hall, left, at=now)
        return
    gone = TicketLeftQueue(
        number=ticket.label,
        queue_id=ticket.queue_id,
        was_waiting=ticket.status is TicketStatus.WAITING,
        how=ended.status.value,
    )
    record(session, hall, gone, at=now)
