"""People are taken out of what can no longer count, and out of everything at their wish."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from booking.no_shows.store.appeals import appeals
from booking.no_shows.store.facts import counted_where, no_shows
from booking.no_shows.store.halls import exceptions
from booking.rules.no_shows import AppealStatus, NoShowStatus

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime
    from uuid import UUID

    from sqlmodel import Session

    from booking.rules.no_shows import Counted


_FORGOTTEN: dict[str, object] = {"phone_hash": None, "code_hash": None, "appointment_id": None}


def people_with_something_over(session: Session, now: datetime) -> dict[bytes, list[Counted]]:
    """Return all that counts against each person of whom something is past its time."""
    over = (no_shows.c.forget_at <= now) & no_shows.c.phone_hash.is_not(None)
    people = select(no_shows.c.phone_hash).where(over).distinct()
    found: defaultdict[bytes, list[Counted]] = defaultdict(list)
    for person, _, counted in counted_where(session, no_shows.c.phone_hash.in_(people)):
        found[person].append(counted)
    return dict(found)


def settled_and_over(session: Session, now: datetime) -> list[UUID]:
    """Return what is past its time and does not count any more, forgiven or taken back."""
    over = (no_shows.c.forget_at <= now) & no_shows.c.phone_hash.is_not(None)
    settled = no_shows.c.status != NoShowStatus.COUNTS
    return list(session.execute(select(no_shows.c.id).where(over, settled)).scalars())


def appealed_and_open(session: Session) -> set[UUID]:
    """Return against what an appeal is open."""
    found = select(appeals.c.no_show_id).where(appeals.c.status == AppealStatus.OPEN)
    return set(session.execute(found).scalars())


def forget_person(session: Session, phone_hash: bytes) -> int:
    """Take a person out of everything here, and return out of how many no-shows."""
    ids = list(session.execute(select(no_shows.c.id).where(no_shows.c.phone_hash == phone_hash)).scalars())
    forget(session, ids)
    _forget_exceptions(session, exceptions.c.phone_hash == phone_hash)
    return len(ids)


def part_from(session: Session, appointment_ids: Collection[UUID]) -> None:
    """Cut the way from erased appointments to what counts; the count goes on under the hash alone.

    What the person wrote goes with the appointment, once it is answered.
    """
    own = select(no_shows.c.id).where(no_shows.c.appointment_id.in_(appointment_ids))
    answered = (appeals.c.status != AppealStatus.OPEN) & appeals.c.no_show_id.in_(own)
    session.execute(update(appeals).where(answered).values(words_sealed=None))
    session.execute(
        update(no_shows).where(no_shows.c.appointment_id.in_(appointment_ids)).values(appointment_id=None)
    )


def forget(session: Session, ids: Collection[UUID]) -> None:
    """Take the person out of these, and what was said about them."""
    session.execute(update(no_shows).where(no_shows.c.id.in_(ids)).values(**_FORGOTTEN))
    session.execute(
        update(appeals).where(appeals.c.no_show_id.in_(ids)).values(words_sealed=None, answer_sealed=None)
    )


def forget_exceptions_over(session: Session, now: datetime) -> None:
    """Delete leave to book whose time is over."""
    _forget_exceptions(session, exceptions.c.expires_at <= now)


def _forget_exceptions(session: Session, which: Any) -> None:
    session.execute(exceptions.delete().where(which))
