"""Tickets whose calls are used up are marked as missed where the hall's published value says so."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

import structlog

from kernel.errors import Refusal
from queueing.service import miss_by_itself, missed_by_now

if TYPE_CHECKING:
    from kernel.ids import TicketId
    from kernel.web.parts import Parts

log = structlog.get_logger(__name__)

EVERY_S = 1.0  # the desk counts seconds down; what it reads is one line a window


class Misses:
    """Looks at the windows' calls; nothing is remembered, so a round may be lost."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def run(self) -> None:
        """Go round until cancelled; what is busy is done next time."""
        while True:
            await self.once()
            await asyncio.sleep(EVERY_S)

    async def once(self) -> None:
        """Mark what is due in all halls; what goes wrong with one ticket keeps no other from its turn."""
        with suppress(Refusal):
            for ticket_id in await self._parts.database.read(missed_by_now, now=self._parts.clock.now()):
                await self._miss(ticket_id)

    async def _miss(self, ticket_id: TicketId) -> None:
        try:
            await self._parts.database.write(miss_by_itself, ticket_id, clock=self._parts.clock)
        except Refusal as refused:
            log.warning("not marked as missed", ticket=str(ticket_id), code=refused.code)
        except Exception:
            log.exception("an error of ours while marking as missed", ticket=str(ticket_id))
