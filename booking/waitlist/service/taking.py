"""An offer is taken: it becomes an appointment, or brings one forward."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from booking import store as bookings
from booking.errors import AppointmentNotPossible, HoldExpired
from booking.mine.keeping import Thing, hand_on
from booking.rules.appointments import AppointmentAction
from booking.rules.own_list import About
from booking.rules.policy import booking_policy
from booking.rules.slots import needed_places
from booking.rules.waitlist import OfferStatus, WaitingAction, WaitingStatus
from booking.service.changing import moved_to
from booking.service.deciding import status_after
from booking.service.holding import promise
from booking.service.persons import Person
from booking.service.slots import timetable
from booking.service.swapping import freed_until
from booking.waitlist import store, telling
from booking.waitlist.ending import end, let_go
from booking.waitlist.errors import OfferOver
from booking.waitlist.service.views import TOKEN_FIELD, WaitingView, appointment_token, view
from booking.waitlist.store import ADDRESS_FIELD, ID_TAIL_FIELD, NAME_FIELD, PHONE_FIELD
from kernel import catalogue
from kernel.events import lock_hall

if TYPE_CHECKING:
    from datetime import datetime

    from sqlmodel import Session

    from kernel.clock import Clock
    from kernel.events import LockedHall
    from kernel.ids import AppointmentId
    from kernel.secrets import Vault


def take(session: Session, token: str, *, clock: Clock, vault: Vault) -> WaitingView:
    """Take the place that is kept; the wait ends with it.

    A new appointment is made, or the one that was to be earlier is moved in one piece: the place is its own
    before the old one is given back. Raises ``OfferOver`` once the time is over, ``PersonLimit``.
    """
    token_hash = vault.digest(token, field=TOKEN_FIELD)
    hall_id = store.hall_of_open_offer(session, token_hash)
    if hall_id is None:
        store.by_token(session, token_hash)
        raise OfferOver
    hall = lock_hall(session, hall_id)
    now = hall.tick(clock)
    entry = store.by_token(session, token_hash, lock=True)
    offer = store.open_offer(session, entry.id)
    if offer is None or offer.hall_id != hall_id or now >= offer.expires_at:
        raise OfferOver
    if entry.status_at(now) is not WaitingStatus.WAITING:
        raise OfferOver
    if not store.close_offer(session, offer.id, OfferStatus.TAKEN, at=now):
        raise OfferOver
    try:
        if entry.appointment_id is None:
            _book(session, hall, entry, offer, now=now, vault=vault)
        else:
            _bring_forward(session, hall, entry.appointment_id, offer, now=now, vault=vault)
    except (HoldExpired, AppointmentNotPossible) as gone:
        raise OfferOver from gone
    end(session, entry, WaitingAction.TAKE, now=now)
    return view(session, store.by_id(session, entry.id), now=now, vault=vault)


def _book(
    session: Session, hall: LockedHall, entry: store.Entry, offer: store.Offer, *, now: datetime, vault: Vault
) -> None:
    if entry.name_sealed is None or entry.phone_sealed is None:
        raise RuntimeError("whoever waits for a new appointment has left a name and a number")
    person = Person(
        name=vault.open(entry.name_sealed, field=NAME_FIELD),
        phone=vault.open(entry.phone_sealed, field=PHONE_FIELD),
        id_tail=vault.open_if(entry.id_tail_sealed, field=ID_TAIL_FIELD),
        priority=entry.priority,
        locale=telling.language_of(session, entry.id),
        address=vault.open_if(entry.address_sealed, field=ADDRESS_FIELD),
    )
    held = bookings.by_id(session, offer.hold_id, lock=True)
    token = appointment_token(offer.hold_id, vault)
    promise(session, hall, held, token, person, now=now, vault=vault)
    booked = Thing(held.id, About.APPOINTMENT, held.hall_id, f"/a/{quote(token)}")
    hand_on(session, entry.id, booked, at=now, vault=vault)


def _bring_forward(
    session: Session,
    hall: LockedHall,
    appointment_id: AppointmentId,
    offer: store.Offer,
    *,
    now: datetime,
    vault: Vault,
) -> None:
    """Swap an appointment's seats for the offered ones; what both need is claimed once."""
    own = bookings.by_id(session, appointment_id, lock=True)
    status_after(own, AppointmentAction.RESCHEDULE, now=now)
    if own.starts_at <= offer.starts_at:
        raise OfferOver
    policy = booking_policy(catalogue.hall(session, own.hall_id).policy)
    before = bookings.slots_of(session, own.id, None)
    bookings.hand_over_seats(session, offer.hold_id, own.id, except_slots=list(before.values()), now=now)
    let_go(session, offer, now=now)
    mine = bookings.slots_of(session, own.id, None)
    needed = needed_places(own.legs, offer.starts_at, slot=policy.slot)
    has = bookings.kept_places_of(session, [own.id])[own.id]
    if any(has.get(key, 0) < places for key, places in needed.items()):
        raise OfferOver
    bookings.free_seats(
        session,
        own.id,
        except_slots=[mine[key] for key in needed],
        rests_until=freed_until(session, own.hall_id, policy, now=now),
    )
    table = timetable(session, catalogue.hall(session, own.hall_id))
    moved_to(session, hall, own, table, offer.starts_at, now=now, vault=vault)
