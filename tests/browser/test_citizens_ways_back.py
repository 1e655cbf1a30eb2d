"""Back, and a lost network: citizens' pages in a real browser."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.browser.test_citizen_pages import PHONE

if TYPE_CHECKING:
    from tests.browser.conftest import Watched
    from tests.support.served import Served

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.mark.parametrize("watched", [PHONE], indirect=True)
async def test_the_browsers_back_leads_to_another_time(served: Served, watched: Watched) -> None:
    page = await watched.open("/book?hall=H1&service=id-card")
    await page.locator("button.slot").first.click()
    await page.wait_for_url("**/book/*")
    first = page.url
    await page.go_back()
    await page.locator("button.slot").nth(3).click()
    await page.wait_for_url("**/book/*")
    assert page.url != first
    watched.assert_kept_the_rules()


@pytest.mark.parametrize("watched", [PHONE], indirect=True)
async def test_a_ticket_that_cannot_be_read_says_so_though_the_hall_can(
    served: Served, watched: Watched
) -> None:
    own = served.ticket()
    page = await watched.context.new_page()
    await page.goto(f"{served.url}/t/{own.token}")
    await page.route("**/now", lambda route: route.fulfill(status=503))
    await asyncio.to_thread(served.call)
    above = page.locator("#offline:has(~ #live .ticket__number)")
    await expect(above, "whoever looks at the number sees that it is old").to_be_in_viewport(timeout=15_000)
    await page.unroute_all(behavior="ignoreErrors")
    await page.wait_for_selector(".ticket__call", timeout=10_000)
    await expect(page.locator("#offline")).to_be_hidden()


@pytest.mark.parametrize("watched", [PHONE], indirect=True)
async def test_a_press_without_a_connection_leaves_the_number_in_sight_and_says_that_nothing_changed(
    served: Served, watched: Watched
) -> None:
    own = served.ticket()
    page = await watched.context.new_page()
    await page.goto(f"{served.url}/t/{own.token}")
    await watched.context.set_offline(True)
    await page.click("form[action$='/more-time'] button")
    await expect(page.locator("#offline [data-press]")).to_be_visible()
    await expect(page.locator(".ticket__number")).to_have_text(own.ticket.label)
    await watched.context.set_offline(False)
    await expect(page.locator("#offline")).to_be_hidden(timeout=10_000)
    await page.click("form[action$='/more-time'] button")
    await page.wait_for_url("**?stays=true")


@pytest.mark.parametrize("watched", [PHONE], indirect=True)
async def test_reminders_are_offered_only_while_one_waits(served: Served, watched: Watched) -> None:
    own = served.ticket()
    page = await watched.open(f"/t/{own.token}")
    await expect(page.locator("#alerts")).to_be_visible()
    await asyncio.to_thread(served.call)
    await page.wait_for_selector(".ticket__call")
    await expect(page.locator("#alerts")).to_be_hidden()


HERE = {"permissions": ["geolocation"], "geolocation": {"latitude": 22.97, "longitude": 115.33}}


@pytest.mark.parametrize("watched", [{**PHONE, **HERE}], indirect=True)
async def test_the_list_near_me_is_found_again_by_the_browsers_back(served: Served, watched: Watched) -> None:
    page = await watched.open("/halls?service=id-card")
    await page.click("#near-me")
    await page.wait_for_url("**#near-me")
    await page.locator(".hall .button--primary").first.click()
    await page.wait_for_url("**/book?*")
    await page.go_back()
    await expect(page.locator(".hall__name").first).to_contain_text("H2")
    assert "22.9" not in page.url
    await page.reload()
    await expect(page.locator(".hall__name").first).to_contain_text("H2")
    await page.go_back()
    await expect(page, "back leads on, not round").to_have_url(f"{watched.origin}/halls?service=id-card")
    watched.assert_kept_the_rules()


@pytest.mark.parametrize("watched", [PHONE], indirect=True)
async def test_whoever_is_called_is_not_told_that_the_day_is_over(served: Served, watched: Watched) -> None:
    own = served.ticket()
    page = await watched.open(f"/t/{own.token}")
    await asyncio.to_thread(served.call)
    await page.wait_for_selector(".ticket__call")
    await expect(page.locator(".ticket")).to_contain_text("正在呼叫您的号码")
    await expect(page.locator(".ticket")).not_to_contain_text("已结束")
