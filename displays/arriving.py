"""Checking in by reference and the end of a number, at a kiosk or on a phone in the hall: what both share."""

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
from booking.http import KIOSK_TRIES, REFERENCE_TRIES, TRIES_IN_S
from booking.rules.references import normal_reference
from kernel.bus import BusDown
from queueing.errors import NotTakingTickets

if TYPE_CHECKING:
    from kernel.web.parts import Parts

ARRIVING = (
    *(AppointmentNotFound, AppointmentNotPossible, CheckInElsewhere, CheckInNotRecognised, CheckInOver),
    *(CheckInTooEarly, HoldExpired, NotTakingTickets, TooManyTries),
)


async def limit_references(here: Parts, who: str, reference: str) -> None:
    """Count a try of ``who`` and of this reference with those of the API; raises ``TooManyTries``.

    Without the bus none is counted; a guess still needs both parts.
    """
    typed = here.vault.digest(normal_reference(reference), field="check-in.reference").hex()
    for counted, most in ((who, KIOSK_TRIES), (f"reference:{typed}", REFERENCE_TRIES)):
        try:
            tries = await here.bus.count(f"check-in:{counted}", ttl_s=TRIES_IN_S)
        except BusDown:
            return
        if tries > most:
            raise TooManyTries
