"""What a sender does with the database: claim what is due, then say what became of it.

A message is claimed before it goes out. A sender that dies in between leaves it claimed until the lease is
over; then it is claimed again and goes out under the same key, so that the gateway drops the repeat.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from booking.messages import store
from booking.messages.planning import PHONE_FIELD, PHONE_HASH_FIELD, TEXT_FIELD, terms_of
from booking.rules.messages import (
    EACH_IS_TOLD,
    LEASE,
    MOST_PER_SUBJECT,
    Go,
    Held,
    HeldBecause,
    MessageAction,
    WaitUntil,
    again_at,
    before_sending,
    most_of,
)
from kernel import catalogue
from kernel.secrets import UNREADABLE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime
    from uuid import UUID

    from sqlmodel import Session

    from booking.messages.gateway import Delivery
    from booking.messages.store import Contact, Message
    from booking.rules.messages import MessageKind
    from kernel.clock import Clock
    from kernel.ids import HallId
    from kernel.secrets import Vault

log = structlog.get_logger(__name__)

BUDGET_FIELD = "message.phone_day"
BUDGETS_KEPT_FOR = timedelta(days=2)

_A = MessageAction


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A claimed message: ``key`` is the same however often it is tried, ``attempt`` counts from 1."""

    key: UUID
    attempt: int
    phone: str
    text: str
    parts: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a gateway said to a message; ``share`` in 0 to 1 spreads the next try."""

    message: Outgoing
    delivery: Delivery
    share: float


def claim_due(session: Session, *, clock: Clock, vault: Vault, limit: int) -> list[Outgoing]:
    """Claim the messages that have been due longest, and settle those that are not to be sent.

    What comes back is this sender's until ``LEASE`` is over.
    """
    now = clock.now()
    due = store.lock_due(session, now, limit=limit)
    contacts = store.contacts_of(session, {own.subject for own in due})
    claimed = []
    for message in due:
        contact = contacts.get(message.subject)
        decided = _decide(session, message, contact, now=now, vault=vault)
        if isinstance(decided, WaitUntil):
            store.act(session, message, _A.POSTPONE, planned_at=decided.at, lease_until=None)
        elif isinstance(decided, Held):
            store.act(session, message, _A.HOLD, reason=decided.because, ended_at=now)
        elif contact is not None and message.text_sealed is not None:
            opened = _opened(contact, message.text_sealed, vault)
            if opened is None:
                store.act(session, message, _A.HOLD, reason=HeldBecause.UNREADABLE, ended_at=now)
            else:
                claimed.append(_claim(session, message, *opened, now=now))
    return claimed


def _opened(contact: Contact, text_sealed: bytes, vault: Vault) -> tuple[str, str] | None:
    """Return number and text; None for what cannot be read, which keeps no other message from going out."""
    try:
        return (
            vault.open(contact.phone_sealed, field=PHONE_FIELD),
            vault.open(text_sealed, field=TEXT_FIELD),
        )
    except UNREADABLE:
        log.error("a message cannot be read")
        return None


def _decide(
    session: Session, message: Message, contact: Contact | None, *, now: datetime, vault: Vault
) -> Go | WaitUntil | Held:
    """Ask the rule, then the budgets; a message that was let through once stays so."""
    if contact is None or message.text_sealed is None:
        return Held(HeldBecause.STOPPED)  # whoever was to be reached was erased meanwhile
    calendar = catalogue.calendar(session, message.hall_id)
    decided = before_sending(
        not_after=message.not_after,
        any_hour_until=message.any_hour_until,
        stopped=contact.stopped_at is not None,
        now=now,
        zone=calendar.zone,
    )
    if not isinstance(decided, Go) or message.counted:
        return decided
    if _has_had_enough(session, message):
        return Held(HeldBecause.ENOUGH)
    scope = _day_scope(contact.phone_hash, calendar.local_day(now), vault)
    terms = terms_of(session)
    most = most_of(message.kind, terms.per_day) if terms else 0
    if not store.take_budget(session, scope, most, at=now):
        return Held(HeldBecause.DAY_BUDGET)
    return decided


def _day_scope(phone_hash: bytes, day: date, vault: Vault) -> bytes:
    return vault.digest(f"{phone_hash.hex()}|{day.isoformat()}", field=BUDGET_FIELD)


def budget_left(
    session: Session, hall_id: HallId, phone: str, kind: MessageKind, *, now: datetime, vault: Vault
) -> bool:
    """Return whether a message of a kind would be let through to a number (E.164) now, by its day's budget.

    Nothing is taken of it: who asks for a code shall hear at once that none would come.
    """
    terms = terms_of(session)
    day = catalogue.calendar(session, hall_id).local_day(now)
    scope = _day_scope(vault.digest(phone, field=PHONE_HASH_FIELD), day, vault)
    return terms is not None and store.budget_used(session, scope) < most_of(kind, terms.per_day)


def _has_had_enough(session: Session, message: Message) -> bool:
    if message.kind in EACH_IS_TOLD:
        return False
    return store.counted_of(session, message.subject) >= most_of(message.kind, MOST_PER_SUBJECT)


def _claim(session: Session, message: Message, phone: str, text: str, *, now: datetime) -> Outgoing:
    attempt = message.attempts + 1
    store.act(session, message, _A.CLAIM, attempts=attempt, counted=True, lease_until=now + LEASE)
    return Outgoing(
        key=message.id,
        attempt=attempt,
        phone=phone,
        text=text,
        parts=message.parts,
    )


def settle(session: Session, outcomes: Sequence[Outcome], *, clock: Clock) -> None:
    """Write what became of claimed messages; what another sender has claimed since is left to it."""
    now = clock.now()
    for own in sorted(outcomes, key=lambda each: each.message.key):
        message = store.claimed(session, own.message.key, own.message.attempt)
        if message is None:
            continue
        delivery = own.delivery
        again = again_at(message.attempts, now=now, share=own.share)
        if delivery.accepted:
            store.act(session, message, _A.ACCEPT, reason="", ended_at=now)
        elif delivery.for_good or again is None:
            store.act(session, message, _A.REFUSE, reason=delivery.reason, ended_at=now)
        else:
            store.act(session, message, _A.RETRY, reason=delivery.reason, planned_at=again, lease_until=None)


def tidy_messages(session: Session, now: datetime) -> None:
    """Forget how many messages a number had on days that are over."""
    store.forget_budgets(session, now - BUDGETS_KEPT_FOR)
