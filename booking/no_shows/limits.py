"""How often a reference may be tried with a phone number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from booking.errors import TooManyTries
from booking.rules.references import normal_reference
from kernel.bus import BusDown

if TYPE_CHECKING:
    from booking.no_shows.appealing import Proof
    from kernel.web.parts import Parts

TRIES_IN_S = 300.0
TRIES_PER_ADDRESS = 60
TRIES_PER_REFERENCE = 5  # people mistype a number, nobody guesses one


async def limit_tries(here: Parts, address: str, proof: Proof) -> None:
    """Count a try by reference; raises ``TooManyTries``. Without the bus none is counted."""
    if proof.token is not None:
        return
    typed = here.vault.digest(normal_reference(proof.reference), field="no_show.tries").hex()
    who = here.vault.digest(address, field="no_show.address").hex()
    for counted, most in ((f"address:{who}", TRIES_PER_ADDRESS), (f"reference:{typed}", TRIES_PER_REFERENCE)):
        try:
            tries = await here.bus.count(f"no-show:{counted}", ttl_s=TRIES_IN_S)
        except BusDown:
            return
        if tries > most:
            raise TooManyTries
