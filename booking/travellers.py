"""Which device says that it goes: one person each, and not many from one address.

The reference is a keyed digest of a random cookie, or of the address and the day where there is none; from
neither can the device be found again. Addresses are counted on the bus, in keyed digests, and forgotten.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from kernel.bus import BusDown
from kernel.secrets import new_token
from kernel.web.callers import caller_address

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from kernel.web.parts import Parts

COOKIE = "jinban_going"
COOKIE_LASTS_S = 6 * 3600  # longer than any way to a hall; after that it is another person for us
MOST_PER_ADDRESS = 6  # devices that count within the time below; a family, not a crowd of made-up devices
COUNTED_FOR_S = 1800.0


async def traveller(request: Request, here: Parts) -> tuple[UUID | None, str | None]:
    """Return the reference of the device (None: do not count it), and a new cookie if it needs one.

    Only a cookie that was let in before presses freely: made-up ones count for their address each time.
    Without the bus nobody is counted: a missing hint harms less than a hall that looks full for fun.
    """
    known = request.cookies.get(COOKIE)
    address = caller_address(request)
    try:
        if known and await here.bus.get(_let_in(here, known)):
            return _reference(here, known), None
        asked = await here.bus.count(f"going.address:{_digest(here, address)}", ttl_s=COUNTED_FOR_S)
        if asked > MOST_PER_ADDRESS:
            return None, None
        token = new_token()
        await here.bus.set(_let_in(here, token), b"1", ttl_s=COOKIE_LASTS_S)
    except BusDown:
        return None, None
    return _reference(here, token), token


def known_traveller(request: Request, here: Parts) -> UUID | None:
    """Return the reference of a device that said before that it goes."""
    known = request.cookies.get(COOKIE)
    return _reference(here, known) if known else None


def _let_in(here: Parts, token: str) -> str:
    return f"going.cookie:{_digest(here, token)}"


def _digest(here: Parts, text: str) -> str:
    return here.vault.digest(text, field="going").hex()[:32]


def _reference(here: Parts, token: str) -> UUID:
    return UUID(_digest(here, token))


def remember(answer: Response, token: str | None, *, secure: bool) -> None:
    """Put a new device's token into its cookie."""
    if token is not None:
        answer.set_cookie(COOKIE, token, max_age=COOKIE_LASTS_S, httponly=True, samesite="lax", secure=secure)
