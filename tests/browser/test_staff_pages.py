"""Clerks at work in a real browser, by single keys; every staff page fits, is accessible and signs out."""

from __future__ import annotations

import httpx2
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Route, expect

from kernel.clock import ManualClock
from kernel.web.access import STAFF_COOKIE
from queueing import service
from tests.browser.staff_site import Site, page_of, status_at
from tests.conftest import bearer
from tests.support.people import PASSWORD, give_passwords, sit_before_pages, with_telephone
from tests.support.waiting import comes_true

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_reading_from_before_a_press_does_not_take_back_what_the_press_showed(
    site: Site, chromium: Browser
) -> None:
    first, second = site.issue(), site.issue()
    desk = page_of(chromium, site, "clerk1", f"/staff/windows/{site.city.windows[0]}")
    page, message = desk.page, desk.page.locator("#message")
    for key, said in (("o", "The window is open."), ("n", f"{first} was called."), ("s", "is being served.")):
        page.keyboard.press(key)
        expect(message).to_contain_text(said)
    late: list[Route] = []
    page.route("**/desk", lambda route: late.append(route))
    site.issue("insurance")  # news: the page reads the desk, and the answer is slow
    comes_true(page, lambda: bool(late))
    from_before = late[0].fetch()
    page.keyboard.press("f")
    expect(message).to_have_text(f"{first} is finished.")
    late[0].fulfill(response=from_before)
    comes_true(
        page, lambda: len(late) > 1
    )  # the reading after it; by now the late one has been taken or left
    from_between = late[1].fetch()
    page.keyboard.press("n")
    expect(message).to_have_text(f"{second} was called.")
    late[1].fulfill(response=from_between)
    comes_true(page, lambda: len(late) > 2)
    expect(message).to_have_text(f"{second} was called.")
    page.unroute_all(behavior="ignoreErrors")


def test_a_clerk_opens_calls_starts_and_finishes_by_single_keys(site: Site, chromium: Browser) -> None:
    first, second = site.issue(), site.issue(priority=True)
    desk = page_of(chromium, site, "clerk1", f"/staff/windows/{site.city.windows[0]}")
    page, message = desk.page, desk.page.locator("#message")
    page.keyboard.press("o")
    expect(message).to_have_text("The window is open.")
    page.keyboard.press("n")
    expect(message).to_have_text(f"{second} was called.")  # the priority ticket goes first
    expect(page.locator(".staff-number")).to_have_text(second)
    assert status_at(site, 0) == ("open", "called")
    page.keyboard.press("s")
    expect(message).to_have_text(f"{second} is being served.")
    page.keyboard.press("f")
    expect(message).to_have_text(f"{second} is finished.")
    page.keyboard.press("u")
    expect(message).to_have_text(f"{second} is back at the window.")
    page.keyboard.press("f")
    expect(message).to_have_text(f"{second} is finished.")
    page.keyboard.press("n")
    expect(message).to_have_text(f"{first} was called.")
    page.keyboard.press("m")
    expect(message).to_have_text(f"{first} did not come.")
    page.get_by_role("button", name=f"Put {first} back").click()
    expect(message).to_have_text(f"{first} waits again.")
    assert status_at(site, 0) == ("open", None)
    assert desk.errors == []


def test_a_ticket_is_transferred_by_two_keys_and_a_transfer_and_a_park_are_taken_back(
    site: Site, chromium: Browser
) -> None:
    label = site.issue()
    desk = page_of(chromium, site, "clerk1", f"/staff/windows/{site.city.windows[0]}")
    page = desk.page
    page.keyboard.press("o")
    expect(page.locator("#message")).to_have_text("The window is open.")
    page.keyboard.press("n")
    expect(page.locator("#message")).to_have_text(f"{label} was called.")
    page.keyboard.press("t")
    expect(page.get_by_role("dialog")).to_contain_text("Social insurance")
    expect(page.get_by_role("dialog")).to_contain_text("0 waiting")
    page.keyboard.press("1")
    expect(page.locator("#message")).to_have_text(f"{label} was transferred: B Social insurance.")
    page.keyboard.press("u")
    expect(page.locator("#message")).to_have_text(f"{label} is back at the window.")
    page.keyboard.press("p")
    page.keyboard.press("1")
    expect(page.locator("#message")).to_have_text(f"{label} is parked.")
    page.keyboard.press("u")
    expect(page.locator("#message")).to_have_text(f"{label} is back at the window.")
    page.keyboard.press("t")
    page.keyboard.press("1")
    expect(page.locator("#message")).to_have_text(f"{label} was transferred: B Social insurance.")
    day = site.parts.database.read_now(service.hall_day, site.city.hall, now=site.parts.clock.now())
    assert {queue.line.prefix: queue.line.waiting for queue in day.queues} == {"A": 0, "B": 1}
    assert desk.errors == []


def test_what_cannot_be_done_now_says_why_and_sends_nothing(site: Site, chromium: Browser) -> None:
    site.issue()
    desk = page_of(chromium, site, "clerk1", f"/staff/windows/{site.city.windows[0]}")
    sent: list[str] = []
    desk.page.on("request", lambda asked: sent.append(asked.url) if asked.method == "POST" else None)
    desk.page.keyboard.press("n")
    expect(desk.page.locator("#message")).to_have_text("Open the window first (O).")
    desk.page.keyboard.press("f")
    expect(desk.page.locator("#message")).to_have_text("Nobody is at the window; call somebody first (N).")
    assert sent == []


def test_a_press_is_acknowledged_at_once_and_pressing_twice_does_one_thing(
    site: Site, chromium: Browser
) -> None:
    label = site.issue()
    site.issue()
    desk = page_of(chromium, site, "clerk1", f"/staff/windows/{site.city.windows[0]}")
    page = desk.page
    page.keyboard.press("o")
    expect(page.locator("#message")).to_have_text("The window is open.")
    # What is asked is held back until it was seen, so what is seen cannot come from an answer.
    held: list[Route] = []
    page.route("**/call-next", lambda route: held.append(route))
    page.evaluate(
        """() => document.addEventListener("keydown", () => requestAnimationFrame(() => {
             window.shownInNextFrame ??= document.getElementById("message").textContent;
           }), { capture: true })"""
    )
    page.keyboard.press("n")
    page.keyboard.press("n")
    expect(page.locator("#message")).to_have_text("Calling the next …")
    assert page.evaluate("window.shownInNextFrame") == "Calling the next …"
    comes_true(page, lambda: bool(held))
    for own in held:
        own.continue_()
    page.unroute("**/call-next")
    expect(page.locator("#message")).to_have_text(f"{label} was called.")
    expect(page.locator("#waiting-count")).to_have_text("1")
    assert status_at(site, 0) == ("open", "called")


def test_a_lost_answer_is_asked_for_again_with_the_same_key(site: Site, chromium: Browser) -> None:
    label = site.issue()
    site.issue()
    desk = page_of(chromium, site, "clerk1", f"/staff/windows/{site.city.windows[0]}")
    page, keys = desk.page, list[str]()

    def lose_the_first(route) -> None:  # type: ignore[no-untyped-def]
        keys.append(route.request.headers["idempotency-key"])
        if len(keys) == 1:
            route.fetch()  # the server does it, and its answer is lost on the way
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route("**/call-next", lose_the_first)
    page.keyboard.press("o")
    expect(page.locator("#message")).to_have_text("The window is open.")
    page.keyboard.press("n")
    expect(page.locator("#message")).to_have_text(f"{label} was called.")
    assert len(keys) == 2
    assert keys[0] == keys[1]
    expect(page.locator("#waiting-count")).to_have_text("1")


def test_a_new_ticket_shows_without_asking(site: Site, chromium: Browser) -> None:
    desk = page_of(chromium, site, "clerk1", f"/staff/windows/{site.city.windows[0]}")
    expect(desk.page.locator("#link-state")).to_have_text("Live")
    label = site.issue()
    expect(desk.page.locator("#waiting")).to_contain_text(label, timeout=10_000)  # it asks unasked after 15 s


def test_without_the_live_line_the_list_is_polled_and_says_so(site: Site, chromium: Browser) -> None:
    context = chromium.new_context(locale="en-GB")
    context.add_cookies([{"name": STAFF_COOKIE, "value": site.city.tokens["clerk1"], "url": site.url}])
    page = context.new_page()
    page.route_web_socket("**/live", lambda socket: socket.close())
    page.goto(f"{site.url}/staff/windows/{site.city.windows[0]}")
    expect(page.locator("#link-state")).to_contain_text("every 3 seconds")
    label = site.issue()
    expect(page.locator("#waiting")).to_contain_text(label)


def test_single_keys_can_be_turned_off_and_stay_off(site: Site, chromium: Browser) -> None:
    site.issue()
    page = page_of(chromium, site, "clerk1", f"/staff/windows/{site.city.windows[0]}").page
    page.get_by_role("checkbox").uncheck()
    page.keyboard.press("o")
    page.reload()
    expect(page.get_by_role("checkbox")).not_to_be_checked()
    page.keyboard.press("o")
    page.get_by_role("button", name="Open the window").click()
    expect(page.locator("#message")).to_have_text("The window is open.")


def test_a_ticket_that_is_gone_is_told_in_the_readers_words(site: Site, chromium: Browser) -> None:
    site.issue()
    desk = page_of(chromium, site, "clerk1", f"/staff/windows/{site.city.windows[0]}")
    page = desk.page
    page.keyboard.press("o")
    expect(page.locator("#message")).to_have_text("The window is open.")
    page.route("**/desk", lambda route: route.abort())  # the page does not learn what a colleague does
    site.parts.database.write_now(
        service.pause_window, site.city.windows[0], by=site.city.manager, clock=site.parts.clock
    )
    page.keyboard.press("n")
    expect(page.locator("#problem")).to_contain_text("The window is not open.")


# --- everybody -------------------------------------------------------------------------------------------

PAGES = [
    ("clerk1", "/staff/halls/H1/windows"),
    ("clerk1", "/staff/windows/{window}"),
    ("clerk1", "/staff/account"),
    ("clerk1", "/staff/account/second-factor"),
    ("manager", "/staff/second-factors"),
    ("manager", "/staff/halls/H1"),
    ("manager", "/staff/halls/H1/plan"),
    ("manager", "/staff/halls/H1/proposals"),
    ("supervisor", "/staff/city"),
    ("admin", "/staff"),
]


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize(("who", "path"), PAGES)
def test_pages_are_accessible_and_never_scroll_sideways(
    site: Site, chromium: Browser, who: str, path: str, width: int
) -> None:
    site.issue()
    site.issue("insurance", priority=True)
    desk = page_of(chromium, site, who, path.format(window=site.city.windows[0]), width=width)
    desk.page.wait_for_load_state("networkidle")
    found = Axe().run(desk.page).response["violations"]
    assert [(own["id"], [node["html"][:200] for node in own["nodes"]]) for own in found] == []
    assert desk.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    small = desk.page.evaluate(
        """() => [...document.querySelectorAll("main button, main a.button, header button")]
             .filter((own) => own.offsetParent && own.getBoundingClientRect().height < 24)
             .map((own) => own.outerHTML.slice(0, 120))"""
    )
    assert small == []
    assert desk.errors == []


def test_signing_in_by_keyboard_leads_to_the_page_that_was_asked_for(site: Site, chromium: Browser) -> None:
    context: BrowserContext = chromium.new_context(locale="en-GB")
    page = context.new_page()
    page.goto(f"{site.url}/staff/city")
    expect(page).to_have_title("Staff sign-in – Jinban")
    page.keyboard.press("Enter")
    page.get_by_label("Name").press("Enter")
    expect(page.locator("#error-summary")).to_be_focused()
    expect(page.locator("#error-summary")).to_contain_text("Enter your password.")
    assert Axe().run(page).response["violations"] == []


def test_a_page_nobody_touches_is_locked_and_goes_on_where_it_was(
    site: Site, chromium: Browser, clock: ManualClock
) -> None:
    """Two tabs: a window with somebody being served, and a form half filled in."""
    sit_before_pages(site.parts.database)
    give_passwords(site.parts.database)
    telephone, _ = with_telephone(site.parts.database, site.city.clerks[0], site.parts.vault, clock)
    label = site.issue()
    context = chromium.new_context(locale="en-GB")
    context.add_cookies([{"name": STAFF_COOKIE, "value": site.city.tokens["clerk1"], "url": site.url}])
    context.clock.install()
    desk, form = context.new_page(), context.new_page()
    desk.goto(f"{site.url}/staff/windows/{site.city.windows[0]}")
    for key, said in (("o", "The window is open."), ("n", f"{label} was called."), ("s", "is being served.")):
        desk.keyboard.press(key)
        expect(desk.locator("#message")).to_contain_text(said)
    form.goto(f"{site.url}/staff/halls/H1/tickets")
    form.locator("#find").fill("id")
    lasts = "localStorage.getItem('jinban_staff_session')"
    before = desk.evaluate(lasts)
    context.clock.fast_forward("01:10")  # the desk tells of the keys that were pressed there
    desk.wait_for_function(f"before => {lasts} !== before", arg=before)
    context.clock.fast_forward("14:20")
    expect(form.get_by_role("dialog")).to_contain_text("Are you still there?")
    form.get_by_role("button", name="I am here").click()
    for page in (form, desk):  # one session: who is there in one tab is there in both
        expect(page.get_by_role("dialog")).to_have_count(0)
    context.clock.fast_forward("15:30")
    for page in (form, desk):
        expect(page.get_by_role("dialog")).to_contain_text("Signed out")
    # The session itself has ended, and nothing behind is seen or reached.
    me, headers = f"{site.url}/api/v1/me", bearer(site.city.tokens["clerk1"])
    comes_true(form, lambda: httpx2.get(me, headers=headers).status_code == httpx2.codes.UNAUTHORIZED)
    expect(desk.locator("h1")).to_be_hidden()
    desk.bring_to_front()
    for _ in range(2):
        desk.keyboard.press("Escape")
    expect(desk.get_by_role("dialog")).to_contain_text("Signed out")
    assert Axe().run(desk).response["violations"] == []
    desk.get_by_label("Password").fill(PASSWORD)
    desk.keyboard.press("Enter")
    expect(desk.locator("#lock-error")).to_have_text("Enter the code from your telephone.")
    desk.get_by_label("Code").fill(telephone.code())
    desk.keyboard.press("Enter")
    for page in (desk, form):
        expect(page.get_by_role("dialog")).to_have_count(0)
    assert status_at(site, 0) == ("open", "serving")
    desk.keyboard.press("f")
    expect(desk.locator("#message")).to_have_text(f"{label} is finished.")
    expect(form.locator("#find")).to_have_value("id")
    form.get_by_role("button", name="Sign out").click()  # by the new session's token
    form.get_by_role("button", name="Close the window and sign out").click()
    expect(form).to_have_url(f"{site.url}/staff/sign-in")
    context.close()
