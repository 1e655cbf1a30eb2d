"""A ticket is sent on: to another queue, or to one window alone, whose clerk calls it and nobody else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kernel import catalogue
from kernel.events import record
from queueing import store
from queueing.errors import NotServedHere, WindowNotFound, WindowNotOpen
from queueing.events import TicketRequeued
from queueing.rules.tickets import TicketAction, TicketStatus
from queueing.rules.windows import WindowStatus, served_at
from queueing.service.calling import in_hall, must_work_at
from queueing.service.views import TicketView, queue_of, view

if TYPE_CHECKING:
    from datetime import datetime

    from sqlmodel import Session

    from kernel.clock import Clock
    from kernel.events import LockedHall
    from kernel.identity import Staff
    from kernel.ids import QueueId, TicketId, WindowId


def transfer(
    session: Session, ticket_id: TicketId, queue_id: QueueId, *, by: Staff, clock: Clock
) -> TicketView:
    """Send a ticket to another queue of the hall; it keeps its number and the place it earned.

    Raises ``QueueNotFound``, ``NotPossibleNow``; ``NotYourWindow`` for one at a colleague's window.
    """
    hall, ticket, now = in_hall(session, ticket_id, by, clock)
    queue_of(session, ticket.hall_id, queue_id)  # refuses a queue of another hall
    return _send(session, hall, ticket, queue_id, None, by=by, now=now)


def send_to_window(
    session: Session, ticket_id: TicketId, window_id: WindowId, *, by: Staff, clock: Clock
) -> TicketView:
    """Send a ticket to a window of the hall, which calls it in its turn; number and place are kept.

    It stays in its queue if that window is equipped for it, else it joins the first that the window serves.
    When the window closes, all that serve the queue call it. Under the hall's lock: a window that closes at
    the same instant would otherwise keep somebody whom nobody calls. Raises ``WindowNotFound``,
    ``WindowNotOpen``, ``NotServedHere``, ``NotPossibleNow``, ``NotYourWindow``.
    """
    hall, ticket, now = in_hall(session, ticket_id, by, clock)
    target = store.window(session, window_id)
    if target.hall_id != ticket.hall_id:
        raise WindowNotFound(window=window_id)
    if target.status is WindowStatus.CLOSED:
        raise WindowNotOpen(window=target.label, status=target.status)
    queue_id = _queue_there(session, ticket, target, now)
    return _send(session, hall, ticket, queue_id, target, by=by, now=now)


def _send(
    session: Session,
    hall: LockedHall,
    ticket: store.Ticket,
    queue_id: QueueId,
    target: store.Window | None,
    *,
    by: Staff,
    now: datetime,
) -> TicketView:
    left = _left_by(session, ticket, by)
    moved = store.move(
        session, ticket, TicketAction.TRANSFER, at=now, by=by.actor, queue_id=queue_id,
        for_window_id=target.id if target is not None else None,
    )  # fmt: skip
    if left is not None:
        store.set_window(session, left.id, now, ticket_id=None)
    event = TicketRequeued(
        number=ticket.label,
        queue_id=queue_id,
        from_queue_id=ticket.queue_id if ticket.status is TicketStatus.WAITING else None,
        window=left.label if left is not None else None,
        for_window=target.label if target is not None else None,
        how=TicketAction.TRANSFER.value,
        remote=ticket.remote,
    )
    record(session, hall, event, at=now)
    return view(session, moved, now=now)


def _left_by(session: Session, ticket: store.Ticket, by: Staff) -> store.Window | None:
    """Return the window at which a ticket is; raises ``NotYourWindow`` for a colleague's."""
    window = store.window(session, ticket.window_id) if ticket.window_id is not None else None
    if window is None or window.ticket_id != ticket.id:
        return None
    must_work_at(window, ticket, by)
    return window


def _queue_there(session: Session, ticket: store.Ticket, target: store.Window, now: datetime) -> QueueId:
    equipped = store.equipment_of(session, target.hall_id).get(target.id, set())
    if ticket.queue_id in equipped:
        return ticket.queue_id
    calendar = catalogue.calendar(session, target.hall_id)
    today = calendar.local_day(now)
    plan = store.plan_in_force(session, target.hall_id, calendar, today)
    serves = served_at(plan.entries, target.id, calendar.minute_of_day(now))
    for queue in catalogue.queues(session, target.hall_id):
        if queue.id in serves and queue.id in equipped:
            return queue.id
    raise NotServedHere(window=target.label, ticket=ticket.label)


@dataclass(frozen=True, slots=True)
class Colleague:
    """A window that is not closed, who sits there, what it serves, and how many wait for it alone."""

    id: WindowId
    label: str
    status: WindowStatus
    clerk_name: str | None
    serves: tuple[str, ...]
    meant_for: int


def colleagues(session: Session, window_id: WindowId, *, by: Staff, now: datetime) -> list[Colleague]:
    """Return the windows of this window's hall to which a ticket can be sent, by rank."""
    hall_id = store.window(session, window_id).hall_id
    by.must_work_in(hall_id)
    calendar = catalogue.calendar(session, hall_id)
    today = calendar.local_day(now)
    plan = store.plan_in_force(session, hall_id, calendar, today)
    prefixes = {queue.id: queue.prefix for queue in catalogue.queues(session, hall_id)}
    here = [own for own in store.windows_of(session, hall_id) if own.status is not WindowStatus.CLOSED]
    names = store.names_of_staff(session, [own.clerk_id for own in here if own.clerk_id is not None])
    meant = store.labels_by_window(session, [own.id for own in here])
    minute = calendar.minute_of_day(now)
    return [
        Colleague(
            *(own.id, own.label, own.status),
            names.get(own.clerk_id) if own.clerk_id is not None else None,
            tuple(prefixes[queue] for queue in served_at(plan.entries, own.id, minute)),
            len(meant.get(own.id, ())),
        )
        for own in here
    ]
