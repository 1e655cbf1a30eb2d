"""Whether somebody may book on line now. Booking and the waiting list ask; nothing here knows of them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from booking.no_shows.errors import BookingPaused
from booking.no_shows.store import facts, halls, rules
from booking.rules.no_shows import counts_towards_next, pause_at

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlmodel import Session

    from booking.rules.no_shows import Counted, NoShowRule, Pause


@dataclass(frozen=True, slots=True)
class Standing:
    """How somebody stands: ``pause`` if booking is paused, ``counted`` towards the next one."""

    rule: NoShowRule
    pause: Pause | None
    counted: int


def rule_in_force_at(session: Session, instant: datetime) -> NoShowRule | None:
    """Return the rule that was in force at an instant; None where none was."""
    rule = rules.rule_at(session, instant)
    return rule if rule is not None and rule.in_force else None


def standing_of(session: Session, phone_hash: bytes, *, now: datetime) -> Standing | None:
    """Return how a person stands; None where no rule is in force, and with it no pause."""
    rule = rule_in_force_at(session, now)
    if rule is None:
        return None
    counted = facts.counted_of(session, phone_hash)
    return Standing(rule, pause_at(counted, now=now), counts_towards_next(counted, rule, now=now))


def pause_of(session: Session, phone_hash: bytes, *, now: datetime) -> Pause | None:
    """Return the pause of a person, None also where staff let them book once in spite of it."""
    standing = standing_of(session, phone_hash, now=now)
    if standing is None or standing.pause is None or halls.has_exception(session, phone_hash, now=now):
        return None
    return standing.pause


def paused_among(session: Session, people: Collection[bytes], *, now: datetime) -> frozenset[bytes]:
    """Return which of these people may not book now, however many there are in as many questions."""
    if not people or rule_in_force_at(session, now) is None:
        return frozenset()
    counted: defaultdict[bytes, list[Counted]] = defaultdict(list)
    for person, _, own in facts.counted_of_all(session, people):
        counted[person].append(own)
    paused = {person for person, all_of in counted.items() if pause_at(all_of, now=now) is not None}
    return frozenset(paused - halls.with_exception(session, paused, now=now))


def refuse_paused(session: Session, phone_hash: bytes, *, now: datetime) -> None:
    """Raise ``BookingPaused`` for whoever may not book; an exception stays unused."""
    _refuse(pause_of(session, phone_hash, now=now))


def book_in_spite(session: Session, phone_hash: bytes, *, now: datetime) -> None:
    """Raise ``BookingPaused`` for whoever may not book; who has an exception uses it up."""
    standing = standing_of(session, phone_hash, now=now)
    if standing is None or standing.pause is None:
        return
    if not halls.use_exception(session, phone_hash, now=now):
        _refuse(standing.pause)


def _refuse(pause: Pause | None) -> None:
    if pause is not None:
        raise BookingPaused(until=pause.until, no_shows=pause.led_to, appeal_at="/no-shows")
