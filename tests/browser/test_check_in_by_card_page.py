"""A card reader that acts as a keyboard, and hands that are slower than one, in a real browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.browser.test_citizen_pages import serious_faults
from tests.browser.test_kiosk_pages import at_kiosk

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.browser.conftest import Watched
    from tests.support.served import Served

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CARD = "11010519491231002X"


async def reader(page: Page, text: str) -> None:
    """Type as a reader does: one sign after the other in the page's own time, then Enter."""
    await page.evaluate(
        """async (text) => {
          const target = document.activeElement ?? document.body;
          for (const key of [...text, "Enter"]) {
            target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
            await new Promise((done) => setTimeout(done, 3));
          }
        }""",
        text,
    )


async def test_a_reader_is_heard_on_each_page_of_checking_in_and_hands_are_not(
    served: Served, watched: Watched
) -> None:
    page = await at_kiosk(served, watched)
    posted: list[str] = []
    page.on("request", lambda asked: posted.append(asked.post_data or "") if asked.method == "POST" else None)
    for path in ("", "/check-in", "/check-in/card"):
        await page.goto(f"{served.url}/kiosk/H1{path}")
        await page.keyboard.type(CARD, delay=90)
        await page.evaluate("() => document.activeElement?.form?.id === 'card-form' || true")
        sent = [body for body in posted if CARD in body]
        assert sent == []
        await reader(page, f"王小明,{CARD},男")
        await page.wait_for_url("**/check-in/card")
        await expect(page.locator(".error-summary")).to_be_visible()
        assert sum(f"number={CARD}" in body for body in posted) == 1
        posted.clear()
    assert await serious_faults(page) == []


async def test_the_page_that_asks_for_the_card_fits_and_has_no_fault(
    served: Served, watched: Watched
) -> None:
    page = await at_kiosk(served, watched)
    for width in (1080, 390, 320):
        await page.set_viewport_size({"width": width, "height": 900})
        await page.goto(f"{served.url}/kiosk/H1/check-in/card")
        assert await page.evaluate("document.documentElement.scrollWidth") <= width
    assert await serious_faults(page) == []
