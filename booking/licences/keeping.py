"""How long consents lie, and what is told of them to whoever asks what is kept."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from booking.licences import store

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlmodel import Session

# After the appointment's end: the visit may run late.
FORGOTTEN_AFTER = timedelta(hours=12)


def forget_over(session: Session, now: datetime) -> int:
    """Forget whose licences it was about where the visit is over; that they agreed stays until erasure."""
    return store.forget_holders(session, now - FORGOTTEN_AFTER)


def kept_of(session: Session, subject: UUID) -> dict[str, Any] | None:
    """Return consent and looks of an appointment for whoever asks what is kept of them."""
    consent = store.consent_of(session, subject)
    if consent is None:
        return None
    looks = store.looks_at(session, [subject])
    return {
        "agreed_at": consent.given_at,
        "taken_back_at": consent.withdrawn_at,
        "looks": [{"at": own.at, "who": own.who, "hall": own.hall_zh, "window": own.place} for own in looks],
    }
