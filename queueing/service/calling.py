"""What a clerk does with tickets. Every use case locks the hall first, so each reads the truth."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from kernel import catalogue
from kernel.events import lock_hall, record
from kernel.identity import Role
from queueing import store
from queueing.errors import (
    NextChanged,
    NobodyWaiting,
    NoMoreRecalls,
    NotPossibleNow,
    NotServedHere,
    NotYourWindow,
    ParkWordsMissing,
    TooSoonToRecall,
    WindowBusy,
    WindowNotOpen,
    WindowTaken,
)
from queueing.events import (
    TicketCalled,
    TicketLeftWindow,
    TicketRecalled,
    TicketStarted,
)
from queueing.rules.call_order import choose_next
from queueing.rules.parking import NO_REASON, Why, says_enough
from queueing.rules.tickets import RECALL_AFTER, RECALLS, TicketAction, TicketStatus
from queueing.rules.windows import WindowStatus, served_at
from queueing.service.delivering import delivered_at_last
from queueing.service.issuing import issue_next_leg
from queueing.service.views import TicketView, view

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlmodel import Session

    from kernel.clock import Clock
    from kernel.events import LockedHall
    from kernel.identity import Staff
    from kernel.ids import HallId, QueueId, TicketId, WindowId

_A, _S = TicketAction, TicketStatus
_MAY_ACT_FOR_COLLEAGUES = frozenset({Role.MANAGER, Role.ADMINISTRATOR})


def call_next(
    session: Session, window_id: WindowId, *, by: Staff, clock: Clock, seen: TicketId | None = None
) -> TicketView:
    """Call the ticket that is next for this window under the one call order.

    ``seen``: whom the clerk has looked at before; nobody else is called in their stead. Raises
    ``NobodyWaiting``, ``NextChanged``, ``WindowBusy``, ``WindowNotOpen``, ``WindowTaken``.
    """
    hall, window, now = _at_free_window(session, window_id, by, clock)
    chosen = next_at(session, window, by, now)
    if chosen is None:
        raise NobodyWaiting(window=window.label)
    if seen is not None and chosen.id != seen:
        raise NextChanged(next=chosen.label)
    return _call(session, hall, chosen, window, by, now)


def next_at(session: Session, window: store.Window, by: Staff, now: datetime) -> store.Ticket | None:
    """Return whom a window calls next, None if nobody waits for it; who then calls holds the hall's lock."""
    served = serving(session, window, by, now)
    ranks = {queue.id: queue.rank for queue in catalogue.queues(session, window.hall_id)}
    heads = store.queue_heads(session, served, ranks, window_id=window.id)
    chosen = choose_next(heads, now=now, policy=store.policy(session, window.hall_id).call)
    return chosen.ticket if chosen else None


def call_ticket(
    session: Session, window_id: WindowId, ticket_id: TicketId, *, by: Staff, clock: Clock
) -> TicketView:
    """Call a chosen ticket, waiting or parked; the log shows that it was chosen by hand."""
    hall, window, now = _at_free_window(session, window_id, by, clock)
    ticket = store.ticket(session, ticket_id)
    if ticket.hall_id != window.hall_id or ticket.queue_id not in _equipped(session, window):
        raise NotServedHere(window=window.label, ticket=ticket.label)
    return _call(session, hall, ticket, window, by, now)


def serving(session: Session, window: store.Window, by: Staff, now: datetime) -> dict[QueueId, bool]:
    """Return the queues this window serves now: the plan, met with the clerk's skills."""
    calendar = catalogue.calendar(session, window.hall_id)
    today = calendar.local_day(now)
    plan = store.plan_in_force(session, window.hall_id, calendar, today)
    served = served_at(plan.entries, window.id, calendar.minute_of_day(now))
    skills = store.skills_of(session, by.id) if by.role is Role.CLERK else set()
    return {queue: helping for queue, helping in served.items() if not skills or queue in skills}


def _equipped(session: Session, window: store.Window) -> set[QueueId]:
    return store.equipment_of(session, window.hall_id).get(window.id, set())


def _at_free_window(
    session: Session, window_id: WindowId, by: Staff, clock: Clock
) -> tuple[LockedHall, store.Window, datetime]:
    hall_id = store.window(session, window_id).hall_id
    by.must_work_in(hall_id)
    hall = lock_hall(session, hall_id)
    now = hall.tick(clock)
    window = store.window(session, window_id)
    if window.status is not WindowStatus.OPEN:
        raise WindowNotOpen(window=window.label, status=window.status)
    if window.clerk_id != by.id and by.role not in _MAY_ACT_FOR_COLLEAGUES:
        raise WindowTaken(window=window.label)
    if window.ticket_id is not None:
        raise WindowBusy(window=window.label)
    return hall, window, now


def _call(
    session: Session, hall: LockedHall, ticket: store.Ticket, window: store.Window, by: Staff, now: datetime
) -> TicketView:
    called = store.move(
        session,
        ticket,
        _A.CALL,
        at=now,
        by=by.actor,
        window_id=window.id,
        called_at=now,
        calls=1,
        miss_held=False,
    )
    store.set_window(session, window.id, now, ticket_id=ticket.id)
    event = TicketCalled(
        number=ticket.label,
        queue_id=ticket.queue_id,
        window=window.label,
        was_waiting=ticket.status is _S.WAITING,
        remote=ticket.remote,
    )
    record(session, hall, event, at=now)
    return view(session, called, now=now)


def recall(session: Session, ticket_id: TicketId, *, by: Staff, clock: Clock) -> TicketView:
    """Announce a call again, at most three times and not in a hurry."""
    hall, ticket, window, now = at_window(session, ticket_id, by, clock)
    if ticket.calls > RECALLS:
        raise NoMoreRecalls(ticket=ticket.label, calls=ticket.calls)
    if ticket.called_at is not None and now < ticket.called_at + RECALL_AFTER:
        raise TooSoonToRecall(ticket=ticket.label, possible_at=ticket.called_at + RECALL_AFTER)
    moved = store.move(session, ticket, _A.RECALL, at=now, by=by.actor, called_at=now, calls=ticket.calls + 1)
    event = TicketRecalled(
        number=ticket.label,
        queue_id=ticket.queue_id,
        window=window.label,
        times=moved.calls,
        remote=ticket.remote,
    )
    record(session, hall, event, at=now)
    return view(session, moved, now=now)


def start(session: Session, ticket_id: TicketId, *, by: Staff, clock: Clock) -> TicketView:
    """The citizen is at the window; walk time ends, service time begins."""
    hall, ticket, window, now = at_window(session, ticket_id, by, clock)
    moved = store.move(session, ticket, _A.START, at=now, by=by.actor)
    started = TicketStarted(number=ticket.label, window=window.label, remote=ticket.remote)
    record(session, hall, started, at=now)
    return view(session, moved, now=now)


def finish(
    session: Session, ticket_id: TicketId, done: Sequence[str] = (), *, by: Staff, clock: Clock
) -> TicketView:
    """The service is done; the visit's next service, if any, gets its ticket at once.

    ``done`` are the codes of the services that were done; without them it is what was recorded while
    serving, else what was asked. Raises ``ServiceNotFound``, ``NotOfferedHere``.
    """
    hall, ticket, window, now = at_window(session, ticket_id, by, clock)
    delivered = delivered_at_last(session, ticket, done)
    moved = store.move(session, ticket, _A.FINISH, at=now, by=by.actor, delivered=delivered)
    free_window(session, hall, ticket, window, "finished", now)
    following = issue_next_leg(session, hall, moved, by=by.actor)
    return replace(view(session, moved, now=now), goes_on_as=following.label if following else None)


def miss(session: Session, ticket_id: TicketId, *, by: Staff, clock: Clock) -> TicketView:
    """Called and absent (过号)."""
    hall, ticket, window, now = at_window(session, ticket_id, by, clock)
    moved = store.move(session, ticket, _A.MISS, at=now, by=by.actor)
    free_window(session, hall, ticket, window, "missed", now)
    return view(session, moved, now=now)


def park(
    session: Session, ticket_id: TicketId, *, by: Staff, clock: Clock, why: Why = NO_REASON
) -> TicketView:
    """Put aside (挂起): the citizen fetches something and is called again by hand or by resuming.

    The reason stands in the log, the clerk's words only with the ticket and only until its next move.
    Raises ``ParkWordsMissing``.
    """
    if not says_enough(why):
        raise ParkWordsMissing
    hall, ticket, window, now = at_window(session, ticket_id, by, clock)
    moved = store.move(
        session, ticket, _A.PARK, at=now, by=by.actor,
        park_reason=why.reason.value if why.reason else None, park_words=why.words.strip() or None,
    )  # fmt: skip
    free_window(session, hall, ticket, window, "parked", now)
    return view(session, moved, now=now)


def at_window(
    session: Session, ticket_id: TicketId, by: Staff, clock: Clock
) -> tuple[LockedHall, store.Ticket, store.Window, datetime]:
    hall_id = store.ticket(session, ticket_id).hall_id
    by.must_work_in(hall_id)
    hall = lock_hall(session, hall_id)
    now = hall.tick(clock)
    ticket = store.ticket(session, ticket_id)
    if ticket.window_id is None or ticket.status not in (_S.CALLED, _S.SERVING):
        raise NotPossibleNow(ticket=ticket.label, status=ticket.status)
    window = store.window(session, ticket.window_id)
    must_work_at(window, ticket, by)
    return hall, ticket, window, now


def must_work_at(window: store.Window, ticket: store.Ticket, by: Staff) -> None:
    """Raise ``NotYourWindow`` for a clerk who would move what a colleague's window has."""
    if window.clerk_id != by.id and by.role not in _MAY_ACT_FOR_COLLEAGUES:
        raise NotYourWindow(ticket=ticket.label, window=window.label)


def free_window(
    session: Session, hall: LockedHall, ticket: store.Ticket, window: store.Window, how: str, now: datetime
) -> None:
    """Let a ticket leave its window, and tell the boards how."""
    store.set_window(session, window.id, now, ticket_id=None)
    event = TicketLeftWindow(number=ticket.label, window=window.label, how=how)
    record(session, hall, event, at=now)


def in_hall(
    session: Session, ticket_id: TicketId, by: Staff, clock: Clock
) -> tuple[LockedHall, store.Ticket, datetime]:
    """Return the ticket as it stands under its hall's lock; raises ``WrongHall``, ``TicketNotFound``."""
    hall_id: HallId = store.ticket(session, ticket_id).hall_id
    by.must_work_in(hall_id)
    hall = lock_hall(session, hall_id)
    now = hall.tick(clock)
    return hall, store.ticket(session, ticket_id), now
