"""Whoever proves to have made an appointment reads why it counts, and may appeal once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from booking import store as bookings
from booking.errors import PhoneInvalid
from booking.no_shows.errors import AppealedAlready, AppealWordsMissing, NoShowNotCounting, NoShowNotFound
from booking.no_shows.pausing import standing_of
from booking.no_shows.personal import ANSWER_FIELD, WORDS_FIELD, opened
from booking.no_shows.recording import CODE_FIELD
from booking.no_shows.store import appeals, facts, rules
from booking.rules.no_shows import SHORTEST_WORDS, NoShowStatus
from booking.rules.people import normal_phone
from booking.rules.rating_cases import due_at
from booking.rules.references import normal_reference
from booking.service.views import PHONE_FIELD, TOKEN_FIELD
from kernel import catalogue
from queueing.rules.notices import plain_text

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlmodel import Session

    from booking.no_shows.pausing import Standing
    from booking.no_shows.store.appeals import Appeal
    from booking.no_shows.store.facts import NoShow
    from booking.rules.no_shows import AppealStatus, NoShowKind
    from kernel.catalogue import Hall
    from kernel.clock import Clock
    from kernel.secrets import Vault


@dataclass(frozen=True, slots=True)
class Proof:
    """What shows that somebody made an appointment: its link's token, or its reference and their number."""

    token: str | None = None
    phone: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class AppealView:
    """An appeal as the person reads it."""

    status: AppealStatus
    words: str
    answer: str
    opened_at: datetime
    due_at: datetime
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class Other:
    """Another no-show of the same number, masked: the month and the hall."""

    month: date
    hall: Hall


@dataclass(frozen=True, slots=True)
class NoShowView:
    """What counts as not kept, as the person who proves it reads it; ``standing`` None: no rule in force."""

    hall: Hall
    starts_at: datetime
    kind: NoShowKind
    status: NoShowStatus
    excuse: str
    forget_at: datetime
    standing: Standing | None
    others: tuple[Other, ...]
    appeal: AppealView | None
    may_appeal: bool


def look_up(session: Session, proof: Proof, *, now: datetime, vault: Vault) -> NoShowView:
    """Return why something counts; raises ``NoShowNotFound``, ``PhoneInvalid``, and as a link does."""
    return _view(session, _proven(session, proof, now=now, vault=vault), now=now, vault=vault)


def of_link(session: Session, token: str, *, now: datetime, vault: Vault) -> NoShowView | None:
    """Return what counts of the appointment behind a token, None where nothing does or did."""
    try:
        return look_up(session, Proof(token), now=now, vault=vault)
    except NoShowNotFound:
        return None


def appeal(session: Session, proof: Proof, words: str, *, clock: Clock, vault: Vault) -> NoShowView:
    """Write what the person says to it; the hall's manager answers within the published working days.

    Raises ``AppealedAlready``, ``NoShowNotCounting``, ``AppealWordsMissing`` and as ``look_up``.
    """
    now = clock.now()
    own = _proven(session, proof, now=now, vault=vault, lock=True)
    if own.forget_at <= now:  # a link still proves it; nothing new is written to what the night forgets
        raise NoShowNotFound
    said = "\n".join(map(plain_text, words.splitlines())).strip()
    if len(said) < SHORTEST_WORDS:
        raise AppealWordsMissing(field="words")
    if appeals.appeal_of(session, own.id) is not None:
        raise AppealedAlready
    if own.status is not NoShowStatus.COUNTS:
        raise NoShowNotCounting(status=own.status)
    calendar = catalogue.calendar(session, own.hall_id)
    rule = rules.rule_at(session, now)
    answer_days = rule.answer_days if rule else 1
    due = due_at(calendar, now, answer_days)
    sealed = vault.seal(said, field=WORDS_FIELD)
    if appeals.add_appeal(session, own, words=sealed, at=now, due_at=due) is None:
        raise AppealedAlready
    return _view(session, own, now=now, vault=vault)


def _proven(session: Session, proof: Proof, *, now: datetime, vault: Vault, lock: bool = False) -> NoShow:
    if proof.token is not None:
        own = bookings.by_token(session, vault.digest(proof.token, field=TOKEN_FIELD))
        found = facts.no_show_of(session, own.id, lock=lock)
    else:
        number = normal_phone(proof.phone)
        if number is None:
            raise PhoneInvalid(field="phone")
        found = facts.no_show_by_reference(
            session,
            vault.digest(number, field=PHONE_FIELD),
            vault.digest(normal_reference(proof.reference), field=CODE_FIELD),
            now=now,
            lock=lock,
        )
    if found is None or found.phone_hash is None:
        raise NoShowNotFound
    return found


def _view(session: Session, own: NoShow, *, now: datetime, vault: Vault) -> NoShowView:
    person = own.phone_hash or b""
    written = appeals.appeal_of(session, own.id)
    counts = own.status is NoShowStatus.COUNTS
    return NoShowView(
        hall=catalogue.hall(session, own.hall_id),
        starts_at=own.starts_at,
        kind=own.kind,
        status=own.status,
        excuse=own.excuse,
        forget_at=own.forget_at,
        standing=standing_of(session, person, now=now),
        others=_others(session, own, person, now=now) if counts else (),
        appeal=_appeal_view(written, vault) if written else None,
        may_appeal=counts and written is None and now < own.forget_at,
    )


def _others(session: Session, own: NoShow, person: bytes, *, now: datetime) -> tuple[Other, ...]:
    """Return what else counts, masked: a link proves its own appointment, not who made the others."""
    found = []
    for other in facts.all_of_person(session, person):
        if other.id != own.id and other.status is NoShowStatus.COUNTS and now < other.forget_at:
            hall = catalogue.hall(session, other.hall_id)
            day = catalogue.calendar(session, other.hall_id).local_day(other.starts_at)
            found.append(Other(day.replace(day=1), hall))
    return tuple(found)


def _appeal_view(own: Appeal, vault: Vault) -> AppealView:
    return AppealView(
        status=own.status,
        words=opened(own.words_sealed, WORDS_FIELD, vault),
        answer=opened(own.answer_sealed, ANSWER_FIELD, vault),
        opened_at=own.opened_at,
        due_at=own.due_at,
        decided_at=own.decided_at,
    )
