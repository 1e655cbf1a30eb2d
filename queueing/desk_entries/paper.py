"""How a number that a desk wrote down is taken over: served, uncalled, by whoever took the paper."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from kernel.audit import note
from kernel.events import record
from queueing import store as live
from queueing.desk_entries import store
from queueing.desk_entries.taking import Case, not_taken, stands_elsewhere
from queueing.events import TicketLeftQueue
from queueing.provisional.store import block_with
from queueing.rules.tickets import TRANSITIONS, TicketAction, TicketStatus
from queueing.rules.told import DeskReason, DeskState, Word, as_told, provisional_number
from queueing.service.calling import free_window
from queueing.service.issuing import issue_next_leg

if TYPE_CHECKING:
    from datetime import datetime

    from sqlmodel import Session

    from queueing.desk_entries.store import Kept

_A, _S = TicketAction, TicketStatus


def serve_on_paper(session: Session, case: Case, kept: Kept, *, heard_at: datetime) -> Kept:
    """End the ticket of a number on paper with the times that the desk told; or let it wait for its kiosk."""
    ticket = store.ticket_called(session, case.hall.hall_id, kept.day, kept.label)
    if ticket is None:
        return _without_ticket(session, case, kept)
    kept = replace(kept, ticket_id=ticket.id)
    if ticket.status is _S.SERVED_ON_PAPER:
        if store.is_written_down(session, case.hall.hall_id, kept.day, kept.label, besides=kept.id):
            return not_taken(kept, DeskReason.WRITTEN_TWICE, ticket)
        # Somebody ticked it by hand before; the desk knows when.
        ticket = live.move(session, ticket, _A.UNDO_ON_PAPER, at=case.hall.ticked_at, by=case.by)
    elif (ticket.status, _A.SERVE_ON_PAPER) not in TRANSITIONS:
        return stands_elsewhere(session, kept, ticket)
    else:
        _tell_boards(session, case, ticket)
    word = _word(case, kept, ticket, heard_at)
    moved = live.move(
        session, ticket, _A.SERVE_ON_PAPER, at=word.at, by=case.by, word=word, window_id=case.window.id
    )
    following = issue_next_leg(session, case.hall, moved, by=case.by)
    note(
        session, "paper.served", by=case.by, hall_id=case.hall.hall_id, at=case.hall.ticked_at,
        subject=str(moved.id), detail={"number": moved.label, "window": case.window.label},
    )  # fmt: skip
    goes_on = following.label if following else ""
    return replace(
        kept, state=DeskState.TAKEN, reason=None, at=word.at, began_at=word.began_at, goes_on_as=goes_on
    )


def _without_ticket(session: Session, case: Case, kept: Kept) -> Kept:
    number = provisional_number(kept.label)
    if number is None:
        return not_taken(kept, DeskReason.UNKNOWN_NUMBER)
    if block_with(session, case.hall.hall_id, kept.day, number) is None:
        return not_taken(kept, DeskReason.NOT_RESERVED)
    if store.is_written_down(session, case.hall.hall_id, kept.day, kept.label, besides=kept.id):
        return not_taken(kept, DeskReason.WRITTEN_TWICE)
    return replace(kept, state=DeskState.WAITING, reason=None)


def _word(case: Case, kept: Kept, ticket: live.Ticket, heard_at: datetime) -> Word:
    """Return from when to when the person was served: not before they came, not after now."""
    now = case.hall.ticked_at
    told = kept.told_began_at or kept.told_at
    began = as_told(told, not_before=(ticket.arrived_at,), off=case.off, now=now)
    end = as_told(kept.told_at, not_before=(began.at, min(heard_at, kept.told_at)), off=case.off, now=now)
    return Word(end.at, max(began.precision, end.precision, timedelta()), began.at)


def _tell_boards(session: Session, case: Case, ticket: live.Ticket) -> None:
    """Let the ticket leave where it stands; a window that called it in vain is free again."""
    now, how = case.hall.ticked_at, _A.SERVE_ON_PAPER.value
    if ticket.status is _S.CALLED and ticket.window_id is not None:
        called_to = live.window(session, ticket.window_id)
        free_window(session, case.hall, ticket, called_to, how, now)
        return
    gone = TicketLeftQueue(
        number=ticket.label, queue_id=ticket.queue_id, was_waiting=ticket.status is _S.WAITING, how=how
    )
    record(session, case.hall, gone, at=now)
