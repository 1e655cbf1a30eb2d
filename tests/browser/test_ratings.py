"""Rating a visit and the life of a bad rating's case in a real browser, wide and narrow."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from booking.rules.ratings import Level
from tests.browser.staff_site import Site, assert_finished, page_of
from tests.ratings.raters import PHONE, Raters

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WIDTHS = (1280, 390)
SHOTS = os.environ.get("JINBAN_TEST_SHOTS")  # a folder: then the pages are kept as pictures, to be looked at


@pytest.fixture
def raters(site: Site) -> Raters:
    return Raters(site.parts.database, site.city, site.parts.clock, site.parts.vault)  # type: ignore[arg-type]


def looked_at(page: Page, name: str, width: int) -> None:
    """Assert that a page has no fault and does not scroll sideways; keep its picture where asked."""
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}-{width}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= width, name
    found = Axe().run(page).response["violations"]
    assert [(own["id"], own["nodes"][0]["html"][:160]) for own in found] == [], name


def open_as_citizen(chromium: Browser, site: Site, path: str, width: int, **more: object) -> Page:
    options = {"viewport": {"width": width, "height": 860}, "locale": "zh-CN", **more}
    context = chromium.new_context(**options)  # type: ignore[arg-type]
    context.set_default_timeout(20_000)
    page = context.new_page()
    page.goto(site.url + path)
    return page


@pytest.mark.parametrize("width", WIDTHS)
def test_a_visit_is_rated_as_soon_as_it_is_over(
    chromium: Browser, site: Site, raters: Raters, width: int
) -> None:
    token = raters.come()
    page = open_as_citizen(chromium, site, f"/t/{token}", width)
    expect(page.locator("#rating")).to_have_count(0)
    raters.serve()
    page.locator("#rating").wait_for()
    expect(page.locator("#rating-said")).to_have_text("现在可以评价这次办事了。")
    sizes = page.evaluate(
        "[...document.querySelectorAll('.rating__level')].map(e => e.getBoundingClientRect().height)"
    )
    assert len(sizes) == 5
    assert min(sizes) >= 60
    page.get_by_label("不满意", exact=True).check()
    expect(page.locator(".rating__call-back")).to_be_visible()
    looked_at(page, "rating-form", width)
    page.get_by_label("满意", exact=True).check()
    expect(page.locator(".rating__call-back"), "nobody is called about a good rating").to_be_hidden()
    page.get_by_label("等候时间").check()
    page.get_by_role("button", name="提交评价").click()
    expect(page.locator("#rating [role=status]")).to_contain_text("满意")
    looked_at(page, "rating-thanks", width)
    page.locator(".rating__change > summary").click()
    expect(page.locator(".rating__change")).to_have_attribute("open", "")
    looked_at(page, "rating-change", width)
    assert raters.look(token).level is Level.SATISFIED


@pytest.mark.parametrize("width", WIDTHS)
def test_a_visit_is_rated_by_keys_alone_and_without_scripts(
    chromium: Browser, site: Site, raters: Raters, width: int
) -> None:
    token = raters.served()
    page = open_as_citizen(chromium, site, f"/t/{token}", width, java_script_enabled=False)
    page.locator('[name="level"]').first.focus()
    for key in ("Space", "ArrowDown", "ArrowDown"):
        page.keyboard.press(key)
    page.keyboard.press("Enter")
    expect(page.locator("#rating [role=status]")).to_contain_text("基本满意")
    assert raters.look(token).level is Level.BASICALLY_SATISFIED


def test_what_is_missing_is_said_and_focused(chromium: Browser, site: Site, raters: Raters) -> None:
    page = open_as_citizen(chromium, site, f"/t/{raters.served()}", 390)
    page.locator("#rating-text").fill("等得太久")
    page.get_by_role("button", name="提交评价").click()
    expect(page.locator("#errors")).to_be_focused()
    expect(page.locator("#rating-text")).to_have_value("等得太久")
    looked_at(page, "rating-error", 390)


@pytest.mark.parametrize("width", [1280, 320])
def test_the_words_fit_their_keys_in_english_and_in_large_print(
    chromium: Browser, site: Site, raters: Raters, width: int
) -> None:
    page = open_as_citizen(chromium, site, f"/t/{raters.served()}", width, locale="en-GB")
    for name, print_size in (("rating-english", ""), ("rating-english-large", "large-text")):
        expect(page.locator("html")).to_have_class(print_size)
        sizes = page.evaluate(
            "[...document.querySelectorAll('.rating__level span')].map(e => [e.scrollWidth, e.clientWidth,"
            " e.getBoundingClientRect().height / parseFloat(getComputedStyle(e).lineHeight)])"
        )
        assert len(sizes) == 5
        assert all(wide <= room for wide, room, _ in sizes)
        longest = 1.5 if width > 400 else 2.5  # two words may stand on two lines
        assert all(lines < longest for _, _, lines in sizes), "no word is broken over lines"
        looked_at(page, name, width)
        page.locator("button[name=text]").click()
    expect(page.locator("html")).to_have_class("")


def test_a_rating_being_typed_survives_the_news_of_the_hall(
    chromium: Browser, site: Site, raters: Raters
) -> None:
    page = open_as_citizen(chromium, site, f"/t/{raters.served()}", 390)
    page.locator("#rating-text").fill("还没写完")
    raters.come()
    with page.expect_response("**/now"):
        page.evaluate("document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))")
    expect(page.locator("#rating-text")).to_have_value("还没写完")


def test_the_kiosk_takes_a_rating_by_the_tickets_code(chromium: Browser, site: Site, raters: Raters) -> None:
    token = raters.served()
    page = open_as_citizen(chromium, site, f"/kiosk/H1?device={site.city.tokens['kiosk']}", 1280)
    page.locator(".kiosk__tile--rate").click()
    page.wait_for_url("**/rate")  # the kiosk asks its server before it goes on
    looked_at(page, "kiosk-scan", 1280)
    page.keyboard.type(f"{site.url}/t/{token}")
    page.keyboard.press("Enter")
    page.locator(".rating__level").first.wait_for()
    looked_at(page, "kiosk-rate", 1280)
    page.locator(".rating__level").first.click()
    page.get_by_role("button", name="提交评价").click()
    expect(page.locator("#rating [role=status]")).to_contain_text("非常满意")
    assert raters.look(token).level is Level.VERY_SATISFIED


@pytest.mark.parametrize("width", WIDTHS)
def test_a_case_goes_from_the_rating_to_the_supervisors_yes_on_the_pages(
    chromium: Browser, site: Site, raters: Raters, width: int
) -> None:
    raters.rate(raters.served(), Level.VERY_DISSATISFIED, text="等得太久", phone=PHONE)
    manager = page_of(chromium, site, "manager", "/staff/halls/H1/rating-cases", width=width, locale="zh-CN")
    page = manager.page
    page.get_by_role("button", name="我来处理").click()
    page.get_by_role("button", name="显示号码").click()
    expect(page.locator(".rating-case")).to_contain_text(PHONE)
    page.get_by_label("回访情况").fill("已道歉并说明")
    page.get_by_role("button", name="记录回访").click()
    expect(page.get_by_role("status").filter(has_text="已回访")).to_be_visible()
    looked_at(page, "case-handling", width)
    page.get_by_label("处理和整改情况").fill("下周起加开 2 号窗口")
    page.get_by_role("button", name="提交答复").click()
    expect(page.locator(".rating-case")).to_contain_text("已答复，待审核")
    supervisor = page_of(chromium, site, "supervisor", "/staff/rating-cases", width=width, locale="zh-CN")
    review = supervisor.page
    looked_at(review, "case-review", width)
    review.get_by_role("button", name="审核通过").click()
    expect(review.locator(".rating-cases")).to_contain_text("没有这类工单")
    review.goto(f"{site.url}/staff/rating-cases?ended=true")
    expect(review.locator(".rating-steps")).to_contain_text("审核通过")
    looked_at(review, "case-over", width)
    assert manager.errors == supervisor.errors == []


def test_pages_of_ratings_are_finished(chromium: Browser, site: Site, raters: Raters) -> None:
    for level in (*Level, Level.SATISFIED):
        raters.rate(raters.served(), level, text="说明")
    raters.served("insurance")
    for who, path in (("supervisor", "/staff/ratings"), ("manager", "/staff/halls/H1/ratings?by=week")):
        assert_finished(chromium, site, who, path, ".ratings")
    assert_finished(chromium, site, "manager", "/staff/halls/H1/rating-cases", ".rating-case")
    if SHOTS:
        for width in WIDTHS:
            for who, path in (("supervisor", "/staff/ratings"), ("manager", "/staff/halls/H1/ratings")):
                shown = page_of(chromium, site, who, path, width=width, locale="zh-CN").page
                shown.screenshot(path=Path(SHOTS) / f"figures-{who}-{width}.png", full_page=True)
