"""One person asks what is kept, or asks for its erasure: an operator answers, and it is in the trail.

The person is found by the keyed hash of the telephone number. Who walked in without an appointment left
no number, unless to be told of their ticket while it waits; nothing else of such a visit can be found, and
its link is erased with the rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from booking import store
from booking.errors import PhoneInvalid
from booking.licences.keeping import kept_of
from booking.messages.keeping import forget_apart, kept_apart, sent_about
from booking.mine.store import lists_with
from booking.no_shows.personal import no_shows_of_phone
from booking.no_shows.store.forgetting import forget_person
from booking.ratings import store as ratings
from booking.ratings.store.ratings import TEXT_FIELD
from booking.rules.people import normal_phone
from booking.service.erasing import erase_ended, may_erase
from booking.service.views import (
    ADDRESS_FIELD,
    COMPANY_FIELD,
    ID_TAIL_FIELD,
    NAME_FIELD,
    PHONE_FIELD,
)
from booking.store import erasing
from booking.waitlist.personal import end_waits_of_phone, waits_of_phone
from kernel import catalogue
from kernel.audit import note
from kernel.identity import WrongRole
from kernel.reach import CITY_ROLES
from queueing.erasing import tickets_of, visits_of

if TYPE_CHECKING:
    from datetime import datetime

    from sqlmodel import Session

    from kernel.clock import Clock
    from kernel.identity import Staff
    from kernel.secrets import Vault


@dataclass(frozen=True, slots=True)
class ErasedForPhone:
    """What came of a request: how many were erased, and the starts of those that are still to come.

    ``no_shows``: out of how many no-shows the person was taken; a pause that followed from them is over.
    """

    erased: int
    kept: tuple[datetime, ...]
    no_shows: int = 0


def export_for_phone(
    session: Session, phone: str, *, by: Staff, reason: str, clock: Clock, vault: Vault
) -> list[dict[str, Any]]:
    """Return everything that is kept of a phone number; raises ``PhoneInvalid``, ``WrongRole``."""
    found = _found(session, phone, by, vault)
    _note(session, "privacy.export", found, by=by, reason=reason, at=clock.now())
    kept = [_kept_of(session, own, vault) for own in found]
    waits = waits_of_phone(session, phone, vault)
    told = [*(own.id for own in found), *(UUID(own["waiting_list"]) for own in waits)]
    no_shows = no_shows_of_phone(session, _hash_of(phone, vault), vault)
    return kept + waits + no_shows + kept_apart(session, _hash_of(phone, vault), but=told, vault=vault)


def erase_for_phone(
    session: Session, phone: str, *, by: Staff, reason: str, clock: Clock, vault: Vault
) -> ErasedForPhone:
    """Erase what is over of a phone number; what is to come has to be cancelled first.

    Whoever waits for a place has none yet, so waits end and are erased with the rest. A number that was
    left to be told of a ticket is forgotten in any case, and so is every no-show, with the pause that
    follows from it: the operator answers for that.
    """
    now = clock.now()
    waits = end_waits_of_phone(session, phone, now=now, vault=vault)  # a wait is locked before an appointment
    found = _found(session, phone, by, vault)
    forget_apart(session, _hash_of(phone, vault), but=[own.id for own in found], at=now)
    no_shows = forget_person(session, _hash_of(phone, vault))
    over = [own for own in found if may_erase(session, own, now=now)]
    for own in over:
        erase_ended(session, [own.id], catalogue.calendar(session, own.hall_id).local_day(now), at=now)
    _note(session, "privacy.erase", over, by=by, reason=reason, at=now)
    kept = tuple(own.starts_at for own in found if own not in over)
    return ErasedForPhone(len(over) + waits, kept, no_shows)


def _found(session: Session, phone: str, by: Staff, vault: Vault) -> list[store.Appointment]:
    if by.role not in CITY_ROLES:
        raise WrongRole(role=by.role, needed=[role.value for role in sorted(CITY_ROLES)])
    number = normal_phone(phone)
    if number is None:
        raise PhoneInvalid(field="phone")
    ids = erasing.ids_of_phone(session, vault.digest(number, field=PHONE_FIELD))
    return [store.by_id(session, own) for own in ids]


def _hash_of(phone: str, vault: Vault) -> bytes:
    """Return the keyed hash of a number that ``_found`` has taken."""
    return vault.digest(normal_phone(phone) or "", field=PHONE_FIELD)


def _note(
    session: Session, what: str, found: list[store.Appointment], *, by: Staff, reason: str, at: datetime
) -> None:
    """Note the request, and each appointment in the trail of its hall, in one order for all."""
    note(session, what, by=by, hall_id=None, at=at, detail={"found": len(found), "reason": reason})
    for own in sorted(found, key=lambda each: (each.hall_id, each.starts_at)):
        note(session, what, by=by, hall_id=own.hall_id, at=at, subject=str(own.id), detail={"reason": reason})


def _kept_of(session: Session, own: store.Appointment, vault: Vault) -> dict[str, Any]:
    hall = catalogue.hall(session, own.hall_id)
    return {
        "reference": own.code,
        "hall": hall.code,
        "hall_name": hall.name_zh,
        "status": own.status.value,
        "starts_at": own.starts_at,
        "created_at": own.created_at,
        "confirmed_at": own.confirmed_at,
        "services": [service.name_zh for service in own.services],
        "priority": own.priority,
        "cancelled_because": own.cancel_reason.value if own.cancel_reason else None,
        "cancelled_with_words": own.cancel_note,
        "name": vault.open_if(own.name_sealed, field=NAME_FIELD),
        "phone": vault.open_if(own.phone_sealed, field=PHONE_FIELD),
        "id_tail": vault.open_if(erasing.id_tail_of(session, own.id), field=ID_TAIL_FIELD),
        "kind": own.kind.value,
        "address": vault.open_if(own.address_sealed, field=ADDRESS_FIELD),
        "company": vault.open_if(own.company_sealed, field=COMPANY_FIELD),
        "licences": kept_of(session, own.id),
        "tickets": tickets_of(session, own.id),
        "rating": _rating_of(session, own, vault),
        "messages": sent_about(session, own.id),
        "on_own_lists": lists_with(session, own.id),
    }


def _rating_of(session: Session, own: store.Appointment, vault: Vault) -> dict[str, Any] | None:
    found = (ratings.rating_of(session, visit_id) for visit_id in visits_of(session, own.id))
    said = next(filter(None, found), None)
    if said is None:
        return None
    words = vault.open_if(said.text_sealed, field=TEXT_FIELD)
    return {"level": said.level.value, "rated_at": said.rated_at, "text": words}
