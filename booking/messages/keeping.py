"""What is kept of a number in messages, for whoever asks what is kept or wants it erased."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from booking.messages import store
from booking.messages.planning import PATH_FIELD, PHONE_FIELD, forget_contacts
from kernel import catalogue

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime
    from uuid import UUID

    from sqlmodel import Session

    from kernel.secrets import Vault


def sent_about(session: Session, subject: UUID) -> dict[str, Any]:
    """Return what was planned or sent about a subject, in which language, and since when it is stopped."""
    contact = store.contact_of(session, subject)
    return {
        "language": contact.locale if contact else None,
        "stopped_at": contact.stopped_at if contact else None,
        "list": [
            {"kind": row.kind, "status": row.status, "planned_at": row.planned_at, "ended_at": row.ended_at}
            for row in store.messages_of(session, [subject])
        ],
    }


def kept_apart(
    session: Session, phone_hash: bytes, *, but: Collection[UUID], vault: Vault
) -> list[dict[str, Any]]:
    """Return what is kept of a number besides these appointments: tickets and places it is to be told of."""
    return [
        {
            "about": own.about,
            "hall": catalogue.hall(session, own.hall_id).code,
            "created_at": own.created_at,
            "phone": vault.open(own.phone_sealed, field=PHONE_FIELD),
            "link": vault.open(own.path_sealed, field=PATH_FIELD),
            "messages": sent_about(session, own.subject),
        }
        for own in store.contacts_of_phone(session, phone_hash)
        if own.subject not in but
    ]


def forget_apart(session: Session, phone_hash: bytes, *, but: Collection[UUID], at: datetime) -> None:
    """Forget a number besides these appointments: nobody is told of those tickets and places any more."""
    own = [each.subject for each in store.contacts_of_phone(session, phone_hash) if each.subject not in but]
    forget_contacts(session, own, at=at)
