"""Check-in by ID card: the number that a reader took from the card is compared and never kept.

It meets the keyed hash that was written when somebody gave the number with the booking. A card that fits
nothing here today is told no more than that.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NoBase64
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from booking.errors import CardNotRecognised, SeveralAppointments
from booking.rules.appointments import AppointmentStatus
from booking.rules.holders import normal_id_number
from booking.service.arrived import live_ticket
from booking.service.arriving import check_in_at_desk
from booking.service.views import ID_NUMBER_FIELD
from booking.store.lists import of_card
from kernel import catalogue
from kernel.secrets import UNREADABLE

if TYPE_CHECKING:
    from uuid import UUID

    from sqlmodel import Session

    from booking import store
    from kernel.clock import Clock
    from kernel.identity import Actor
    from kernel.ids import HallId
    from kernel.secrets import Vault
    from queueing.service import IssuedTicket

CHOICE_FIELD = "kiosk.card_choice"
CHOICE_LASTS = timedelta(minutes=2)  # to read two lines and press one of them; then the card is held again


@dataclass(frozen=True, slots=True)
class CardHeld:
    """What a card opens in this hall today, in order of time; ``choice`` says so again for two minutes.

    ``tickets``: the token of the ticket that each became, None for what is not checked in yet.
    """

    appointments: tuple[store.Appointment, ...]
    tickets: tuple[str | None, ...]
    choice: str


def card_hash(text: str, vault: Vault) -> bytes | None:
    """Return the keyed hash of a number; None for what is none."""
    number = normal_id_number(text)
    return vault.digest(number, field=ID_NUMBER_FIELD) if number else None


def hold_card(session: Session, hall_id: HallId, number: str, *, clock: Clock, vault: Vault) -> CardHeld:
    """Return what is booked in this hall today with the number of a card; raises ``CardNotRecognised``."""
    hashed = card_hash(number, vault)
    if hashed is None:
        raise CardNotRecognised
    return _held(session, hall_id, hashed, clock=clock, vault=vault)


def _held(session: Session, hall_id: HallId, hashed: bytes, *, clock: Clock, vault: Vault) -> CardHeld:
    now = clock.now()
    calendar = catalogue.calendar(session, hall_id)
    today = calendar.local_day(now)
    found, tickets = [], []
    for own in of_card(session, hall_id, hashed):
        if calendar.local_day(own.starts_at) != today:
            continue
        token = None
        if own.status is AppointmentStatus.CHECKED_IN:
            token = live_ticket(session, own.id, clock=clock, vault=vault)
            if token is None:
                continue
        found.append(own)
        tickets.append(token)
    if not found:
        raise CardNotRecognised
    return CardHeld(tuple(found), tuple(tickets), _choice(hall_id, hashed, now, vault))


def _choice(hall_id: HallId, hashed: bytes, now: datetime, vault: Vault) -> str:
    text = json.dumps([str(hall_id), hashed.hex(), (now + CHOICE_LASTS).isoformat()])
    return urlsafe_b64encode(vault.seal(text, field=CHOICE_FIELD)).decode()


def _chosen(choice: str, hall_id: HallId, now: datetime, vault: Vault) -> bytes:
    """Return the hash behind a choice; raises ``CardNotRecognised`` for another hall's, an old or foreign."""
    try:
        text = vault.open(urlsafe_b64decode(choice.encode()), field=CHOICE_FIELD)
    except (*UNREADABLE, NoBase64, IndexError, ValueError) as foreign:
        raise CardNotRecognised from foreign
    hall, hashed, until = json.loads(text)
    if hall != str(hall_id) or now >= datetime.fromisoformat(until):
        raise CardNotRecognised
    return bytes.fromhex(hashed)


def check_in_by_card(
    session: Session,
    hall_id: HallId,
    number: str,
    *,
    appointment: UUID | None = None,
    by: Actor,
    clock: Clock,
    vault: Vault,
) -> IssuedTicket:
    """Check in the one appointment of a card's holder in this hall today, or the chosen one of several.

    Raises ``CardNotRecognised``, ``SeveralAppointments``, and as any check-in.
    """
    held = hold_card(session, hall_id, number, clock=clock, vault=vault)
    return _check_in(session, hall_id, held, appointment, by=by, clock=clock, vault=vault)


def check_in_chosen(
    session: Session,
    hall_id: HallId,
    choice: str,
    appointment: UUID,
    *,
    by: Actor,
    clock: Clock,
    vault: Vault,
) -> IssuedTicket:
    """Check in one of several, by the choice that the card opened; raises as ``check_in_by_card``."""
    hashed = _chosen(choice, hall_id, clock.now(), vault)
    held = _held(session, hall_id, hashed, clock=clock, vault=vault)
    return _check_in(session, hall_id, held, appointment, by=by, clock=clock, vault=vault)


def _check_in(
    session: Session,
    hall_id: HallId,
    held: CardHeld,
    wanted: UUID | None,
    *,
    by: Actor,
    clock: Clock,
    vault: Vault,
) -> IssuedTicket:
    todo = [own for own, ticket in zip(held.appointments, held.tickets, strict=True) if ticket is None]
    if wanted is not None:
        todo = [own for own in todo if own.id == wanted]
    if not todo:
        raise CardNotRecognised
    if len(todo) > 1:
        raise SeveralAppointments(
            appointments=[str(own.id) for own in todo], starts=[own.starts_at.isoformat() for own in todo]
        )
    return check_in_at_desk(session, hall_id, todo[0].id, by=by, clock=clock, vault=vault)
