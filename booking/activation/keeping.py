"""What waits for a code is deleted as soon as it waits no more, with the number that codes went to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from booking.activation import store
from booking.messages.planning import forget_contacts

if TYPE_CHECKING:
    from datetime import datetime

    from sqlmodel import Session

    from kernel.ids import AppointmentId


def drop_pending(session: Session, appointment_id: AppointmentId, *, at: datetime) -> None:
    """Delete what an appointment waited for; a code that is not yet sent is not sent any more."""
    subject = store.forget(session, appointment_id)
    if subject is not None:
        forget_contacts(session, [subject], at=at)


def tidy_activations(session: Session, now: datetime) -> None:
    """Delete who did not confirm in time; their places were free before, whenever this runs."""
    gone = store.forget_over(session, now)
    if gone:
        forget_contacts(session, gone, at=now)
