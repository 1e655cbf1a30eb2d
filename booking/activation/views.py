"""What typing a code came to, and what was filled in before it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from booking import store as bookings
from booking.activation import store
from booking.rules.appointments import AppointmentStatus, status_at
from booking.service.persons import Person
from booking.service.views import PENDING_FIELD, TOKEN_FIELD

if TYPE_CHECKING:
    from datetime import datetime

    from sqlmodel import Session

    from booking.service.views import AppointmentView
    from kernel.secrets import Vault


@dataclass(frozen=True, slots=True)
class Activated:
    """The appointment, or None for a wrong code with the tries that are left of it."""

    appointment: AppointmentView | None
    tries_left: int


def person_of(pending: store.Pending, vault: Vault) -> Person:
    """Return what was filled in."""
    return Person(**json.loads(vault.open(pending.person_sealed, field=PENDING_FIELD)))


def filled_in(session: Session, token: str, *, now: datetime, vault: Vault) -> Person | None:
    """Return what the holder of a hold filled in, to be corrected; None where no code is awaited."""
    own = bookings.by_token(session, vault.digest(token, field=TOKEN_FIELD))
    still_held = status_at(own.status, own.expires_at, now=now) is AppointmentStatus.HELD
    pending = store.pending_of(session, own.id) if still_held else None
    return None if pending is None else person_of(pending, vault)
