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


async def types(page: Page, text: str, *, apart_ms: int, heard_ms: int) -> None:
    """Press one key after the other, then Enter; the page may hear of them at another pace."""
    await page.evaluate(
        """async ([text, apart, heard]) => {
          const target = document.activeElement ?? document.body;
          let at = performance.now();
          for (const key of [...text, "Enter"]) {
            const press = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true });
            Object.defineProperty(press, "timeStamp", { value: at += apart });
            target.dispatchEvent(press);
            if (heard && key !== "Enter") await new Promise((done) => setTimeout(done, heard));
          }
        }""",
        [text, apart_ms, heard_ms],
    )


async def reader(page: Page, text: str, *, heard_ms: int = 0) -> None:
    """Type as a reader does, whatever the machine is busy with."""
    await types(page, text, apart_ms=3, heard_ms=heard_ms)


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


async def test_a_page_that_was_busy_still_tells_a_reader_from_hands(served: Served, watched: Watched) -> None:
    page = await at_kiosk(served, watched)
    posted: list[str] = []
    page.on("request", lambda asked: posted.append(asked.post_data or "") if asked.method == "POST" else None)
    await page.goto(f"{served.url}/kiosk/H1/check-in")
    await types(page, "110105194912310038", apart_ms=90, heard_ms=0)
    await reader(page, CARD, heard_ms=70)
    await page.wait_for_url("**/check-in/card")
    await expect(page.locator(".error-summary")).to_be_visible()
    assert [own.split("number=")[1] for own in posted if "number=" in own] == [CARD]


async def test_the_page_that_asks_for_the_card_fits_and_has_no_fault(
    served: Served, watched: Watched
) -> None:
    page = await at_kiosk(served, watched)
    for width in (1080, 390, 320):
        await page.set_viewport_size({"width": width, "height": 900})
        await page.goto(f"{served.url}/kiosk/H1/check-in/card")
        assert await page.evaluate("document.documentElement.scrollWidth") <= width
    assert await serious_faults(page) == []
