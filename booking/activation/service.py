"""A held place becomes an appointment by a code that was sent to the number: ask for it, type it, ask again.

Until then the place is held like any other, and lapses by the same question: ``now < expires_at``.
"""

from __future__ import annotations

import hmac
import json
import secrets
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from booking import store as bookings
from booking.activation import store
from booking.activation.errors import CodeJustSent, CodesUsedUp
from booking.activation.keeping import drop_pending
from booking.activation.views import Activated, person_of
from booking.errors import AppointmentNotPossible, HoldExpired, PersonLimit
from booking.messages.planning import Wish, keep_contact, plan_message, terms_of, void_messages
from booking.messages.sending import budget_left
from booking.messages.store import take_budget
from booking.mine.errors import CodeEnded
from booking.no_shows.pausing import refuse_paused
from booking.rules.activation import (
    CODE_TRIES,
    CODES_PER_BOOKING,
    CODES_PER_NUMBER_DAY,
    kept_until,
    may_send_again_at,
)
from booking.rules.appointments import AppointmentAction, AppointmentStatus
from booking.rules.message_texts import MessageFacts
from booking.rules.message_times import Times
from booking.rules.messages import MessageKind
from booking.rules.own_list import new_code
from booking.rules.policy import booking_policy
from booking.rules.slots import needed_places
from booking.service.deciding import lock_by_token, status_after
from booking.service.holding import promise
from booking.service.person_limits import day_limit, day_scope
from booking.service.persons import sealed_of
from booking.service.views import PENDING_FIELD, PHONE_FIELD, TOKEN_FIELD, view
from kernel import catalogue
from kernel.ids import uuid7
from kernel.one_time_codes import plain_code

if TYPE_CHECKING:
    from datetime import datetime

    from sqlmodel import Session

    from booking.service import AppointmentView, Person
    from kernel.clock import Clock
    from kernel.ids import AppointmentId
    from kernel.secrets import Vault

ABOUT = "activation"
CODE_FIELD, DAY_FIELD = "activation.code", "activation.day"


def needs_code(session: Session, token: str, *, owner: bytes | None, vault: Vault) -> bool:
    """Return whether a hold is confirmed by a code: where one can be sent, and the number has to be proved.

    The hall may want that of whoever is not signed in. For what a person may have once in the whole city it
    always has to be: or a refusal would tell whoever types a number what its holder has booked; signing in
    proves a person, not a number. Raises ``AppointmentNotFound``, ``LinkErased``.
    """
    if terms_of(session) is None:
        return False
    held = bookings.by_token(session, vault.digest(token, field=TOKEN_FIELD))
    if any(own.single for own in held.services):
        return True
    return owner is None and booking_policy(catalogue.hall(session, held.hall_id).policy).asks_for_code


def ask_code(session: Session, token: str, person: Person, *, clock: Clock, vault: Vault) -> AppointmentView:
    """Keep what a person filled in with their hold, send a code to the number, and wait for it.

    Asked again with another number, the code goes there; the place is kept no longer for it. Raises
    ``HoldExpired``, ``PersonLimit``, ``BookingPaused``, ``CodeJustSent``, ``CodesUsedUp`` and what is wrong
    with the person.
    """
    _, own, now = lock_by_token(session, token, clock=clock, vault=vault)
    status_after(own, AppointmentAction.CONFIRM, now=now)
    phone, _ = sealed_of(person, own.services, vault=vault, kind=own.kind)
    if phone is None:
        raise RuntimeError("a person without a number was let through where one is needed")
    refuse_paused(session, vault.digest(phone, field=PHONE_FIELD), now=now)
    _refuse_beyond_limit(session, own, phone, for_other=person.for_other, now=now, vault=vault)
    before = store.pending_of(session, own.id)
    until = before.expires_at if before else _keep_longer(session, own, now=now)
    _send(session, own, replace(person, phone=phone), before, until, now=now, vault=vault)
    return view(session, bookings.by_id(session, own.id), now=now, vault=vault)


def _refuse_beyond_limit(
    session: Session,
    own: bookings.Appointment,
    phone: str,
    *,
    for_other: bool,
    now: datetime,
    vault: Vault,
) -> None:
    """Raise ``PersonLimit`` before a code is sent for nothing; the limit's place is taken with the code."""
    day = catalogue.calendar(session, own.hall_id).local_day(own.starts_at)
    scope, limit = day_scope(phone, day, vault, for_other=for_other), day_limit(for_other=for_other)
    if bookings.quota_in_use(session, scope, now=now) >= limit:
        raise PersonLimit(limit=limit, day=day)


def _keep_longer(session: Session, own: bookings.Appointment, *, now: datetime) -> datetime:
    """Keep a hold's places and its part of the client's limits until the code's time is over.

    Raises ``HoldExpired`` when a rival has one of the places already.
    """
    policy = booking_policy(catalogue.hall(session, own.hall_id).policy)
    if own.expires_at is None:
        raise AppointmentNotPossible(status=own.status)
    until = kept_until(now, policy.code_waits, starts_at=own.starts_at, held_until=own.expires_at)
    needed = needed_places(own.legs, own.starts_at, slot=policy.slot)
    if bookings.extend_seats(session, own.id, until, now=now) < sum(needed.values()):
        raise HoldExpired(expired_at=own.expires_at)
    bookings.extend_quotas(session, own.id, until)
    bookings.change(session, own.id, now, expires_at=until)
    return until


def _send(
    session: Session,
    own: bookings.Appointment,
    person: Person,
    before: store.Pending | None,
    until: datetime,
    *,
    now: datetime,
    vault: Vault,
) -> None:
    """Send a new code; the one before it counts no more."""
    sent = before.sent if before else 0
    same = before is not None and person_of(before, vault).phone == person.phone
    if before and same and now < may_send_again_at(before.sent_at):
        raise CodeJustSent(again_at=may_send_again_at(before.sent_at))
    _take_budgets(session, own, person.phone, sent, now=now, vault=vault)
    subject, code = before.id if before else uuid7(), new_code(secrets.choice)
    store.put(
        session,
        own.id,
        id=subject,
        person_sealed=vault.seal(json.dumps(asdict(person)), field=PENDING_FIELD),
        code_hash=_hash_of(own.id, code, vault),
        tries_left=CODE_TRIES,
        sent=sent + 1,
        sent_at=now,
        expires_at=until,
    )
    hall = catalogue.hall(session, own.hall_id)
    void_messages(session, subject, at=now)
    wish = Wish(ABOUT, own.hall_id, person.phone, person.locale, "/mine")
    keep_contact(session, subject, wish, at=now, vault=vault)
    facts = MessageFacts(hall.name_zh, hall.name_en, hall.timezone, own.starts_at, until, code)
    times = Times(now, until, any_hour_until=until)  # whoever books is awake
    plan_message(session, subject, MessageKind.ACTIVATION, str(sent + 1), times, facts, vault=vault)


def _take_budgets(
    session: Session, own: bookings.Appointment, phone: str, sent: int, *, now: datetime, vault: Vault
) -> None:
    """Count a code for its booking and its number's day; raises ``CodesUsedUp`` rather than send none."""
    day = catalogue.calendar(session, own.hall_id).local_day(now).isoformat()
    scope = vault.digest(f"{phone}|{day}", field=DAY_FIELD)
    may = (
        sent < CODES_PER_BOOKING
        and budget_left(session, own.hall_id, phone, MessageKind.ACTIVATION, now=now, vault=vault)
        and take_budget(session, scope, CODES_PER_NUMBER_DAY, at=now)
    )
    if not may:
        raise CodesUsedUp(sent=sent, most=CODES_PER_BOOKING)


def send_again(session: Session, token: str, *, clock: Clock, vault: Vault) -> AppointmentView:
    """Send another code to the same number; raises ``CodeJustSent``, ``CodesUsedUp``, ``HoldExpired``."""
    _, own, now = lock_by_token(session, token, clock=clock, vault=vault)
    status_after(own, AppointmentAction.CONFIRM, now=now)
    before = store.pending_of(session, own.id)
    if before is None:
        raise AppointmentNotPossible(status=own.status)
    person = person_of(before, vault)
    _send(session, own, person, before, before.expires_at, now=now, vault=vault)
    return view(session, bookings.by_id(session, own.id), now=now, vault=vault)


def activate(session: Session, token: str, typed: str, *, clock: Clock, vault: Vault) -> Activated:
    """Make a held place the appointment of whoever has the code.

    A wrong code is counted, so nothing is raised that would undo the count. A repeat after the right one
    finds the appointment as it is. Raises ``CodeEnded`` after ``CODE_TRIES`` wrong ones, ``HoldExpired`` when
    the time is over, and as ``booking.service.confirm``.
    """
    hall, own, now = lock_by_token(session, token, clock=clock, vault=vault)
    pending = store.pending_of(session, own.id)
    if pending is None and own.status is AppointmentStatus.CONFIRMED:
        return Activated(view(session, own, now=now, vault=vault), 0)
    status_after(own, AppointmentAction.CONFIRM, now=now)
    if pending is None:
        raise AppointmentNotPossible(status=own.status)
    tried = store.spend_try(session, own.id)
    if tried is None:
        raise CodeEnded
    if not hmac.compare_digest(tried.code_hash, _hash_of(own.id, plain_code(typed), vault)):
        return Activated(None, tried.tries_left)
    person = person_of(pending, vault)
    drop_pending(session, own.id, at=now)
    booked = promise(session, hall, own, token, person, now=now, vault=vault)
    return Activated(booked, 0)


def _hash_of(appointment_id: AppointmentId, code: str, vault: Vault) -> bytes:
    return vault.digest(f"{appointment_id}|{code}", field=CODE_FIELD)
