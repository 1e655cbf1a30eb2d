"""Wait for what a page's script promises."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.async_api import Page

LONGEST_S, BETWEEN_S = 20.0, 0.05


async def until(page: Page, holds: str) -> None:
    """Ask the page until the function `holds`, whose answer may be a promise, answers with something true.

    The browser library's own wait takes the promise for the answer, and so waits for nothing. Raises
    `TimeoutError` after 20 s.
    """
    async with asyncio.timeout(LONGEST_S):
        while not await page.evaluate(holds):
            await asyncio.sleep(BETWEEN_S)
