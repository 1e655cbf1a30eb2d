"""Whoever waits is told by a message of a place that is kept, where messages are set up."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from booking.messages import store as contacts
from booking.messages.planning import Wish, forget_contacts, keep_contact, plan_message, void_messages
from booking.rules.message_texts import MessageFacts
from booking.rules.message_times import Times
from booking.rules.messages import MessageKind
from kernel import catalogue
from kernel.i18n import DEFAULT_LOCALE

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlmodel import Session

    from booking.rules.meeting import AppointmentKind
    from kernel.ids import AppointmentId, HallId, WaitingId
    from kernel.secrets import Vault

ABOUT = "waiting"


def joined(
    session: Session,
    waiting_id: WaitingId,
    hall_id: HallId,
    phone: str,
    locale: str,
    token: str,
    *,
    now: datetime,
    vault: Vault,
) -> None:
    """Keep whom to tell of a place; the message's link leads to the page of the wait."""
    wish = Wish(ABOUT, hall_id, phone, locale, f"/w/{quote(token)}")
    keep_contact(session, waiting_id, wish, at=now, vault=vault)


def language_of(session: Session, subject: WaitingId | AppointmentId) -> str:
    """Return the language in which somebody is told."""
    contact = contacts.contact_of(session, subject)
    return contact.locale if contact else DEFAULT_LOCALE


def offered(
    session: Session,
    waiting_id: WaitingId,
    offer_id: UUID,
    hall_id: HallId,
    *,
    starts_at: datetime,
    expires_at: datetime,
    held: AppointmentKind,
    now: datetime,
    vault: Vault,
) -> None:
    """Tell of a place that is kept: now, at night when the quiet hours are over, never when it has lapsed."""
    hall = catalogue.hall(session, hall_id)
    facts = MessageFacts(hall.name_zh, hall.name_en, hall.timezone, starts_at, expires_at, held=held)
    times = Times(now, expires_at)
    plan_message(session, waiting_id, MessageKind.TIME_FREE, str(offer_id), times, facts, vault=vault)


def closed(session: Session, waiting_id: WaitingId, *, now: datetime) -> None:
    """Tell nothing more of a place that is not kept any more."""
    void_messages(session, waiting_id, at=now)


def ended(session: Session, waiting_id: WaitingId, *, now: datetime) -> None:
    """Forget whom to tell, with the wait."""
    forget_contacts(session, [waiting_id], at=now)
