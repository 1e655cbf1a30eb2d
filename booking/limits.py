"""How often whoever arrives may try a reference with the end of a number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from booking.errors import TooManyTries
from booking.rules.references import normal_reference
from kernel.web.callers import tries

if TYPE_CHECKING:
    from kernel.web.parts import Parts

TRIES_IN_S = 300.0
PLACE_TRIES = 60  # of one kiosk or address, one every five seconds: quicker than anybody types
REFERENCE_TRIES = 5  # the four digits of one appointment's number: people mistype, nobody guesses


async def limit_check_ins(here: Parts, place: str, reference: str) -> None:
    """Count a try at a place (a kiosk, an address), and of a reference in whatever spelling and place.

    Raises ``TooManyTries``. Without the bus none is counted; a guess still needs both parts.
    """
    if await tries(here, "check-in.place", place, within_s=TRIES_IN_S) > PLACE_TRIES:
        raise TooManyTries
    typed = normal_reference(reference)
    if await tries(here, "check-in.reference", typed, within_s=TRIES_IN_S) > REFERENCE_TRIES:
        raise TooManyTries
