"""What the rule means for one appointment that is to come: by when it can be given back without counting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from booking import store as bookings
from booking.no_shows.pausing import rule_in_force_at
from booking.no_shows.recording import counts_if_given_back
from booking.rules.appointments import AppointmentStatus
from booking.rules.no_shows import cancel_by
from booking.service.views import TOKEN_FIELD

if TYPE_CHECKING:
    from datetime import datetime

    from sqlmodel import Session

    from booking.rules.no_shows import NoShowRule
    from kernel.secrets import Vault


@dataclass(frozen=True, slots=True)
class Terms:
    """Until ``cancel_by`` giving it back does not count; ``too_late``: now it would."""

    rule: NoShowRule
    cancel_by: datetime
    too_late: bool


def terms_of_link(session: Session, token: str, *, now: datetime, vault: Vault) -> Terms | None:
    """Return the terms of a confirmed appointment; None for any other, and where no rule is in force.

    Raises ``AppointmentNotFound``, ``LinkErased``.
    """
    if rule_in_force_at(session, now) is None:
        return None
    own = bookings.by_token(session, vault.digest(token, field=TOKEN_FIELD))
    return terms_of_appointment(session, own, now=now)


def terms_of_appointment(session: Session, own: bookings.Appointment, *, now: datetime) -> Terms | None:
    """Return the terms of a confirmed appointment; None for any other, and where no rule is in force."""
    rule = rule_in_force_at(session, now)
    if rule is None or own.status is not AppointmentStatus.CONFIRMED:
        return None
    latest = cancel_by(own.starts_at, own.confirmed_at or own.created_at, rule)
    return Terms(rule, latest, counts_if_given_back(session, own, now=now))
