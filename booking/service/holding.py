"""A place is kept for minutes while the citizen fills in the form, then confirmed."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from booking import store
from booking.errors import HoldExpired, TooManyHolds
from booking.events import AppointmentConfirmed
from booking.meeting.service import must_offer
from booking.messages import appointments as messages
from booking.no_shows.pausing import book_in_spite
from booking.rules.appointments import AppointmentAction, AppointmentStatus
from booking.rules.meeting import AppointmentKind
from booking.rules.policy import HOLDS_PER_ADDRESS, HOLDS_PER_CLIENT, booking_policy
from booking.rules.references import new_reference
from booking.rules.slots import needed_places, total_minutes
from booking.service.deciding import lock_by_token, status_after
from booking.service.person_limits import take_day_quota, take_singles
from booking.service.persons import sealed_of
from booking.service.slots import (
    find_seats,
    legs_for,
    promised_timetable,
    slot_taken,
    slots_wanted,
    take_seats,
)
from booking.service.views import PHONE_FIELD, TOKEN_FIELD, AppointmentView, HeldAppointment, view
from kernel import catalogue
from kernel.events import record
from kernel.ids import AppointmentId, uuid7
from kernel.secrets import new_token
from queueing.expected import expect

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlmodel import Session

    from booking.rules.slots import Leg
    from booking.service.persons import Person
    from kernel.clock import Clock
    from kernel.events import LockedHall
    from kernel.secrets import Vault

REFERENCE_TRIES = 5


@dataclass(frozen=True, slots=True)
class Client:
    """Who asks for a hold, as far as one can tell: a browser, and the address it comes from.

    Whoever is signed in is one client wherever they ask from, and shares no limit with an address.
    """

    browser: str
    address: str

    @classmethod
    def of(cls, browser: str, address: str, owner: bytes | None) -> Client:
        """Return the client, by the keyed hash of ``owner`` where somebody is signed in."""
        return cls(browser, address) if owner is None else cls("signed in", f"citizen {owner.hex()}")


def hold(
    session: Session,
    hall_code: str,
    service_codes: Sequence[str],
    starts_at: datetime,
    *,
    client: Client,
    clock: Clock,
    vault: Vault,
    party: int = 1,
    kind: AppointmentKind = AppointmentKind.HALL,
) -> HeldAppointment:
    """Keep places for these services from ``starts_at`` on, for the hall's hold time; ``party``: people.

    A place is a place whatever the ``kind``: a clerk's time. Raises ``SlotTaken`` with the nearest free
    times, ``SlotNotBookable``, ``TooManyHolds``, ``KindNotOffered``, and what ``legs_for`` raises.
    """
    hall = catalogue.hall_by_code(session, hall_code)
    # First the lock, then what is offered: a service that is retired meanwhile is seen to be.
    table = promised_timetable(session, hall.id)
    legs = legs_for(session, hall.id, service_codes, party)
    must_offer(session, hall.id, [leg.service_id for leg in legs], kind)
    now = clock.now()
    expires_at = now + table.policy.hold
    places = needed_places(legs, starts_at, slot=table.policy.slot)
    wanted = slots_wanted(table, legs, starts_at, now=now)
    seats = find_seats(session, wanted, table=table, now=now, places=places)
    if seats is None:
        raise slot_taken(session, table, legs, starts_at, now=now)
    token = new_token()
    appointment_id = write_hold(
        session,
        legs,
        hall_id=hall.id,
        token_hash=vault.digest(token, field=TOKEN_FIELD),
        starts_at=starts_at,
        expires_at=expires_at,
        created_at=now,
        party=party,
        kind=kind,
    )
    _take_hold_quotas(session, appointment_id, client, expires_at=expires_at, now=now, vault=vault)
    if not take_seats(session, seats, appointment_id, expires_at=expires_at, now=now):
        raise slot_taken(session, table, legs, starts_at, now=now)
    return HeldAppointment(view(session, store.by_id(session, appointment_id), now=now, vault=vault), token)


def write_hold(
    session: Session, legs: Sequence[Leg], *, starts_at: datetime, created_at: datetime, **values: object
) -> AppointmentId:
    """Write a hold with its legs and a reference of its own; its seats are claimed apart."""
    appointment_id = AppointmentId(uuid7())
    for _ in range(REFERENCE_TRIES):
        if store.add_appointment(
            session,
            new_reference(secrets.choice),
            id=appointment_id,
            status=AppointmentStatus.HELD,
            starts_at=starts_at,
            ends_at=starts_at + total_minutes(legs),
            created_at=created_at,
            changed_at=created_at,
            **values,
        ):
            store.add_legs(session, appointment_id, legs, starts_at)
            return appointment_id
    raise RuntimeError("no unused reference was found: the source of randomness repeats itself")


def _take_hold_quotas(
    session: Session,
    appointment_id: AppointmentId,
    client: Client,
    *,
    expires_at: datetime,
    now: datetime,
    vault: Vault,
) -> None:
    """Count the hold for its browser and for its address; both limits end with the hold."""
    for who, field, limit in (
        (f"{client.address}|{client.browser}", "hold.browser", HOLDS_PER_CLIENT),
        (client.address, "hold.address", HOLDS_PER_ADDRESS),
    ):
        scope = vault.digest(who, field=field)
        if not store.take_quota(session, scope, limit, appointment_id, expires_at=expires_at, now=now):
            raise TooManyHolds(limit=limit)


def confirm(session: Session, token: str, person: Person, *, clock: Clock, vault: Vault) -> AppointmentView:
    """Turn a hold into an appointment of a person.

    Raises ``HoldExpired`` when the time is over, ``PersonLimit``, ``BookingPaused``, and what is wrong with
    the person.
    """
    hall, appointment, now = lock_by_token(session, token, clock=clock, vault=vault)
    return promise(session, hall, appointment, token, person, now=now, vault=vault)


def promise(
    session: Session,
    hall: LockedHall,
    appointment: store.Appointment,
    token: str,
    person: Person,
    *,
    now: datetime,
    vault: Vault,
    needs_phone: bool = True,
) -> AppointmentView:
    """Make a locked hold, with the token of its link, the appointment of a person; raises as ``confirm``.

    Who has no number is nobody's repeat: the limit of a day, the pause and messages all go by the number.
    """
    after = status_after(appointment, AppointmentAction.CONFIRM, now=now)
    phone, sealed = sealed_of(
        person, appointment.services, vault=vault, kind=appointment.kind, needs_phone=needs_phone
    )
    phone_hash = vault.digest(phone, field=PHONE_FIELD) if phone else None
    if phone_hash is not None:
        book_in_spite(session, phone_hash, now=now)
    _keep_seats(session, appointment, now=now)
    store.free_quotas(session, appointment.id)
    if phone is not None:
        _take_of_person(session, appointment, phone, person, seen=not needs_phone, now=now, vault=vault)
    store.change(
        session,
        appointment.id,
        now,
        status=after,
        expires_at=None,
        confirmed_at=now,
        priority=person.priority,
        for_other=person.for_other,
        phone_hash=phone_hash,
        **sealed,
    )
    confirmed = store.by_id(session, appointment.id)
    expect_arrivals(session, confirmed)
    event = AppointmentConfirmed(
        appointment_id=appointment.id, starts_at=appointment.starts_at, meeting=appointment.kind
    )
    record(session, hall, event, at=now)
    if phone is not None:
        messages.booked(session, confirmed, phone, person.locale, token, now=now, vault=vault)
    return view(session, confirmed, now=now, vault=vault)


def _take_of_person(
    session: Session,
    appointment: store.Appointment,
    phone: str,
    person: Person,
    *,
    seen: bool,
    now: datetime,
    vault: Vault,
) -> None:
    day = catalogue.calendar(session, appointment.hall_id).local_day(appointment.starts_at)
    take_day_quota(session, appointment, phone, day, for_other=person.for_other, now=now, vault=vault)
    name, until = person.name if person.for_other else "", appointment.ends_at
    take_singles(session, appointment, phone, name, until=until, seen=seen, now=now, vault=vault)


def _keep_seats(session: Session, appointment: store.Appointment, *, now: datetime) -> None:
    """Keep the hold's seats for good; all of them, or ``HoldExpired`` when a rival has one already."""
    policy = booking_policy(catalogue.hall(session, appointment.hall_id).policy)
    needed = needed_places(appointment.legs, appointment.starts_at, slot=policy.slot)
    if store.keep_seats(session, appointment.id, now=now) < sum(needed.values()):
        raise HoldExpired(expired_at=appointment.expires_at)


def expect_arrivals(session: Session, appointment: store.Appointment) -> None:
    """Tell the queues of an appointment's legs whom to expect and when; a visit at home is in none."""
    if appointment.kind is AppointmentKind.HOME:
        return
    policy = booking_policy(catalogue.hall(session, appointment.hall_id).policy)
    first_in: dict[object, store.BookedService] = {}
    for service in appointment.services:
        first_in.setdefault(service.queue_id, service)
    for service in first_in.values():
        expect(session, appointment.id, service.queue_id, service.starts_at, policy.show_probability)
