"""The lifecycle of an appointment: one table, and a missing pair is a refusal.

A hold that ran out is expired by the question ``now < expires_at``, whether or not anybody has written so.
Another time (``RESCHEDULE``) is a swap of claims; the status stays.
"""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


class AppointmentStatus(StrEnum):
    """Where an appointment stands; the ending states say who or what ended it."""

    HELD = "held"
    CONFIRMED = "confirmed"
    CHECKED_IN = "checked_in"  # from here on the ticket has a life of its own
    CANCELLED_BY_CITIZEN = "cancelled_by_citizen"
    CANCELLED_BY_HALL = "cancelled_by_hall"
    EXPIRED = "expired"  # held and not confirmed in time
    NO_SHOW = "no_show"  # confirmed and never came


class AppointmentAction(StrEnum):
    """What can be done to an appointment."""

    CONFIRM = "confirm"
    RESCHEDULE = "reschedule"
    CANCEL = "cancel"
    CANCEL_BY_HALL = "cancel_by_hall"
    CHECK_IN = "check_in"
    EXPIRE = "expire"
    MARK_NO_SHOW = "mark_no_show"


_S, _A = AppointmentStatus, AppointmentAction

TRANSITIONS: Mapping[tuple[AppointmentStatus, AppointmentAction], AppointmentStatus] = MappingProxyType(
    {
        (_S.HELD, _A.CONFIRM): _S.CONFIRMED,
        (_S.HELD, _A.RESCHEDULE): _S.HELD,
        (_S.HELD, _A.CANCEL): _S.CANCELLED_BY_CITIZEN,
        (_S.HELD, _A.EXPIRE): _S.EXPIRED,
        (_S.CONFIRMED, _A.RESCHEDULE): _S.CONFIRMED,
        (_S.CONFIRMED, _A.CANCEL): _S.CANCELLED_BY_CITIZEN,
        (_S.CONFIRMED, _A.CANCEL_BY_HALL): _S.CANCELLED_BY_HALL,
        (_S.CONFIRMED, _A.CHECK_IN): _S.CHECKED_IN,
        (_S.CONFIRMED, _A.MARK_NO_SHOW): _S.NO_SHOW,
    }
)

BY_CITIZEN = frozenset({_A.CONFIRM, _A.RESCHEDULE, _A.CANCEL, _A.CHECK_IN})
ENDINGS = frozenset({_S.CHECKED_IN, _S.CANCELLED_BY_CITIZEN, _S.CANCELLED_BY_HALL, _S.EXPIRED, _S.NO_SHOW})


def status_at(status: AppointmentStatus, expires_at: datetime | None, *, now: datetime) -> AppointmentStatus:
    """Return how an appointment stands at an instant: a hold ends the moment it expires, swept or not."""
    if status is _S.HELD and expires_at is not None and now >= expires_at:
        return _S.EXPIRED
    return status


def allowed(status: AppointmentStatus) -> frozenset[AppointmentAction]:
    """Return what its holder may do with an appointment in this status."""
    return frozenset(action for before, action in TRANSITIONS if before is status and action in BY_CITIZEN)
