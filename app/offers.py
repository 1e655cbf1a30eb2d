"""Places that became free are offered to the waiting list, hall by hall, within seconds."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

import structlog

from booking.waitlist.service import halls_waited_for, offer_places, something_to_offer
from kernel.errors import Refusal

if TYPE_CHECKING:
    from kernel.ids import HallId
    from kernel.web.parts import Parts

log = structlog.get_logger(__name__)

# A place that was given back rests for thirty seconds where somebody waits: six looks before it is public.
EVERY_S = 5.0


class Offers:
    """Looks after the halls in which somebody waits; nothing is remembered, so a round may be lost."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def run(self) -> None:
        """Go round until cancelled; what is busy is done next time."""
        while True:
            await self.once()
            await asyncio.sleep(EVERY_S)

    async def once(self) -> None:
        """Visit every hall in which somebody waits; what goes wrong in one keeps no other from its turn."""
        with suppress(Refusal):
            for hall_id in await self._parts.database.read(halls_waited_for):
                await self._visit(hall_id)

    async def _visit(self, hall_id: HallId) -> None:
        database, clock, vault = self._parts.database, self._parts.clock, self._parts.vault
        try:
            if await database.read(something_to_offer, hall_id, now=clock.now(), vault=vault):
                done = await database.write(offer_places, hall_id, clock=clock, vault=vault)
                log.info("waiting list asked", hall=str(hall_id), offers=done.made, ended=done.ended)
        except Refusal as refused:
            log.warning("waiting list not asked", hall=str(hall_id), code=refused.code)
        except Exception:
            log.exception("an error of ours while asking the waiting list", hall=str(hall_id))
