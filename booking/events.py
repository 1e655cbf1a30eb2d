"""What happened to appointments; no person, no phone number, no token."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from booking.rules.meeting import AppointmentKind
from kernel.events import Event


class AppointmentConfirmed(Event):
    kind: ClassVar[str] = "appointment_confirmed"
    appointment_id: UUID
    starts_at: datetime
    meeting: AppointmentKind


class AppointmentMoved(Event):
    """Its time, how it is held, or both have changed."""

    kind: ClassVar[str] = "appointment_moved"
    appointment_id: UUID
    from_starts_at: datetime
    starts_at: datetime
    from_meeting: AppointmentKind
    meeting: AppointmentKind


class AppointmentCancelled(Event):
    """``by`` is citizen or hall."""

    kind: ClassVar[str] = "appointment_cancelled"
    appointment_id: UUID
    starts_at: datetime
    meeting: AppointmentKind
    by: str


class AppointmentCheckedIn(Event):
    """It became the ticket whose ``ticket_issued`` has the ``seq`` before or after this one's."""

    kind: ClassVar[str] = "appointment_checked_in"
    appointment_id: UUID
    starts_at: datetime
    meeting: AppointmentKind


class AppointmentNoShow(Event):
    kind: ClassVar[str] = "appointment_no_show"
    appointment_id: UUID
    starts_at: datetime
    meeting: AppointmentKind


class PlaceOffered(Event):
    """A place that became free is kept until ``expires_at`` for whoever waits as ``waiting_id``."""

    kind: ClassVar[str] = "place_offered"
    waiting_id: UUID
    offer_id: UUID
    starts_at: datetime
    expires_at: datetime
