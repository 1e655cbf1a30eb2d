"""How the things of an own list stand, in words; English ids, translated like all texts."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from booking.rules.appointments import AppointmentStatus
from booking.rules.waitlist import WaitingStatus
from queueing.rules.tickets import TicketStatus

if TYPE_CHECKING:
    from collections.abc import Mapping

STATUS_WORDS: Mapping[str, str] = MappingProxyType(
    {
        AppointmentStatus.CANCELLED_BY_CITIZEN.value: "cancelled",
        AppointmentStatus.CANCELLED_BY_HALL.value: "cancelled by the hall: please do not come",
        AppointmentStatus.NO_SHOW.value: "not used",
        AppointmentStatus.CHECKED_IN.value: "was there",
        WaitingStatus.WAITING.value: "waiting",
        TicketStatus.CALLED.value: "called",
        TicketStatus.SERVING.value: "at the window",
        TicketStatus.PARKED.value: "set aside",
        TicketStatus.MISSED.value: "missed",
        TicketStatus.FINISHED.value: "done",
        TicketStatus.GIVEN_UP.value: "given back",
        TicketStatus.CLOSED_UNSERVED.value: "not served before closing",
        TicketStatus.NEVER_CAME.value: "not used",
        TicketStatus.SERVED_ON_PAPER.value: "done",
    }
)
