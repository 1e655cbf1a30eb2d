"""Parts of an appointment's response: what a hold waits for, and how the appointment is held."""

from __future__ import annotations

from datetime import datetime

from booking.rules.meeting import AppointmentKind
from kernel.web.schemas import Out


class WaitsForCodeOut(Out):
    """A hold that becomes an appointment by the code that was sent; ``again_at``: when another may be."""

    phone_masked: str
    tries_left: int
    sends_left: int
    again_at: datetime


class MeetingOut(Out):
    """How it is held: ``hall``, ``phone``, ``video`` or ``home``; ``link`` opens a video appointment.

    ``words_…``: what the hall says about it, one line a service.
    """

    kind: AppointmentKind
    link: str
    words_zh: list[str]
    words_en: list[str]
