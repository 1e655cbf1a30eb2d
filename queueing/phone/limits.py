"""How many wrong codes one address may try, and how many numbers it may take in a hall.

A hall's own wireless network and an operator's gateway are one address for hundreds of people, so nobody is
counted for a right code, for a number asked for twice or for one that is refused: whoever is not there
cannot use up what those who are there may take. What keeps people out who are not there is the code.
"""

from __future__ import annotations

from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from kernel.bus import BusDown
from queueing.phone.errors import HallCodeOld, TooManyPhoneTickets

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from kernel.web.parts import Parts

CODES_IN_S, WRONG_CODES_PER_ADDRESS = 300.0, 60  # as kiosks' references: one every five seconds
NUMBERS_IN_S, NUMBERS_PER_ADDRESS = 3600.0, 300  # thrice what a busy hall gives in all, by phone and kiosk


@asynccontextmanager
async def codes_counted(here: Parts, address: str) -> AsyncIterator[None]:
    """Count the code tried inside if it is wrong (``HallCodeOld``).

    Raises ``TooManyPhoneTickets``, of a right code too: a guess must not tell which it was.
    """
    await _refuse_full(here, "code", address, WRONG_CODES_PER_ADDRESS)
    try:
        yield
    except HallCodeOld:
        await _count(here, "code", address, WRONG_CODES_PER_ADDRESS, CODES_IN_S)
        raise


async def refuse_hoarding(here: Parts, address: str, *, hall: str) -> None:
    """Raise ``TooManyPhoneTickets`` where an address has taken too many in a hall, named by its code."""
    await _refuse_full(here, "number", f"{hall}\x00{address}", NUMBERS_PER_ADDRESS)


async def count_number(here: Parts, address: str, *, hall: str, token: str) -> None:
    """Count a number that was taken; ``token`` says which, so that asked for again it is no second one."""
    own = here.vault.digest(token, field="phone.number").hex()
    with suppress(BusDown):
        if await here.bus.count(f"phone.known:{own}", ttl_s=NUMBERS_IN_S) > 1:
            return
    await _count(here, "number", f"{hall}\x00{address}", NUMBERS_PER_ADDRESS, NUMBERS_IN_S)


def _key(here: Parts, what: str, whose: str) -> str:
    return f"phone.{what}:{here.vault.digest(whose, field='phone.address').hex()}"


async def _refuse_full(here: Parts, what: str, whose: str, most: int) -> None:
    """Refuse whoever is marked as full; without the bus nobody is, and the code still holds."""
    with suppress(BusDown):
        if await here.bus.get(_key(here, what, whose)) is not None:
            raise TooManyPhoneTickets(limit=most)


async def _count(here: Parts, what: str, whose: str, most: int, within_s: float) -> None:
    """Count by a keyed hash of the address, and mark it as full at the last one that it may."""
    key = _key(here, what, whose)
    with suppress(BusDown):
        if await here.bus.count(f"{key}.tries", ttl_s=within_s) >= most:
            await here.bus.set(key, b"full", ttl_s=within_s)
