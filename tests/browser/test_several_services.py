"""Several services in one visit, in a real browser: no serious fault, no sideways scroll, without scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.browser.test_citizen_pages import PHONE, SMALL_PHONE, assert_fits, in_large_print, serious_faults
from tests.browser.test_phone import at_screen
from tests.support.errands import add_errands

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.browser.conftest import Watched
    from tests.support.served import Served

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TWO = "service=id-card&service=insurance"
FINDER = ("/visit?service=id-card", f"/visit?{TWO}", "/visit?service=id-card&q=zzz", f"/halls?{TWO}")
IN_HALL = ("/visit?service=id-card", f"/visit?{TWO}", "/visit/more?service=id-card", "/themes")
KIOSKS = [{"viewport": {"width": 1080, "height": 1920}}, {"viewport": {"width": 1280, "height": 900}}]


async def smallest(page: Page, selector: str) -> float:
    found: float = await page.evaluate(
        "wanted => Math.min(...[...document.querySelectorAll(wanted)]"
        ".map(e => e.getBoundingClientRect().height).filter(Boolean))",
        selector,
    )
    return found


async def let_in(served: Served, watched: Watched) -> Page:
    """A phone before the hall's screen."""
    screen = await at_screen(served, watched)
    code = await screen.locator("#phone-code").inner_text()
    await screen.close()
    return await watched.open(f"/here/H1?c={code.replace(' ', '')}")


@pytest.mark.parametrize("watched", [{**PHONE, "java_script_enabled": False}], indirect=True)
async def test_a_visit_is_put_together_and_booked_without_scripts(served: Served, watched: Watched) -> None:
    add_errands(served.parts.database)
    page = await watched.open("/services/id-card")
    await page.get_by_role("link", name="这次来再办一件事").click()
    await page.get_by_role("link", name="社保查询").first.click()
    await expect(page.locator(".visit-services > li")).to_have_count(2)
    await page.get_by_role("link", name="去掉 社保查询").click()
    await expect(page.locator(".visit-services > li")).to_have_count(1)
    await page.get_by_role("link", name="社保查询").first.click()
    await page.get_by_role("link", name="看看去哪个大厅最快").click()
    await expect(page.locator(".hall").filter(has_text="此处不办：社保查询。").first).to_be_visible()
    await page.get_by_role("link", name="预约 H1").click()
    await expect(page.locator(".lead")).to_contain_text("社保查询")


@pytest.mark.parametrize("watched", [SMALL_PHONE], indirect=True)
async def test_the_finders_pages_fit_a_small_phone_in_large_print_and_go_by_keyboard(
    served: Served, watched: Watched
) -> None:
    add_errands(served.parts.database)
    page = await watched.open("/")
    await in_large_print(page)
    for address in FINDER:
        await page.goto(served.url + address)
        assert await serious_faults(page) == [], address
        await assert_fits(page)
    await page.goto(served.url + "/visit?service=id-card")
    await page.locator("#q").press_sequentially("insur")
    await page.keyboard.press("Enter")
    await page.locator(".tile").first.focus()
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"**/visit?{TWO}")
    watched.assert_kept_the_rules()


@pytest.mark.parametrize("watched", KIOSKS, indirect=True)
async def test_a_kiosk_gives_one_ticket_for_two_services_by_touch(served: Served, watched: Watched) -> None:
    add_errands(served.parts.database)
    page = await watched.open(f"/kiosk/H1?device={served.city.tokens['kiosk']}")
    for address in IN_HALL:
        await page.goto(f"{served.url}/kiosk/H1{address}")
        assert await serious_faults(page) == [], address
        await assert_fits(page)
        assert await smallest(page, "main a, main button") >= 60, address
    await page.goto(f"{served.url}/kiosk/H1/queues/A/id-card")
    for words in ("这次再办一件事", "社保查询", "取号"):
        async with page.expect_navigation():
            await page.locator("main a, main button", has_text=words).first.click()
    await expect(page.locator(".paper__number")).to_have_text("A001")
    await expect(page.locator(".visit-steps li")).to_have_count(2)
    watched.assert_kept_the_rules()


@pytest.mark.parametrize("watched", [{**SMALL_PHONE, "locale": "zh-CN"}], indirect=True)
async def test_a_phone_in_the_hall_takes_one_number_and_follows_both_services(
    served: Served, watched: Watched
) -> None:
    add_errands(served.parts.database)
    page = await let_in(served, watched)
    for address in IN_HALL:
        await page.goto(f"{served.url}/here/H1{address}")
        assert await serious_faults(page) == [], address
        await assert_fits(page)
    await page.get_by_role("link", name="就业一件事").click()
    await page.get_by_role("button", name="取号").first.click()
    await expect(page.locator(".ticket__number")).to_have_text("A001")
    await expect(page.locator(".visit-steps li").last).to_contain_text("随后办")
    assert await serious_faults(page) == []
    await assert_fits(page)
    watched.assert_kept_the_rules()
