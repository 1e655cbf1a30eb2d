"""A visit is rated by whoever holds its ticket or appointment, and a bad rating becomes a case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from booking import store as booking_store
from booking.errors import AppointmentNotFound, PhoneInvalid
from booking.ratings import store
from booking.ratings.errors import RatingClosed, RatingFinal, RatingNotAsked
from booking.ratings.store.ratings import TEXT_FIELD
from booking.rules.people import masked_phone, normal_phone
from booking.rules.rating_cases import (
    CALL_BACK_KEPT_FOR,
    CASE_TRANSITIONS,
    ENDINGS,
    CaseAction,
    due_at,
)
from booking.rules.ratings import (
    TEXT_KEPT_FOR,
    Level,
    RatingPolicy,
    Reason,
    changeable_until,
    closes_at,
    rating_policy,
)
from booking.service.views import TOKEN_FIELD
from kernel import catalogue
from kernel.errors import Busy
from kernel.identity import CITIZEN
from queueing import visits
from queueing.errors import TicketNotFound
from queueing.rules.notices import plain_text

if TYPE_CHECKING:
    from datetime import date, datetime
    from uuid import UUID

    from sqlmodel import Session

    from kernel.catalogue import Hall
    from kernel.clock import Clock
    from kernel.ids import VisitId
    from kernel.secrets import Vault

PHONE_FIELD = "rating.call_back"


@dataclass(frozen=True, slots=True)
class Said:
    """What a citizen says; ``phone`` is given only with consent to be called back, None otherwise."""

    level: Level
    reasons: tuple[Reason, ...] = ()
    text: str = ""
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class RatingView:
    """How a visit's rating stands for its holder.

    ``asked``: the visit was served to its end. ``until``: until when it can be rated, or the rating be
    changed; ``last_day``: the last local date of it. ``level`` is None while nobody has rated.
    """

    asked: bool
    may_rate: bool
    until: datetime | None
    last_day: date | None
    hall: Hall | None
    level: Level | None
    reasons: tuple[Reason, ...]
    text: str
    phone_masked: str | None


NOT_ASKED = RatingView(False, False, None, None, None, None, (), "", None)


@dataclass(frozen=True, slots=True)
class _Terms:
    """A served visit and what its hall has published about rating it."""

    visit: visits.ServedVisit
    hall: Hall
    policy: RatingPolicy
    closes_at: datetime

    def until(self, held: store.Rating | None) -> datetime:
        if held is None:
            return self.closes_at
        return changeable_until(held.rated_at, self.closes_at, self.policy)


def look_at_rating(session: Session, token: str, *, now: datetime, vault: Vault) -> RatingView:
    """Return how the rating stands of the visit behind a ticket's or an appointment's token."""
    visit_id = _visit_behind(session, token, vault)
    terms = _terms(session, visit_id) if visit_id is not None else None
    return NOT_ASKED if terms is None else _view(session, terms, now=now, vault=vault)


def rate(session: Session, token: str, said: Said, *, clock: Clock, vault: Vault) -> RatingView:
    """Rate a visit, or change its rating within the published time.

    Each press says everything anew: words or a number that are not given again are gone. Raises
    ``RatingNotAsked``, ``RatingClosed``, ``RatingFinal``, ``PhoneInvalid``.
    """
    visit_id = _visit_behind(session, token, vault)
    if visit_id is None:
        raise RatingNotAsked
    visits.lock_visit(session, visit_id)
    now = clock.now()
    terms = _terms(session, visit_id)
    if terms is None:
        raise RatingNotAsked
    held = store.rating_of(session, visit_id)
    _refuse_late(terms, held, now)
    rating_id = _write(session, terms, held, said, at=now, vault=vault)
    _keep_case(session, terms, rating_id, said, at=now, vault=vault)
    return _view(session, terms, now=now, vault=vault)


def _visit_behind(session: Session, token: str, vault: Vault) -> VisitId | None:
    """Return the visit of a ticket's token, or of an appointment's if somebody has come; else None."""
    visit_id = visits.visit_by_token(session, token, vault=vault)
    if visit_id is not None:
        return visit_id
    try:
        appointment = booking_store.by_token(session, vault.digest(token, field=TOKEN_FIELD))
    except AppointmentNotFound as unknown:
        raise TicketNotFound from unknown
    return visits.visit_by_reference(session, appointment.id)


def _terms(session: Session, visit_id: VisitId) -> _Terms | None:
    visit = visits.served_visit(session, visit_id)
    if visit is None:
        return None
    hall = catalogue.hall(session, visit.hall_id)
    policy = rating_policy(hall.policy)
    calendar = catalogue.calendar(session, visit.hall_id)
    return _Terms(visit, hall, policy, closes_at(visit.day, calendar, policy))


def _refuse_late(terms: _Terms, held: store.Rating | None, now: datetime) -> None:
    until = terms.until(held)
    if now < until:
        return
    if held is not None:
        raise RatingFinal(final_since=until)
    raise RatingClosed(closed_at=until)


def _write(
    session: Session, terms: _Terms, held: store.Rating | None, said: Said, *, at: datetime, vault: Vault
) -> UUID:
    text = plain_text(said.text or "")
    words = {
        "level": said.level,
        "reasons": [reason.value for reason in dict.fromkeys(said.reasons)],
        "text_sealed": vault.seal(text, field=TEXT_FIELD) if text else None,
    }
    if held is not None:
        store.change_rating(session, held.id, at, **words)
        return held.id
    rating_id = store.add_rating(session, terms.visit, at, **words)
    if rating_id is None:  # only where somebody went past the lock: the next try finds the other's rating
        raise Busy
    return rating_id


def _keep_case(
    session: Session, terms: _Terms, rating_id: UUID, said: Said, *, at: datetime, vault: Vault
) -> None:
    """Open a case for a bad rating, or end it when the rating became better; keep or erase the number."""
    case = store.case_of_rating(session, rating_id)
    if not said.level.is_bad:
        if case is not None and (case.status, CaseAction.WITHDRAW) in CASE_TRANSITIONS:
            _move_by_citizen(session, case, CaseAction.WITHDRAW, at=at, ended_at=at)
        if case is not None:
            store.erase_number(session, case.id)
        return
    answer_by = due_at(catalogue.calendar(session, terms.visit.hall_id), at, terms.policy.answer_days)
    if case is None:
        case = store.add_case(session, rating_id, terms.visit.hall_id, at=at, due_at=answer_by)
        store.add_step(session, case.id, "open", at=at, by=CITIZEN)
    elif (case.status, CaseAction.RENEW) in CASE_TRANSITIONS:
        case = _move_by_citizen(session, case, CaseAction.RENEW, at=at, due_at=answer_by, ended_at=None)
    _keep_number(session, case, said.phone, at=at, vault=vault)


def _move_by_citizen(
    session: Session, case: store.Case, action: CaseAction, *, at: datetime, **changes: object
) -> store.Case:
    store.add_step(session, case.id, action, at=at, by=CITIZEN)
    return store.change_case(
        session, case.id, status=CASE_TRANSITIONS[case.status, action], handler_id=None, **changes
    )


def _keep_number(
    session: Session, case: store.Case, phone: str | None, *, at: datetime, vault: Vault
) -> None:
    if phone is None or case.status in ENDINGS:
        store.erase_number(session, case.id)
        return
    number = normal_phone(phone)
    if number is None:
        raise PhoneInvalid(field="phone")
    sealed = vault.seal(number, field=PHONE_FIELD)
    store.keep_number(session, case.id, sealed, erase_at=at + CALL_BACK_KEPT_FOR)


def _view(session: Session, terms: _Terms, *, now: datetime, vault: Vault) -> RatingView:
    held = store.rating_of(session, terms.visit.id)
    until = terms.until(held)
    text, phone = "", None
    if held is not None:
        text = vault.open(held.text_sealed, field=TEXT_FIELD) if held.text_sealed else ""
        phone = _number_left(session, held.id, now=now, vault=vault)
    return RatingView(
        asked=True,
        may_rate=now < until,
        until=until,
        last_day=terms.visit.day + timedelta(days=terms.policy.open_days),
        hall=terms.hall,
        level=held.level if held else None,
        reasons=held.reasons if held else (),
        text=text,
        phone_masked=phone,
    )


def _number_left(session: Session, rating_id: UUID, *, now: datetime, vault: Vault) -> str | None:
    case_id = store.case_id_of(session, rating_id)
    sealed = store.numbers_of(session, [case_id], now=now).get(case_id) if case_id else None
    return masked_phone(vault.open(sealed, field=PHONE_FIELD)) if sealed else None


def tidy_ratings(session: Session, now: datetime) -> None:
    """Erase numbers and words whose time is over; whoever looks before that sees no number either way."""
    store.forget_numbers(session, now)
    store.forget_texts(session, now - TEXT_KEPT_FOR)
