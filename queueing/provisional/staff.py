"""What the staff do with provisional numbers that have merged: who was served on paper, and who was not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kernel import catalogue
from kernel.audit import note
from kernel.events import lock_hall, record
from kernel.identity import WrongHall
from queueing.desk_entries.store import open_entries
from queueing.errors import NotPossibleNow, UndoTooLate
from queueing.events import TicketLeftQueue, TicketRequeued
from queueing.provisional import store
from queueing.provisional.errors import SlipNotFound
from queueing.rules.provisional import is_provisional, provisional_label
from queueing.rules.tickets import UNDO_WITHIN, TicketAction, TicketStatus
from queueing.service.calling import in_hall
from queueing.service.views import TicketView, views
from queueing.store import move, next_leg, tickets_by_id

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlmodel import Session

    from kernel.catalogue import Hall, HallQueue, Service
    from kernel.clock import Clock
    from kernel.events import LockedHall
    from kernel.identity import Staff
    from kernel.ids import TicketId
    from queueing.store import Ticket

_A, _S = TicketAction, TicketStatus
# Whoever is called or put aside is minded at a window, not on this page.
MAY_BE_SERVED = frozenset({_S.WAITING, _S.MISSED})


@dataclass(frozen=True, slots=True)
class RefusedSlip:
    """A number on paper that became no ticket, with the service that its holder wants, if it is known."""

    slip: store.HandedIn
    label: str
    service: Service | None


@dataclass(frozen=True, slots=True)
class PaperDay:
    """A hall's provisional numbers of today, by number, and the refused ones that nobody put away."""

    hall: Hall
    queues: tuple[HallQueue, ...]
    tickets: tuple[TicketView, ...]
    refused: tuple[RefusedSlip, ...]
    made_at: datetime


@dataclass(frozen=True, slots=True)
class PaperCounts:
    """How many provisional numbers wait for a word of the staff: waiting or missed ones, refused ones.

    With the refused ones what desks handed in and was not taken over.
    """

    open: int
    refused: int


def paper_day(session: Session, code: str, *, by: Staff, now: datetime) -> PaperDay:
    """Return a hall's provisional numbers of today; raises ``HallNotFound``, ``WrongHall``."""
    hall = catalogue.hall_by_code(session, code)
    by.must_work_in(hall.id)
    today = catalogue.calendar(session, hall.id).local_day(now)
    known = {service.code: service for service in catalogue.services(session)}
    return PaperDay(
        hall=hall,
        queues=tuple(catalogue.queues(session, hall.id)),
        tickets=tuple(views(session, store.merged_of(session, hall.id, today))),
        refused=tuple(
            RefusedSlip(slip, provisional_label(slip.number), known.get(slip.service))
            for slip in store.refused_unseen(session, hall.id)
        ),
        made_at=now,
    )


def paper_counts(session: Session, code: str, *, now: datetime) -> PaperCounts:
    """Return how many provisional numbers of a hall wait for a word of the staff."""
    hall_id = catalogue.hall_by_code(session, code).id
    today = catalogue.calendar(session, hall_id).local_day(now)
    waiting = sum(own.status in MAY_BE_SERVED for own in store.merged_of(session, hall_id, today))
    refused = len(store.refused_unseen(session, hall_id)) + len(open_entries(session, hall_id))
    return PaperCounts(waiting, refused)


def serve_on_paper(
    session: Session, code: str, ticket_ids: Sequence[TicketId], *, by: Staff, clock: Clock
) -> PaperDay:
    """Close provisional tickets whose holders were served while the link was down; nobody knows when.

    One that is at a window or has ended meanwhile stays as it is. Raises ``WrongHall``, and
    ``NotPossibleNow`` for a ticket of another hall or one that no kiosk printed without its server.
    """
    hall_id = catalogue.hall_by_code(session, code).id
    by.must_work_in(hall_id)
    hall = lock_hall(session, hall_id)
    now = hall.tick(clock)
    for own in tickets_by_id(session, ticket_ids):
        if own.hall_id != hall_id or not is_provisional(own.number):
            raise NotPossibleNow(ticket=own.label, status=own.status)
        if own.status in MAY_BE_SERVED:
            _serve(session, hall, own, by, now)
    return paper_day(session, code, by=by, now=now)


def _serve(session: Session, hall: LockedHall, own: Ticket, by: Staff, now: datetime) -> None:
    _note(session, "paper.served", own, by, now)
    move(session, own, _A.SERVE_ON_PAPER, at=now, by=by.actor)
    gone = TicketLeftQueue(
        number=own.label,
        queue_id=own.queue_id,
        was_waiting=own.status is _S.WAITING,
        how=_A.SERVE_ON_PAPER.value,
    )
    record(session, hall, gone, at=now)


def undo_on_paper(session: Session, code: str, ticket_id: TicketId, *, by: Staff, clock: Clock) -> PaperDay:
    """Take back that somebody was served on paper: they wait again, in the place they had.

    Within the day; raises ``UndoTooLate``, ``NotPossibleNow``, ``WrongHall``, ``TicketNotFound``.
    """
    hall, own, now = in_hall(session, ticket_id, by, clock)
    if own.hall_id != catalogue.hall_by_code(session, code).id:
        raise WrongHall(hall=code)
    last = own.changed_at + UNDO_WITHIN[_A.UNDO_ON_PAPER]
    today = catalogue.calendar(session, own.hall_id).local_day(now)
    if own.status is _S.SERVED_ON_PAPER and (now > last or own.day != today):
        raise UndoTooLate(ticket=own.label, ended_at=last)
    # Once the visit's next service has its ticket, its first one stays served.
    if own.status is _S.SERVED_ON_PAPER and next_leg(session, own.leg_id) is not None:
        raise NotPossibleNow(ticket=own.label, status=own.status)
    _note(session, "paper.undone", own, by, now)
    move(session, own, _A.UNDO_ON_PAPER, at=now, by=by.actor)
    back = TicketRequeued(number=own.label, queue_id=own.queue_id, how=_A.UNDO_ON_PAPER.value)
    record(session, hall, back, at=now)
    return paper_day(session, code, by=by, now=now)


def put_away(session: Session, code: str, slip_id: UUID, *, by: Staff, clock: Clock) -> PaperDay:
    """Note that somebody of the staff saw a refused number; raises ``SlipNotFound``, ``WrongHall``."""
    hall_id = catalogue.hall_by_code(session, code).id
    by.must_work_in(hall_id)
    now = clock.now()
    number = store.set_seen(session, hall_id, slip_id, by=by.id, at=now)
    if number is None:
        raise SlipNotFound(slip=slip_id)
    detail = {"number": provisional_label(number)}
    note(session, "paper.seen", by=by, hall_id=hall_id, at=now, subject=str(slip_id), detail=detail)
    return paper_day(session, code, by=by, now=now)


def _note(session: Session, what: str, own: Ticket, by: Staff, now: datetime) -> None:
    note(session, what, by=by, hall_id=own.hall_id, at=now, subject=str(own.id), detail={"number": own.label})
