"""Windows open, pause and close; a clerk's desk is read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kernel import catalogue
from kernel.audit import note
from kernel.events import lock_hall, record
from kernel.identity import Role
from queueing import store
from queueing.errors import AtAnotherWindow, NotPossibleNow, WindowBusy, WindowTaken
from queueing.events import WindowChanged
from queueing.help.service import end_with_window
from queueing.rules.call_order import QueueHead, turn
from queueing.rules.tickets import TicketStatus
from queueing.rules.windows import WINDOW_TRANSITIONS, PauseKind, WindowAction, WindowStatus
from queueing.service.calling import serving
from queueing.service.views import TicketView, WindowView, view, views

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlmodel import Session

    from kernel.clock import Clock
    from kernel.identity import Staff
    from kernel.ids import HallId, QueueId, WindowId

_A, _S = WindowAction, TicketStatus


@dataclass(frozen=True, slots=True)
class DeskView:
    """What a clerk sees: own window, the ticket at it, who waits for it in call order, who is aside."""

    window: WindowView
    waiting: tuple[TicketView, ...]
    missed: tuple[TicketView, ...]
    parked: tuple[TicketView, ...]
    made_at: datetime


def open_window(session: Session, window_id: WindowId, *, by: Staff, clock: Clock) -> WindowView:
    """Open a window and sit down at it; raises ``WindowTaken`` while a colleague works there."""
    return _change(session, window_id, _A.OPEN, by, clock)


def pause_window(
    session: Session, window_id: WindowId, kind: PauseKind = PauseKind.OTHER, *, by: Staff, clock: Clock
) -> WindowView:
    """Pause: whoever is at the window is served to the end, nobody new is called, whatever the kind."""
    return _change(session, window_id, _A.PAUSE, by, clock, kind)


def resume_window(session: Session, window_id: WindowId, *, by: Staff, clock: Clock) -> WindowView:
    """Go on after a pause."""
    return _change(session, window_id, _A.RESUME, by, clock)


def close_window(session: Session, window_id: WindowId, *, by: Staff, clock: Clock) -> WindowView:
    """Close; raises ``WindowBusy`` while a citizen is at the window."""
    return _change(session, window_id, _A.CLOSE, by, clock)


def _change(
    session: Session,
    window_id: WindowId,
    action: WindowAction,
    by: Staff,
    clock: Clock,
    kind: PauseKind | None = None,
) -> WindowView:
    hall_id = store.window(session, window_id).hall_id
    by.must_work_in(hall_id)
    hall = lock_hall(session, hall_id)
    now = hall.tick(clock)
    window = store.window(session, window_id)
    target = WINDOW_TRANSITIONS.get((window.status, action))
    if window.clerk_id not in (None, by.id) and by.role is Role.CLERK:
        raise WindowTaken(window=window.label)
    if target is None:
        raise NotPossibleNow(window=window.label, status=window.status, action=action)
    if target is WindowStatus.CLOSED and window.ticket_id is not None:
        raise WindowBusy(window=window.label)
    if action is _A.OPEN and by.role is Role.CLERK:
        _sits_nowhere_else(session, window, by)
    clerk_id = {_A.OPEN: by.id, _A.CLOSE: None}.get(action, window.clerk_id)
    pause = {"pause_kind": kind, "paused_at": now if kind else None}
    store.set_window(session, window_id, now, status=target.value, clerk_id=clerk_id, **pause)
    record(session, hall, WindowChanged(window=window.label, status=target.value), at=now)
    if target is WindowStatus.CLOSED:
        store.let_others_call(session, window.id)
        end_with_window(session, hall, window.id, at=now)
    note(
        session, f"window.{action}", by=by, hall_id=hall_id, at=now, subject=f"window:{window.id}",
        detail={
            **{"window": window.label, "before": window.status.value, "after": target.value},
            **({"kind": kind.value} if kind else {}),
        },
    )  # fmt: skip
    return window_view(session, store.window(session, window_id), by=by, now=now)


def _sits_nowhere_else(session: Session, window: store.Window, by: Staff) -> None:
    """Raise ``AtAnotherWindow``: one person at two open windows would count twice in every wait."""
    for other in store.windows_of(session, window.hall_id):
        if other.clerk_id == by.id and other.id != window.id and other.status is not WindowStatus.CLOSED:
            raise AtAnotherWindow(window=other.label)


def window_view(session: Session, window: store.Window, *, by: Staff, now: datetime) -> WindowView:
    """Return a window with the ticket at it and the prefixes of the queues it serves now."""
    prefixes = {queue.id: queue.prefix for queue in catalogue.queues(session, window.hall_id)}
    ticket = store.ticket(session, window.ticket_id) if window.ticket_id is not None else None
    served = serving(session, window, by, now)
    return plain_window_view(
        window, view(session, ticket, now=now) if ticket else None, [prefixes[q] for q in served]
    )


def plain_window_view(window: store.Window, ticket: TicketView | None, serves: Sequence[str]) -> WindowView:
    """Return a window with what was read of it."""
    return WindowView(
        id=window.id,
        hall_id=window.hall_id,
        label=window.label,
        name_zh=window.name_zh,
        name_en=window.name_en,
        status=window.status,
        clerk_id=window.clerk_id,
        ticket=ticket,
        since=window.changed_at,
        pause_kind=window.pause_kind,
        paused_at=window.paused_at,
        serves=tuple(serves),
    )


def desk(session: Session, window_id: WindowId, *, by: Staff, now: datetime) -> DeskView:
    """Return the desk of a window, who waits for it first in call order."""
    window = store.window(session, window_id)
    by.must_work_in(window.hall_id)
    served = serving(session, window, by, now)
    aside = store.in_status(session, served, (_S.MISSED, _S.PARKED))
    lines = [own for own in store.waiting_in(session, served) if own.for_window_id is None]
    meant = store.meant_for(session, window_id)
    waiting = _in_call_order(session, window.hall_id, [*lines, *meant], served, now)
    return DeskView(
        window=window_view(session, window, by=by, now=now),
        waiting=tuple(views(session, waiting)),
        missed=tuple(views(session, [own for own in aside if own.status is _S.MISSED])),
        parked=tuple(views(session, [own for own in aside if own.status is _S.PARKED])),
        made_at=now,
    )


def _in_call_order(
    session: Session,
    hall_id: HallId,
    waiting: Sequence[store.Ticket],
    served: Mapping[QueueId, bool],
    now: datetime,
) -> list[store.Ticket]:
    """Return the tickets as the window would call them if nobody else called and nobody came."""
    policy = store.policy(session, hall_id).call
    ranks = {queue.id: queue.rank for queue in catalogue.queues(session, hall_id)}
    heads = [
        QueueHead(
            *(own, own.effective_at, own.for_window_id is None and served[own.queue_id]),
            *(ranks[own.queue_id], own.number),
        )
        for own in waiting
    ]
    return [head.ticket for head in sorted(heads, key=lambda head: turn(head, now=now, policy=policy))]
