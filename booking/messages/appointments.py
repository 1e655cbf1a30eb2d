"""What becomes of an appointment's messages when it is booked, moved, cancelled or checked in.

Called inside the unit of work that changes the appointment: what is planned is as true as the change.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote
from zoneinfo import ZoneInfo

from booking.meeting.service import meeting_of
from booking.messages import planning
from booking.messages.planning import Wish, keep_contact, plan_message, terms_of, void_messages
from booking.rules.meeting import AppointmentKind
from booking.rules.message_texts import MessageFacts
from booking.rules.message_times import Times, answer, cancellation, reminders, unkept
from booking.rules.messages import MessageKind
from kernel import catalogue

if TYPE_CHECKING:
    from datetime import datetime

    from sqlmodel import Session

    from booking.store import Appointment
    from kernel.catalogue import Hall
    from kernel.ids import AppointmentId
    from kernel.secrets import Vault

ABOUT = "appointment"
_K = MessageKind


def booked(
    session: Session, own: Appointment, phone: str, locale: str, token: str, *, now: datetime, vault: Vault
) -> None:
    """Keep whom to reach about a new appointment, and plan its confirmation and reminders."""
    if terms_of(session) is None:
        return
    wish = Wish(ABOUT, own.hall_id, phone, locale, f"/a/{quote(token)}")
    keep_contact(session, own.id, wish, at=now, vault=vault)
    _tell(session, own, _K.CONFIRMED, now=now, vault=vault)


def moved(
    session: Session, own: Appointment, *, before: AppointmentKind, now: datetime, vault: Vault
) -> None:
    """Say the new time, and remind of it instead of the old one.

    ``before``: how it was held until now; who was to be reached elsewhere is told to come.
    """
    if terms_of(session) is None:
        return
    void_messages(session, own.id, at=now)
    comes_now = own.kind is AppointmentKind.HALL and before is not AppointmentKind.HALL
    _tell(session, own, _K.MOVED, comes_now=comes_now, now=now, vault=vault)


def _tell(
    session: Session,
    own: Appointment,
    kind: MessageKind,
    *,
    comes_now: bool = False,
    now: datetime,
    vault: Vault,
) -> None:
    hall = catalogue.hall(session, own.hall_id)
    zone = ZoneInfo(hall.timezone)
    facts = replace(_facts(session, own, hall, vault), comes_now=comes_now)
    to_come = reminders(own.starts_at, zone, told_at=now)
    wanted: list[tuple[MessageKind, Times | None]] = [
        (kind, answer(own.starts_at, now=now)),
        (_K.DAY_BEFORE, to_come.day_before),
        (_K.HOURS_BEFORE, to_come.hours_before),
    ]
    for each, times in wanted:
        if times is not None:
            plan_message(session, own.id, each, str(own.ics_sequence), times, facts, vault=vault)


def _facts(session: Session, own: Appointment, hall: Hall, vault: Vault) -> MessageFacts:
    held = meeting_of(session, own, vault)
    return MessageFacts(
        hall.name_zh, hall.name_en, hall.timezone, own.starts_at, held=held.kind, room=held.link
    )


def cancelled(session: Session, own: Appointment, *, by_hall: bool, now: datetime, vault: Vault) -> None:
    """Remind no more; who cancelled knows it, who is cancelled is told."""
    if terms_of(session) is None:
        return
    void_messages(session, own.id, at=now)
    if by_hall:
        hall = catalogue.hall(session, own.hall_id)
        facts = _facts(session, own, hall, vault)
        over = own.starts_at <= now
        times = unkept(now=now) if over else cancellation(own.starts_at, ZoneInfo(hall.timezone), now=now)
        plan_message(session, own.id, _K.CANCELLED_BY_HALL, str(own.ics_sequence), times, facts, vault=vault)


def came(session: Session, appointment_id: AppointmentId, *, now: datetime) -> None:
    """Remind no more of what somebody has come for."""
    planning.void_messages(session, appointment_id, at=now)
