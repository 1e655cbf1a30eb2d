"""From the list to each thing's own page, and from a thing's page onto the list.

Links stand in no list: they are opened one at a time, for whoever has the list open.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from booking import store as bookings
from booking.errors import AppointmentNotFound
from booking.messages import store as contacts
from booking.messages.planning import PATH_FIELD
from booking.mine import store
from booking.mine.errors import OwnThingNotFound
from booking.mine.keeping import Thing, keep, path_field
from booking.rules.appointments import AppointmentStatus
from booking.rules.meeting import REMOTE
from booking.rules.own_list import About, Way
from booking.service.arrived import ticket_token
from booking.service.views import TOKEN_FIELD
from booking.waitlist import store as waits
from booking.waitlist.service.views import TOKEN_FIELD as WAITING_FIELD
from kernel.audit import note
from kernel.erasure import refuse_erased
from kernel.errors import NotSignedIn
from kernel.identity import CITIZEN
from kernel.ids import AppointmentId
from queueing.erasing import alive_among
from queueing.errors import TicketNotFound
from queueing.service.issuing import TOKEN_FIELD as TICKET_FIELD
from queueing.visits import visit_by_token, visit_now

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlmodel import Session

    from booking.mine.sessions import Known
    from kernel.clock import Clock
    from kernel.secrets import Vault


def way_to(session: Session, known: Known, subject: UUID, *, vault: Vault) -> str:
    """Return where something on somebody's list has its page; raises ``OwnThingNotFound``.

    Who has checked in is led to the ticket while it is alive; who is called elsewhere has no number to
    watch, and stays with the appointment.
    """
    path = _link_of(session, known, subject, vault)
    alive = bool(alive_among(session, [subject])) and _owns(session, known, subject)
    if alive and (path is None or not _is_called_elsewhere(session, subject)):
        return f"/t/{quote(ticket_token(AppointmentId(subject), vault))}"
    if path is None:
        raise OwnThingNotFound
    return path


def _is_called_elsewhere(session: Session, subject: UUID) -> bool:
    return any(own.kind in REMOTE for own in bookings.by_ids(session, [AppointmentId(subject)]))


def _owns(session: Session, known: Known, subject: UUID) -> bool:
    if known.person and store.has_item(session, known.person, subject):
        return True
    found = store.things_of_phone(session, known.phone) if known.phone else []
    return any(own.subject == subject for own in found)


def _link_of(session: Session, known: Known, subject: UUID, vault: Vault) -> str | None:
    """Return the link that is kept for the person, else the one that messages to the number carry."""
    if known.person is not None:
        for own in store.items_of(session, known.person):
            if own.subject == subject and own.path_sealed is not None:
                return vault.open(own.path_sealed, field=path_field(known.person, subject))
    contact = contacts.contact_of(session, subject) if known.phone else None
    if contact is None or contact.phone_hash != known.phone or contact.about not in set(About):
        return None
    return vault.open(contact.path_sealed, field=PATH_FIELD)


def thing_of(session: Session, about: About, token: str, *, now: datetime, vault: Vault) -> Thing:
    """Return what a link is of.

    Raises ``AppointmentNotFound``, ``TicketNotFound``, ``WaitingNotFound``, ``LinkErased``.
    """
    if about is About.APPOINTMENT:
        own = bookings.by_token(session, vault.digest(token, field=TOKEN_FIELD))
        if own.status in (AppointmentStatus.HELD, AppointmentStatus.EXPIRED):
            raise AppointmentNotFound  # nobody's yet
        return Thing(own.id, about, own.hall_id, f"/a/{quote(token)}")
    if about is About.WAITING:
        entry = waits.by_token(session, vault.digest(token, field=WAITING_FIELD))
        return Thing(entry.id, about, entry.hall_id, f"/w/{quote(token)}")
    visit_id = visit_by_token(session, token, vault=vault)
    visit = None if visit_id is None else visit_now(session, visit_id, now=now)
    if visit is None:
        refuse_erased(session, vault.digest(token, field=TICKET_FIELD))
        raise TicketNotFound
    return Thing(visit.id, about, visit.ticket.hall_id, f"/t/{quote(token)}")


def add_by_link(
    session: Session, known: Known, about: About, token: str, *, clock: Clock, vault: Vault
) -> UUID:
    """Put what a link opens on the list of who is signed in; twice is once.

    Raises ``NotSignedIn`` for whoever came by a number, and as ``thing_of``.
    """
    if known.person is None:
        raise NotSignedIn
    now = clock.now()
    thing = thing_of(session, about, token, now=now, vault=vault)
    keep(session, known.person, thing, at=now, vault=vault)
    return thing.subject


def add_found(session: Session, known: Known, *, clock: Clock, vault: Vault) -> int:
    """Put all that the number's list holds on the list of who is signed in too; return how much was new.

    Raises ``NotSignedIn`` unless both are open: the code has shown that the number is theirs.
    """
    if known.person is None or known.phone is None:
        raise NotSignedIn
    added = 0
    for own in store.things_of_phone(session, known.phone):
        contact = contacts.contact_of(session, own.subject)
        if contact is not None:
            path = vault.open(contact.path_sealed, field=PATH_FIELD)
            thing = Thing(own.subject, own.about, contact.hall_id, path)
            added += keep(session, known.person, thing, at=clock.now(), vault=vault)
    return added


def take_off(session: Session, known: Known, subject: UUID) -> None:
    """Take something off the list; it stays as it is, reached by its link. Raises ``OwnThingNotFound``."""
    if known.person is None or not store.remove_item(session, known.person, subject):
        raise OwnThingNotFound


def forget_list(session: Session, known: Known, *, clock: Clock) -> int:
    """Forget all that is kept of who is signed in, sessions too, and return how much stood on the list.

    What was booked stays, reached by its links and the number.
    """
    if known.person is None:
        return 0
    gone = store.remove_items_of(session, known.person)
    store.end_sessions_of(session, Way.SIGNED_IN, known.person)
    note(session, "privacy.forget_list", by=CITIZEN, hall_id=None, at=clock.now(), detail={"things": gone})
    return gone
