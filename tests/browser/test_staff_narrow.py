"""Staff pages on narrow screens and with the longer English words: nothing stranded, nothing endless."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from displays.rendering import LARGE_TEXT, TEXT_COOKIE
from tests.browser.staff_site import Site, page_of, violations

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TOPS = "selector => document.querySelector(selector).getBoundingClientRect().top"


def test_the_switches_stay_in_the_corner_beside_a_halls_many_pages(site: Site, chromium: Browser) -> None:
    page = page_of(chromium, site, "manager", "/staff/halls/H1/quotas").page
    for width in (1280, 1440, 1920):
        page.set_viewport_size({"width": width, "height": 860})
        tops = {name: page.evaluate(TOPS, name) for name in (".site-header__brand", ".staff-me", ".reading")}
        assert max(tops.values()) - min(tops.values()) < 20, (width, tops)


def test_figures_that_are_nothing_take_no_lines_of_a_narrow_table(site: Site, chromium: Browser) -> None:
    site.issue()
    page = page_of(chromium, site, "manager", "/staff/halls/H1/places", width=390).page
    rows = page.locator("#places tbody tr")
    assert not {"0", ""} & set(page.locator("#places tbody td:visible").all_inner_texts())
    assert all(row.evaluate("row => row.offsetHeight") < 160 for row in rows.all())
    assert violations(page) == []
    page.set_viewport_size({"width": 1280, "height": 860})
    expect(page.locator("#places tbody tr").first.locator("td:visible")).to_have_count(8)


def test_who_may_look_at_licences_fits_a_small_screen_in_large_print(site: Site, chromium: Browser) -> None:
    desk = page_of(chromium, site, "manager", "/staff/halls/H1/licences", width=320)
    desk.page.context.add_cookies([{"name": TEXT_COOKIE, "value": LARGE_TEXT, "url": site.url}])
    desk.page.reload()
    assert desk.page.evaluate("document.documentElement.scrollWidth") <= 320
    cells = desk.page.locator("main table tbody tr").first.locator(":scope > *")
    lefts = cells.evaluate_all("all => all.map((own) => Math.round(own.getBoundingClientRect().left))")
    assert len(set(lefts)) == 1, "each cell below the last"


def test_who_waits_fits_a_small_screen_in_large_print(site: Site, chromium: Browser) -> None:
    desk = page_of(chromium, site, "clerk1", f"/staff/windows/{site.city.windows[0]}", width=320)
    page = desk.page
    page.context.add_cookies([{"name": TEXT_COOKIE, "value": LARGE_TEXT, "url": site.url}])
    page.reload()
    page.keyboard.press("o")
    label = site.issue("household", priority=True)
    page.locator("#waiting").get_by_text(label).wait_for()
    # Words as long as a real city's: the longest tag of the list, and a service of several long ones.
    page.evaluate(
        """() => { const cell = document.querySelector("#waiting td");
        cell.firstChild.textContent = "Retirement: employees' pension registration";
        cell.querySelector(".tag").textContent = "appointment 10:00"; }"""
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert violations(page) == []
