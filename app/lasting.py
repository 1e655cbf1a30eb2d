"""Work in the background that lasts as long as the process: an error of ours ends none of it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

log = structlog.get_logger(__name__)

ANEW_AFTER_S = 2.0  # a database that is restarted is back then; more often would only fill the log


async def lasting(name: str, run: Callable[[], Awaitable[None]]) -> None:
    """Run until it returns or is cancelled; whatever else ends it is logged, and it begins anew.

    All such work stands in one task group. An exception that left one of them would cancel all others,
    the relay among them, and the process would go on answering while no call reached a screen.
    """
    while True:
        try:
            await run()
        except Exception:
            log.exception("an error of ours in the background, it begins anew", work=name)
            await asyncio.sleep(ANEW_AFTER_S)
        else:
            return
