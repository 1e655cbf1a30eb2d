"""Ten queues: what a clerk calls the blue queue is blue on the lobby's screen too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import insert

from kernel.ids import uuid7
from kernel.tables import QueueRow
from tests.browser.staff_site import Site, page_of

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LETTERS = "ABCDEFGHJK"
# In one go: the lists are drawn anew with every frame, and what is gone has no colour.
COLOURS = """badges => Object.fromEntries(
  [...document.querySelectorAll(badges)].map(
    (own) => [own.textContent, getComputedStyle(own).backgroundColor]))"""


def eight_more_queues(site: Site) -> None:
    """Add queues behind A and B: ten, more than there are colours."""
    names = {"name_zh": "不动产登记", "name_en": "Real estate", "mean_minutes": 8.0, "plan_weight": 1}
    rows = [
        {"id": uuid7(), "hall_id": site.city.hall, "prefix": prefix, "rank": place, **names}
        for place, prefix in enumerate(LETTERS[2:], start=2)
    ]
    add = insert(QueueRow.__table__)  # type: ignore[attr-defined]
    site.parts.database.write_now(lambda session: session.execute(add, rows) and None)


def colours(page: Page, badges: str) -> dict[str, Any]:
    expect(page.locator(badges)).to_have_count(len(LETTERS))
    shown: dict[str, Any] = page.evaluate(COLOURS, badges)
    return shown


def test_the_ninth_queue_has_one_colour_on_the_staff_page_and_on_the_screen(
    site: Site, chromium: Browser
) -> None:
    eight_more_queues(site)
    on_screen = colours(page_of(chromium, site, "manager", "/lobby/H1").page, ".lines .queue-badge")
    for_staff = colours(page_of(chromium, site, "manager", "/staff/halls/H1").page, "#queues .queue-badge")
    assert for_staff == on_screen
    assert len(set(on_screen.values())) == 8
