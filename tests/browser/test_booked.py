"""The hall's appointments in a real browser: the list, the look before cancelling, and what people read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from booking import service
from booking.service import Client, Person
from tests.browser.staff_site import Site, assert_finished, page_of

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# References are words of no language.
WITHOUT_REFERENCES = """() => {
  for (const own of document.querySelectorAll("#appointments [data-label=预约编号]")) own.textContent = "1";
  for (const own of document.querySelectorAll("#appointments [aria-label]")) {
    own.ariaLabel = own.ariaLabel.replace(/[A-Z0-9]{8}/, "1");
  }
}"""
HOME = "/staff/halls/H1/appointments"


def book(site: Site, count: int) -> list[service.HeldAppointment]:
    """Book the next free times of today in the first hall, as somebody else each time."""
    parts, booked = site.parts, []
    write, keys = parts.database.write_now, {"clock": parts.clock, "vault": parts.vault}
    days = parts.database.read_now(
        service.free_slots, "H1", ["id-card"], first_day=None, days=1, now=parts.clock.now()
    )
    for number, slot in enumerate(days[0].slots[:count]):
        who = Client(f"browser {number}", f"203.0.113.{number}")
        held = write(service.hold, "H1", ["id-card"], slot.starts_at, client=who, **keys)
        write(service.confirm, held.token, Person("王小明", f"1380013{8000 + number}"), **keys)
        booked.append(held)
    return booked


def test_a_manager_cancels_two_of_three_by_keyboard_and_calls_them(site: Site, chromium: Browser) -> None:
    first, *_ = book(site, 3)
    desk = page_of(chromium, site, "manager", HOME)
    page = desk.page
    for place in (0, 1):
        page.locator("[name=id]").nth(place).focus()
        page.keyboard.press("Space")
    page.get_by_role("button", name="Cancel those ticked …").press("Enter")
    expect(page.get_by_text("2 people are affected")).to_be_visible()
    page.get_by_label("Why?").select_option("other")
    page.get_by_role("button", name="Cancel 2 appointments now").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Say in words why")
    page.get_by_label("What people shall know").fill("The water is off.")
    page.get_by_role("button", name="Cancel 2 appointments now").press("Enter")
    expect(page.get_by_role("status").first).to_have_text("2 appointments are cancelled.")
    page.get_by_role("button", name="Show the number of").first.press("Enter")
    expect(page.get_by_text("+8613800138000")).to_be_visible()
    page.goto(f"{site.url}/a/{first.token}")
    expect(page.get_by_text("The water is off.")).to_be_visible()
    desk.errors[:] = [each for each in desk.errors if "422" not in each]
    assert desk.errors == []


def test_list_and_look_before_cancelling_are_finished(site: Site, chromium: Browser) -> None:
    book(site, 3)
    assert_finished(chromium, site, "manager", HOME, "#appointments td", before=WITHOUT_REFERENCES)
    assert_finished(chromium, site, "manager", f"{HOME}/cancel?which=all", ".staff-affected li")
