"""A kiosk whose server is really away: the link is cut under a real browser, and what it printed merges."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from queueing.provisional.staff import paper_day
from tests.browser.test_citizen_pages import assert_fits, serious_faults
from tests.support.link import Link
from tests.support.waiting import until

if TYPE_CHECKING:
    from playwright.async_api import Page

    from kernel.clock import ManualClock
    from queueing.provisional.staff import PaperDay
    from tests.browser.conftest import Watched
    from tests.support.served import Served

pytestmark = [pytest.mark.browser, pytest.mark.slow]

COUNT_PRINTS = "window.printed = 0; window.print = () => { window.printed += 1; };"
HOLDS_NUMBERS = """async () => {
  const module = [...document.scripts].find((one) => one.src.endsWith("js/kiosk.js")).src;
  const { keptOf } = await import(module.replace("kiosk.js", "kiosk/keep.js"));
  const kept = await keptOf("H1");
  return await kept.fact("contact") && await kept.numbersLeft("2026-11-18") === 250;
}"""
LOOKS_AT_ONCE_WITHOUT_NUMBERS = """async () => {
  const module = [...document.scripts].find((one) => one.src.endsWith("js/kiosk.js")).src;
  const { keptOf } = await import(module.replace("kiosk.js", "kiosk/keep.js"));
  const { touch } = await import(module.replace("kiosk.js", "kiosk/contact.js"));
  const kept = await keptOf("H1");
  await kept.keepBlocks([], "9999-01-01");
  await Promise.all([touch("H1"), touch("H1"), touch("H1")]);
  return kept.numbersLeft("2026-11-18");
}"""
START, NEXT = "[data-step=queues]:not([hidden])", "[data-step={0}]:not([hidden]) .kiosk__tile >> nth=0"


async def ready_kiosk(link: Link, served: Served, watched: Watched) -> tuple[Page, list[str]]:
    """Open a kiosk over the link and wait until it could work alone; also return what its scripts break."""
    page, errors = await watched.page_and_faults()
    await page.add_init_script(COUNT_PRINTS)
    await page.goto(f"{link.url}/kiosk/H1?device={served.city.tokens['kiosk']}")
    await page.evaluate("navigator.serviceWorker.ready.then(() => null)")
    await until(page, HOLDS_NUMBERS)
    return page, errors


async def take_number(page: Page, *, priority: bool = False) -> str:
    """Take a number by three touches and return it."""
    await page.click(NEXT.format("queues"))
    await page.click(NEXT.format("services"))
    await page.click(f"[data-priority={str(priority).lower()}]")
    await page.wait_for_selector("[data-step=slip]:not([hidden])")
    return await page.locator(".paper__number").inner_text()


def merged(served: Served) -> PaperDay:
    now = served.parts.clock.now()
    return served.parts.database.read_now(paper_day, "H1", by=served.city.clerks[0], now=now)


@pytest.mark.parametrize("watched", [{"viewport": {"width": 1080, "height": 1920}}], indirect=True)
async def test_numbers_given_while_the_link_is_cut_merge_once_and_in_their_place(
    served: Served, watched: Watched, link: Link, clock: ManualClock
) -> None:
    page, errors = await ready_kiosk(link, served, watched)
    link.be("cut")
    await page.click(".kiosk__tiles a >> nth=0")
    await page.wait_for_selector(START)
    assert await serious_faults(page) == []
    await page.click("[data-large]")
    await page.set_viewport_size({"width": 320, "height": 700})
    await assert_fits(page)
    await page.set_viewport_size({"width": 1080, "height": 1920})
    assert await take_number(page) == "X001"
    assert await page.evaluate("window.printed") == 1
    await expect(page.locator(".paper--alone")).to_contain_text("2026-11-18 09:40")
    await expect(page.locator(".paper--alone")).to_contain_text("Listen for staff")
    assert await serious_faults(page) == []
    await page.goto(f"{link.url}/kiosk/H1")  # as after a restart of the machine
    await page.wait_for_selector(START)
    assert await take_number(page, priority=True) == "X002"
    await page.click("[data-step=slip] [data-anew]")
    await page.wait_for_selector(START)

    clock.advance(timedelta(minutes=5))
    later = await asyncio.to_thread(served.ticket)  # somebody at the help desk, which has another link
    link.lose_the_answer_to(b"POST /api/v1/halls/H1/slips")
    link.be("ok")
    await page.wait_for_selector(".kiosk__tile--check-in", timeout=20_000)
    assert link.lost == 1
    assert [own.label for own in merged(served).tickets] == ["X001", "X002"]
    called = [(await asyncio.to_thread(served.call)).label for _ in range(3)]
    assert called == ["X002", "X001", later.ticket.label]
    assert errors == []


async def test_a_server_that_answers_nothing_or_only_trouble_is_away(
    served: Served, watched: Watched, link: Link
) -> None:
    page, errors = await ready_kiosk(link, served, watched)
    link.be("black hole")
    await page.reload(timeout=20_000)
    await page.wait_for_selector(START, timeout=20_000)
    assert await take_number(page) == "X001"
    link.be("in trouble")
    await page.click("[data-step=slip] [data-anew]")
    await page.wait_for_selector(START)
    link.be("ok")
    await page.wait_for_selector(".kiosk__tile--check-in", timeout=20_000)
    assert [own.label for own in merged(served).tickets] == ["X001"]
    assert errors == []
    # A slow server is looked for again before it has answered; it must not reserve a block for each look.
    assert await page.evaluate(LOOKS_AT_ONCE_WITHOUT_NUMBERS) == 250
