"""How often one address may have codes sent and try them; a number's own limits lie in the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from booking.activation.service import needs_code
from booking.errors import TooManyTries
from booking.mine.errors import TooManyCodes
from kernel.web.callers import caller_address, tries

if TYPE_CHECKING:
    from starlette.requests import Request

    from kernel.web.parts import Parts

# As codes of the own list: an office or an operator's gateway is one address.
SENT_IN_S, SENT_PER_ADDRESS = 3600.0, 60
TRIES_IN_S, TRIES_PER_ADDRESS = 300.0, 60


async def limit_sending(request: Request, here: Parts, token: str, owner: bytes | None) -> None:
    """Count that an address has a code sent, where one would be; raises ``TooManyCodes``."""
    if not await here.database.read(needs_code, token, owner=owner, vault=here.vault):
        return
    address = caller_address(request)
    if await tries(here, "activation.sent", address, within_s=SENT_IN_S) > SENT_PER_ADDRESS:
        raise TooManyCodes


async def limit_typing(request: Request, here: Parts) -> None:
    """Count that an address types a code; raises ``TooManyTries``."""
    address = caller_address(request)
    if await tries(here, "activation.typed", address, within_s=TRIES_IN_S) > TRIES_PER_ADDRESS:
        raise TooManyTries
