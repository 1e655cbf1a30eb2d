"""Messages: planned, claimed, ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import and_, case, func, or_, select, update

from booking.messages.tables import MessageRow
from booking.rules.messages import (
    MESSAGE_ENDINGS,
    MESSAGE_TRANSITIONS,
    MessageAction,
    MessageKind,
    MessageStatus,
)
from kernel.ids import HallId, uuid7
from kernel.inserting import insert_into

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlmodel import Session

messages = MessageRow.__table__

_S, _A = MessageStatus, MessageAction
# What a message that has ended no longer needs.
_ENDED = {"text_sealed": None, "lease_until": None}


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


_MESSAGE = [messages.c[name] for name in Message.__dataclass_fields__]


def _message(row: Any) -> Message:
    kind, status = MessageKind(row.kind), MessageStatus(row.status)
    return Message(**{**row._mapping, "kind": kind, "status": status})


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
    """End what is planned about these subjects; what a sender holds just now is not tried again.

    One statement for both. In two, a message that a sender puts back between them is found by neither: the
    first still sees it going out, the second already planned, and it is sent though it is no longer so.
    """
    planned = messages.c.status == _S.PLANNED
    void = MESSAGE_TRANSITIONS[_S.PLANNED, _A.VOID]
    session.execute(
        update(messages)
        .where(messages.c.subject.in_(subjects), messages.c.status.in_((_S.PLANNED, _S.SENDING)))
        .values(
            status=case((planned, void), else_=messages.c.status),
            ended_at=case((planned, at), else_=messages.c.ended_at),
            text_sealed=case((planned, None), else_=messages.c.text_sealed),
            not_after=case((planned, messages.c.not_after), else_=at),
        )
    )


def _is_due(now: datetime) -> Any:
    return or_(
        and_(messages.c.status == _S.PLANNED, messages.c.planned_at <= now),
        and_(messages.c.status == _S.SENDING, messages.c.lease_until <= now),
    )


def any_due(session: Session, now: datetime) -> bool:
    """Return whether a message is to be sent, without holding the writer."""
    return session.execute(select(messages.c.id).where(_is_due(now)).limit(1)).one_or_none() is not None


def due_since(session: Session, now: datetime) -> tuple[int, datetime | None]:
    """Return how many messages are to be sent by now, and since when the oldest of them is due."""
    found = select(func.count(), func.min(messages.c.planned_at)).where(_is_due(now))
    count, oldest = session.execute(found).one()
    return count, oldest


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


def occurrences(
    session: Session, subjects: Collection[UUID], kind: MessageKind
) -> dict[tuple[UUID, str], MessageStatus]:
    """Return what became of each occurrence of a kind of message that was planned about these subjects."""
    rows = session.execute(
        select(messages.c.subject, messages.c.occurrence, messages.c.status).where(
            messages.c.subject.in_(subjects), messages.c.kind == kind
        )
    )
    return {(row.subject, row.occurrence): MessageStatus(row.status) for row in rows}


def make_way(session: Session, subject: UUID, kind: MessageKind, *, now: datetime) -> None:
    """Let a kind of message about a subject be planned anew where none went out, or will by now.

    Those that ended unsent keep their rows for the counts, under a name of their own.
    """
    unsent = messages.c.status.in_(MESSAGE_ENDINGS - {_S.SENT})
    void = and_(messages.c.status.in_((_S.PLANNED, _S.SENDING)), messages.c.not_after <= now)
    found = select(messages.c.id).where(messages.c.subject == subject, messages.c.kind == kind)
    for own in session.execute(found.where(or_(unsent, void))).scalars().all():
        session.execute(update(messages).where(messages.c.id == own).values(occurrence=str(own)))


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
