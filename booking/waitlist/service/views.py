"""What the use cases of the waiting list hand out: frozen values; names and numbers of people are masked."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING

from booking.city import city_of
from booking.rules.people import masked_name, masked_phone
from booking.rules.policy import booking_policy
from booking.rules.waitlist import OfferStatus, Rival, WaitingStatus, ahead_of, stays_after
from booking.waitlist import store
from booking.waitlist.ending import offered_to
from booking.waitlist.store import NAME_FIELD, PHONE_FIELD
from kernel import catalogue

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlmodel import Session

    from booking.city import City
    from booking.rules.meeting import AppointmentKind
    from kernel.catalogue import Hall, Service
    from kernel.ids import AppointmentId, HallId, QueueId, WaitingId
    from kernel.secrets import Vault

TOKEN_FIELD = "waiting"
APPOINTMENT_FIELD = "waiting.appointment"
TOKEN_BYTES = 16  # as many as a token that is drawn


@dataclass(frozen=True, slots=True)
class OfferView:
    """A place that is kept for the reader until ``expires_at``."""

    hall: Hall
    starts_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class WaitingView:
    """A wait as its holder sees it.

    ``ahead``: people who came earlier and wait for the same times. ``lapsed``: the last offer passed
    unanswered. ``kind``: how what is waited for is held. ``earlier_than``: the appointment's present start,
    if an earlier one is waited for. ``booked_at``, ``booked_token``: the place that was taken; no token where
    an appointment was moved.
    """

    id: WaitingId
    status: WaitingStatus
    halls: tuple[Hall, ...]
    services: tuple[Service, ...]
    first_day: date
    last_day: date
    from_minute: int
    to_minute: int
    created_at: datetime
    ahead: int
    lapses: int
    lapsed: bool
    offer: OfferView | None
    kind: AppointmentKind
    earlier_than: datetime | None
    booked_at: datetime | None
    booked_token: str | None
    name_masked: str | None
    phone_masked: str | None
    offer_minutes: int
    zone: str

    @property
    def codes(self) -> list[str]:
        return [service.code for service in self.services]

    @property
    def last_chance(self) -> bool:
        """Whether one more offer without an answer ends the wait."""
        return not stays_after(self.lapses + 1)


def look_up(session: Session, token: str, *, now: datetime, vault: Vault) -> WaitingView:
    """Return the wait behind a token; raises ``WaitingNotFound``, ``LinkErased``."""
    entry = store.by_token(session, vault.digest(token, field=TOKEN_FIELD))
    return view(session, entry, now=now, vault=vault)


def view(session: Session, entry: store.Entry, *, now: datetime, vault: Vault) -> WaitingView:
    """Return the holder's view of a wait; what is over by now shows as over."""
    city = city_of(session)
    first = catalogue.hall(session, entry.hall_id)
    status = entry.status_at(now)
    waits = status is WaitingStatus.WAITING
    last = store.latest_offer(session, entry.id)
    offer, stands = last if last else (None, None)
    is_open = open_offer(entry, last, now) is not None
    taken = offer if status is WaitingStatus.BOOKED else None
    name, phone = entry.name_sealed, entry.phone_sealed
    return WaitingView(
        id=entry.id,
        status=status,
        halls=_halls(session, entry),
        services=city.named(entry.services),
        first_day=entry.first_day,
        last_day=entry.last_day,
        from_minute=entry.from_minute,
        to_minute=entry.to_minute,
        created_at=entry.created_at,
        ahead=_ahead(session, city, entry, now=now) if waits else 0,
        lapses=entry.lapses,
        lapsed=stands is OfferStatus.LAPSED or (stands is OfferStatus.OPEN and not is_open),
        offer=_offer(session, offer) if offer is not None and is_open else None,
        kind=entry.held,
        earlier_than=entry.own_starts_at,
        booked_at=taken.starts_at if taken else None,
        booked_token=appointment_token(taken.hold_id, vault) if taken and not entry.appointment_id else None,
        name_masked=masked_name(vault.open(name, field=NAME_FIELD)) if name else None,
        phone_masked=masked_phone(vault.open(phone, field=PHONE_FIELD)) if phone else None,
        offer_minutes=round(booking_policy(first.policy).offer.total_seconds() / 60),
        zone=first.timezone,
    )


def open_offer(
    entry: store.Entry, last: tuple[store.Offer, OfferStatus] | None, now: datetime
) -> store.Offer | None:
    """Return the place that is kept for a wait now; ``last`` is its last offer with how it stands."""
    offer, stands = last if last else (None, None)
    is_open = entry.status_at(now) is WaitingStatus.WAITING and stands is OfferStatus.OPEN
    return offer if is_open and _still_kept(entry, offer, now) else None


def _still_kept(entry: store.Entry, offer: store.Offer | None, now: datetime) -> bool:
    return offer is not None and now < offer.expires_at and offered_to(entry, offer)


def _halls(session: Session, entry: store.Entry) -> tuple[Hall, ...]:
    """Return the halls, the one asked first first."""
    found = [catalogue.hall(session, hall_id) for hall_id in entry.hall_ids]
    return tuple(sorted(found, key=lambda hall: (hall.id != entry.hall_id, hall.code)))


def _offer(session: Session, offer: store.Offer) -> OfferView:
    return OfferView(catalogue.hall(session, offer.hall_id), offer.starts_at, offer.expires_at)


def _ahead(session: Session, city: City, entry: store.Entry, *, now: datetime) -> int:
    others = store.live_waits(session, entry.hall_ids, now=now)
    return ahead_of(rival(city, entry), [rival(city, other) for other in others if other.id != entry.id])


def rival(city: City, entry: store.Entry) -> Rival:
    """Return a wait as others see it."""
    return Rival((entry.queued_at, entry.id), entry.wish, frozenset(needs_of(city, entry)))


def needs_of(city: City, entry: store.Entry) -> set[tuple[HallId, QueueId]]:
    """Return the queues, hall by hall, whose places somebody waits for."""
    needs = set()
    for code in entry.services:
        service = city.services.get(code)
        offered = city.offers.get(service.id, {}) if service else {}
        for hall_id in entry.hall_ids:
            queue_id = offered.get(hall_id)
            if queue_id is not None:
                needs.add((hall_id, queue_id))
    return needs


def appointment_token(hold_id: AppointmentId, vault: Vault) -> str:
    """Return the token of the appointment that an offer becomes: worked out, kept nowhere in the clear.

    Whoever holds the link of the wait comes to the appointment; from that one nobody comes back to the wait.
    """
    secret = vault.digest(str(hold_id), field=APPOINTMENT_FIELD)[:TOKEN_BYTES]
    return base64.urlsafe_b64encode(secret).rstrip(b"=").decode()
