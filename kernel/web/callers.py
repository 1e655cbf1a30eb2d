"""Where a request comes from, and how often something was tried: counted by a keyed hash, kept nowhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kernel.bus import BusDown

if TYPE_CHECKING:
    from starlette.requests import Request

    from kernel.web.parts import Parts


def caller_address(request: Request) -> str:
    """Return the address of whoever asks, or nothing where the server knows none."""
    return request.client.host if request.client else ""


async def tries(here: Parts, what: str, whose: str, *, within_s: float) -> int:
    """Count a try and return how many there were within the time; 0 without the bus, which counts nothing.

    ``whose`` is what the tries have in common: an address, a reference. The bus sees its keyed hash alone.
    """
    key = here.vault.digest(whose, field=what).hex()
    try:
        return await here.bus.count(f"{what}:{key}", ttl_s=within_s)
    except BusDown:
        return 0
