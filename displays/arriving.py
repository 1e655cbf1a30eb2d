"""What refuses a check-in by reference and the end of a number, at a kiosk or on a phone in the hall."""

from __future__ import annotations

from typing import TYPE_CHECKING

from booking.errors import (
    AppointmentNotFound,
    AppointmentNotPossible,
    CheckInElsewhere,
    CheckInNotRecognised,
    CheckInOver,
    CheckInTooEarly,
    HoldExpired,
    TooManyTries,
)
from booking.rules.appointments import AppointmentStatus
from queueing.errors import NotTakingTickets
from queueing.rules.call_order import came_late
from queueing.rules.policy import hall_policy

if TYPE_CHECKING:
    from kernel.catalogue import Hall
    from kernel.errors import Refusal
    from queueing.service import TicketView

ARRIVING = (
    *(AppointmentNotFound, AppointmentNotPossible, CheckInElsewhere, CheckInNotRecognised, CheckInOver),
    *(CheckInTooEarly, HoldExpired, NotTakingTickets, TooManyTries),
)


def has_checked_in(wrong: Refusal) -> bool:
    """Return whether a check-in is refused because it was done before."""
    return wrong.facts.get("status") is AppointmentStatus.CHECKED_IN


def counts_from_check_in(ticket: TicketView, hall: Hall) -> bool:
    """Return whether the appointment came too late to count from its time, which its holder is told."""
    if ticket.due_at is None or ticket.remote:
        return False
    return came_late(ticket.arrived_at, ticket.due_at, hall_policy(hall.policy).call)
