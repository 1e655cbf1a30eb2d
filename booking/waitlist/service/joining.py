"""Somebody puts themselves on the list, or is put on it at the help desk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from booking import store as bookings
from booking.errors import AppointmentNotPossible
from booking.no_shows.pausing import refuse_paused
from booking.rules.appointments import AppointmentAction
from booking.rules.meeting import AppointmentKind, normal_address
from booking.rules.people import normal_id_tail, normal_name, normal_phone
from booking.rules.waitlist import ENTRIES_PER_PERSON
from booking.service.deciding import status_after
from booking.service.persons import faults_of
from booking.service.views import PHONE_FIELD as OWN_PHONE_FIELD
from booking.service.views import TOKEN_FIELD as OWN_TOKEN_FIELD
from booking.waitlist import store, telling
from booking.waitlist.errors import AlreadyWaiting, WaitingLimit
from booking.waitlist.service.views import TOKEN_FIELD, WaitingView, view
from booking.waitlist.service.wishing import Times, checked
from booking.waitlist.store import ADDRESS_FIELD, ID_TAIL_FIELD, NAME_FIELD, PHONE_FIELD
from kernel import catalogue
from kernel.audit import note
from kernel.ids import WaitingId, uuid7
from kernel.secrets import new_token

if TYPE_CHECKING:
    from datetime import datetime

    from sqlmodel import Session

    from booking.rules.waitlist import Wish
    from booking.service.persons import Person
    from kernel.catalogue import Hall
    from kernel.clock import Clock
    from kernel.identity import Staff
    from kernel.ids import AppointmentId
    from kernel.secrets import Vault


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody waits for: services by code, times, and who comes (nothing is asked again later).

    ``kind``: how the appointment would be held.
    """

    services: tuple[str, ...]
    times: Times
    person: Person
    kind: AppointmentKind = AppointmentKind.HALL


@dataclass(frozen=True, slots=True)
class Joined:
    """A new wait with the capability token that only its holder gets."""

    waiting: WaitingView
    token: str


def join(session: Session, asked: Asked, *, clock: Clock, vault: Vault) -> Joined:
    """Put somebody on the list, behind all who are on it.

    Raises ``WishInvalid``, ``KindNotOffered``, ``PlaceFree``, ``WaitingLimit``, ``BookingPaused``, and what
    is wrong with the person.
    """
    now = clock.now()
    codes = tuple(dict.fromkeys(asked.services))
    services = catalogue.services_by_code(session, codes)
    for wrong in faults_of(asked.person, services, kind=asked.kind):
        raise wrong
    halls, wish, until = checked(session, asked.times, codes, kind=asked.kind, now=now)
    phone, name = normal_phone(asked.person.phone) or "", normal_name(asked.person.name) or ""
    refuse_paused(session, vault.digest(phone, field=OWN_PHONE_FIELD), now=now)
    tail = normal_id_tail(asked.person.id_tail or "")
    address = normal_address(asked.person.address or "") if asked.kind is AppointmentKind.HOME else None
    asks_tail = any(service.needs_id_tail for service in services)
    sealed = {
        "name_sealed": vault.seal(name, field=NAME_FIELD),
        "phone_sealed": vault.seal(phone, field=PHONE_FIELD),
        "id_tail_sealed": vault.seal(tail, field=ID_TAIL_FIELD) if tail and asks_tail else None,
        "address_sealed": vault.seal(address, field=ADDRESS_FIELD) if address else None,
    }
    return _write(
        session, halls, wish, until, codes=codes, phone=phone, priority=asked.person.priority,
        locale=asked.person.locale, kind=asked.kind, sealed=sealed, appointment_id=None, now=now, vault=vault,
    )  # fmt: skip


def join_at_desk(
    session: Session, code: str, asked: Asked, *, by: Staff, clock: Clock, vault: Vault
) -> Joined:
    """Put somebody on the list who stands at a help desk; raises ``WrongHall`` and as ``join``."""
    hall = catalogue.hall_by_code(session, code)
    by.must_work_in(hall.id)
    joined = join(session, asked, clock=clock, vault=vault)
    subject = str(joined.waiting.id)
    note(session, "waitlist.join", by=by, hall_id=hall.id, at=clock.now(), subject=subject)
    return joined


def join_for_earlier(session: Session, token: str, times: Times, *, clock: Clock, vault: Vault) -> Joined:
    """Wait for a time earlier than that of the appointment behind a token, in its own hall.

    Raises ``AppointmentNotPossible``, ``AlreadyWaiting``, ``WishInvalid``, ``PlaceFree``, ``WaitingLimit``.
    """
    own = bookings.by_token(session, vault.digest(token, field=OWN_TOKEN_FIELD), lock=True)
    now = clock.now()
    status_after(own, AppointmentAction.RESCHEDULE, now=now)
    if own.phone_sealed is None:  # a hold can be moved too, but is nobody's yet
        raise AppointmentNotPossible(status=own.status)
    codes = tuple(service.code for service in own.services)
    halls, wish, until = checked(session, times, codes, own=own, now=now)
    if store.is_waited_earlier(session, own.id):
        raise AlreadyWaiting
    return _write(
        session, halls, wish, until, codes=codes, phone=vault.open(own.phone_sealed, field=OWN_PHONE_FIELD),
        priority=own.priority, locale=telling.language_of(session, own.id), kind=own.kind, sealed={},
        appointment_id=own.id, now=now, vault=vault,
    )  # fmt: skip


def _write(
    session: Session,
    halls: list[Hall],
    wish: Wish,
    until: datetime,
    *,
    codes: tuple[str, ...],
    phone: str,
    priority: bool,
    locale: str,
    kind: AppointmentKind,
    sealed: dict[str, bytes | None],
    appointment_id: AppointmentId | None,
    now: datetime,
    vault: Vault,
) -> Joined:
    """Write the wait in the first seat that the person has free; the key of the seats is the guard."""
    waiting_id, token = WaitingId(uuid7()), new_token()
    values = {
        "id": waiting_id,
        "hall_id": halls[0].id,
        "appointment_id": appointment_id,
        "services": list(codes),
        "first_day": wish.first_day,
        "last_day": wish.last_day,
        "from_minute": wish.from_minute,
        "to_minute": wish.to_minute,
        "until": until,
        "queued_at": now,
        "created_at": now,
        "token_hash": vault.digest(token, field=TOKEN_FIELD),
        "phone_hash": vault.digest(phone, field=OWN_PHONE_FIELD),
        "priority": priority,
        "kind": kind,
        **sealed,
    }
    if not any(store.add_entry(session, seat, **values) for seat in range(ENTRIES_PER_PERSON)):
        raise WaitingLimit(limit=ENTRIES_PER_PERSON)
    store.set_halls(session, waiting_id, [hall.id for hall in halls])
    telling.joined(session, waiting_id, halls[0].id, phone, locale, token, now=now, vault=vault)
    return Joined(view(session, store.by_id(session, waiting_id), now=now, vault=vault), token)
