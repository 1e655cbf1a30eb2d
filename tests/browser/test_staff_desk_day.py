"""A clerk's day by keyboard alone: keys pressed twice, fields left, dialogs closed, nothing typed lost."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.staff_site import Site, status_at
from tests.browser.test_staff_desk_keys import desk_of

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def served(site: Site, page: Page) -> str:
    """Call and start the next; return the number."""
    label = site.issue()
    for key, said in (("n", "was called."), ("s", "is being served.")):
        page.keyboard.press(key)
        expect(page.locator("#message")).to_have_text(f"{label} {said}")
    return label


def test_the_key_of_the_transfer_pressed_twice_sends_nobody_anywhere(site: Site, chromium: Browser) -> None:
    page = desk_of(site, chromium, 0)
    label = served(site, page)
    page.route("**/colleagues", many_windows)
    page.keyboard.press("t")
    expect(page.locator("#transfer-windows li")).to_have_count(8)
    page.keyboard.press("t")
    expect(page.locator("#transfer-dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#current")).to_contain_text(label)
    assert status_at(site, 0) == ("open", "serving")


def many_windows(route: Route) -> None:
    """Answer as a hall with eight windows does: their keys go on beyond the fifth letter."""
    answer = route.fetch()
    route.fulfill(response=answer, json={**answer.json(), "windows": answer.json()["windows"] * 8})


def test_what_was_typed_for_somebody_stays_until_they_are_gone(site: Site, chromium: Browser) -> None:
    page = desk_of(site, chromium, 0)
    label = served(site, page)
    page.keyboard.press("c")
    page.keyboard.type("   ")
    page.keyboard.press("Enter")
    expect(page.locator("#return-missing")).to_have_text("Write what is missing.")  # in the page's language
    expect(page.locator("#return-note")).to_be_focused()
    expect(page.locator("#return-dialog")).to_be_visible()  # blanks tell nobody what to bring
    page.keyboard.type("photo")
    expect(page.locator("#return-missing")).to_be_hidden()
    page.locator("#return-until").fill("2001-01-01")
    page.keyboard.press("Enter")
    expect(page.locator("#return-until-wrong")).to_contain_text("Choose a day from today to")
    expect(page.locator("#return-until")).to_be_focused()
    page.locator("#return-until").fill(page.locator("#return-until").get_attribute("max") or "")
    page.keyboard.press("Escape")
    expect(page.locator("#return-dialog")).to_be_hidden()
    page.keyboard.press("c")
    expect(page.locator("#return-note")).to_have_value("photo")
    page.keyboard.press("Enter")
    expect(page.locator("#message")).to_contain_text(f"{label} is finished")
    served(site, page)
    page.keyboard.press("c")
    expect(page.locator("#return-note")).to_have_value("")


def test_a_field_is_left_by_escape_and_the_keys_work_again(site: Site, chromium: Browser) -> None:
    page = desk_of(site, chromium, 0)
    page.keyboard.press("h")
    words = page.get_by_label("A few words: what for?")
    words.press("n")
    expect(words).to_have_value("n")
    words.press("Escape")
    label = site.issue()
    expect(page.locator("#waiting")).to_contain_text(label)
    page.keyboard.press("n")
    expect(page.locator("#message")).to_have_text(f"{label} was called.")


def test_any_key_says_that_somebody_is_there_and_does_nothing_else(site: Site, chromium: Browser) -> None:
    page = desk_of(site, chromium, 0)
    label = site.issue()
    expect(page.locator("#waiting")).to_contain_text(label)
    page.evaluate("document.getElementById('idle-dialog').showModal()")
    page.keyboard.press("n")
    expect(page.locator("#idle-dialog")).to_be_hidden()
    assert status_at(site, 0) == ("open", None)
    page.keyboard.press("n")
    expect(page.locator("#message")).to_have_text(f"{label} was called.")


def test_a_chosen_one_is_called_by_keys_and_reading_goes_on_where_they_are(
    site: Site, chromium: Browser
) -> None:
    page = desk_of(site, chromium, 0)
    page.keyboard.press("w")
    expect(page.locator("#message")).to_have_text("Nobody waits.")
    first, second = site.issue(), site.issue()
    expect(page.locator("#waiting")).to_contain_text(second)
    for label in (first, second):
        page.keyboard.press("w")
        expect(page.get_by_role("button", name=f"Call {label}")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#message")).to_have_text(f"{second} was called.")
    expect(page.locator("#current")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("w")  # the page has taken up what was pressed before
    expect(page.locator("#message")).to_contain_text("Somebody is at the window")
    assert status_at(site, 0) == ("open", "called"), "Enter twice calls, and does not start"


def test_without_the_server_the_key_of_the_next_leads_to_the_paper_in_hand(
    site: Site, chromium: Browser
) -> None:
    page = desk_of(site, chromium, 0)
    page.context.set_offline(True)
    expect(page.locator("#away-form")).to_be_visible(timeout=30_000)
    page.keyboard.press("n")
    page.keyboard.press("n")
    expect(page.locator("#away-number")).to_be_focused()
    page.keyboard.type("a117")
    page.keyboard.press("Enter")
    expect(page.locator("#message")).to_have_text("A117 is being served.")
    page.keyboard.press("f")
    expect(page.locator("#message")).to_contain_text("A117 is finished.")
