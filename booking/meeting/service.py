"""Which kinds of appointments a hall offers for services, and what whoever books is told of each."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING

from booking.city import forget_city
from booking.meeting import store
from booking.meeting.errors import KindInvalid, KindNotOffered
from booking.meeting.store import KindTerms
from booking.rules.meeting import CHOOSABLE, LONGEST_EN, LONGEST_ZH, AppointmentKind, is_link, video_link
from kernel import catalogue
from kernel.audit import note
from kernel.catalogue import NotOfferedHere
from queueing.rules.notices import plain_text

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlmodel import Session

    from booking.store import Appointment
    from kernel.catalogue import Hall, Service
    from kernel.clock import Clock
    from kernel.identity import Staff
    from kernel.ids import AppointmentId, HallId, ServiceId
    from kernel.secrets import Vault

ROOM_FIELD = "appointment.room"
ROOM_BYTES = 12  # as hard to guess as a token; a room's name is what keeps strangers out
HALL = AppointmentKind.HALL


@dataclass(frozen=True, slots=True)
class OfferedKind:
    """A kind in which services can be had together, with what the hall says about it; one set a service."""

    kind: AppointmentKind
    words_zh: tuple[str, ...] = ()
    words_en: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Meeting:
    """How an appointment is held; ``link`` of video only, as the hall has it now."""

    kind: AppointmentKind
    link: str = ""
    words_zh: tuple[str, ...] = ()
    words_en: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ServiceKinds:
    """A service of a hall that can be booked, with what is said about each kind, offered or not."""

    service: Service
    kinds: tuple[KindTerms, ...]

    @property
    def offered(self) -> tuple[KindTerms, ...]:
        return tuple(own for own in self.kinds if own.offered)


@dataclass(frozen=True, slots=True)
class HallKinds:
    """A hall's services with their kinds of appointments."""

    hall: Hall
    services: tuple[ServiceKinds, ...]


def kinds_for(session: Session, hall_code: str, codes: Sequence[str]) -> tuple[OfferedKind, ...]:
    """Return the kinds in which all of these services can be had in a hall; the hall itself comes first.

    Raises ``HallNotFound``, ``ServiceNotFound``.
    """
    hall = catalogue.hall_by_code(session, hall_code)
    ids = [service.id for service in catalogue.services_by_code(session, codes)]
    return _together(session, hall.id, ids)


def _together(session: Session, hall_id: HallId, ids: Collection[ServiceId]) -> tuple[OfferedKind, ...]:
    terms = [own for own in store.terms_in(session, hall_id, ids) if own.offered]
    by_kind = {kind: [own for own in terms if own.kind is kind] for kind in CHOOSABLE}
    return (
        OfferedKind(HALL),
        *(
            OfferedKind(kind, *_words(own))
            for kind, own in by_kind.items()
            if own and len(own) == len(set(ids))
        ),
    )


def _words(terms: Sequence[KindTerms]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    zh = dict.fromkeys(own.words_zh for own in terms if own.words_zh)
    en = dict.fromkeys(own.words_en for own in terms if own.words_en)
    return tuple(zh), tuple(en)


def must_offer(session: Session, hall_id: HallId, ids: Collection[ServiceId], kind: AppointmentKind) -> None:
    """Raise ``KindNotOffered`` unless all of these services can be had in this kind in a hall."""
    if kind is HALL:
        return
    offered = [own.kind.value for own in _together(session, hall_id, ids)]
    if kind not in offered:
        raise KindNotOffered(kind=kind, offered=offered)


def meeting_of(session: Session, own: Appointment, vault: Vault) -> Meeting:
    """Return how an appointment is held; what the hall offers no more is kept to whom it was promised."""
    if own.kind is HALL:
        return Meeting(HALL)
    services = [each.service_id for each in own.services]
    terms = [each for each in store.terms_in(session, own.hall_id, services) if each.kind is own.kind]
    by_service = {each.service_id: each for each in terms}
    ordered = [by_service[each] for each in services if each in by_service]
    link = next((each.link for each in ordered if each.link), "")
    return Meeting(own.kind, video_link(link, room_of(own.id, vault)) if link else "", *_words(ordered))


def room_of(appointment_id: AppointmentId, vault: Vault) -> str:
    """Return the name of an appointment's video room: worked out under the token key, and kept nowhere."""
    secret = vault.digest(str(appointment_id), field=ROOM_FIELD)[:ROOM_BYTES]
    return base64.urlsafe_b64encode(secret).decode()


def hall_kinds(session: Session, code: str, *, by: Staff) -> HallKinds:
    """Return a hall's bookable services with their kinds, for its staff, those with any first.

    Raises ``HallNotFound``, ``WrongHall``.
    """
    hall = catalogue.hall_by_code(session, code)
    by.must_work_in(hall.id)
    terms = store.terms_in(session, hall.id)
    here = {own.service_id for own in catalogue.offers_in(session, hall.id) if own.queue_id is not None}
    services = (
        ServiceKinds(service, _of_each(service.id, terms))
        for service in catalogue.services(session)
        if service.id in here and not service.retired
    )
    return HallKinds(
        hall,
        tuple(sorted(services, key=lambda own: not own.offered)),
    )


def _of_each(service_id: ServiceId, terms: Sequence[KindTerms]) -> tuple[KindTerms, ...]:
    known = {own.kind: own for own in terms if own.service_id == service_id}
    return tuple(
        known.get(kind) or KindTerms(service_id, kind, offered=False, link="", words_zh="", words_en="")
        for kind in CHOOSABLE
    )


@dataclass(frozen=True, slots=True)
class WantedKind:
    """What a manager sets about one kind of a service's appointments."""

    kind: AppointmentKind
    offered: bool
    link: str = ""
    words_zh: str = ""
    words_en: str = ""


def set_kind(
    session: Session, code: str, service_code: str, wanted: WantedKind, *, by: Staff, clock: Clock
) -> HallKinds:
    """Offer a service's appointments in a kind too, or no more; what is booked stays as it was promised.

    Raises ``WrongHall``, ``ServiceNotFound``, ``NotOfferedHere``, ``KindInvalid``.
    """
    hall = catalogue.hall_by_code(session, code)
    by.must_work_in(hall.id)
    (service,) = catalogue.services_by_code(session, [service_code])
    here = {own.service_id for own in catalogue.offers_in(session, hall.id) if own.queue_id is not None}
    if service.id not in here:
        raise NotOfferedHere(services=[service_code])
    terms = _checked(service.id, wanted)
    now = clock.now()
    store.write_terms(session, hall.id, terms, at=now)
    detail = {"service": service.code, "kind": terms.kind.value, "offered": terms.offered}
    note(session, "appointment.kind", by=by, hall_id=hall.id, at=now, subject=service.code, detail=detail)
    forget_city(session)
    return hall_kinds(session, code, by=by)


def _checked(service_id: ServiceId, wanted: WantedKind) -> KindTerms:
    link = wanted.link.strip() if wanted.kind is AppointmentKind.VIDEO else ""
    zh, en = map(plain_text, (wanted.words_zh, wanted.words_en))
    if wanted.kind is HALL:
        raise KindInvalid(field="kind")
    if (link or (wanted.offered and wanted.kind is AppointmentKind.VIDEO)) and not is_link(link):
        raise KindInvalid(field="link")
    needs_words = wanted.offered and wanted.kind is AppointmentKind.HOME
    if bool(zh) != bool(en) or (needs_words and not zh) or len(zh) > LONGEST_ZH or len(en) > LONGEST_EN:
        raise KindInvalid(field="words_zh" if not zh or len(zh) > LONGEST_ZH else "words_en")
    return KindTerms(service_id, wanted.kind, wanted.offered, link, zh, en)
