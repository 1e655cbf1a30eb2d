"""A holder looks at a ticket: a read, and a write only when the words that are read change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from queueing import service

if TYPE_CHECKING:
    from kernel.clock import Clock
    from kernel.database import Database
    from kernel.secrets import Vault
    from queueing.service import TicketView


async def followed(db: Database, token: str, *, clock: Clock, vault: Vault) -> TicketView:
    """Return the visit's current ticket as its holder reads it; raises ``TicketNotFound``."""
    found = await db.read(service.follow, token, clock=clock, vault=vault)
    if not found.shown_is_new:
        return found
    return await db.write(service.follow_and_keep, token, clock=clock, vault=vault)
