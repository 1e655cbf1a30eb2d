"""Who left a number for their ticket is told when it is soon due; the number goes with the ticket.

The queue knows nothing of this: every few seconds it is looked where these tickets stand. A look that is
missed or made twice changes nothing: the message of a ticket is planned once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING
from urllib.parse import quote

from booking import store as booking_store
from booking.errors import AppointmentNotFound, PhoneInvalid
from booking.messages import planning, store
from booking.messages.errors import NoMessagesHere, TicketHasEnded
from booking.messages.planning import PHONE_FIELD, Wish, keep_contact, plan_message, terms_of
from booking.rules.message_texts import MessageFacts
from booking.rules.message_times import Soon, is_soon, soon
from booking.rules.messages import MESSAGE_ENDINGS, MessageKind, MessageStatus
from booking.rules.people import masked_phone, normal_phone
from booking.service.views import PHONE_FIELD as BOOKED_PHONE_FIELD
from kernel import catalogue
from kernel.audit import note
from kernel.erasure import refuse_erased
from kernel.i18n import DEFAULT_LOCALE
from kernel.ids import VisitId
from queueing.errors import TicketNotFound
from queueing.rules.steady import band_of
from queueing.rules.tickets import UNDO_WITHIN, TicketAction, TicketStatus
from queueing.service.issuing import TOKEN_FIELD
from queueing.standing import calendars as calendars_of
from queueing.visits import Standing, VisitNow, lines_of, visit_by_token, visit_now, visits_standing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlmodel import Session

    from booking.messages.store.contacts import Contact
    from kernel.clock import Clock
    from kernel.identity import Staff
    from kernel.secrets import Vault
    from queueing.store.tickets import Ticket

ABOUT = "visit"
# Until then an ending may be taken back at once; one on paper, by whoever asks for the rest of the day.
ENDED_FOR = UNDO_WITHIN[TicketAction.UNDO_GIVE_UP]


@dataclass(frozen=True, slots=True)
class TicketWish:
    """How it stands with a message about a ticket.

    ``phone_masked``: the number that is told, None while none is. ``known_masked``: the number of the
    appointment that became this ticket, so that nobody types it again. ``message``: what became of the
    message, None while it is not yet time for it. ``soon``: when it is told, as chosen.
    """

    offered: bool
    phone_masked: str | None = None
    known_masked: str | None = None
    message: MessageStatus | None = None
    soon: Soon = field(default_factory=Soon)

    @property
    def unsent(self) -> bool:
        """Whether the message ended without going out: a number can be left anew."""
        return self.message in MESSAGE_ENDINGS - {MessageStatus.SENT}


NOT_OFFERED = TicketWish(offered=False)


def ticket_wish(session: Session, token: str, *, now: datetime, vault: Vault) -> TicketWish:
    """Return how it stands with a message about the ticket behind a token; raises ``TicketNotFound``."""
    if terms_of(session) is None:
        return NOT_OFFERED
    visit = _visit(session, token, now=now, vault=vault)
    return NOT_OFFERED if visit.over else _wish(session, visit, vault)


def tell_me_soon(
    session: Session,
    token: str,
    phone: str | None,
    locale: str,
    *,
    ahead: int | None = None,
    minutes: int | None = None,
    clock: Clock,
    vault: Vault,
) -> TicketWish:
    """Keep a number to be told when the ticket is soon due, and how soon that is.

    None takes the number that was left before, else the appointment's. ``ahead``, ``minutes``: without one
    what was chosen before holds, else the usual. Whoever leaves a number after a message that did not go is
    told; after one that went nobody is told of this ticket again.

    Raises ``NoMessagesHere``, ``TicketNotFound``, ``TicketHasEnded``, ``PhoneInvalid``.
    """
    if terms_of(session) is None:
        raise NoMessagesHere
    now = clock.now()
    visit = _visit(session, token, now=now, vault=vault)
    if visit.over:
        raise TicketHasEnded(ticket=visit.ticket.label)
    before = _wanted(session, visit)
    number = _known_number(session, visit, before, vault) if phone is None else normal_phone(phone)
    if number is None:
        raise PhoneInvalid(field="phone")
    usual = before.soon if before else Soon()
    asked = Soon(ahead or usual.ahead, minutes or usual.minutes)
    wish = Wish(ABOUT, visit.ticket.hall_id, number, locale, f"/t/{quote(token)}", asked)
    keep_contact(session, visit.id, wish, at=now, vault=vault)
    store.make_way(session, visit.id, MessageKind.SOON, now=now)
    return _wish(session, visit, vault)


def tell_at_desk(
    session: Session,
    token: str,
    phone: str | None,
    *,
    ahead: int | None = None,
    minutes: int | None = None,
    by: Staff,
    clock: Clock,
    vault: Vault,
) -> TicketWish:
    """Keep the number of somebody at the help desk, for their ticket; who of the staff did it is noted.

    Raises what ``tell_me_soon`` raises, and ``WrongHall``.
    """
    now = clock.now()
    visit = _visit(session, token, now=now, vault=vault)
    by.must_work_in(visit.ticket.hall_id)
    wish = tell_me_soon(
        session, token, phone, DEFAULT_LOCALE, ahead=ahead, minutes=minutes, clock=clock, vault=vault
    )
    note(
        session, "ticket.message", by=by, hall_id=visit.ticket.hall_id, at=now,
        subject=str(visit.ticket.id), detail={"number": visit.ticket.label},
    )  # fmt: skip
    return wish


def tell_me_nothing(session: Session, token: str, *, clock: Clock, vault: Vault) -> TicketWish:
    """Forget the number of a ticket at once; raises ``TicketNotFound``."""
    now = clock.now()
    visit = _visit(session, token, now=now, vault=vault)
    planning.forget_contacts(session, [visit.id], at=now)
    return _wish(session, visit, vault)


def _visit(session: Session, token: str, *, now: datetime, vault: Vault) -> VisitNow:
    visit_id = visit_by_token(session, token, vault=vault)
    found = None if visit_id is None else visit_now(session, visit_id, now=now)
    if found is None:
        refuse_erased(session, vault.digest(token, field=TOKEN_FIELD))
        raise TicketNotFound
    return found


def _wish(session: Session, visit: VisitNow, vault: Vault) -> TicketWish:
    contact = _wanted(session, visit)
    number = vault.open(contact.phone_sealed, field=PHONE_FIELD) if contact else None
    known = _booked_number(session, visit, vault)
    about = visit.id, str(visit.ticket.id)
    went = store.occurrences(session, [visit.id], MessageKind.SOON).get(about)
    return TicketWish(
        offered=True,
        phone_masked=masked_phone(number) if number else None,
        known_masked=masked_phone(known) if known else None,
        message=went if contact or went is MessageStatus.SENT else None,
        soon=contact.soon if contact else Soon(),
    )


def _wanted(session: Session, visit: VisitNow) -> Contact | None:
    """Return the number that was left for a ticket, while its messages are wanted."""
    contact = store.contact_of(session, visit.id)
    return contact if contact is not None and contact.stopped_at is None else None


def _known_number(session: Session, visit: VisitNow, left: Contact | None, vault: Vault) -> str | None:
    """Return the number that was left before, else the appointment's."""
    if left is not None:
        return vault.open(left.phone_sealed, field=PHONE_FIELD)
    return _booked_number(session, visit, vault)


def _booked_number(session: Session, visit: VisitNow, vault: Vault) -> str | None:
    """Return the number of the appointment that became this visit, if it came of one."""
    if visit.reference is None:
        return None
    try:
        sealed = booking_store.by_id(session, visit.reference).phone_sealed  # type: ignore[arg-type]
    except AppointmentNotFound:
        return None
    return vault.open_if(sealed, field=BOOKED_PHONE_FIELD)


# --- the look round --------------------------------------------------------------------------------


class Todo(Enum):
    """What a look round found to do about a visit."""

    TELL = "tell"
    VOID = "void"
    FORGET = "forget"


@dataclass(frozen=True, slots=True)
class Found:
    """A visit with what is to be done about it; ``ticket`` where it is to be told of."""

    visit_id: UUID
    todo: Todo
    ticket: Ticket | None = None


def look_round(session: Session, *, now: datetime) -> list[Found]:
    """Return what is to be done about the visits that have a number, without holding the writer.

    In as many statements for a thousand visits as for one: it is done every few seconds.
    """
    waiting = {own.subject: own for own in store.contacts_about(session, ABOUT)}
    standing = visits_standing(session, [VisitId(visit_id) for visit_id in waiting])
    told = store.occurrences(session, waiting, MessageKind.SOON)
    planned = store.planned_among(session, waiting)
    found, untold = [], {}
    for visit_id, contact in waiting.items():
        own = standing.get(VisitId(visit_id))
        if own is None or _has_ended(own, now):
            found.append(Found(visit_id, Todo.FORGET))
        elif own.ticket.status is not TicketStatus.WAITING:
            if visit_id in planned:  # called already: "soon" is no longer so
                found.append(Found(visit_id, Todo.VOID))
        elif contact.stopped_at is None and (visit_id, str(own.ticket.id)) not in told:
            untold[visit_id] = own.ticket
    asked = {visit_id: waiting[visit_id].soon for visit_id in untold}
    return found + _soon_due(session, untold, asked, now=now)


def _has_ended(own: Standing, now: datetime) -> bool:
    return own.over and now - own.ticket.changed_at > ENDED_FOR


def _soon_due(
    session: Session, untold: Mapping[UUID, Ticket], asked: Mapping[UUID, Soon], *, now: datetime
) -> list[Found]:
    lines = lines_of(session, untold.values(), now=now)
    calendars = calendars_of(session, {own.hall_id for own in untold.values()})
    found = []
    for visit_id, ticket in untold.items():
        if not ticket.remote and calendars[ticket.hall_id].again_today(now):
            continue  # whoever is next after a break need not come during it
        line = lines.get(ticket.id)  # None: called since it was found waiting
        band = band_of(line.wait, line.people_ahead) if line else None
        if line and is_soon(line.people_ahead, band.high if band else None, asked[visit_id]):
            found.append(Found(visit_id, Todo.TELL, ticket))
    return found


def follow_up(session: Session, found: Sequence[Found], *, clock: Clock, vault: Vault) -> None:
    """Do what a look round found."""
    now = clock.now()
    for own in found:
        if own.todo is Todo.FORGET:
            planning.forget_contacts(session, [own.visit_id], at=now)
        elif own.todo is Todo.VOID:
            planning.void_messages(session, own.visit_id, at=now)
        elif own.ticket is not None:
            _plan_soon(session, own.visit_id, own.ticket, now=now, vault=vault)


def forget_ended(session: Session, now: datetime) -> None:
    """Forget the numbers of tickets that ended; for the night, where nobody looks round any more.

    Whoever switches messages off ends the looks, and the number was to be kept until the ticket ends.
    """
    kept = [own.subject for own in store.contacts_about(session, ABOUT)]
    standing = visits_standing(session, [VisitId(visit_id) for visit_id in kept])
    over = [visit_id for visit_id, own in standing.items() if _has_ended(own, now)]
    gone = [visit_id for visit_id in kept if visit_id not in standing]
    planning.forget_contacts(session, [*over, *gone], at=now)


def _plan_soon(session: Session, visit_id: UUID, ticket: Ticket, *, now: datetime, vault: Vault) -> None:
    hall = catalogue.hall(session, ticket.hall_id)
    facts = MessageFacts(hall.name_zh, hall.name_en, hall.timezone, number=ticket.label)
    plan_message(session, visit_id, MessageKind.SOON, str(ticket.id), soon(now=now), facts, vault=vault)
