"""Whoever left a number is told that an appointment counts as not kept, and that an appeal is answered."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from booking.messages.planning import plan_message
from booking.rules.message_texts import MessageFacts
from booking.rules.message_times import Times
from booking.rules.messages import MessageKind
from kernel import catalogue

if TYPE_CHECKING:
    from datetime import datetime

    from sqlmodel import Session

    from kernel.ids import AppointmentId, HallId
    from kernel.secrets import Vault

STILL_NEWS = timedelta(days=3)  # later the page is soon enough
ONCE = "no-show"  # a no-show is written once an appointment, and answered once


def told_not_come(
    session: Session,
    appointment_id: AppointmentId,
    hall_id: HallId,
    starts_at: datetime,
    *,
    now: datetime,
    vault: Vault,
) -> None:
    """Tell that it counts, with the link at which one appeals: whoever never booked it hears of it too."""
    _tell(session, appointment_id, MessageKind.NO_SHOW, hall_id, starts_at, now=now, vault=vault)


def told_answer(
    session: Session,
    appointment_id: AppointmentId | None,
    hall_id: HallId,
    starts_at: datetime,
    *,
    now: datetime,
    vault: Vault,
) -> None:
    """Tell that an appeal is answered; nobody where the appointment is erased."""
    if appointment_id is not None:
        _tell(session, appointment_id, MessageKind.APPEAL_ANSWERED, hall_id, starts_at, now=now, vault=vault)


def _tell(
    session: Session,
    appointment_id: AppointmentId,
    kind: MessageKind,
    hall_id: HallId,
    starts_at: datetime,
    *,
    now: datetime,
    vault: Vault,
) -> None:
    hall = catalogue.hall(session, hall_id)
    facts = MessageFacts(hall.name_zh, hall.name_en, hall.timezone, starts_at)
    plan_message(session, appointment_id, kind, ONCE, Times(now, now + STILL_NEWS), facts, vault=vault)
