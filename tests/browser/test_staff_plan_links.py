"""The plan's links for calendars in a real browser."""

from __future__ import annotations

import httpx2
import pytest
from playwright.sync_api import Browser, expect

from tests.browser.staff_site import Site, page_of

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PLAN = "/staff/halls/H1/plan"


def test_a_link_for_calendars_is_made_read_without_signing_in_and_withdrawn(
    site: Site, chromium: Browser
) -> None:
    desk = page_of(chromium, site, "manager", f"{PLAN}/history")
    page = desk.page
    expect(page.locator("#feeds")).to_contain_text("No link has been handed out.")
    page.locator("#feed-window").select_option(label="Window 2")
    page.get_by_role("button", name="Make a link").press("Enter")
    field = page.locator("#new-feed input")
    expect(field).to_be_focused()
    link = field.input_value()
    assert link.startswith(site.url)
    assert "BEGIN:VEVENT" in httpx2.get(link).raise_for_status().text
    expect(page.locator("#feeds li")).to_contain_text("Window 2")
    page.get_by_role("button", name="Withdraw").press("Enter")
    expect(page.locator("#message")).to_have_text("The link is withdrawn.")
    assert httpx2.get(link).status_code in {404, 410}
    assert desk.errors == []
