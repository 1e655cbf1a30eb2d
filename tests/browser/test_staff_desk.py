"""A clerk's harder moments in a real browser: a colleague's window, a line that breaks off, no phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from kernel.web.access import STAFF_COOKIE
from queueing import service
from tests.browser.staff_site import Site, assert_finished, page_of, status_at

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def at_open_window(site: Site, chromium: Browser) -> Page:
    page = page_of(chromium, site, "clerk1", f"/staff/windows/{site.city.windows[0]}").page
    page.keyboard.press("o")
    expect(page.locator("#message")).to_have_text("The window is open.")
    return page


def test_a_start_pressed_too_early_is_taken_back_by_one_key(site: Site, chromium: Browser) -> None:
    label = site.issue()
    page = at_open_window(site, chromium)
    for key in "nsu":
        page.keyboard.press(key)
        expect(page.locator("#message")).to_contain_text(label)
        expect(page.locator(".staff-command--working")).to_have_count(0)
    assert status_at(site, 0) == ("open", "called")
    page.keyboard.press("m")
    expect(page.locator("#message")).to_have_text(f"{label} did not come.")


def test_after_an_outage_the_desk_says_how_things_stand_and_a_press_is_a_new_one(
    site: Site, chromium: Browser
) -> None:
    first, second = site.issue(), site.issue()
    page = at_open_window(site, chromium)
    done: list[bool] = []

    def cut(route) -> None:  # type: ignore[no-untyped-def]
        if "call-next" in route.request.url and not done:
            route.fetch()  # it reaches the server, and nothing comes back
            done.append(True)
        route.abort("connectionreset")

    page.route("**/api/v1/windows/**", cut)
    page.keyboard.press("n")
    expect(page.locator("#problem")).to_contain_text("The server did not answer.", timeout=20_000)
    page.unroute("**/api/v1/windows/**")
    expect(page.locator("#message")).to_contain_text("The server answers again", timeout=10_000)
    expect(page.locator("#problem")).to_be_hidden()
    expect(page.locator(".staff-number")).to_have_text(first)
    for key, said in (
        ("s", "is being served."),
        ("f", f"{first} is finished."),
        ("n", f"{second} was called."),
    ):
        page.keyboard.press(key)
        expect(page.locator("#message")).to_contain_text(said)
    assert status_at(site, 0) == ("open", "called")


def test_before_its_script_has_come_the_desk_offers_nothing_to_press(site: Site, chromium: Browser) -> None:
    context = chromium.new_context(java_script_enabled=False, locale="en-GB")
    context.add_cookies([{"name": STAFF_COOKIE, "value": site.city.tokens["clerk1"], "url": site.url}])
    page = context.new_page()
    page.goto(f"{site.url}/staff/windows/{site.city.windows[0]}")
    expect(page.get_by_role("button", name="Call the next")).to_be_visible()
    expect(page.locator("[data-command]:visible:not([aria-disabled='true'])")).to_have_count(0)
    for name in ("Open the window", "Go on after the pause", "I am coming", "Dial or open the video"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)
    expect(page.locator("#current noscript p")).to_be_visible()


def test_a_colleagues_window_is_looked_at_and_left_alone(site: Site, chromium: Browser) -> None:
    site.issue()
    site.parts.database.write_now(
        service.open_window, site.city.windows[0], by=site.city.clerks[1], clock=site.parts.clock
    )
    page = page_of(chromium, site, "clerk1", f"/staff/windows/{site.city.windows[0]}").page
    sent: list[str] = []
    page.on("request", lambda asked: sent.append(asked.url) if asked.method == "POST" else None)
    for key in "nbtm":
        page.keyboard.press(key)
        expect(page.locator("#message")).to_have_text("A colleague works at this window.")
    expect(page.locator("#waiting")).to_contain_text("A001")
    expect(page.locator("#waiting").get_by_role("button")).to_have_count(0)
    assert sent == []


def test_the_help_desk_gives_a_ticket_to_somebody_without_a_phone(site: Site, chromium: Browser) -> None:
    desk = page_of(chromium, site, "clerk1", "/staff/halls/H1/tickets")
    page = desk.page
    page.get_by_label("Find a service").fill("nothing like it")
    expect(page.get_by_role("status").filter(has_text="No service")).to_be_visible()
    page.get_by_label("Find a service").fill("insur")
    expect(page.locator(".staff-counter__service:visible")).to_have_count(1)
    page.get_by_label("Find a service").press("Enter")
    expect(page).to_have_url(f"{site.url}/staff/halls/H1/tickets")
    page.get_by_label("Priority ticket").check()
    page.get_by_role("button", name="Insurance").click()
    expect(page.locator(".paper__number")).to_have_text("B001")
    expect(page.locator(".paper")).to_contain_text("priority")
    expect(page.get_by_role("button", name="Print the ticket")).to_be_visible()
    page.get_by_role("link", name="Give another ticket").click()
    expect(page.locator("[data-queue]").last).to_contain_text("1 person waiting")
    assert desk.errors == []


def test_the_help_desks_page_is_finished(site: Site, chromium: Browser) -> None:
    assert_finished(chromium, site, "clerk1", "/staff/halls/H1/tickets", "[data-queue]")


def test_a_desk_with_long_names_fits_a_telephone(site: Site, chromium: Browser) -> None:
    site.issue()
    page = page_of(chromium, site, "clerk1", f"/staff/windows/{site.city.windows[0]}", width=390).page
    page.keyboard.press("o")
    page.get_by_role("button", name="Call A001").wait_for()
    # In one go: the list is drawn anew with every frame, and the long name is gone then.
    widest, right, high, buttons = page.evaluate(
        """() => { document.querySelector("#waiting tbody td").firstChild.textContent
             = "Registration and fishing licence of a vessel; handing in of missing documents";
             const keys = [...document.querySelectorAll("#waiting button")];
             return [document.documentElement.scrollWidth,
               Math.max(...keys.map((own) => own.getBoundingClientRect().right)),
               Math.max(...keys.map((own) => own.getBoundingClientRect().height)), keys.length]; }"""
    )
    assert buttons >= 1
    assert high <= 50, "a command's word is not broken into its letters"
    assert max(widest, right) <= 390


def test_the_citys_figures_say_when_they_are_old(site: Site, chromium: Browser) -> None:
    page = page_of(chromium, site, "supervisor", "/staff/city").page
    expect(page.locator("#city-old")).to_be_hidden()
    page.clock.install()
    page.reload()
    page.route("**/staff/city", lambda route: route.abort())
    for _ in range(3):
        with page.expect_event("requestfailed"):
            page.clock.fast_forward(15_000)
    expect(page.locator("#city-old")).to_have_text("No answer from the server: these figures are old.")
    page.unroute("**/staff/city")
    page.clock.fast_forward(15_000)
    expect(page.locator("#city-old")).to_be_hidden()


def test_every_figure_of_the_city_opens_its_definition(site: Site, chromium: Browser) -> None:
    page = page_of(chromium, site, "supervisor", "/staff/city").page
    heads = page.locator(".staff-city__head")
    for place in range(1, heads.count()):  # all but the hall's name
        heads.nth(place).get_by_role("button").click()
        expect(page.locator(":popover-open")).to_contain_text("What is missing")
        page.keyboard.press("Escape")


def test_a_desk_says_who_still_waits_when_it_closes_and_that_a_manager_changed_it(
    site: Site, chromium: Browser
) -> None:
    desk = page_of(chromium, site, "clerk1", f"/staff/windows/{site.city.windows[0]}")
    page, said = desk.page, desk.page.locator("#message")
    page.keyboard.press("o")
    expect(said).to_have_text("The window is open.")
    site.issue()
    expect(page.locator("#waiting-count")).to_have_text("1")
    close = page.get_by_role("button", name="Close the window")
    close.click()
    expect(said).to_have_text("The window is closed. People who still wait for its queues: 1.")
    page.keyboard.press("o")
    expect(said).to_have_text("The window is open.")
    site.parts.database.write_now(
        service.close_window, site.city.windows[0], by=site.city.manager, clock=site.parts.clock
    )
    expect(said).to_have_text("Your window was changed from another place: look at how it stands now.")
    assert desk.errors == []


def test_signing_out_with_the_window_open_asks_first_on_a_finished_page(
    site: Site, chromium: Browser
) -> None:
    page = page_of(chromium, site, "clerk1", f"/staff/windows/{site.city.windows[0]}").page
    page.keyboard.press("o")
    expect(page.locator("#message")).to_have_text("The window is open.")
    assert_finished(chromium, site, "clerk1", "/staff/leaving", "main form")
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="Close the window and sign out").click()
    expect(page.get_by_role("heading", name="Staff sign-in")).to_be_visible()
    assert status_at(site, 0) == ("closed", None)
