"""Somebody asks at the desk or by telephone: why they cannot book, and to book all the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from booking.errors import PhoneInvalid
from booking.no_shows.errors import NotPaused
from booking.no_shows.excusing import said_in_words
from booking.no_shows.pausing import pause_of, standing_of
from booking.no_shows.store import facts, halls
from booking.rules.no_shows import EXCEPTION_LASTS, NoShowStatus
from booking.rules.people import masked_phone, normal_phone
from booking.service.views import PHONE_FIELD
from kernel import catalogue
from kernel.audit import note

if TYPE_CHECKING:
    from datetime import datetime

    from sqlmodel import Session

    from booking.no_shows.pausing import Standing
    from booking.rules.no_shows import NoShowKind
    from kernel.catalogue import Hall
    from kernel.clock import Clock
    from kernel.identity import Staff
    from kernel.ids import NoShowId
    from kernel.secrets import Vault


@dataclass(frozen=True, slots=True)
class CountedLine:
    """What counts against a number, as staff tell it; ``reference`` is None once it is erased."""

    id: NoShowId
    hall: Hall
    starts_at: datetime
    kind: NoShowKind
    reference: str | None


@dataclass(frozen=True, slots=True)
class OfNumber:
    """How a number stands; ``standing`` None: no rule in force."""

    phone_masked: str
    standing: Standing | None
    lines: tuple[CountedLine, ...]


@dataclass(frozen=True, slots=True)
class Leave:
    """Leave to book once until ``expires_at``."""

    phone_masked: str
    paused_until: datetime
    expires_at: datetime


def of_number(session: Session, code: str, phone: str, *, by: Staff, clock: Clock, vault: Vault) -> OfNumber:
    """Return what counts against a number, for whoever stands at the desk with it; the look is in the trail.

    Raises ``PhoneInvalid``, ``HallNotFound``, ``WrongHall``.
    """
    hall = catalogue.hall_by_code(session, code)
    by.must_work_in(hall.id)
    number, now = normal_phone(phone), clock.now()
    if number is None:
        raise PhoneInvalid(field="phone")
    person = vault.digest(number, field=PHONE_FIELD)
    counting = [
        own
        for own in facts.all_of_person(session, person)
        if own.status is NoShowStatus.COUNTS and now < own.forget_at
    ]
    references = facts.references_of(session, counting)
    halls_by_id = {own.id: own for own in catalogue.halls(session)}
    detail = {"no_shows": [str(own.id) for own in counting]}
    note(session, "no-show.look-up", by=by, hall_id=hall.id, at=now, detail=detail)
    return OfNumber(
        masked_phone(number),
        standing_of(session, person, now=now),
        tuple(
            CountedLine(own.id, halls_by_id[own.hall_id], own.starts_at, own.kind, references.get(own.id))
            for own in counting
        ),
    )


def grant_exception(
    session: Session, code: str, phone: str, reason: str, *, by: Staff, clock: Clock, vault: Vault
) -> Leave:
    """Let a person whose booking is paused book once, on line or on the waiting list, with a noted reason.

    Raises ``PhoneInvalid``, ``NotPaused``, ``AppealWordsMissing``, ``WrongHall``.
    """
    hall = catalogue.hall_by_code(session, code)
    by.must_work_in(hall.id)
    number, said, now = normal_phone(phone), said_in_words(reason), clock.now()
    if number is None:
        raise PhoneInvalid(field="phone")
    person = vault.digest(number, field=PHONE_FIELD)
    facts.lock_person(session, person)
    pause = pause_of(session, person, now=now)
    if pause is None:
        raise NotPaused
    expires_at = min(now + EXCEPTION_LASTS, pause.until)
    exception_id = halls.add_exception(
        session, phone_hash=person, hall_id=hall.id, reason=said, granted_at=now, granted_by=by.id,
        expires_at=expires_at,
    )  # fmt: skip
    note(
        session, "no-show.exception", by=by, hall_id=hall.id, at=now, subject=str(exception_id),
        detail={"reason": said, "expires_at": expires_at.isoformat()},
    )  # fmt: skip
    return Leave(masked_phone(number), pause.until, expires_at)
