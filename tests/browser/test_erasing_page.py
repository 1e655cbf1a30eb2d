"""One's own data is erased in a real browser: wide, narrow, both languages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import expect

from booking import service
from booking.service import Client, Person

if TYPE_CHECKING:
    from tests.browser.conftest import Watched
    from tests.support.served import Served

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def cancelled(served: Served) -> str:
    """Book in the first hall and cancel; return the token."""
    parts = served.parts
    write, with_keys = parts.database.write_now, {"clock": parts.clock, "vault": parts.vault}
    days = parts.database.read_now(
        service.free_slots, "H1", ["id-card"], first_day=None, days=3, now=parts.clock.now()
    )
    at = next(slot.starts_at for day in days for slot in day.slots)
    token = write(service.hold, "H1", ["id-card"], at, client=Client("b", "a"), **with_keys).token
    write(service.confirm, token, Person("王小明", "13800138000"), **with_keys)
    write(service.cancel, token, **with_keys)
    return token


@pytest.mark.parametrize(
    "watched", [{}, {"viewport": {"width": 390, "height": 800}, "locale": "en-GB"}], indirect=True
)
async def test_ones_own_data_is_erased_by_two_presses(watched: Watched, served: Served) -> None:
    page = await watched.open(f"/a/{cancelled(served)}")
    await page.locator("a[href$='/erase']").click()
    await page.wait_for_url("**/erase")
    for _ in range(2):
        found = (await Axe().run(page)).response["violations"]
        assert found == []
        assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        if page.url.endswith("/erase"):
            await page.locator("button.button--danger").click()
            await page.wait_for_url(lambda url: not url.endswith("/erase"))
    await expect(page.locator("[role=alert] h1")).to_have_count(1)
    assert watched.foreign == []
