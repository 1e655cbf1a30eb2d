"""What the holder of a ticket does, by the capability token that came with it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from kernel.erasure import refuse_erased
from kernel.events import lock_hall, record
from kernel.identity import CITIZEN
from queueing import store
from queueing.errors import NotPossibleNow, TicketNotFound, UndoTooLate
from queueing.events import TicketLeftQueue, TicketLeftWindow, TicketMovedBack, TicketRequeued
from queueing.quotas.store import services_asked
from queueing.quotas.taking import count_given
from queueing.rules.call_order import behind_follower
from queueing.rules.tickets import AT_WINDOW, ENDINGS, UNDO_WITHIN, TicketAction, TicketStatus
from queueing.service.closing import refuse_of_former_day
from queueing.service.issuing import TOKEN_FIELD
from queueing.service.views import TicketView, view
from queueing.showing import keep_shown, shown_to_holder

if TYPE_CHECKING:
    from datetime import datetime

    from sqlmodel import Session

    from kernel.clock import Clock
    from kernel.events import LockedHall
    from kernel.secrets import Vault
    from queueing.rules.steady import Shown

_A = TicketAction


def follow(session: Session, token: str, *, clock: Clock, vault: Vault) -> TicketView:
    """Return the visit's current ticket as its holder reads it; raises ``TicketNotFound``, ``LinkErased``."""
    return _followed(session, _current(session, token, vault), now=clock.now())[0]


def follow_and_keep(session: Session, token: str, *, clock: Clock, vault: Vault) -> TicketView:
    """Do as ``follow``, and keep what is read now, so that the next look is compared with it."""
    own = _current(session, token, vault)
    followed, new = _followed(session, own, now=clock.now())
    if new is not None:
        keep_shown(session, own.hall_id, {own.id: new})
    return followed


def _followed(session: Session, own: store.Ticket, *, now: datetime) -> tuple[TicketView, Shown | None]:
    """Return a ticket with what its holder reads, and that again if it is new."""
    plain = view(session, own, now=now)
    if plain.people_ahead is None:
        return plain, None
    shown, is_new = shown_to_holder(session, own, plain.wait, plain.people_ahead, now=now)
    return replace(plain, shown=shown.read, shown_is_new=is_new), shown if is_new else None


def _current(session: Session, token: str, vault: Vault) -> store.Ticket:
    token_hash = vault.digest(token, field=TOKEN_FIELD)
    tickets = store.tickets_of_visit(session, token_hash)
    if not tickets:
        refuse_erased(session, token_hash)
        raise TicketNotFound
    alive = [ticket for ticket in tickets if ticket.status not in ENDINGS]
    return alive[0] if alive else tickets[-1]


def give_up(session: Session, token: str, *, clock: Clock, vault: Vault) -> TicketView:
    """Return the ticket to the hall (弃号); can be taken back for 60 seconds."""
    hall, ticket, now = _own(session, token, clock, vault)
    moved = store.move(session, ticket, _A.GIVE_UP, at=now, by=CITIZEN)
    _count_number(session, ticket, -1)
    if ticket.status in AT_WINDOW and ticket.window_id is not None:
        window = store.window(session, ticket.window_id)
        store.set_window(session, window.id, now, ticket_id=None)
        left = TicketLeftWindow(number=ticket.label, window=window.label, how=_A.GIVE_UP.value)
        record(session, hall, left, at=now)
    else:
        gone = TicketLeftQueue(
            number=ticket.label,
            queue_id=ticket.queue_id,
            was_waiting=ticket.status is TicketStatus.WAITING,
            how=_A.GIVE_UP.value,
        )
        record(session, hall, gone, at=now)
    return view(session, moved, now=now)


def undo_give_up(session: Session, token: str, *, clock: Clock, vault: Vault) -> TicketView:
    """Take giving up back within 60 seconds of its day; the ticket waits again in the place it had."""
    hall, ticket, now = _own(session, token, clock, vault)
    refuse_of_former_day(session, ticket, now=now)
    last = ticket.changed_at + UNDO_WITHIN[_A.UNDO_GIVE_UP]
    if ticket.status is TicketStatus.GIVEN_UP and now > last:
        raise UndoTooLate(ticket=ticket.label, ended_at=last)
    moved = store.move(session, ticket, _A.UNDO_GIVE_UP, at=now, by=CITIZEN)
    _count_number(session, ticket, 1)  # also where the quota gave it to somebody else: it was promised
    back = TicketRequeued(number=ticket.label, queue_id=ticket.queue_id, how=_A.UNDO_GIVE_UP.value)
    record(session, hall, back, at=now)
    return view(session, moved, now=now)


def need_more_time(session: Session, token: str, *, clock: Clock, vault: Vault) -> TicketView:
    """Let the published number of followers pass; the ticket moves just behind the last of them."""
    hall, ticket, now = _own(session, token, clock, vault)
    places = store.policy(session, ticket.hall_id).more_time_places
    effective_at = behind_follower(
        store.followers(session, ticket, places), places=places, own=ticket.effective_at
    )
    moved = store.move(
        session,
        ticket,
        _A.MOVE_BACK,
        at=now,
        by=CITIZEN,
        effective_at=effective_at,
        effective_before=ticket.effective_at if effective_at != ticket.effective_at else None,
    )
    record(session, hall, TicketMovedBack(number=ticket.label, queue_id=ticket.queue_id), at=now)
    return view(session, moved, now=now)


def undo_more_time(session: Session, token: str, *, clock: Clock, vault: Vault) -> TicketView:
    """Take "more time" back within 60 seconds; the ticket waits again in the place it had.

    Raises ``NotPossibleNow`` when nothing was moved back, or something has moved the ticket since.
    """
    hall, ticket, now = _own(session, token, clock, vault)
    if ticket.effective_before is None:
        raise NotPossibleNow(action=_A.UNDO_MOVE_BACK, status=ticket.status, ticket=ticket.label)
    last = ticket.changed_at + UNDO_WITHIN[_A.UNDO_MOVE_BACK]
    if now > last:
        raise UndoTooLate(ticket=ticket.label, ended_at=last)
    before = ticket.effective_before
    moved = store.move(session, ticket, _A.UNDO_MOVE_BACK, at=now, by=CITIZEN, effective_at=before)
    record(session, hall, TicketMovedBack(number=ticket.label, queue_id=ticket.queue_id), at=now)
    return view(session, moved, now=now)


def _own(
    session: Session, token: str, clock: Clock, vault: Vault
) -> tuple[LockedHall, store.Ticket, datetime]:
    hall = lock_hall(session, _current(session, token, vault).hall_id)
    now = hall.tick(clock)
    return hall, _current(session, token, vault), now


def _count_number(session: Session, ticket: store.Ticket, by: int) -> None:
    """Give the numbers of an unserved walk-in's visit back to the hall's quotas, or count them again."""
    if ticket.due_at is None and not ticket.came_back and not store.has_moved(session, ticket.id, _A.START):
        asked = services_asked(session, ticket.leg_id)
        if asked:
            count_given(session, ticket.hall_id, asked, arrived_at=ticket.arrived_at, by=by)
