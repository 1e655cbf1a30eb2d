"""The city that requests read from memory is kept fresh beside them, since reading it takes a while."""

from __future__ import annotations

import asyncio
from subprocess import SubprocessError
from typing import TYPE_CHECKING

import structlog

from booking.city import FRESH_FOR_S, renew_city
from kernel.errors import Refusal

if TYPE_CHECKING:
    from kernel.database import Database

log = structlog.get_logger(__name__)

EVERY_S = FRESH_FOR_S * 0.75


async def keep_city(database: Database) -> None:
    """Renew the city until cancelled; where that fails, the next request reads it for itself."""
    while True:
        try:
            await database.read(renew_city)
        except (Refusal, SubprocessError) as failed:
            log.warning("city not renewed", problem=repr(failed))
        await asyncio.sleep(EVERY_S)
