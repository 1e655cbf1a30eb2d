"""No more messages: from the page of an appointment, or from the link that every message carries."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from booking import store as booking_store
from booking.messages import store
from booking.messages.errors import NoMessagesHere, StopLinkNotFound
from booking.messages.planning import PHONE_FIELD, stop_hash, terms_of
from booking.rules.messages import MessageKind, MessageStatus
from booking.rules.people import masked_phone
from booking.service.views import TOKEN_FIELD

if TYPE_CHECKING:
    from sqlmodel import Session

    from booking.messages.store import Contact
    from kernel.clock import Clock
    from kernel.secrets import Vault


@dataclass(frozen=True, slots=True)
class Messages:
    """How it stands with messages to a number; ``offered`` is false where nobody is to be reached.

    ``to_come``: the kinds of which one still waits to be sent; no page promises another.
    """

    offered: bool
    stopped: bool = False
    phone_masked: str | None = None
    to_come: frozenset[MessageKind] = frozenset()


NONE = Messages(offered=False)


def appointment_messages(session: Session, token: str, *, vault: Vault) -> Messages:
    """Return how it stands with an appointment's messages; raises ``AppointmentNotFound``."""
    own = booking_store.by_token(session, vault.digest(token, field=TOKEN_FIELD))
    contact = store.contact_of(session, own.id) if terms_of(session) else None
    if contact is None:
        return NONE
    found = store.messages_of(session, [own.id])
    to_come = frozenset(MessageKind(each.kind) for each in found if each.status == MessageStatus.PLANNED)
    return replace(_told(contact, vault), to_come=to_come)


def want_appointment_messages(
    session: Session, token: str, wanted: bool, *, clock: Clock, vault: Vault
) -> Messages:
    """Stop an appointment's messages, or go on with them.

    What is planned stays so and is held back when it is due: who changes their mind gets the next one.
    Raises ``AppointmentNotFound``, ``NoMessagesHere``.
    """
    own = booking_store.by_token(session, vault.digest(token, field=TOKEN_FIELD), lock=True)
    if store.contact_of(session, own.id) is None:
        raise NoMessagesHere
    store.set_stopped(session, [own.id], None if wanted else clock.now())
    return appointment_messages(session, token, vault=vault)


def link_messages(session: Session, code: str, *, vault: Vault) -> Messages:
    """Return how it stands with the messages that carry a stop link; raises ``StopLinkNotFound``."""
    return _told(_behind(session, code, vault), vault)


def want_link_messages(session: Session, code: str, wanted: bool, *, clock: Clock, vault: Vault) -> Messages:
    """Stop all that would still go to the number behind a stop link, or go on with it.

    The link came to that telephone, so whoever opens it speaks for the number: also for what somebody else
    booked with it by mistake. Raises ``StopLinkNotFound``.
    """
    contact = _behind(session, code, vault)
    same_number = store.contacts_of_phone(session, contact.phone_hash)
    store.set_stopped(session, [own.subject for own in same_number], None if wanted else clock.now())
    return link_messages(session, code, vault=vault)


def _behind(session: Session, code: str, vault: Vault) -> Contact:
    contact = store.contact_by_stop(session, stop_hash(code, vault))
    if contact is None:
        raise StopLinkNotFound
    return contact


def _told(contact: Contact, vault: Vault) -> Messages:
    number = vault.open(contact.phone_sealed, field=PHONE_FIELD)
    return Messages(True, contact.stopped_at is not None, masked_phone(number))
