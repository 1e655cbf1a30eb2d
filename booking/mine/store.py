"""All SQL of citizens' own lists; each guard is one conditional statement, so nobody needs a lock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import delete, func, insert, select, update

from booking.messages.tables import MessageContactRow
from booking.mine.tables import CitizenCodeRow, CitizenSessionRow, OwnItemRow
from booking.rules.own_list import About, Way
from booking.store.appointments import BOOKED, appointments
from booking.waitlist.tables import WaitlistEntryRow
from kernel.ids import HallId
from kernel.inserting import insert_into

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlmodel import Session

sessions = CitizenSessionRow.__table__
codes = CitizenCodeRow.__table__
items = OwnItemRow.__table__
_waits = WaitlistEntryRow.__table__
_contacts = MessageContactRow.__table__


@dataclass(frozen=True, slots=True)
class Item:
    """Something that belongs to a person; ``path_sealed`` is its link, sealed for them or their contact."""

    subject: UUID
    about: About
    path_sealed: bytes | None


# --- sessions --------------------------------------------------------------------------------------


def add_session(session: Session, token_hash: bytes, **values: object) -> None:
    """Write an open list."""
    session.execute(insert(sessions).values(token_hash=token_hash, **values))


def open_sessions(session: Session, token_hashes: Collection[bytes], *, now: datetime) -> list[Any]:
    """Return rows (way, person, expires_at) of those of these that are open."""
    found = session.execute(
        select(sessions.c.way, sessions.c.person, sessions.c.expires_at).where(
            sessions.c.token_hash.in_(token_hashes), sessions.c.expires_at > now
        )
    )
    return list(found)


def sealed_subject(session: Session, token_hash: bytes, *, now: datetime) -> bytes | None:
    """Return the sealed subject of an open list, where one is kept."""
    found: bytes | None = session.execute(
        select(sessions.c.subject_sealed).where(
            sessions.c.token_hash == token_hash, sessions.c.expires_at > now
        )
    ).scalar_one_or_none()
    return found


def end_sessions(session: Session, token_hashes: Collection[bytes]) -> None:
    """End these; unknown ones change nothing."""
    session.execute(delete(sessions).where(sessions.c.token_hash.in_(token_hashes)))


def end_sessions_of(session: Session, way: Way, person: bytes) -> None:
    """End all of a person's, wherever they are open."""
    session.execute(delete(sessions).where(sessions.c.way == way, sessions.c.person == person))


def forget_over(session: Session, now: datetime) -> list[UUID]:
    """Delete sessions and codes that have ended; return the subjects of the codes' messages."""
    session.execute(delete(sessions).where(sessions.c.expires_at <= now))
    gone = session.execute(delete(codes).where(codes.c.expires_at <= now).returning(codes.c.id))
    return list(gone.scalars())


# --- codes -----------------------------------------------------------------------------------------


def add_code(session: Session, token_hash: bytes, **values: object) -> None:
    """Write a code that was asked for."""
    session.execute(insert(codes).values(token_hash=token_hash, **values))


def spend_try(session: Session, token_hash: bytes, *, now: datetime) -> Any:
    """Take one of a code's tries and lock it; return its row (id, code_hash, phone_hash), None if it ended.

    One conditional statement: of guesses made at once none goes uncounted, and a code that somebody is just
    using is found by nobody else. Whoever looks first and counts afterwards lets it in twice.
    """
    return session.execute(
        update(codes)
        .where(codes.c.token_hash == token_hash, codes.c.tries_left > 0, codes.c.expires_at > now)
        .values(tries_left=codes.c.tries_left - 1)
        .returning(codes.c.id, codes.c.code_hash, codes.c.phone_hash)
    ).one_or_none()


def forget_code(session: Session, token_hash: bytes) -> None:
    """Delete a code that was used."""
    session.execute(delete(codes).where(codes.c.token_hash == token_hash))


def hall_of_phone(session: Session, phone_hash: bytes) -> HallId | None:
    """Return a hall that keeps something of a number, that of its latest appointment first; else None."""
    for statement in (
        select(appointments.c.hall_id)
        .where(appointments.c.phone_hash == phone_hash, appointments.c.status.in_(BOOKED))
        .order_by(appointments.c.starts_at.desc(), appointments.c.id.desc()),
        select(_waits.c.hall_id)
        .where(_waits.c.phone_hash == phone_hash)
        .order_by(_waits.c.created_at.desc(), _waits.c.id.desc()),
        select(_contacts.c.hall_id)
        .where(_contacts.c.phone_hash == phone_hash, _contacts.c.about == About.VISIT)
        .order_by(_contacts.c.created_at.desc(), _contacts.c.subject.desc()),
    ):
        found = session.execute(statement.limit(1)).scalar_one_or_none()
        if found is not None:
            return HallId(found)
    return None


# --- what stands on the list ------------------------------------------------------------------------


def add_item(session: Session, person: bytes, subject: UUID, **values: object) -> bool:
    """Put something on a person's list; False if it stands there already.

    The key decides, whichever device was first: whoever looks before writing puts it there twice.
    """
    added = session.execute(
        insert_into(session, items)
        .values(person=person, subject=subject, **values)
        .on_conflict_do_nothing(index_elements=[items.c.person, items.c.subject])
        .returning(items.c.subject)
    )
    return added.one_or_none() is not None


def items_of(session: Session, person: bytes) -> list[Item]:
    """Return what stands on a person's list, in the order in which it came there."""
    rows = session.execute(
        select(items.c.subject, items.c.about, items.c.path_sealed)
        .where(items.c.person == person)
        .order_by(items.c.added_at, items.c.subject)
    )
    return [Item(row.subject, About(row.about), row.path_sealed) for row in rows]


def has_item(session: Session, person: bytes, subject: UUID) -> bool:
    """Return whether something stands on a person's list."""
    found = session.execute(
        select(items.c.subject).where(items.c.person == person, items.c.subject == subject)
    )
    return found.one_or_none() is not None


def owners_of(session: Session, subject: UUID) -> list[bytes]:
    """Return on whose lists something stands."""
    return list(session.execute(select(items.c.person).where(items.c.subject == subject)).scalars())


def lists_with(session: Session, subject: UUID) -> int:
    """Return on how many lists something stands."""
    found: int = session.execute(select(func.count()).where(items.c.subject == subject)).scalar_one()
    return found


def remove_item(session: Session, person: bytes, subject: UUID) -> bool:
    """Take something off a person's list; False if it was not on it."""
    gone = session.execute(
        delete(items).where(items.c.person == person, items.c.subject == subject).returning(items.c.subject)
    )
    return gone.one_or_none() is not None


def remove_items_of(session: Session, person: bytes) -> int:
    """Take everything off a person's list and return how much it was."""
    gone = session.execute(delete(items).where(items.c.person == person).returning(items.c.subject))
    return len(gone.all())


def forget_items(session: Session, subjects: Collection[UUID]) -> None:
    """Take these off all lists."""
    if subjects:
        session.execute(delete(items).where(items.c.subject.in_(subjects)))


def things_of_phone(session: Session, phone_hash: bytes) -> list[Item]:
    """Return what was booked with a number; a link where messages about it carry one."""
    paths = {
        row.subject: row
        for row in session.execute(
            select(_contacts.c.subject, _contacts.c.about, _contacts.c.path_sealed)
            .where(_contacts.c.phone_hash == phone_hash)
            .order_by(_contacts.c.created_at, _contacts.c.subject)
        )
    }
    booked = session.execute(
        select(appointments.c.id)
        .where(appointments.c.phone_hash == phone_hash, appointments.c.status.in_(BOOKED))
        .order_by(appointments.c.starts_at, appointments.c.id)
    ).scalars()
    waits = session.execute(
        select(_waits.c.id)
        .where(_waits.c.phone_hash == phone_hash)
        .order_by(_waits.c.created_at, _waits.c.id)
    ).scalars()
    found = [*((own, About.APPOINTMENT) for own in booked), *((own, About.WAITING) for own in waits)]
    found += [(own, About.VISIT) for own, row in paths.items() if row.about == About.VISIT]
    return [
        Item(subject, about, paths[subject].path_sealed if subject in paths else None)
        for subject, about in found
    ]
