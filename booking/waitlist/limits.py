"""How often one address may put somebody on the list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from booking.waitlist.errors import TooManyWaits
from kernel.web.callers import caller_address, tries

if TYPE_CHECKING:
    from starlette.requests import Request

    from kernel.web.parts import Parts

JOINS_IN_S = 3600.0
JOINS_PER_ADDRESS = 60  # as many as live holds behind one address: an office, or an operator's gateway


async def limit_joins(request: Request, here: Parts) -> None:
    """Count that an address asks for a place on the list; raises ``TooManyWaits``."""
    if await tries(here, "waitlist", caller_address(request), within_s=JOINS_IN_S) > JOINS_PER_ADDRESS:
        raise TooManyWaits(limit=JOINS_PER_ADDRESS)
