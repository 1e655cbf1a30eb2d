"""A look at what is on file: first it is noted and committed, then asked, shown once and kept nowhere.

Each function here is a unit of work that ends in a ``Question`` for the port, or a refusal. ``ask`` puts it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from booking.guidance import LICENCE, PREFILLED, papers_of
from booking.licences import store
from booking.licences.errors import NobodyServedHere, NoLicenceConsent, NoLicencePermission
from booking.licences.giving import LIVE, holder_typed, opened_holder
from booking.licences.port import LicencesAway, NotActing, OnFile, Question
from booking.service.views import TOKEN_FIELD
from booking.store import by_id, by_token
from kernel import catalogue
from kernel.audit import note
from kernel.events import lock_hall
from queueing import store as queue_store
from queueing.rules.tickets import TicketStatus
from queueing.visits import visit_by_token, visit_of_ticket

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from uuid import UUID

    from sqlmodel import Session

    from booking.licences.giving import SignedIn
    from booking.licences.port import LicenceSystem
    from booking.store import Appointment
    from kernel.catalogue import Hall, Service
    from kernel.clock import Clock
    from kernel.identity import Staff
    from kernel.ids import AppointmentId, HallId, WindowId
    from kernel.secrets import Vault
    from queueing.store.windows import Window

SELF, DESK, WINDOW = "self", "desk", "window"
# Whoever reloads the own page is listed once an hour: else the looks of staff are lost among them.
OWN_LOOK_LASTS = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a look is about: the services, the visit's local date, and the question for the port.

    The question is None where none of these services has anything looked up.
    """

    day: date
    services: tuple[Service, ...]
    question: Question | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. ``why`` there is nothing: away or not_acting; "" where ``on_file`` is."""

    on_file: OnFile | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """How it stands with one errand: whether a consent is in force, and the looks there were."""

    in_force: bool
    mine: bool
    looks: tuple[store.LookSeen, ...]


async def ask(system: LicenceSystem, question: Question | None) -> Answer:
    """Put the question; away or refused is an answer, never a page that does not come."""
    if question is None:
        return Answer(OnFile({}))
    try:
        return Answer(await system.on_file(question))
    except LicencesAway:
        return Answer(None, "away")
    except NotActing:
        return Answer(None, "not_acting")


def standing_of(session: Session, subjects: Sequence[UUID], person: bytes | None) -> Standing:
    """Return how it stands with an errand; ``mine``: who asks is who agreed."""
    found = [own for subject in subjects if (own := store.consent_of(session, subject)) is not None]
    force = [own for own in found if own.in_force]
    mine = any(own.person is not None and own.person == person for own in force)
    return Standing(bool(force), mine, tuple(store.looks_at(session, subjects)))


def standing_by_link(session: Session, token: str, person: bytes | None, *, vault: Vault) -> Standing:
    """Return how it stands with the appointment behind a token and the visit it became."""
    own = by_token(session, vault.digest(token, field=TOKEN_FIELD))
    return standing_of(session, [own.id], person)


def standing_by_ticket(session: Session, token: str, *, vault: Vault) -> Standing:
    """Return how it stands with the visit behind a ticket's token; of an appointment's, with that."""
    visit_id = visit_by_token(session, token, vault=vault)
    return standing_of(session, [] if visit_id is None else [visit_id], None)


def look_for_self(session: Session, token: str, who: SignedIn, *, clock: Clock, vault: Vault) -> Asked:
    """Note the holder's own look at the appointment's page; raises ``NoLicenceConsent``.

    Only whoever agreed sees it, signed in: the link alone may be with a neighbour.
    """
    own = by_token(session, vault.digest(token, field=TOKEN_FIELD))
    consent = store.consent_of(session, own.id, lock=True)
    if consent is None or consent.person is None or consent.person != who.person:
        raise NoLicenceConsent
    return _look(session, own, consent, who=SELF, clock=clock, vault=vault)


def look_at_desk(
    session: Session, code: str, appointment_id: AppointmentId, *, by: Staff, clock: Clock, vault: Vault
) -> Asked:
    """Note the desk's look for the slip of whom it just booked for; raises as ``look_at_window``."""
    hall = catalogue.hall_by_code(session, code)
    by.must_work_in(hall.id)
    _must_have_leave(session, by)
    own = by_id(session, appointment_id)
    consent = store.consent_of(session, own.id, lock=True)
    if consent is None or consent.given_by != by.id:
        raise NoLicenceConsent
    asked = _look(session, own, consent, who=DESK, clock=clock, vault=vault, by=by)
    note(session, "licences.look", by=by, hall_id=hall.id, at=clock.now(), subject=str(own.id))
    return asked


def _look(
    session: Session,
    own: Appointment,
    consent: store.Consent,
    *,
    who: str,
    clock: Clock,
    vault: Vault,
    by: Staff | None = None,
    place: str = "",
) -> Asked:
    if not consent.in_force or consent.holder_sealed is None or own.status not in LIVE:
        raise NoLicenceConsent
    services = tuple(catalogue.services_by_code(session, [each.code for each in own.services]))
    holder = opened_holder(consent.holder_sealed, own.id, vault)
    papers = _papers(services)
    day = catalogue.calendar(session, own.hall_id).local_day(own.starts_at)
    if not papers:
        return Asked(day, services, None)
    codes = tuple(each.code for each in services)
    if who is not SELF or not store.looked_since(session, own.id, SELF, clock.now() - OWN_LOOK_LASTS):
        _write(session, own.id, own.hall_id, who, place, codes, by, clock)
    return Asked(day, services, Question(consent.id, holder, codes, papers))


def _papers(services: Sequence[Service]) -> tuple[str, ...]:
    """Return what is worth asking: papers that these services look up or fill in, no others."""
    wanted = [*papers_of(services, LICENCE), *papers_of(services, PREFILLED)]
    return tuple(paper.name_zh for paper in wanted)


def _write(
    session: Session,
    subject: UUID,
    hall_id: HallId,
    who: str,
    place: str,
    codes: Sequence[str],
    by: Staff | None,
    clock: Clock,
) -> None:
    staff_id = by.id if by else None
    store.add_look(
        session, subject=subject, hall_id=hall_id, who=who, place=place,
        staff_id=staff_id, services=",".join(codes)[:400], at=clock.now(),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class AtWindow:
    """Who is served at a window: the errand's id, services, and whether they have agreed beforehand."""

    label: str
    number: str
    subject: UUID
    hall_id: HallId
    services: tuple[Service, ...]
    agreed: bool


def hall_of_window(session: Session, window_id: WindowId, *, by: Staff) -> Hall:
    """Return the hall of a window; raises ``WindowNotFound``, ``WrongHall``."""
    hall = catalogue.hall(session, queue_store.window(session, window_id).hall_id)
    by.must_work_in(hall.id)
    return hall


def served_at(session: Session, window_id: WindowId, *, by: Staff) -> AtWindow:
    """Return whom this clerk serves at the window now; nothing of licences is looked at.

    Raises ``WindowNotFound``, ``WrongHall``, ``NoLicencePermission``, ``NobodyServedHere``: also for a
    colleague's window, and for a ticket that is called and not begun.
    """
    window = _own_window(session, window_id, by)
    ticket = queue_store.ticket(session, window.ticket_id) if window.ticket_id else None
    if ticket is None or ticket.status is not TicketStatus.SERVING or window.clerk_id != by.id:
        raise NobodyServedHere
    visit = visit_of_ticket(session, ticket.id)
    consent = store.consent_of(session, visit.reference) if visit.reference else None
    return AtWindow(
        label=window.label,
        number=ticket.label,
        subject=visit.reference or visit.id,
        hall_id=window.hall_id,
        services=tuple(catalogue.services_by_code(session, visit.codes)),
        agreed=consent is not None and consent.in_force and consent.holder_sealed is not None,
    )


def _own_window(session: Session, window_id: WindowId, by: Staff) -> Window:
    """Return the window, its hall locked: no ticket begins or ends until the look is committed."""
    window = queue_store.window(session, window_id)
    by.must_work_in(window.hall_id)
    _must_have_leave(session, by)
    lock_hall(session, window.hall_id)
    return queue_store.window(session, window_id)


def _must_have_leave(session: Session, by: Staff) -> None:
    if not store.may_look(session, by.id):
        raise NoLicencePermission


def look_at_window(
    session: Session, window_id: WindowId, typed: str = "", *, by: Staff, clock: Clock, vault: Vault
) -> Asked:
    """Note a look at the licences of whoever is served at this window.

    By the consent that was given with the booking; or, ``typed``, by the ID number or company code of
    whoever agrees at the window: then the word is written and the number is not. Raises as ``served_at``,
    and ``NoLicenceConsent``.
    """
    seen = served_at(session, window_id, by=by)
    day = catalogue.calendar(session, seen.hall_id).local_day(clock.now())
    papers, codes = _papers(seen.services), tuple(each.code for each in seen.services)
    if typed:
        holder = holder_typed(typed)
        if holder is None:
            raise NoLicenceConsent
        consent_id = _agreed_at_window(session, seen, by, clock)
    else:
        consent = store.consent_of(session, seen.subject, lock=True)
        if consent is None or not consent.in_force or consent.holder_sealed is None:
            raise NoLicenceConsent
        holder, consent_id = opened_holder(consent.holder_sealed, seen.subject, vault), consent.id
    if not papers:
        return Asked(day, seen.services, None)
    _write(session, seen.subject, seen.hall_id, WINDOW, seen.label, codes, by, clock)
    note(
        session, "licences.look", by=by, hall_id=seen.hall_id, at=clock.now(), subject=str(seen.subject),
        detail={"window": seen.label, "number": seen.number, "services": list(codes)},
    )  # fmt: skip
    return Asked(day, seen.services, Question(consent_id, holder, codes, papers))


def _agreed_at_window(session: Session, seen: AtWindow, by: Staff, clock: Clock) -> UUID:
    """Write the word of whoever stands there; one that was given with the booking stays as it is."""
    before = store.consent_of(session, seen.subject, lock=True)
    if before is not None and before.in_force:
        return before.id
    return store.write_consent(
        session, seen.subject, hall_id=seen.hall_id, person=None, holder_sealed=None,
        given_at=clock.now(), given_by=by.id,
    )  # fmt: skip
