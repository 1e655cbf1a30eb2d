"""How often one address may try codes, and how many numbers it may take in a hall.

A hall's own wireless network and an operator's gateway are one address for hundreds of people, so both are
generous; what keeps people out who are not there is the code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kernel.bus import BusDown
from queueing.phone.errors import TooManyPhoneTickets

if TYPE_CHECKING:
    from kernel.web.parts import Parts

CODES_IN_S, CODES_PER_ADDRESS = 300.0, 60  # as kiosks' references: one every five seconds
NUMBERS_IN_S, NUMBERS_PER_ADDRESS = 3600.0, 60  # as joining the waiting list; a busy hall gives 100 in all


async def limit_codes(here: Parts, address: str) -> None:
    """Count a code that was scanned or typed, right or wrong; raises ``TooManyPhoneTickets``."""
    await _limit(here, "code", address, CODES_PER_ADDRESS, CODES_IN_S)


async def limit_numbers(here: Parts, address: str, *, hall: str) -> None:
    """Count a number that is asked for in a hall, named by its code; raises ``TooManyPhoneTickets``."""
    await _limit(here, "number", f"{hall}\x00{address}", NUMBERS_PER_ADDRESS, NUMBERS_IN_S)


async def _limit(here: Parts, what: str, whose: str, most: int, within_s: float) -> None:
    """Count by a keyed hash of the address; without the bus nothing is counted, and the code still holds."""
    who = here.vault.digest(whose, field="phone.address").hex()
    try:
        tries = await here.bus.count(f"phone.{what}:{who}", ttl_s=within_s)
    except BusDown:
        return
    if tries > most:
        raise TooManyPhoneTickets(limit=most)
