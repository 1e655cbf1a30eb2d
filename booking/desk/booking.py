"""Staff book for somebody who stands at the help desk or telephones: the public's use case in their hands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from booking import service as bookings
from booking import store
from booking.errors import AppointmentNotFound
from booking.no_shows.helping import grant_exception
from booking.no_shows.terms import terms_of_appointment
from booking.rules.meeting import AppointmentKind
from booking.service.deciding import lock_by_token
from booking.service.holding import promise
from kernel import catalogue
from kernel.audit import note
from kernel.events import lock_hall
from kernel.ids import AppointmentId
from queueing.visits import reference_of_ticket

if TYPE_CHECKING:
    from datetime import datetime

    from sqlmodel import Session

    from booking.no_shows.terms import Terms
    from booking.service import AppointmentView, HeldAppointment, OtherKind, Person
    from kernel.clock import Clock
    from kernel.identity import Staff
    from kernel.ids import TicketId
    from kernel.secrets import Vault


@dataclass(frozen=True, slots=True)
class Wish:
    """What is wanted: services by code from ``starts_at`` on, in the hall with code ``at``."""

    at: str
    services: tuple[str, ...]
    starts_at: datetime
    party: int = 1
    kind: AppointmentKind = AppointmentKind.HALL


def hold_for(
    session: Session, code: str, wish: Wish, *, by: Staff, clock: Clock, vault: Vault
) -> HeldAppointment:
    """Keep a place while staff ask who comes; a desk has the hold time and the limits of any browser.

    Raises ``WrongHall`` and as ``booking.service.hold``.
    """
    hall = catalogue.hall_by_code(session, code)
    by.must_work_in(hall.id)
    client = bookings.Client("help desk", f"staff {by.id}")
    held = bookings.hold(
        session, wish.at, wish.services, wish.starts_at,
        client=client, clock=clock, vault=vault, party=wish.party, kind=wish.kind,
    )  # fmt: skip
    subject = str(held.appointment.id)
    note(session, "appointment.held_for", by=by, hall_id=hall.id, at=clock.now(), subject=subject)
    return held


def let_go(
    session: Session, code: str, token: str, *, by: Staff, clock: Clock, vault: Vault
) -> AppointmentView:
    """Free the place that was kept while staff asked.

    Raises ``WrongHall`` and as ``booking.service.cancel``.
    """
    hall = catalogue.hall_by_code(session, code)
    by.must_work_in(hall.id)
    freed = bookings.cancel(session, token, clock=clock, vault=vault)
    subject = str(freed.id)
    note(session, "appointment.let_go", by=by, hall_id=hall.id, at=clock.now(), subject=subject)
    return freed


def confirm_for(
    session: Session,
    code: str,
    token: str,
    person: Person,
    leave: str = "",
    *,
    by: Staff,
    clock: Clock,
    vault: Vault,
) -> AppointmentView:
    """Turn a hold into the appointment of a person; without a number the slip is the proof.

    ``leave``: why somebody whose booking is paused may book once all the same; it is used up here. Raises
    ``WrongHall``, what ``grant_exception`` raises, and as ``booking.service.confirm``.
    """
    hall = catalogue.hall_by_code(session, code)
    by.must_work_in(hall.id)
    locked, held, now = lock_by_token(session, token, clock=clock, vault=vault)
    if leave.strip():
        grant_exception(session, code, person.phone, leave, by=by, clock=clock, vault=vault)
    booked = promise(session, locked, held, token, person, now=now, vault=vault, needs_phone=False)
    detail = {
        "at": booked.hall.code,
        "phone": booked.phone_masked is not None,
        "in_spite": bool(leave.strip()),
    }
    note(
        session,
        "appointment.booked_for",
        by=by,
        hall_id=hall.id,
        at=now,
        subject=str(booked.id),
        detail=detail,
    )
    return booked


def book_for(
    session: Session,
    code: str,
    wish: Wish,
    person: Person,
    leave: str = "",
    *,
    by: Staff,
    clock: Clock,
    vault: Vault,
) -> HeldAppointment:
    """Keep a place and confirm it in one unit of work; raises as ``hold_for`` and ``confirm_for``.

    The hall is locked before its slots, as wherever an appointment is changed: the other order would
    deadlock with somebody who moves theirs.
    """
    lock_hall(session, catalogue.hall_by_code(session, wish.at).id)
    held = hold_for(session, code, wish, by=by, clock=clock, vault=vault)
    booked = confirm_for(session, code, held.token, person, leave, by=by, clock=clock, vault=vault)
    return bookings.HeldAppointment(booked, held.token)


def move_at_wish(
    session: Session,
    code: str,
    appointment_id: AppointmentId,
    starts_at: datetime,
    wanted: OtherKind | None = None,
    *,
    by: Staff,
    clock: Clock,
    vault: Vault,
) -> AppointmentView:
    """Change time or kind of an appointment of this hall for somebody who asks for it.

    Raises ``WrongHall`` and as ``booking.service.reschedule``.
    """
    hall = catalogue.hall_by_code(session, code)
    by.must_work_in(hall.id)
    return bookings.move_at_wish(
        session, hall.id, appointment_id, starts_at, wanted, by=by.actor, clock=clock, vault=vault
    )


def terms_for(
    session: Session, code: str, appointment_id: AppointmentId, *, by: Staff, now: datetime
) -> Terms | None:
    """Return what cancelling or moving at the person's wish would count as, before it is done.

    None where no rule is in force, it is not confirmed, or nobody left a number to count against. Raises
    ``WrongHall``, ``AppointmentNotFound``.
    """
    hall = catalogue.hall_by_code(session, code)
    by.must_work_in(hall.id)
    own = store.by_id(session, appointment_id)
    if own.hall_id != hall.id:
        raise AppointmentNotFound
    return terms_of_appointment(session, own, now=now) if own.phone_sealed is not None else None


@dataclass(frozen=True, slots=True)
class BookedAs:
    """How many come, and whether somebody else booked for them; of who just came, one and nobody.

    ``kind``: how the person is met.
    """

    party: int = 1
    for_other: bool = False
    kind: AppointmentKind = AppointmentKind.HALL


def booked_as(session: Session, code: str, ticket_id: TicketId, *, by: Staff) -> BookedAs:
    """Return how the person of this hall's ticket booked.

    Raises ``HallNotFound``, ``WrongHall``, ``TicketNotFound``.
    """
    hall = catalogue.hall_by_code(session, code)
    by.must_work_in(hall.id)
    reference = reference_of_ticket(session, hall.id, ticket_id)
    found = store.by_ids(session, [AppointmentId(reference)]) if reference else []
    return BookedAs(found[0].party, found[0].for_other, found[0].kind) if found else BookedAs()


def booked_here(
    session: Session, code: str, appointment_id: AppointmentId, *, by: Staff, now: datetime, vault: Vault
) -> AppointmentView:
    """Return one appointment of this hall, masked; raises ``WrongHall``, ``AppointmentNotFound``."""
    hall = catalogue.hall_by_code(session, code)
    by.must_work_in(hall.id)
    own = store.by_id(session, appointment_id)
    if own.hall_id != hall.id:
        raise AppointmentNotFound
    return bookings.view(session, own, now=now, vault=vault)
