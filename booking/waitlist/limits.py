"""How often one address may put somebody on the list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from booking.waitlist.errors import TooManyWaits
from kernel.bus import BusDown

if TYPE_CHECKING:
    from kernel.web.parts import Parts

JOINS_IN_S = 3600.0
JOINS_PER_ADDRESS = 60  # as many as live holds behind one address: an office, or an operator's gateway


async def limit_joins(here: Parts, address: str) -> None:
    """Count a try by a keyed hash of the address; without the bus nothing is counted."""
    who = here.vault.digest(address, field="waiting.address").hex()
    try:
        tries = await here.bus.count(f"waitlist:{who}", ttl_s=JOINS_IN_S)
    except BusDown:
        return
    if tries > JOINS_PER_ADDRESS:
        raise TooManyWaits(limit=JOINS_PER_ADDRESS)
