"""Wait for what a page's script promises."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.async_api import Page
    from playwright.sync_api import Page as SyncPage

LONGEST_S, BETWEEN_S = 20.0, 0.05
SETTLES_S = 5.0


async def until(page: Page, holds: str) -> None:
    """Ask the page until the function `holds`, whose answer may be a promise, answers with something true.

    The browser library's own wait takes the promise for the answer, and so waits for nothing. Raises
    `TimeoutError` after 20 s.
    """
    async with asyncio.timeout(LONGEST_S):
        while not await page.evaluate(holds):
            await asyncio.sleep(BETWEEN_S)


def comes_true(page: SyncPage, holds: Callable[[], bool]) -> None:
    """Let the page go on until `holds` says so of what stands outside it, as what a server has taken.

    Raises `AssertionError` after 20 s.
    """
    for _ in range(int(LONGEST_S / BETWEEN_S)):
        if holds():
            return
        page.wait_for_timeout(BETWEEN_S * 1000)
    raise AssertionError("the page did not bring it about")


async def settled(page: Page, ask: str, wanted: Callable[[Any], bool]) -> Any:
    """Return what the function `ask` answers once it is as wanted, or its last answer after 5 s.

    The caller asserts on the answer, so that a failure shows what the page came to.
    """
    answer = await page.evaluate(ask)
    for _ in range(int(SETTLES_S / BETWEEN_S)):
        if wanted(answer):
            break
        await asyncio.sleep(BETWEEN_S)
        answer = await page.evaluate(ask)
    return answer
