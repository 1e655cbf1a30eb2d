"""Staff pages on a telephone: the work stands near the top, pages and account under one key."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from displays.rendering import LARGE_TEXT, TEXT_COOKIE
from tests.browser.staff_site import Site, page_of, violations

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# A clone as wide as the browser likes beside each field: what is narrower is cut.
CUT = """() => [...document.querySelectorAll('main input:is([type="time"], [type="date"])')]
  .filter((own) => own.checkVisibility()).flatMap((own) => {
    const twin = own.cloneNode();
    Object.assign(twin.style, { width: "max-content", minWidth: "0", flex: "none", position: "absolute" });
    twin.value = own.value || (own.type === "time" ? "08:30" : "2026-03-05");
    own.after(twin);
    const lacking = twin.offsetWidth - own.offsetWidth;
    twin.remove();
    return lacking > 1 ? [`${own.ariaLabel ?? own.id}: ${lacking}`] : [];
  })"""


def test_on_a_telephone_the_work_begins_near_the_top(site: Site, chromium: Browser) -> None:
    page = page_of(chromium, site, "manager", "/staff/halls/H1", width=390).page
    for width, most in ((390, 70), (320, 70)):
        page.set_viewport_size({"width": width, "height": 860})
        assert page.locator(".site-header").evaluate("own => own.offsetHeight") < most, width
    expect(page.get_by_role("link", name="Window plan")).to_be_hidden()


def test_the_menu_opens_and_closes_by_key_and_leads_to_every_page(site: Site, chromium: Browser) -> None:
    desk = page_of(chromium, site, "manager", "/staff/halls/H1", width=390)
    page, menu = desk.page, desk.page.get_by_role("button", name="Menu", exact=True)
    expect(menu).to_have_attribute("aria-expanded", "false")
    menu.focus()
    page.keyboard.press("Enter")
    expect(menu).to_have_attribute("aria-expanded", "true")
    expect(page.get_by_role("button", name="Sign out", exact=True).first).to_be_visible()
    assert violations(page) == []
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Window plan")).to_be_hidden()
    expect(menu).to_be_focused()
    menu.click()
    page.get_by_role("link", name="Window plan").click()
    page.wait_for_url("**/plan")
    assert desk.errors == []


def test_without_scripts_the_pages_stand_open(site: Site, chromium: Browser) -> None:
    cookies = page_of(chromium, site, "manager", "/staff/halls/H1", width=390).page.context.cookies()
    context = chromium.new_context(viewport={"width": 390, "height": 860}, java_script_enabled=False)
    context.add_cookies([{"name": own["name"], "value": own["value"], "url": site.url} for own in cookies])
    page = context.new_page()
    page.goto(f"{site.url}/staff/halls/H1")
    expect(page.locator("#staff-pages")).to_be_visible()
    expect(page.locator("#staff-menu")).to_be_hidden()


def test_a_wide_page_has_no_menu(site: Site, chromium: Browser) -> None:
    page = page_of(chromium, site, "manager", "/staff/halls/H1", width=1280).page
    expect(page.locator("#staff-menu")).to_be_hidden()
    expect(page.get_by_role("link", name="Window plan")).to_be_visible()


def _unfolded(page: Page) -> None:
    page.locator("main input[type=time]").first.wait_for()
    page.evaluate("document.querySelectorAll('main details').forEach((own) => { own.open = true; })")


@pytest.mark.parametrize("width", [320, 390])
def test_no_field_for_a_time_is_cut_where_the_clock_has_twelve_hours(
    site: Site, chromium: Browser, width: int
) -> None:
    page = page_of(chromium, site, "manager", "/staff/halls/H1/setup", width=width, locale="en-US").page
    _unfolded(page)
    assert page.evaluate(CUT) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.context.add_cookies([{"name": TEXT_COOKIE, "value": LARGE_TEXT, "url": site.url}])
    page.reload()
    _unfolded(page)
    assert page.evaluate(CUT) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_promised_and_actual_waits_are_read_on_a_telephone_without_scrolling_sideways(
    site: Site, chromium: Browser
) -> None:
    site.issue()
    page = page_of(chromium, site, "manager", "/staff/halls/H1/promises", width=390).page
    scrolled = page.locator(".table-scroll").first
    assert scrolled.evaluate("own => own.scrollWidth <= own.clientWidth")
    assert violations(page) == []
