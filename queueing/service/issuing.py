"""Tickets are issued: at a kiosk or a desk for walk-ins, at check-in for appointments."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from uuid import UUID

from kernel import catalogue
from kernel.events import lock_hall, record
from kernel.identity import WrongHall
from kernel.ids import TicketId, uuid7
from kernel.secrets import new_token
from queueing import estimate, store, trust
from queueing.errors import NotTakingTickets
from queueing.events import TicketIssued
from queueing.priority.store import class_of
from queueing.quotas.taking import count_given, take_numbers
from queueing.rules.call_order import Arrival, effective_arrival
from queueing.rules.priority import is_priority
from queueing.rules.provisional import NUMBERED_FROM, provisional_label
from queueing.rules.quotas import Wanted
from queueing.rules.tickets import TicketStatus, number_label
from queueing.service.views import IssuedTicket, queue_of, view

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from sqlmodel import Session

    from kernel.catalogue import HallQueue
    from kernel.clock import Clock
    from kernel.events import LockedHall
    from kernel.identity import Actor, Device, Staff
    from kernel.ids import HallId, ServiceId
    from kernel.secrets import Vault
    from queueing.rules.policy import HallPolicy
    from queueing.rules.priority import PriorityClass, PriorityWish
    from queueing.rules.provisional import Printed

TOKEN_FIELD = "visit"


@dataclass(frozen=True, slots=True)
class Due:
    """What a promise says about its ticket; the reference is opaque here.

    ``remote``: the person does not come but is reached from the window, and counts as there from ``due_at``.
    """

    due_at: datetime
    booked_at: datetime
    reference: UUID
    remote: bool = False


@dataclass(frozen=True, slots=True)
class Numbered:
    """The number of a ticket on its local day, as it is stored and as people read it."""

    day: date
    number: int
    label: str


@dataclass(frozen=True, slots=True)
class Place:
    """The place that a ticket takes in its queue: for which leg of the visit, and from when it counts."""

    leg_id: UUID
    arrival: Arrival
    effective_at: datetime
    priority_class_id: UUID | None
    remote: bool


def issuer_in(
    session: Session, hall_code: str, *, device: Device | None, staff: Staff | None
) -> tuple[HallId, Actor]:
    """Return the hall and who gives numbers there: a kiosk or its help desk; raises ``WrongHall``."""
    hall_id = catalogue.hall_by_code(session, hall_code).id
    if device is not None:
        device.must_stand_in(hall_id)
    if staff is not None:
        staff.must_work_in(hall_id)
    issuer = device or staff
    if issuer is None:
        raise WrongHall(hall=hall_code)
    return hall_id, issuer.actor


def issue_ticket(
    session: Session,
    hall_id: HallId,
    service_ids: Sequence[ServiceId],
    *,
    priority: PriorityWish,
    by: Actor,
    clock: Clock,
    vault: Vault,
    due: Due | None = None,
    token: str | None = None,
    returns: bool = False,
) -> IssuedTicket:
    """Open a visit for these services and issue the ticket of its first leg.

    ``token`` opens it where whoever asks can work it out again; else it is drawn, and shown once.
    ``returns``: somebody comes back with papers, as they were promised they may.
    Raises ``NotTakingTickets`` while the hall is closed, ``NotOfferedHere``, ``NumbersUsedUp``, and for
    walk-ins ``QuotaUsedUp``; for a priority class ``PriorityClassNotFound``.
    """
    hall = lock_hall(session, hall_id)
    now = hall.tick(clock)
    _must_be_open(session, hall_id, now)
    wanted = [Wanted(own, catalogue.queue_for(session, hall_id, own)) for own in service_ids]
    if due is None and not returns:
        take_numbers(session, hall, wanted)
    token = token or new_token()
    _, leg_ids = store.add_visit(
        session,
        hall_id,
        service_ids,
        token_hash=vault.digest(token, field=TOKEN_FIELD),
        reference=due.reference if due else None,
        at=now,
    )
    policy = store.policy(session, hall_id)
    own_class = class_of(session, hall_id, priority) if isinstance(priority, UUID) else None
    arrival = _arrival(now, priority, own_class, due, returns=returns)
    place = Place(
        leg_id=leg_ids[0],
        arrival=replace(arrival, arrived_at=now),
        effective_at=effective_arrival(arrival, policy.call),
        priority_class_id=own_class.id if own_class else None,
        remote=due is not None and due.remote,
    )
    ticket = _enter(session, hall, queue_of(session, hall_id, wanted[0].queue_id), place, policy, by=by)
    return IssuedTicket(view(session, ticket, now=now), token)


def _arrival(
    now: datetime, priority: PriorityWish, own_class: PriorityClass | None, due: Due | None, *, returns: bool
) -> Arrival:
    """Return what fixes the place; whoever is reached from the window counts as there when they are due."""
    return Arrival(
        due.due_at if due and due.remote else now,
        due_at=due.due_at if due else None,
        booked_at=due.booked_at if due else None,
        priority=is_priority(priority),
        comes_back=returns,
        priority_credit=own_class.credit if own_class else None,
    )


def _must_be_open(session: Session, hall_id: HallId, now: datetime) -> None:
    calendar = catalogue.calendar(session, hall_id)
    if not calendar.is_open(now):
        span = calendar.opening_at(now)
        raise NotTakingTickets(hall=hall_id, opens_at=span.opens_at if span else None)


def issue_printed(
    session: Session,
    hall: LockedHall,
    service_id: ServiceId,
    *,
    number: int,
    printed: Printed,
    priority: bool,
    by: Actor,
    vault: Vault,
) -> store.Ticket:
    """Issue the ticket of a slip that a kiosk printed without the server: its number, its arrival.

    Nobody was told a wait, and the paper has no link; the visit's token is drawn and known to nobody.
    The caller has ticked the hall's clock. Raises ``NotOfferedHere``.
    """
    queue_id = catalogue.queue_for(session, hall.hall_id, service_id)
    _, leg_ids = store.add_visit(
        session,
        hall.hall_id,
        [service_id],
        token_hash=vault.digest(new_token(), field=TOKEN_FIELD),
        reference=None,
        at=hall.ticked_at,
    )
    arrival = Arrival(printed.at, priority=priority)
    effective_at = effective_arrival(arrival, store.policy(session, hall.hall_id).call)
    queue = queue_of(session, hall.hall_id, queue_id)
    day = catalogue.calendar(session, hall.hall_id).local_day(hall.ticked_at)
    numbered = Numbered(day, NUMBERED_FROM + number, provisional_label(number))
    place = Place(leg_ids[0], arrival, effective_at, priority_class_id=None, remote=False)
    ticket = _untold(hall, queue, place, numbered)
    store.add_ticket(session, ticket, by=by, precision_s=printed.precision.total_seconds())
    count_given(session, hall.hall_id, [service_id], arrived_at=printed.at)
    issued = TicketIssued(number=ticket.label, queue_id=queue.id)
    record(session, hall, issued, at=hall.ticked_at)
    return ticket


def issue_next_leg(
    session: Session, hall: LockedHall, done: store.Ticket, *, by: Actor
) -> store.Ticket | None:
    """Issue the ticket of the visit's next service, in the place the person already earned."""
    following = store.next_leg(session, done.leg_id)
    if following is None:
        return None
    leg_id, service_id, _ = following
    queue_id = catalogue.queue_for(session, hall.hall_id, service_id)
    queue = queue_of(session, hall.hall_id, queue_id)
    place = Place(
        leg_id=leg_id,
        arrival=Arrival(hall.ticked_at, priority=done.priority),
        effective_at=done.effective_at,
        priority_class_id=done.priority_class_id,
        remote=done.remote,
    )
    return _enter(session, hall, queue, place, store.policy(session, hall.hall_id), by=by)


def _enter(
    session: Session, hall: LockedHall, queue: HallQueue, place: Place, policy: HallPolicy, *, by: Actor
) -> store.Ticket:
    """Number a new ticket, put it in its queue, and store what its holder is told."""
    now = hall.ticked_at
    day = catalogue.calendar(session, hall.hall_id).local_day(now)
    number = store.next_number(session, queue.id, day, last_number=policy.last_number)
    numbered = Numbered(day, number, number_label(queue.prefix, number))
    ticket = _untold(hall, queue, place, numbered)
    ahead = store.ahead_of(session, ticket)
    promise = estimate.promise_for_ticket(session, queue, ahead=ahead, now=now)
    wait = None if place.remote else promise.wait  # nobody sits in the hall by what it says
    ticket = replace(
        ticket,
        told_ahead=ahead,
        told_p10=wait.p10 if wait else None,
        told_p50=wait.p50 if wait else None,
        told_p90=wait.p90 if wait else None,
        band_withheld=bool(trust.withheld_of(session, [queue.id])),
        told_by=promise.by if wait else None,
        told_up=promise.stretch.up if wait else None,
        told_down=promise.stretch.down if wait else None,
    )
    store.add_ticket(session, ticket, by=by)
    record(session, hall, TicketIssued(number=ticket.label, queue_id=queue.id), at=now)
    return ticket


def _untold(hall: LockedHall, queue: HallQueue, place: Place, numbered: Numbered) -> store.Ticket:
    """Return a ticket that begins to wait, whose holder was told nothing yet."""
    return store.Ticket(
        id=TicketId(uuid7()),
        hall_id=hall.hall_id,
        queue_id=queue.id,
        issued_in=queue.id,
        leg_id=place.leg_id,
        day=numbered.day,
        number=numbered.number,
        label=numbered.label,
        status=TicketStatus.WAITING,
        priority=place.arrival.priority,
        priority_class_id=place.priority_class_id,
        came_back=place.arrival.comes_back,
        remote=place.remote,
        arrived_at=place.arrival.arrived_at,
        due_at=place.arrival.due_at,
        effective_at=place.effective_at,
        window_id=None,
        called_at=None,
        calls=0,
        changed_at=hall.ticked_at,
        told_ahead=None,
        told_p10=None,
        told_p50=None,
        told_p90=None,
    )
