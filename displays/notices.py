"""The notices of a hall on citizens' pages; screens and kiosks get them with the board."""

from __future__ import annotations

from typing import TYPE_CHECKING

from queueing.notices.service import standing

if TYPE_CHECKING:
    from kernel.ids import HallId
    from kernel.web.parts import Parts
    from queueing.rules.notices import Notice


async def notices_now(here: Parts, hall_id: HallId) -> tuple[Notice, ...]:
    """Return what a hall says now."""
    return await here.database.read(standing, hall_id, now=here.clock.now())
