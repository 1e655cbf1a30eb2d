"""All SQL of messages, and their locks.

A message is changed by its planner, who voids it, and by the sender, who claims it. Both go by conditions
on its status, so that neither needs the other's lock; a claimed message is the sender's until its lease ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import and_, delete, func, or_, select, update

from booking.messages.tables import MessageBudgetRow, MessageContactRow, MessageRow
from booking.rules.messages import (
    MESSAGE_ENDINGS,
    MESSAGE_TRANSITIONS,
    MessageAction,
    MessageKind,
    MessageStatus,
)
from booking.store.dialect import insert_into
from kernel.ids import HallId, uuid7

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlmodel import Session

contacts = MessageContactRow.__table__  # type: ignore[attr-defined]
messages = MessageRow.__table__  # type: ignore[attr-defined]
budgets = MessageBudgetRow.__table__  # type: ignore[attr-defined]

_S, _A = MessageStatus, MessageAction
# What a message that has ended no longer needs.
_ENDED = {"text_sealed": None, "lease_until": None}


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


@dataclass(frozen=True, slots=True)
class Message:
    """A message as decisions need it; its text stays sealed."""

    id: UUID
    subject: UUID
    hall_id: HallId
    kind: MessageKind
    status: MessageStatus
    text_sealed: bytes | None
    parts: int
    planned_at: datetime
    not_after: datetime
    any_hour_until: datetime | None
    counted: bool
    attempts: int


_CONTACT = [column for column in contacts.c if column.name != "stop_hash"]
_MESSAGE = [messages.c[name] for name in Message.__dataclass_fields__]


def _contact(row: Any) -> Contact:
    return Contact(**row._mapping)


def _message(row: Any) -> Message:
    kind, status = MessageKind(row.kind), MessageStatus(row.status)
    return Message(**{**row._mapping, "kind": kind, "status": status})


# --- whom to reach ---------------------------------------------------------------------------------


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


# --- messages --------------------------------------------------------------------------------------


def add_message(
    session: Session, subject: UUID, kind: MessageKind, occurrence: str, **values: object
) -> UUID | None:
    """Write a message to be sent and return its key; None if this occurrence of it is there already."""
    added = session.execute(
        insert_into(session, messages)
        .values(
            **{"id": uuid7(), "subject": subject, "kind": kind, "occurrence": occurrence},
            **{"status": _S.PLANNED, "reason": "", "counted": False, "attempts": 0},
            **values,
        )
        .on_conflict_do_nothing(index_elements=[messages.c.subject, messages.c.kind, messages.c.occurrence])
        .returning(messages.c.id)
    )
    found: UUID | None = added.scalar_one_or_none()
    return found


def void_planned(session: Session, subjects: Collection[UUID], *, at: datetime) -> None:
    """End what is planned about these subjects; what a sender holds just now is not tried again."""
    own = messages.c.subject.in_(subjects)
    session.execute(
        update(messages)
        .where(own, messages.c.status == _S.PLANNED)
        .values(status=MESSAGE_TRANSITIONS[_S.PLANNED, _A.VOID], ended_at=at, **_ENDED)
    )
    session.execute(update(messages).where(own, messages.c.status == _S.SENDING).values(not_after=at))


def _is_due(now: datetime) -> Any:
    return or_(
        and_(messages.c.status == _S.PLANNED, messages.c.planned_at <= now),
        and_(messages.c.status == _S.SENDING, messages.c.lease_until <= now),
    )


def any_due(session: Session, now: datetime) -> bool:
    """Return whether a message is to be sent, without holding the writer."""
    return session.execute(select(messages.c.id).where(_is_due(now)).limit(1)).one_or_none() is not None


def lock_due(session: Session, now: datetime, *, limit: int) -> list[Message]:
    """Return and lock the messages that have been due longest; what another sender has locked is left to it.

    Every sender takes them this way and claims them in the same unit of work. Without the lock two senders
    both find a message planned and both send it.
    """
    rows = session.execute(
        select(*_MESSAGE)
        .where(_is_due(now))
        .order_by(messages.c.planned_at, messages.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [_message(row) for row in rows]


def act(session: Session, message: Message, action: MessageAction, **values: object) -> None:
    """Move a message by its table and write what changes with it."""
    after = MESSAGE_TRANSITIONS[message.status, action]
    ended = _ENDED if after in MESSAGE_ENDINGS else {}
    session.execute(
        update(messages).where(messages.c.id == message.id).values(status=after, **ended, **values)
    )


def claimed(session: Session, message_id: UUID, attempt: int) -> Message | None:
    """Return and lock a message that is still claimed for this attempt; None for whoever comes too late."""
    row = session.execute(
        select(*_MESSAGE)
        .where(
            messages.c.id == message_id,
            messages.c.status == _S.SENDING,
            messages.c.attempts == attempt,
        )
        .with_for_update()
    ).one_or_none()
    return None if row is None else _message(row)


def messages_of(session: Session, subjects: Collection[UUID]) -> list[Any]:
    """Return rows (subject, kind, status, reason, planned_at, ended_at), in the order of their planning."""
    return list(
        session.execute(
            select(
                *(messages.c.subject, messages.c.kind, messages.c.status, messages.c.reason),
                *(messages.c.planned_at, messages.c.ended_at),
            )
            .where(messages.c.subject.in_(subjects))
            .order_by(messages.c.planned_at, messages.c.id)
        )
    )


def occurrences(session: Session, subjects: Collection[UUID], kind: MessageKind) -> set[tuple[UUID, str]]:
    """Return which occurrences of a kind of message were planned about these subjects, sent or not."""
    rows = session.execute(
        select(messages.c.subject, messages.c.occurrence).where(
            messages.c.subject.in_(subjects), messages.c.kind == kind
        )
    )
    return {(row.subject, row.occurrence) for row in rows}


def planned_among(session: Session, subjects: Collection[UUID]) -> set[UUID]:
    """Return those of these subjects about which a message still waits to be sent."""
    rows = session.execute(
        select(messages.c.subject).where(messages.c.subject.in_(subjects), messages.c.status == _S.PLANNED)
    )
    return set(rows.scalars())


def forget_texts(session: Session, subjects: Collection[UUID]) -> None:
    """Erase the texts of what was planned about these subjects, whose contacts are gone."""
    session.execute(
        update(messages)
        .where(messages.c.subject.in_(subjects), messages.c.text_sealed.is_not(None))
        .values(text_sealed=None)
    )


# --- budgets ---------------------------------------------------------------------------------------


def take_budget(session: Session, scope: bytes, most: int, *, at: datetime) -> bool:
    """Count one message for a number's day; False, and nothing is counted, when ``most`` are used.

    One conditional statement: two senders that both look first would both find the last one free.
    """
    statement = insert_into(session, budgets).values(scope=scope, used=1, last_at=at)
    taken = session.execute(
        statement.on_conflict_do_update(
            index_elements=[budgets.c.scope],
            set_={"used": budgets.c.used + 1, "last_at": at},
            where=budgets.c.used < most,
        ).returning(budgets.c.used)
    ).one_or_none()
    return taken is not None


def forget_budgets(session: Session, before: datetime) -> None:
    """Delete the counts of days that are over."""
    session.execute(delete(budgets).where(budgets.c.last_at < before))


def counted_of(session: Session, subject: UUID) -> int:
    """Return how many messages about a subject were let through, whatever became of them."""
    found: int = session.execute(
        select(func.count()).where(messages.c.subject == subject, messages.c.counted)
    ).scalar_one()
    return found


# --- reports ---------------------------------------------------------------------------------------


def counts(session: Session, since: datetime, hall_id: HallId | None, *, until: datetime) -> list[Any]:
    """Return rows (kind, status, reason, n, parts) of what was planned for between two instants."""
    by = (messages.c.kind, messages.c.status, messages.c.reason)
    statement = (
        select(*by, func.count().label("n"), func.sum(messages.c.parts).label("parts"))
        .where(messages.c.planned_at.between(since, until))
        .group_by(*by)
    )
    if hall_id is not None:
        statement = statement.where(messages.c.hall_id == hall_id)
    return list(session.execute(statement))


def latest(session: Session, until: datetime, hall_id: HallId | None, *, limit: int) -> Sequence[Any]:
    """Return rows of the latest messages due by an instant, with the sealed number if it is kept."""
    statement = (
        select(
            *(messages.c.hall_id, messages.c.kind, messages.c.status, messages.c.reason, messages.c.parts),
            *(messages.c.planned_at, messages.c.ended_at, messages.c.attempts, contacts.c.phone_sealed),
        )
        .select_from(messages.outerjoin(contacts, contacts.c.subject == messages.c.subject))
        .where(messages.c.planned_at <= until)
        .order_by(messages.c.planned_at.desc(), messages.c.id.desc())
        .limit(limit)
    )
    if hall_id is not None:
        statement = statement.where(messages.c.hall_id == hall_id)
    return session.execute(statement).all()
