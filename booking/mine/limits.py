"""How often one address may ask for codes and try them; a number's own limits lie in the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from booking.errors import TooManyTries
from booking.mine.errors import TooManyCodes
from kernel.bus import BusDown

if TYPE_CHECKING:
    from starlette.requests import Request

    from kernel.web.parts import Parts

# As joins of the waiting list and codes of halls: an office or an operator's gateway is one address.
ASKED_IN_S, ASKED_PER_ADDRESS = 3600.0, 60
TRIES_IN_S, TRIES_PER_ADDRESS = 300.0, 60


async def limit_asking(request: Request, here: Parts) -> None:
    """Count that an address asks for a code; raises ``TooManyCodes``."""
    if await _count(request, here, "asked", ASKED_IN_S) > ASKED_PER_ADDRESS:
        raise TooManyCodes


async def limit_trying(request: Request, here: Parts) -> None:
    """Count that an address tries a code; raises ``TooManyTries``."""
    if await _count(request, here, "tried", TRIES_IN_S) > TRIES_PER_ADDRESS:
        raise TooManyTries


async def _count(request: Request, here: Parts, what: str, within_s: float) -> int:
    """Count by a keyed hash of the address; without the bus the limits of code and number still hold."""
    address = request.client.host if request.client else ""
    who = here.vault.digest(address, field="citizen_code.address").hex()
    try:
        return await here.bus.count(f"own-list.{what}:{who}", ttl_s=within_s)
    except BusDown:
        return 0
