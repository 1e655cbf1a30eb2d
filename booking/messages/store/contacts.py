"""Whom to reach about what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import delete, select, update

from booking.messages.tables import MessageContactRow
from booking.rules.message_times import Soon
from kernel.ids import HallId
from kernel.inserting import insert_into

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlmodel import Session

contacts = MessageContactRow.__table__


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom to reach about a subject; number and link stay sealed."""

    subject: UUID
    about: str
    hall_id: HallId
    phone_sealed: bytes
    phone_hash: bytes
    path_sealed: bytes
    locale: str
    created_at: datetime
    stopped_at: datetime | None
    soon_ahead: int
    soon_minutes: int

    @property
    def soon(self) -> Soon:
        """How soon is "soon" for whoever left the number."""
        return Soon(self.soon_ahead, self.soon_minutes)


_CONTACT = [column for column in contacts.c if column.name != "stop_hash"]


def _contact(row: Any) -> Contact:
    return Contact(**row._mapping)


def put_contact(session: Session, subject: UUID, **values: object) -> None:
    """Write whom to reach about a subject; whoever was reached before is reached no more."""
    statement = insert_into(session, contacts).values(subject=subject, **values)
    session.execute(statement.on_conflict_do_update(index_elements=[contacts.c.subject], set_=values))


def contact_of(session: Session, subject: UUID) -> Contact | None:
    """Return whom to reach about a subject, or None."""
    row = session.execute(select(*_CONTACT).where(contacts.c.subject == subject)).one_or_none()
    return None if row is None else _contact(row)


def contacts_of(session: Session, subjects: Collection[UUID]) -> dict[UUID, Contact]:
    """Return whom to reach about these subjects, where somebody is to be reached."""
    rows = session.execute(select(*_CONTACT).where(contacts.c.subject.in_(subjects)))
    return {row.subject: _contact(row) for row in rows}


def contacts_about(session: Session, about: str) -> list[Contact]:
    """Return all contacts about subjects of a kind, oldest first."""
    rows = session.execute(
        select(*_CONTACT).where(contacts.c.about == about).order_by(contacts.c.created_at, contacts.c.subject)
    )
    return [_contact(row) for row in rows]


def contacts_of_phone(session: Session, phone_hash: bytes) -> list[Contact]:
    """Return the contacts of a number, by its keyed hash, oldest first."""
    rows = session.execute(
        select(*_CONTACT)
        .where(contacts.c.phone_hash == phone_hash)
        .order_by(contacts.c.created_at, contacts.c.subject)
    )
    return [_contact(row) for row in rows]


def contact_by_stop(session: Session, stop_hash: bytes) -> Contact | None:
    """Return the contact whose messages carry this link, or None."""
    row = session.execute(select(*_CONTACT).where(contacts.c.stop_hash == stop_hash)).one_or_none()
    return None if row is None else _contact(row)


def set_stopped(session: Session, subjects: Collection[UUID], stopped_at: datetime | None) -> None:
    """Note since when these contacts want no more messages; None: they want them."""
    session.execute(update(contacts).where(contacts.c.subject.in_(subjects)).values(stopped_at=stopped_at))


def forget_contacts(session: Session, subjects: Collection[UUID]) -> None:
    """Delete whom to reach about these subjects."""
    session.execute(delete(contacts).where(contacts.c.subject.in_(subjects)))
