"""What a hall shows: the public board of its screens, and the day as its manager sees it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from kernel import catalogue
from kernel.sessions import signed_in_since
from kernel.tables import HallClockRow
from queueing import store, trust
from queueing.estimate import Ask
from queueing.notices.store import not_over
from queueing.phone.store import issued_by_phone
from queueing.rules.board import CALLS_KEPT, Board, Call, QueueLine, WindowSign
from queueing.rules.doors import doors_at
from queueing.rules.notices import standing
from queueing.rules.tickets import TicketStatus
from queueing.rules.windows import WindowStatus, served_at
from queueing.service.desks import plain_window_view
from queueing.service.views import WindowView, views
from queueing.showing import shown_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlmodel import Session

    from kernel.ids import HallId
    from queueing.rules.waits import WaitRange

_clocks = HallClockRow.__table__


@dataclass(frozen=True, slots=True)
class QueueDay:
    """A queue as the manager sees it."""

    line: QueueLine
    longest_wait_minutes: float | None


@dataclass(frozen=True, slots=True)
class WindowDay:
    """A window as the manager sees it, with the clerk's name.

    ``left_open``: it is open in the name of somebody who is signed in nowhere, so nobody calls there.
    """

    window: WindowView
    clerk_name: str | None
    left_open: bool


@dataclass(frozen=True, slots=True)
class HallDay:
    """A hall's live day for its manager; ``by_phone``: how many took their number with their own phone."""

    hall_id: HallId
    queues: tuple[QueueDay, ...]
    windows: tuple[WindowDay, ...]
    plan_version: int
    by_phone: int
    made_at: datetime


def hall_day(session: Session, hall_id: HallId, *, now: datetime) -> HallDay:
    """Return the hall as its manager sees it now."""
    shown = board(session, hall_id, now=now)
    waiting = store.waiting_in(session, [line.queue_id for line in shown.queues])  # type: ignore[misc]
    windows = store.windows_of(session, hall_id)
    names = store.names_of_staff(
        session, [window.clerk_id for window in windows if window.clerk_id is not None]
    )
    here = signed_in_since(session, list(names), now=now)
    at_windows = [store.ticket(session, own.ticket_id) for own in windows if own.ticket_id is not None]
    tickets = {ticket.id: ticket for ticket in views(session, at_windows)}
    serves = {sign.label: sign.serves for sign in shown.windows}
    calendar = catalogue.calendar(session, hall_id)
    midnight = calendar.at_minute(calendar.local_day(now), 0)
    return HallDay(
        hall_id=hall_id,
        queues=tuple(_queue_day(line, waiting, now) for line in shown.queues),
        windows=tuple(
            WindowDay(
                plain_window_view(
                    own, tickets.get(own.ticket_id) if own.ticket_id is not None else None, serves[own.label]
                ),
                names.get(own.clerk_id) if own.clerk_id is not None else None,
                own.status is WindowStatus.OPEN and own.clerk_id not in here,
            )
            for own in windows
        ),
        plan_version=shown.plan_version,
        by_phone=issued_by_phone(session, hall_id, since=midnight),
        made_at=now,
    )


def _queue_day(line: QueueLine, waiting: Sequence[store.Ticket], now: datetime) -> QueueDay:
    since = [own.arrived_at for own in waiting if own.queue_id == line.queue_id]
    longest = (now - min(since)).total_seconds() / 60 if since else None
    return QueueDay(line, longest)


def board(session: Session, hall_id: HallId, *, now: datetime) -> Board:
    """Return the public board; equal to any earlier board with the events since applied."""
    clock = session.execute(select(_clocks.c.seq).where(_clocks.c.hall_id == hall_id)).scalar_one()
    calendar = catalogue.calendar(session, hall_id)
    queues = catalogue.queues(session, hall_id)
    counts = store.waiting_counts(session, [queue.id for queue in queues])
    windows = store.windows_of(session, hall_id)
    labels = {window.id: window.label for window in windows}
    today = calendar.local_day(now)
    plan = store.plan_in_force(session, hall_id, calendar, today)
    calls = store.recent_calls(session, hall_id, today, CALLS_KEPT)
    waits = _waits(session, [queue.id for queue in queues], now)
    shown = shown_of(session, [queue.id for queue in queues], now=now)
    return Board(
        hall_id=hall_id,
        seq=clock,
        at=now,
        plan_version=plan.version,
        queues=tuple(
            QueueLine(
                *(q.id, q.prefix, q.name_zh, q.name_en, counts.get(q.id, 0), waits.get(q.id)),
                shown[q.id].read if q.id in shown else None,
            )
            for q in queues
        ),
        windows=_signs(session, windows, plan, queues, calendar.minute_of_day(now)),
        calls=tuple(
            Call(own.label, labels[own.window_id], own.called_at, own.calls)
            for own in calls
            if own.window_id is not None and own.called_at is not None
        ),
        notices=standing(not_over(session, hall_id, now), now),
        announcing=store.policy(session, hall_id).announcing,
        doors=doors_at(calendar, now),
    )


def _waits(session: Session, queue_ids: Sequence[object], now: datetime) -> dict[object, WaitRange | None]:
    asks = [Ask(queue_id, now) for queue_id in queue_ids]  # type: ignore[arg-type]
    outlooks = trust.told_on_arrival(session, asks, now=now)
    return {queue_id: outlook.wait for queue_id, outlook in outlooks.items()}


def _signs(
    session: Session,
    windows: Sequence[store.Window],
    plan: store.Plan,
    queues: Sequence[catalogue.HallQueue],
    minute: float,
) -> tuple[WindowSign, ...]:
    prefixes = {queue.id: queue.prefix for queue in queues}
    at = {own.id: store.ticket(session, own.ticket_id) for own in windows if own.ticket_id is not None}
    shown = {window_id: own for window_id, own in at.items() if not own.remote}
    meant = store.labels_by_window(session, [own.id for own in windows])
    return tuple(
        WindowSign(
            own.label,
            own.status.value,
            shown[own.id].label if own.id in shown else None,
            tuple(prefixes[queue_id] for queue_id in served_at(plan.entries, own.id, minute)),
            own.id in shown and shown[own.id].status is TicketStatus.SERVING,
            meant.get(own.id, ()),
        )
        for own in windows
    )
