"""How often whoever arrives may try a reference with the end of a number, or a card."""

from __future__ import annotations

from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from booking.errors import CardNotRecognised, TooManyTries
from booking.rules.references import normal_reference
from kernel.bus import BusDown
from kernel.web.callers import tries

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from kernel.web.parts import Parts

TRIES_IN_S = 300.0
PLACE_TRIES = 60  # of one kiosk or address, one every five seconds: quicker than anybody types
REFERENCE_TRIES = 5  # the four digits of one appointment's number: people mistype, nobody guesses
WRONG_CARDS = 10  # at one kiosk: people hold the wrong card, or booked without the number; nobody has ten


async def limit_check_ins(here: Parts, place: str, reference: str) -> None:
    """Count a try at a place (a kiosk, an address), and of a reference in whatever spelling and place.

    Raises ``TooManyTries``. Without the bus none is counted; a guess still needs both parts.
    """
    if await tries(here, "check-in.place", place, within_s=TRIES_IN_S) > PLACE_TRIES:
        raise TooManyTries
    typed = normal_reference(reference)
    if await tries(here, "check-in.reference", typed, within_s=TRIES_IN_S) > REFERENCE_TRIES:
        raise TooManyTries


@asynccontextmanager
async def limit_cards(here: Parts, kiosk: str) -> AsyncIterator[None]:
    """Around a card that is tried at a kiosk: after ten that fit nothing it takes none for five minutes.

    Raises ``TooManyTries``, for right cards too: a guess that is let through when it is right is no lock.
    Without the bus none is counted.
    """
    lock = f"check-in.cards-locked:{here.vault.digest(kiosk, field='check-in.cards').hex()}"
    with suppress(BusDown):
        if await here.bus.get(lock) is not None:
            raise TooManyTries
    try:
        yield
    except CardNotRecognised:
        if await tries(here, "check-in.wrong-cards", kiosk, within_s=TRIES_IN_S) >= WRONG_CARDS:
            with suppress(BusDown):
                await here.bus.set(lock, b"1", ttl_s=TRIES_IN_S)
        raise
