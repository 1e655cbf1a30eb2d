"""The questions in a real browser: no serious fault, no sideways scroll, by keyboard, without scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.browser.test_citizen_pages import PHONE, SMALL_PHONE, assert_fits, in_large_print, serious_faults
from tests.support.questions import ask_questions

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.browser.conftest import Watched
    from tests.support.served import Served

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ADDRESSES = ("/questions", "/questions?path=1&was=2", "/questions?path=1-2", "/services/household?path=1-2")


async def heights(page: Page, selector: str) -> list[float]:
    found: list[float] = await page.evaluate(
        "wanted => [...document.querySelectorAll(wanted)].map(e => e.getBoundingClientRect().height)",
        selector,
    )
    return found


@pytest.mark.parametrize("watched", [{**PHONE, "java_script_enabled": False}], indirect=True)
async def test_questions_need_no_scripts(served: Served, watched: Watched) -> None:
    ask_questions(served.parts.database)
    page = await watched.open("/")
    await page.get_by_role("link", name="不知道办什么").click()
    await page.get_by_role("link", name="证件和户口").click()
    await page.get_by_role("link", name="身份证丢了").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("身份证补领")
    await page.get_by_role("link", name="回到这个问题").click()
    await expect(page.locator(".answer--chosen")).to_contain_text("身份证丢了")


@pytest.mark.parametrize("watched", [SMALL_PHONE], indirect=True)
async def test_questions_fit_a_small_phone_in_large_print_and_go_by_keyboard(
    served: Served, watched: Watched
) -> None:
    ask_questions(served.parts.database)
    page = await watched.open("/")
    await in_large_print(page)
    for address in ADDRESSES:
        await page.goto(served.url + address)
        assert await serious_faults(page) == [], address
        await assert_fits(page)
        assert min(await heights(page, ".answer, .asked__step a"), default=60) >= 60
    await page.goto(served.url + "/questions")
    await page.locator("#main").focus()
    for key in ("Tab", "Tab", "Tab", "Enter"):
        await page.keyboard.press(key)
    await expect(page.get_by_role("heading", level=1)).to_have_text("Insurance")
    await page.goto(served.url + "/")
    await page.locator("#q").press_sequentially("zzzzzz")
    await page.get_by_role("link", name="Not found?").click()
    await page.wait_for_url("**/questions")
    watched.assert_kept_the_rules()


@pytest.mark.parametrize("watched", [{"viewport": {"width": 1080, "height": 1920}}], indirect=True)
async def test_a_kiosk_leads_to_a_ticket_by_questions(served: Served, watched: Watched) -> None:
    ask_questions(served.parts.database)
    page = await watched.open(f"/kiosk/H1?device={served.city.tokens['kiosk']}")
    for words in ("不知道办什么", "证件和户口", "搬家了", "户口迁移", "取号"):
        assert await serious_faults(page) == []
        assert min(await heights(page, "main a, main button")) >= 60
        async with page.expect_navigation():
            await page.locator("main a, main button", has_text=words).first.click()
    await expect(page.locator(".paper__number")).to_have_text("A001")
    watched.assert_kept_the_rules()
