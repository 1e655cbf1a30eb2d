"""How often one address may ask for codes and try them; a number's own limits lie in the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from booking.errors import TooManyTries
from booking.mine.errors import TooManyCodes
from kernel.web.callers import caller_address, tries

if TYPE_CHECKING:
    from starlette.requests import Request

    from kernel.web.parts import Parts

# As joins of the waiting list and codes of halls: an office or an operator's gateway is one address.
ASKED_IN_S, ASKED_PER_ADDRESS = 3600.0, 60
TRIES_IN_S, TRIES_PER_ADDRESS = 300.0, 60


async def limit_asking(request: Request, here: Parts) -> None:
    """Count that an address asks for a code; raises ``TooManyCodes``."""
    if await tries(here, "own-list.asked", caller_address(request), within_s=ASKED_IN_S) > ASKED_PER_ADDRESS:
        raise TooManyCodes


async def limit_trying(request: Request, here: Parts) -> None:
    """Count that an address tries a code; raises ``TooManyTries``."""
    if await tries(here, "own-list.tried", caller_address(request), within_s=TRIES_IN_S) > TRIES_PER_ADDRESS:
        raise TooManyTries
