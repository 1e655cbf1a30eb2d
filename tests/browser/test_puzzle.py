"""A burst in a real browser: it works by itself and goes on; without scripts the page says who helps."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import httpx2
import pytest
from playwright.sync_api import expect

from booking.rules.puzzles import FREE_PER_ADDRESS
from tests.browser.test_own_list import in_one_language
from tests.browser.test_ratings import looked_at, open_as_citizen

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.browser.staff_site import Site

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TIMES = "/book?hall=H1&service=id-card"


def burst(site: Site) -> None:
    """Ask for as many places as an address may without work; what becomes of them is all the same."""
    wish = {"hall": "H1", "services": ["id-card"], "starts_at": "2026-11-20T02:00:00Z"}
    for _ in range(FREE_PER_ADDRESS):
        key = {"Idempotency-Key": uuid4().hex}
        httpx2.post(f"{site.url}/api/v1/appointments/holds", json=wish, headers=key)


def test_in_a_burst_the_browser_works_and_goes_on_by_itself(chromium: Browser, site: Site) -> None:
    burst(site)
    page = open_as_citizen(chromium, site, TIMES, 390)
    answers: list[int] = []
    page.on("response", lambda got: answers.append(got.status) if got.url == f"{site.url}/book" else None)
    page.locator(".slot:visible").first.click()
    page.get_by_role("heading", name="谁来办理").wait_for(timeout=30_000)
    assert answers == [429, 303]
    page.context.close()


@pytest.mark.parametrize("width", [1280, 390, 320])
def test_without_scripts_the_page_says_who_helps(chromium: Browser, site: Site, width: int) -> None:
    burst(site)
    page = open_as_citizen(chromium, site, TIMES, width)
    page.route("**/puzzle.*.js", lambda route: route.abort())
    page.route("**/puzzle.js*", lambda route: route.abort())
    page.locator(".slot:visible").first.click()
    expect(page.get_by_role("heading", name="请稍候")).to_be_visible()
    expect(page.locator("main")).to_contain_text("导办台")
    looked_at(page, "puzzle", width)
    in_one_language(page)
    page.context.close()
