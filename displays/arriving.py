"""What refuses a check-in by reference and the end of a number, at a kiosk or on a phone in the hall."""

from __future__ import annotations

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
from queueing.errors import NotTakingTickets

ARRIVING = (
    *(AppointmentNotFound, AppointmentNotPossible, CheckInElsewhere, CheckInNotRecognised, CheckInOver),
    *(CheckInTooEarly, HoldExpired, NotTakingTickets, TooManyTries),
)
