"""Numbers given without connection before the staff: marked, taken back, put away, and the sheet."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.browser.staff_site import assert_finished, page_of
from tests.support.kiosks import CutOff, a_slip

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from kernel.clock import ManualClock
    from kernel.secrets import Vault
    from tests.browser.staff_site import Site

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def kiosk(site: Site, vault: Vault, clock: ManualClock) -> Any:
    """A kiosk whose link is back: three slips merged, one of yesterday did not."""
    own = CutOff.new(site.parts.database, site.city, vault, clock)
    own.reserve()
    slips = [a_slip(number, clock.now() + timedelta(minutes=number)) for number in (1, 2, 3)]
    late = a_slip(4, clock.now(), day=clock.now().date() - timedelta(days=1))
    clock.advance(timedelta(minutes=10))
    own.hand_in(*slips, late)
    return own


@pytest.mark.usefixtures("kiosk")
def test_who_was_served_on_paper_is_ticked_and_no_window_calls_them(chromium: Browser, site: Site) -> None:
    desk = page_of(chromium, site, "clerk1", f"/staff/windows/{site.city.windows[0]}")
    page = desk.page
    expect(page.locator("#paper")).to_be_visible()
    page.click("#paper a")
    for label in ("X001", "X002"):
        page.get_by_role("checkbox", name=label).check()
    page.get_by_role("button", name="Those ticked were served on paper").click()
    page.get_by_role("button", name="Not served: X002 waits again").click()
    page.get_by_role("button", name="Put X004 away").click()
    expect(page.locator("#refused-title")).to_have_count(0)
    page.goto(f"{site.url}/staff/windows/{site.city.windows[0]}")
    page.keyboard.press("o")
    expect(page.locator("#window-status")).to_have_text("open")
    page.keyboard.press("n")
    expect(page.locator(".staff-number")).to_have_text("X002")
    assert desk.errors == []


@pytest.mark.usefixtures("kiosk")
def test_the_page_and_its_sheet_are_finished(chromium: Browser, site: Site) -> None:
    assert_finished(chromium, site, "clerk1", "/staff/halls/H1/paper", "#refused-title")
    sheet = page_of(chromium, site, "clerk1", "/staff/halls/H1/paper/sheet", width=320)
    assert sheet.page.evaluate("document.documentElement.scrollWidth") <= 320
    assert sheet.errors == []
