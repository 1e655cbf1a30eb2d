"""Whom messages reach, for whoever has to call the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from booking.messages import store
from booking.messages.planning import terms_of
from booking.rules.messages import MessageKind, MessageStatus

if TYPE_CHECKING:
    from collections.abc import Collection
    from uuid import UUID

    from sqlmodel import Session


def reached(session: Session, subjects: Collection[UUID]) -> set[UUID]:
    """Return those of these subjects whose people a message would reach, as things stand."""
    if terms_of(session) is None:
        return set()
    found = store.contacts_of(session, subjects)
    return {subject for subject, own in found.items() if own.stopped_at is None}


def news_of(session: Session, subjects: Collection[UUID], kind: MessageKind) -> dict[UUID, MessageStatus]:
    """Return what became of the message of a kind about each of these subjects that had one."""
    rows = store.messages_of(session, subjects)
    return {row.subject: MessageStatus(row.status) for row in rows if row.kind == kind}
