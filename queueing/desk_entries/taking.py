"""How an entry of a desk about the ticket at its window is taken over."""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from kernel.events import record
from kernel.identity import Role
from queueing import store as live
from queueing.errors import TicketNotFound
from queueing.events import TicketBackAtWindow, TicketStarted
from queueing.rules.taken_back import without_taken_back
from queueing.rules.tickets import AT_WINDOW, TRANSITIONS, TicketAction, TicketStatus
from queueing.rules.told import DeskAct, DeskReason, DeskState, as_told
from queueing.rules.windows import WindowStatus
from queueing.service.calling import free_window
from queueing.service.delivering import delivered_as_said, delivered_at_last
from queueing.service.issuing import issue_next_leg

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, timedelta

    from sqlmodel import Session

    from kernel.events import LockedHall
    from kernel.identity import Actor
    from queueing.desk_entries.service import DeskEntry
    from queueing.desk_entries.store import Kept
    from queueing.rules.told import Word

_A, _S = TicketAction, TicketStatus
_ACTIONS: Mapping[DeskAct, TicketAction] = MappingProxyType(
    {
        DeskAct.START: _A.START,
        DeskAct.FINISH: _A.FINISH,
        DeskAct.MISS: _A.MISS,
        DeskAct.PARK: _A.PARK,
        DeskAct.RECORD: _A.RECORD,
    }
)
_LEFT_AS: Mapping[DeskAct, str] = MappingProxyType(
    {DeskAct.FINISH: "finished", DeskAct.MISS: "missed", DeskAct.PARK: "parked"}
)
_MAY_ACT_FOR_COLLEAGUES = frozenset({Role.MANAGER, Role.ADMINISTRATOR})


@dataclass(frozen=True, slots=True)
class Case:
    """Where an entry comes from: the locked hall, the desk, by how much its clock was wrong, who hands in."""

    hall: LockedHall
    window: live.Window
    today: date
    off: timedelta
    by: Actor
    role: Role


def not_taken(kept: Kept, reason: DeskReason, found: live.Ticket | None = None, at: str = "") -> Kept:
    """Return the entry with why it was not taken, and how its ticket stands instead."""
    return replace(
        kept,
        state=DeskState.REFUSED,
        reason=reason,
        ticket_id=found.id if found else None,
        found=found.status.value if found else "",
        found_at=at,
    )


def stands_elsewhere(session: Session, kept: Kept, own: live.Ticket) -> Kept:
    """Return the entry as refused because somebody else moved the ticket, and to where."""
    at = live.window(session, own.window_id).label if own.window_id is not None else ""
    return not_taken(kept, DeskReason.MOVED, own, at)


def take_at_window(session: Session, case: Case, kept: Kept, own: DeskEntry) -> Kept:
    """Take over what was done with the ticket at the window; raises the refusals of services."""
    ticket = _ticket_of(session, case, own)
    if ticket is None:
        return not_taken(kept, DeskReason.UNKNOWN_NUMBER)
    action, moves = _ACTIONS[own.what], live.moves_of(session, ticket.id)
    kept = replace(kept, ticket_id=ticket.id)
    if _done_already(case, kept, ticket, moves, action):
        return replace(kept, state=DeskState.TAKEN, at=moves[-1].at)
    if case.role not in _MAY_ACT_FOR_COLLEAGUES and case.window.clerk_id not in (case.by.id, own.pressed_by):
        return not_taken(kept, DeskReason.NOT_YOURS, ticket, case.window.label)
    last = without_taken_back(moves)[-1].at
    word = as_told(own.at, not_before=(own.heard_at, last), off=case.off, now=case.hall.ticked_at)
    if _missed_by_itself(ticket, moves) and ticket.window_id == case.window.id:
        before = [line.at for line in moves if line.what != _A.MISS]
        word = as_told(own.at, not_before=(own.heard_at, before[-1]), off=case.off, now=case.hall.ticked_at)
        ticket = _put_back(session, case, ticket, word)
    possible = ticket.status in AT_WINDOW and (ticket.status, action) in TRANSITIONS
    if not possible or ticket.window_id != case.window.id:
        return stands_elsewhere(session, kept, ticket)
    moved = live.move(
        session, ticket, action, at=word.at, by=case.by, word=word, **_changes(session, ticket, own)
    )
    return replace(
        kept, state=DeskState.TAKEN, at=word.at, goes_on_as=_and_then(session, case, moved, own.what)
    )


def _ticket_of(session: Session, case: Case, own: DeskEntry) -> live.Ticket | None:
    try:
        ticket = live.ticket(session, own.ticket_id) if own.ticket_id is not None else None
    except TicketNotFound:
        return None
    return ticket if ticket is not None and ticket.hall_id == case.hall.hall_id else None


def _done_already(
    case: Case, kept: Kept, ticket: live.Ticket, moves: Sequence[live.LoggedMove], action: TicketAction
) -> bool:
    """Return whether this was done by the very press whose answer was lost, or by the program itself."""
    last = moves[-1]
    if last.what != action.value or ticket.window_id != case.window.id:
        return False
    by_itself = action is _A.MISS and last.actor_id is None
    return by_itself or last.actor_id in (case.by.id, kept.pressed_by)


def _missed_by_itself(ticket: live.Ticket, moves: Sequence[live.LoggedMove]) -> bool:
    return ticket.status is _S.MISSED and moves[-1].what == _A.MISS and moves[-1].actor_id is None


def _put_back(session: Session, case: Case, ticket: live.Ticket, word: Word) -> live.Ticket:
    """Take back that the program marked somebody as not come who stood at a window without connection."""
    window = live.window(session, case.window.id)
    if window.ticket_id is not None or window.status is WindowStatus.CLOSED:
        return ticket
    back = live.move(session, ticket, _A.UNDO_MISS, at=word.at, by=case.by, word=word, miss_held=True)
    live.set_window(session, window.id, case.hall.ticked_at, ticket_id=ticket.id)
    event = TicketBackAtWindow(
        number=ticket.label,
        queue_id=ticket.queue_id,
        window=window.label,
        status=back.status.value,
        remote=ticket.remote,
    )
    record(session, case.hall, event, at=case.hall.ticked_at)
    return back


def _changes(session: Session, ticket: live.Ticket, own: DeskEntry) -> dict[str, Any]:
    """Return what a move changes beside the status."""
    if own.what is DeskAct.FINISH:
        return {"delivered": delivered_at_last(session, ticket, own.services)}
    if own.what is DeskAct.RECORD:
        done = delivered_as_said(session, ticket, own.services)
        return {"delivered": done, "changed_at": ticket.changed_at}
    if own.what is DeskAct.PARK:
        reason = own.why.reason.value if own.why.reason else None
        return {"park_reason": reason, "park_words": own.why.words.strip() or None}
    return {}


def _and_then(session: Session, case: Case, moved: live.Ticket, what: DeskAct) -> str:
    """Tell the boards, and return the number of the visit's next service, if it has one now."""
    now = case.hall.ticked_at
    if what is DeskAct.START:
        started = TicketStarted(number=moved.label, window=case.window.label, remote=moved.remote)
        record(session, case.hall, started, at=now)
    if what in _LEFT_AS:
        free_window(session, case.hall, moved, case.window, _LEFT_AS[what], now)
    following = issue_next_leg(session, case.hall, moved, by=case.by) if what is DeskAct.FINISH else None
    return following.label if following else ""
