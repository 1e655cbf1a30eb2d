"""A clerk's press taken back within its time: the person is at the window again as before it."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from kernel.events import record
from queueing import store
from queueing.errors import NotPossibleNow, UndoTooLate, WindowBusy, WindowNotOpen
from queueing.events import TicketBackAtWindow
from queueing.returns.store import remove_unused
from queueing.rules.taken_back import without_taken_back
from queueing.rules.tickets import UNDO_WITHIN, TicketAction, TicketStatus, status_after
from queueing.rules.windows import WindowStatus
from queueing.service.calling import in_hall, must_work_at
from queueing.service.closing import refuse_of_former_day
from queueing.service.views import TicketView, view

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlmodel import Session

    from kernel.clock import Clock
    from kernel.identity import Staff
    from kernel.ids import QueueId, TicketId

_A, _S = TicketAction, TicketStatus
# What takes a move back, by the move and where the ticket stood before it.
_UNDOING: Mapping[tuple[str, TicketStatus], TicketAction] = MappingProxyType(
    {
        (_A.FINISH.value, _S.SERVING): _A.UNDO_FINISH,
        (_A.MISS.value, _S.CALLED): _A.UNDO_MISS,
        (_A.START.value, _S.CALLED): _A.UNDO_START,
        (_A.RECORD.value, _S.SERVING): _A.UNDO_RECORD,
        (_A.PARK.value, _S.SERVING): _A.UNDO_PARK,
        (_A.PARK.value, _S.CALLED): _A.UNDO_PARK_CALLED,
        (_A.TRANSFER.value, _S.SERVING): _A.UNDO_TRANSFER,
        (_A.TRANSFER.value, _S.CALLED): _A.UNDO_TRANSFER_CALLED,
    }
)

_BACK_TO_CALLED = frozenset({_A.UNDO_MISS, _A.UNDO_START, _A.UNDO_PARK_CALLED, _A.UNDO_TRANSFER_CALLED})


def undo(session: Session, ticket_id: TicketId, *, by: Staff, clock: Clock) -> TicketView:
    """Take back the last press at a window within 30 seconds of its day, while the window has nobody else.

    Finish, miss, start, park, transfer and a record of services can be taken back; a ticket that was sent
    to another queue is in its former queue again, and services stand recorded as before. Raises
    ``UndoTooLate``, ``WindowBusy``, ``NotPossibleNow``; ``WindowNotOpen`` where the window was closed
    meanwhile, since a ticket at a closed window is nobody's; ``NotYourWindow`` for a colleague's.
    """
    hall, ticket, now = in_hall(session, ticket_id, by, clock)
    refuse_of_former_day(session, ticket, now=now)
    moves = store.moves_of(session, ticket.id)
    action, queue_id = _undoing(session, ticket, moves)
    if now > (last := moves[-1].at + UNDO_WITHIN[action]):
        raise UndoTooLate(ticket=ticket.label, ended_at=last)
    assert ticket.window_id is not None  # whatever can be taken back was done at one
    window = store.window(session, ticket.window_id)
    if window.status is WindowStatus.CLOSED:
        raise WindowNotOpen(window=window.label, status=window.status)
    must_work_at(window, ticket, by)
    if window.ticket_id not in (None, ticket.id):
        raise WindowBusy(window=window.label)
    if action is _A.UNDO_FINISH and not remove_unused(session, ticket.id):
        raise NotPossibleNow(ticket=ticket.label, status=ticket.status)
    restored = _restored(action, ticket, moves)
    moved = store.move(session, ticket, action, at=now, by=by.actor, queue_id=queue_id, **restored)
    if action is _A.UNDO_RECORD:  # the person never left the window
        return view(session, moved, now=now)
    store.set_window(session, window.id, now, ticket_id=ticket.id)
    event = TicketBackAtWindow(
        number=ticket.label,
        queue_id=queue_id,
        window=window.label,
        status=moved.status.value,
        left_queue_id=ticket.queue_id if ticket.status is _S.WAITING else None,
        remote=ticket.remote,
    )
    record(session, hall, event, at=now)
    return view(session, moved, now=now)


def _restored(
    action: TicketAction, ticket: store.Ticket, moves: Sequence[store.LoggedMove]
) -> dict[str, Any]:
    """Return the columns that stand again as they were before the last move.

    Whoever takes a press back sees the person, or waits on: nothing is marked as missed by itself then.
    """
    if action in _BACK_TO_CALLED:
        return {"miss_held": True}
    if action not in (_A.UNDO_FINISH, _A.UNDO_RECORD):
        return {}
    recorded = [own for own in without_taken_back(moves[:-1]) if own.what == _A.RECORD.value]
    done = (recorded[-1].delivered_id, recorded[-1].done_as_well) if recorded else (None, None)
    back: dict[str, Any] = dict(zip(("delivered_id", "done_as_well"), done, strict=True))
    return {**back, "changed_at": ticket.changed_at} if action is _A.UNDO_RECORD else back


def _undoing(
    session: Session, ticket: store.Ticket, moves: Sequence[store.LoggedMove]
) -> tuple[TicketAction, QueueId]:
    """Return what takes the last move back, and the queue in which the ticket was before it.

    Only the last one, so an undone finish is not undone further.
    """
    *before, last = moves
    action = _UNDOING.get((last.what, status_after(move.what for move in before)))
    # Once the visit's next service has its ticket, its first one stays finished.
    went_on = action is _A.UNDO_FINISH and store.next_leg(session, ticket.leg_id) is not None
    if action is None or went_on:
        raise NotPossibleNow(ticket=ticket.label, status=ticket.status)
    return action, last.queue_id
