"""Whom to reach about what, and what is to be sent to them: in the unit of work that makes it true.

This is what other parts of booking call. Nothing is planned where no messages are set up, or where nobody
is to be reached, so callers need not ask first:

    keep_contact(session, entry.id, Wish("waiting", hall.id, phone, locale, path), at=now, vault=vault)
    plan_message(session, entry.id, MessageKind.TIME_FREE, offer, Times(now, until), facts, vault=vault)
    void_messages(session, entry.id, at=now)
    forget_contacts(session, [entry.id], at=now)
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from booking.messages import store
from booking.rules.message_texts import message_text, parts
from booking.rules.message_times import Soon
from kernel.i18n import translator

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime
    from uuid import UUID

    from sqlmodel import Session

    from booking.rules.message_texts import MessageFacts
    from booking.rules.message_times import Times
    from booking.rules.messages import MessageKind
    from kernel.ids import HallId
    from kernel.secrets import Vault
    from kernel.settings import MessageSettings

PHONE_FIELD = "message.phone"
PHONE_HASH_FIELD = "appointment.phone"  # one number has one hash, so that a request finds all that is kept
PATH_FIELD = "message.path"
TEXT_FIELD = "message.text"
STOP_FIELD = "message.stop"
STOP_LINK_FIELD = "message.stop_link"
STOP_BYTES = 9  # 72 bits: nobody guesses one, and every character of a message costs


@dataclass(frozen=True, slots=True)
class Wish:
    """Who wants to be told: ``phone`` in E.164, ``locale`` zh or en, ``path`` where the link leads.

    ``about`` names what the subject is: appointment, visit, waiting. ``soon``: when a ticket is soon due.
    """

    about: str
    hall_id: HallId
    phone: str
    locale: str
    path: str
    soon: Soon = field(default_factory=Soon)


def terms_of(session: Session) -> MessageSettings | None:
    """Return how messages are sent here, which every unit of work carries; None where none are."""
    terms: MessageSettings | None = session.info.get("messages")
    return terms


def keep_contact(session: Session, subject: UUID, wish: Wish, *, at: datetime, vault: Vault) -> None:
    """Keep whom to reach about a subject; a second wish takes the first one's place."""
    if terms_of(session) is None:
        return
    store.put_contact(
        session,
        subject,
        about=wish.about,
        hall_id=wish.hall_id,
        phone_sealed=vault.seal(wish.phone, field=PHONE_FIELD),
        phone_hash=vault.digest(wish.phone, field=PHONE_HASH_FIELD),
        path_sealed=vault.seal(wish.path, field=PATH_FIELD),
        stop_hash=stop_hash(stop_code(subject, vault), vault),
        locale=wish.locale,
        created_at=at,
        stopped_at=None,
        soon_ahead=wish.soon.ahead,
        soon_minutes=wish.soon.minutes,
    )


def stop_code(subject: UUID, vault: Vault) -> str:
    """Return what the stop link of a subject carries: worked out under the token key, kept nowhere."""
    secret = vault.digest(str(subject), field=STOP_FIELD)[:STOP_BYTES]
    return base64.urlsafe_b64encode(secret).decode()


def stop_hash(code: str, vault: Vault) -> bytes:
    """Return the keyed hash by which a stop link is looked up."""
    return vault.digest(code, field=STOP_LINK_FIELD)


def plan_message(
    session: Session,
    subject: UUID,
    kind: MessageKind,
    occurrence: str,
    times: Times,
    facts: MessageFacts,
    *,
    vault: Vault,
) -> bool:
    """Plan a message about a subject; False where nobody is to be reached, or it was planned before.

    ``occurrence`` tells a second message of a kind from a repeat of the first: each is sent once.
    """
    terms, contact = terms_of(session), store.contact_of(session, subject)
    if terms is None or contact is None:
        return False
    text = message_text(
        kind,
        facts,
        locale=contact.locale,
        say=translator(contact.locale),
        signature=terms.signature,
        link=terms.origin + vault.open(contact.path_sealed, field=PATH_FIELD),
        stop=f"{terms.origin}/m/{stop_code(subject, vault)}",
    )
    added = store.add_message(
        session,
        subject,
        kind,
        occurrence,
        hall_id=contact.hall_id,
        text_sealed=vault.seal(text, field=TEXT_FIELD),
        parts=parts(text),
        planned_at=times.at,
        not_after=times.not_after,
        any_hour_until=times.any_hour_until,
    )
    return added is not None


def void_messages(session: Session, subject: UUID, *, at: datetime) -> None:
    """End all that is planned about a subject: what it would say is no longer so."""
    if terms_of(session) is not None:
        store.void_planned(session, [subject], at=at)


def forget_contacts(session: Session, subjects: Collection[UUID], *, at: datetime) -> None:
    """Erase whom to reach about these subjects, and what was to be sent; what was sent stays counted.

    Done whether or not messages are set up now: they may have been when the number was given.
    """
    store.void_planned(session, subjects, at=at)
    store.forget_texts(session, subjects)
    store.forget_contacts(session, subjects)
