"""A machine in the hall: a lost network, the next person, and what is within reach, in a real browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.browser.test_citizen_pages import serious_faults

if TYPE_CHECKING:
    from playwright.async_api import Page, Route

    from tests.browser.conftest import Watched
    from tests.support.served import Served

pytestmark = [pytest.mark.browser, pytest.mark.slow]


async def at_kiosk(served: Served, watched: Watched) -> Page:
    page = await watched.context.new_page()
    await page.goto(f"{served.url}/kiosk/H1?device={served.city.tokens['kiosk']}")
    return page


async def refuse(route: Route) -> None:
    await route.abort("connectionrefused")


async def test_a_kiosk_without_its_server_says_so_and_begins_anew(served: Served, watched: Watched) -> None:
    page = await watched.context.new_page()
    await page.route("**/kiosk-kit", refuse)  # so it never learns what it needs to work alone
    await page.goto(f"{served.url}/kiosk/H1?device={served.city.tokens['kiosk']}")
    await page.click(".kiosk__tiles a >> nth=0")
    await page.wait_for_url("**/queues/A")
    await page.route("**/*", refuse)
    await page.click(".kiosk__tiles a >> nth=0")
    await expect(page.locator("#offline")).to_be_visible()
    assert await serious_faults(page) == []
    await page.unroute_all(behavior="ignoreErrors")
    await page.wait_for_url("**/kiosk/H1", timeout=15_000)
    await expect(page.locator("#offline")).to_be_hidden()


async def test_a_kiosk_forgets_the_language_of_who_has_gone(served: Served, watched: Watched) -> None:
    page = await at_kiosk(served, watched)
    await page.click("button[name=language]")
    await expect(page.locator("html")).to_have_attribute("lang", "en")
    for touch, leads_to in (
        (".kiosk__tiles a >> nth=0", "**/queues/A"),
        (".kiosk__tiles a >> nth=0", "**/queues/A/*"),
        (".kiosk__choice >> nth=0", "**/tickets/*"),
    ):
        await page.click(touch)
        await page.wait_for_url(leads_to)
    await expect(page.locator("html")).to_have_attribute("lang", "en")
    await page.click("a[data-anew]")
    await page.wait_for_url("**/kiosk/H1")
    await expect(page.locator("html")).to_have_attribute("lang", "zh-CN")


async def test_a_priority_ticket_is_one_though_the_kiosk_asks_first(served: Served, watched: Watched) -> None:
    page = await at_kiosk(served, watched)
    await page.goto(f"{served.url}/kiosk/H1/queues/A/id-card")
    await page.click("button[name=priority][value=true]")
    await page.wait_for_url("**/tickets/*")
    await expect(page.locator(".paper__service")).to_contain_text("优先")


async def test_the_kiosks_keys_fill_no_field_beyond_its_length(served: Served, watched: Watched) -> None:
    page = await at_kiosk(served, watched)
    await page.goto(f"{served.url}/kiosk/H1/check-in")
    for key in "ACDEFGHJ12345":
        await page.click(f"[data-key='{key}']")
    await expect(page.locator("#tail")).to_have_value("1234")


async def test_a_queue_has_one_colour_on_all_pages_and_names_stand_in_line(
    served: Served, watched: Watched
) -> None:
    page = await at_kiosk(served, watched)
    badges = page.locator(".kiosk__tile .queue-badge")
    widths = await badges.evaluate_all("all => all.map((own) => own.getBoundingClientRect().width)")
    assert len(widths) > 1
    assert len(set(widths)) == 1, "a letter's width moves no name"
    colour = "own => getComputedStyle(own).backgroundColor"
    seen = await badges.nth(1).evaluate(colour)
    assert seen != await badges.nth(0).evaluate(colour)
    letter = await badges.nth(1).text_content()
    await page.goto(f"{served.url}/kiosk/H1/queues/{letter}")
    assert await page.locator("h1 .queue-badge").evaluate(colour) == seen


@pytest.mark.parametrize("watched", [{"viewport": {"width": 1080, "height": 1920}}], indirect=True)
async def test_what_is_touched_on_a_tall_kiosk_is_within_reach(served: Served, watched: Watched) -> None:
    page = await at_kiosk(served, watched)
    for address in ("/kiosk/H1", "/kiosk/H1/queues/A", "/kiosk/H1/queues/A/id-card", "/kiosk/H1/check-in"):
        await page.goto(served.url + address)
        highest = await page.evaluate(
            "Math.min(...[...document.querySelectorAll('a:not(.skip-link), button')]"
            ".map((one) => one.getBoundingClientRect()).filter((one) => one.height).map((one) => one.top))"
        )
        assert highest >= 1920 / 3, f"{address}: {highest} px from the top"
