"""A clerk ends a visit with papers missing; its code gives a number on a later day, once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kernel import catalogue
from kernel.audit import note as note_in_trail
from kernel.events import lock_hall
from kernel.readable import code_from, normal_code
from queueing import store as queues
from queueing.priority.store import classes_in
from queueing.returns import store
from queueing.returns.errors import ReturnInvalid, ReturnNotFound, ReturnOver, ReturnUsed
from queueing.rules.notices import plain_text
from queueing.rules.returns import LONGEST, LONGEST_NOTE, until_fits, used
from queueing.service.calling import finish
from queueing.service.issuing import issue_ticket, issuer_in

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlmodel import Session

    from kernel.catalogue import Hall
    from kernel.clock import Clock
    from kernel.identity import Actor, Device, Staff
    from kernel.ids import HallId, TicketId
    from kernel.secrets import Vault
    from queueing.returns.store import Return
    from queueing.rules.priority import PriorityWish
    from queueing.service.views import IssuedTicket, TicketView

_SECRET, _TYPED = "return-code", "return"


@dataclass(frozen=True, slots=True)
class ComingBack:
    """What the slip and the ticket's page say: what to bring, until when, the code, how it counts.

    ``used_as``: the number that it gave; ``over``: its time has passed.
    """

    note: str
    until_on: date
    code: str
    credit_minutes: int
    used_as: str | None
    over: bool


@dataclass(frozen=True, slots=True)
class EndedWithPapers:
    """The ticket that ended, and what its holder takes along."""

    ticket: TicketView
    back: ComingBack


@dataclass(frozen=True, slots=True)
class EndedSlip:
    """The slip of a ticket that ended with papers missing, at ``ended_at``."""

    hall: Hall
    ticket_id: TicketId
    label: str
    ended_at: datetime
    back: ComingBack


def finish_coming_back(
    session: Session, ticket_id: TicketId, note: str, until_on: date, *, by: Staff, clock: Clock, vault: Vault
) -> EndedWithPapers:
    """End a visit whose papers are not all there: what is missing, and the last day to come back.

    Raises as ``finish``, and ``ReturnInvalid``.
    """
    ended = finish(session, ticket_id, by=by, clock=clock)
    today = catalogue.calendar(session, ended.hall_id).local_day(ended.changed_at)
    said = plain_text(note)
    if not 0 < len(said) <= LONGEST_NOTE or not until_fits(until_on, today):
        raise ReturnInvalid(latest=today + LONGEST)
    own_id = store.new_id()
    code = code_from(vault.digest(str(own_id), field=_SECRET))
    store.add(
        session, own_id, ended.hall_id, ticket_id, note=said, until_on=until_on,
        code_hash=vault.digest(code, field=_TYPED), at=ended.changed_at,
    )  # fmt: skip
    back = coming_back(session, ticket_id, now=ended.changed_at, vault=vault)
    assert back is not None
    return EndedWithPapers(ended, back)


def coming_back(session: Session, ticket_id: TicketId, *, now: datetime, vault: Vault) -> ComingBack | None:
    """Return what the holder of an ended ticket takes along, None where nothing was missing."""
    own = store.of_ticket(session, ticket_id)
    if own is None:
        return None
    today = catalogue.calendar(session, own.hall_id).local_day(now)
    credit = queues.policy(session, own.hall_id).call.return_credit
    return ComingBack(
        own.note,
        own.until_on,
        code_from(vault.digest(str(own.id), field=_SECRET)),
        round(credit.total_seconds() / 60),
        own.used_label if used(own.given, now=now) else None,
        today > own.until_on,
    )


def slip(session: Session, ticket_id: TicketId, *, by: Staff, now: datetime, vault: Vault) -> EndedSlip:
    """Return what a clerk prints for whoever comes back; raises ``ReturnNotFound``, ``WrongHall``."""
    ticket = queues.ticket(session, ticket_id)
    by.must_work_in(ticket.hall_id)
    back = coming_back(session, ticket_id, now=now, vault=vault)
    if back is None:
        raise ReturnNotFound(ticket=ticket.label)
    return EndedSlip(
        catalogue.hall(session, ticket.hall_id), ticket_id, ticket.label, ticket.changed_at, back
    )


def number_for_return(
    session: Session, hall_code: str, typed: str, *, by: Actor, clock: Clock, vault: Vault
) -> IssuedTicket:
    """Give the number that a return code stands for, once, in the place that the hall has published.

    No quota holds it up: it was promised. Raises ``ReturnNotFound``, ``ReturnUsed``, ``ReturnOver``,
    and what ``issue_ticket`` raises.
    """
    hall = catalogue.hall_by_code(session, hall_code)
    now = lock_hall(session, hall.id).tick(clock)
    own = _asked(session, hall.id, typed, vault)
    if used(own.given, now=now):
        raise ReturnUsed(number=own.used_label)
    if catalogue.calendar(session, hall.id).local_day(now) > own.until_on:
        raise ReturnOver(until_on=own.until_on)
    issued = issue_ticket(
        session,
        hall.id,
        [own.service_id],
        priority=_wish(session, own),
        by=by,
        clock=clock,
        vault=vault,
        returns=True,
    )
    if not store.mark_used(session, own, issued.ticket.id, at=now):
        raise ReturnUsed(number=own.used_label)
    return issued


def _wish(session: Session, own: Return) -> PriorityWish:
    """Return the priority that the first ticket had; its class, while the hall has it."""
    known = {each.id for each in classes_in(session, own.hall_id)} if own.priority_class_id else set()
    return own.priority_class_id if own.priority_class_id in known else own.priority


def _asked(session: Session, hall_id: HallId, typed: str, vault: Vault) -> Return:
    own = store.by_code(session, vault.digest(normal_code(typed), field=_TYPED))
    if own is None or own.hall_id != hall_id:
        raise ReturnNotFound
    return own


def number_at(
    session: Session,
    hall_code: str,
    typed: str,
    *,
    device: Device | None = None,
    staff: Staff | None = None,
    clock: Clock,
    vault: Vault,
) -> IssuedTicket:
    """Give it at a kiosk or, noted in the trail, at the help desk of the hall; raises ``WrongHall`` too."""
    hall_id, issuer = issuer_in(session, hall_code, device=device, staff=staff)
    issued = number_for_return(session, hall_code, typed, by=issuer, clock=clock, vault=vault)
    if staff is not None:
        note_in_trail(
            session, "return.number", by=staff, hall_id=hall_id, at=issued.ticket.arrived_at,
            subject=str(issued.ticket.id), detail={"number": issued.ticket.label},
        )  # fmt: skip
    return issued
