"""Several services in one visit at the help desk and at a window, in a real browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.staff_site import Site, assert_finished, page_of
from tests.support.errands import add_errands

if TYPE_CHECKING:
    from playwright.sync_api import Browser as SyncBrowser

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TWO = "service=id-card&service=insurance"


def test_the_help_desks_page_of_a_visit_is_finished(site: Site, chromium: SyncBrowser) -> None:
    add_errands(site.parts.database)
    for query in ("several=1", TWO):
        assert_finished(chromium, site, "clerk1", f"/staff/halls/H1/tickets?{query}", "[data-queue]")
    page = page_of(chromium, site, "clerk1", "/staff/halls/H1/tickets?several=1").page
    page.get_by_role("link", name="+ Insurance").click()
    page.get_by_role("link", name="+ Id-Card").click()
    page.get_by_role("button", name="Give the ticket").click()
    page.locator(".paper__number").filter(has_text="B001").wait_for()
    page.locator(".visit-steps").filter(has_text="Id-Card").wait_for()


def test_the_clerk_reads_what_comes_and_tells_the_next_number(site: Site, chromium: SyncBrowser) -> None:
    site.issue("id-card", "insurance")
    desk = page_of(chromium, site, "clerk1", f"/staff/windows/{site.city.windows[0]}")
    page = desk.page
    page.keyboard.press("o")
    page.locator("#message").filter(has_text="The window is open.").wait_for()
    page.locator("#waiting").get_by_text("service 1 of 2").wait_for()
    page.keyboard.press("n")
    page.locator("#current").get_by_text("Afterwards: Insurance.").wait_for()
    for key, said in (
        ("s", "A001 is being served."),
        ("f", "goes on with Insurance: tell them the number B001"),
    ):
        page.keyboard.press(key)
        page.locator("#message").filter(has_text=said).wait_for()
    assert desk.errors == []
