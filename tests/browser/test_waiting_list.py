"""The waiting list in a real browser: from a full day to a place that is kept, and the staff's side of it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from playwright.async_api import expect

from booking import service
from booking.service import Client, Person
from tests.browser.test_citizen_pages import PHONE, assert_fits, serious_faults

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.browser.conftest import Watched
    from tests.support.served import Served

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def fill(served: Served, *, day: int = 1) -> list[str]:
    """Book all of a day in the second hall, as somebody else each time; return the tokens."""
    parts, tokens = served.parts, []
    write, keys = parts.database.write_now, {"clock": parts.clock, "vault": parts.vault}
    days = parts.database.read_now(
        service.free_slots, "H2", ["id-card"], first_day=None, days=3, now=parts.clock.now()
    )
    for number, at in enumerate(slot.starts_at for slot in days[day].slots for _ in range(slot.free)):
        who = Client(f"browser {number}", f"203.0.113.{number}")
        token = write(service.hold, "H2", ["id-card"], at, client=who, **keys).token
        write(service.confirm, token, Person("王小明", f"1380013{8000 + number}"), **keys)
        tokens.append(token)
    return tokens


async def is_sound(page: Page) -> None:
    assert await serious_faults(page) == [], page.url
    await assert_fits(page)


@pytest.mark.parametrize("watched", [PHONE], indirect=True)
async def test_from_a_full_day_to_a_place_that_is_kept(served: Served, watched: Watched) -> None:
    booked = fill(served)
    parts = served.parts
    page = await watched.open("/book?hall=H2&service=id-card")
    await page.locator("details.day").nth(1).locator("summary").click()
    await page.locator("details.day").nth(1).locator("a").click()
    await is_sound(page)
    await page.fill("#name", "李候补")
    await page.fill("#phone", "12")
    await page.click("form .button--primary")
    await expect(page.locator("#phone-error")).to_be_visible()
    await is_sound(page)
    await page.fill("#phone", "13987650100")
    await page.click("form .button--primary")
    await page.wait_for_url("**/w/*")
    await expect(page.locator(".waiting")).to_have_attribute("data-status", "waiting")
    await is_sound(page)

    keys: dict[str, Any] = {"clock": parts.clock, "vault": parts.vault}
    parts.database.write_now(service.cancel, booked[2], **keys)
    # Nobody reloads: the app's own rounds make the offer, and the page tells of it.
    await expect(page.locator(".waiting")).to_have_attribute("data-status", "offer", timeout=15_000)
    assert (await page.title()).startswith("●")
    await is_sound(page)
    elsewhere = await watched.open(page.url.removeprefix(served.url))
    await expect(elsewhere.locator("#meanwhile")).to_be_visible()
    await page.click(".waiting .button--primary")
    await expect(page.locator(".waiting")).to_have_attribute("data-status", "booked")
    await expect(elsewhere.locator("#meanwhile"), "whose wait is over needs no bell").to_be_hidden()
    await page.click(".waiting .button--primary")
    await expect(page.locator(".reference")).to_be_visible()
    watched.complaints.clear()  # the form that was wrong is told by its status
    watched.assert_kept_the_rules()


@pytest.mark.parametrize(
    "watched", [{"viewport": {"width": 320, "height": 640}, "locale": "en"}], indirect=True
)
async def test_large_print_fits_a_small_phone_and_staff_pages_are_sound(
    served: Served, watched: Watched
) -> None:
    booked = fill(served)
    page = await watched.open(f"/a/{booked[-1]}/earlier")
    await page.click("button[name=text]")
    await expect(page.locator("html")).to_contain_class("large-text")
    tomorrow = (served.parts.clock.now() + timedelta(days=1)).date().isoformat()
    await page.fill("#first_day", tomorrow)
    await is_sound(page)
    await page.click("form .button--primary")
    await page.wait_for_url("**/w/*")
    await is_sound(page)
    own = page.url
    for address in (f"{own}/change", f"{own}/leave"):
        await page.goto(address)
        await is_sound(page)
    name, value = "jinban_staff", served.city.tokens["admin"]
    await watched.context.add_cookies([{"name": name, "value": value, "url": served.url}])
    await page.goto(f"{served.url}/staff/halls/H2/waiting")
    await expect(page.locator("tbody .number").first).to_have_text("1")
    await is_sound(page)
    await page.goto(f"{served.url}/staff/halls/H2/waiting/new")
    await page.click(".staff-counter__service >> nth=0")
    await page.fill("#first_day", tomorrow)
    await page.fill("#last_day", tomorrow)
    await page.fill("#name", "李候补")
    await page.fill("#phone", "13987650100")
    await is_sound(page)
    await page.click("form .button--primary.button--large")
    await page.wait_for_url(lambda url: "/waiting/" in url and not url.endswith("/new"))
    await expect(page.locator("img.qr")).to_be_visible()
    await is_sound(page)
    watched.assert_kept_the_rules()
