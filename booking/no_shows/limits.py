"""How often a reference may be tried with a phone number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from booking.errors import TooManyTries
from booking.rules.references import normal_reference
from kernel.web.callers import caller_address, tries

if TYPE_CHECKING:
    from starlette.requests import Request

    from booking.no_shows.appealing import Proof
    from kernel.web.parts import Parts

TRIES_IN_S = 300.0
TRIES_PER_ADDRESS = 60
TRIES_PER_REFERENCE = 5  # people mistype a number, nobody guesses one


async def limit_tries(request: Request, here: Parts, proof: Proof) -> None:
    """Count a try by reference; raises ``TooManyTries``. Without the bus none is counted."""
    if proof.token is not None:
        return
    if await tries(here, "no-show.address", caller_address(request), within_s=TRIES_IN_S) > TRIES_PER_ADDRESS:
        raise TooManyTries
    typed = normal_reference(proof.reference)
    if await tries(here, "no-show.reference", typed, within_s=TRIES_IN_S) > TRIES_PER_REFERENCE:
        raise TooManyTries
