"""A ticket put aside with a reason, in a real browser: by one key, in words, and what its holder reads."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.staff_site import Site, assert_finished, page_of, violations

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def with_somebody(site: Site, chromium: Browser, *, width: int = 1280, locale: str = "en-GB") -> Page:
    site.issue()
    page = page_of(
        chromium, site, "clerk1", f"/staff/windows/{site.city.windows[0]}", width=width, locale=locale
    ).page
    for key in "on":
        page.keyboard.press(key)
        expect(page.locator(".staff-command--working")).to_have_count(0)
    expect(page.locator("#current")).to_contain_text("A001")
    return page


@pytest.mark.parametrize(
    ("key", "listed"), [("1", "papers are missing"), ("2", "fetches something"), ("p", "")]
)
def test_one_key_says_why(site: Site, chromium: Browser, key: str, listed: str) -> None:
    page = with_somebody(site, chromium)
    page.keyboard.press("p")
    expect(page.get_by_role("dialog")).to_contain_text("A001")
    page.keyboard.press(key)
    expect(page.locator("#message")).to_have_text("A001 is parked.")
    expect(page.locator("#parked li")).to_contain_text(listed)
    expect(page.locator("#parked .staff-aside__why")).to_have_count(1 if listed else 0)


def test_another_reason_goes_to_its_words_and_is_sent_by_enter(site: Site, chromium: Browser) -> None:
    page = with_somebody(site, chromium)
    for key in "p3":
        page.keyboard.press(key)
    expect(page.locator("#park-words")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#park-words-missing")).to_be_visible()
    page.keyboard.type("phones home, 1 p.m.")
    expect(page.locator("#park-words-missing")).to_be_hidden()
    page.keyboard.press("Enter")
    expect(page.locator("#message")).to_have_text("A001 is parked.")
    expect(page.locator("#parked .staff-aside__why")).to_have_text("phones home, 1 p.m.")


def test_escape_parks_nobody_and_loses_nothing_that_was_typed(site: Site, chromium: Browser) -> None:
    page = with_somebody(site, chromium)
    page.keyboard.press("p")
    page.locator("#park-words").fill("waits for a copy")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator("#current")).to_contain_text("A001")
    page.keyboard.press("p")
    expect(page.locator("#park-words")).to_have_value("waits for a copy")


@pytest.mark.parametrize("locale", ["zh-CN", "en-GB"])
def test_the_dialog_is_finished_on_a_telephone(site: Site, chromium: Browser, locale: str) -> None:
    page = with_somebody(site, chromium, width=390, locale=locale)
    page.keyboard.press("p")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert violations(page) == []


def test_a_desk_with_parked_people_is_finished(site: Site, chromium: Browser) -> None:
    page = with_somebody(site, chromium)
    for key in "p3":
        page.keyboard.press(key)
    page.locator("#park-words").fill("等电话")
    page.keyboard.press("Enter")
    expect(page.locator("#message")).to_have_text("A001 is parked.")
    assert_finished(
        chromium, site, "clerk1", f"/staff/windows/{site.city.windows[0]}", "#parked .staff-aside__why"
    )
