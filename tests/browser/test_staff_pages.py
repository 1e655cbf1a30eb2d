"""Clerks and managers at work in a real browser, by keyboard alone."""

from __future__ import annotations

import json
import shutil
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import httpx2
import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from app.main import create_app
from kernel.clock import ManualClock
from kernel.ids import QueueId, WindowId
from kernel.web.access import STAFF_COOKIE
from kernel.web.parts import Parts
from queueing import service
from queueing.rules.windows import PlanEntry, served_at
from tests.conftest import SmallCity, bearer

pytestmark = pytest.mark.browser

READY_WITHIN_S = 20.0


@dataclass(frozen=True)
class Site:
    """The real app on a port of its own."""

    url: str
    city: SmallCity
    parts: Parts

    def issue(self, service_code: str = "id-card", **more: object) -> str:
        """Issue a ticket at the kiosk and return its number."""
        answer = httpx2.post(
            f"{self.url}/api/v1/halls/H1/tickets",
            json={"services": [service_code], **more},
            headers=bearer(self.city.tokens["kiosk"]),
        )
        label: str = answer.raise_for_status().json()["ticket"]["label"]
        return label


@pytest.fixture
def site(sqlite_parts: Parts, sqlite_city: SmallCity) -> Iterator[Site]:
    config = uvicorn.Config(
        create_app(sqlite_parts), host="127.0.0.1", port=0, log_level="error", ws="websockets-sansio"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + READY_WITHIN_S
    while not server.started:
        assert time.monotonic() < deadline, "the app did not start"
        time.sleep(0.05)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield Site(f"http://127.0.0.1:{port}", sqlite_city, sqlite_parts)
    server.should_exit = True
    thread.join(READY_WITHIN_S)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    assert chromium, "these tests need Debian's chromium (apt-get install chromium)"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield started
        started.close()


@dataclass(frozen=True)
class Desk:
    """A page with what went wrong on it."""

    page: Page
    errors: list[str]


def page_of(browser: Browser, site: Site, who: str, path: str, *, width: int = 1280) -> Desk:
    context = browser.new_context(viewport={"width": width, "height": 860}, locale="en-GB")
    context.set_default_timeout(10_000)
    context.add_cookies([{"name": STAFF_COOKIE, "value": site.city.tokens[who], "url": site.url}])
    page, errors = context.new_page(), list[str]()
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda said: errors.append(said.text) if "Content Security" in said.text else None)
    page.on("request", lambda asked: None if asked.url.startswith(site.url) else errors.append(asked.url))
    page.goto(site.url + path)
    return Desk(page, errors)


def status_at(site: Site, place: int) -> tuple[str, str | None]:
    """Return a window's status and the status of the ticket at it, from the database."""
    view = site.parts.database.read_now(
        service.desk, site.city.windows[place], by=site.city.clerks[0], now=site.parts.clock.now()
    )
    return view.window.status.value, view.window.ticket.status.value if view.window.ticket else None


def advance(site: Site, **by: float) -> None:
    assert isinstance(site.parts.clock, ManualClock)
    site.parts.clock.advance(timedelta(**by))


# --- the clerk -----------------------------------------------------------------------------------------


def test_a_clerk_opens_calls_starts_and_finishes_by_single_keys(site: Site, browser: Browser) -> None:
    first, second = site.issue(), site.issue(priority=True)
    desk = page_of(browser, site, "clerk1", f"/staff/windows/{site.city.windows[0]}")
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


def test_a_ticket_is_transferred_by_two_keys(site: Site, browser: Browser) -> None:
    label = site.issue()
    desk = page_of(browser, site, "clerk1", f"/staff/windows/{site.city.windows[0]}")
    page = desk.page
    page.keyboard.press("o")
    expect(page.locator("#message")).to_have_text("The window is open.")
    page.keyboard.press("n")
    expect(page.locator("#message")).to_have_text(f"{label} was called.")
    page.keyboard.press("t")
    expect(page.get_by_role("dialog")).to_contain_text("Social insurance")
    page.keyboard.press("1")
    expect(page.locator("#message")).to_have_text(f"{label} was transferred.")
    day = site.parts.database.read_now(service.hall_day, site.city.hall, now=site.parts.clock.now())
    assert {queue.line.prefix: queue.line.waiting for queue in day.queues} == {"A": 0, "B": 1}
    assert desk.errors == []


def test_what_cannot_be_done_now_says_why_and_sends_nothing(site: Site, browser: Browser) -> None:
    site.issue()
    desk = page_of(browser, site, "clerk1", f"/staff/windows/{site.city.windows[0]}")
    sent: list[str] = []
    desk.page.on("request", lambda asked: sent.append(asked.url) if asked.method == "POST" else None)
    desk.page.keyboard.press("n")
    expect(desk.page.locator("#message")).to_have_text("Open the window first (O).")
    desk.page.keyboard.press("f")
    expect(desk.page.locator("#message")).to_have_text("Nobody is at the window; call somebody first (N).")
    assert sent == []


def test_a_press_is_acknowledged_at_once_and_pressing_twice_does_one_thing(
    site: Site, browser: Browser
) -> None:
    label = site.issue()
    site.issue()
    desk = page_of(browser, site, "clerk1", f"/staff/windows/{site.city.windows[0]}")
    page = desk.page
    page.keyboard.press("o")
    expect(page.locator("#message")).to_have_text("The window is open.")
    # The server's answers are held back, so what is seen meanwhile cannot come from them.
    page.route("**/call-next", lambda route: (time.sleep(0.6), route.continue_()))
    page.evaluate(
        """() => document.addEventListener("keydown", () => requestAnimationFrame(() => {
             window.shownInNextFrame ??= document.getElementById("message").textContent;
           }), { capture: true })"""
    )
    page.keyboard.press("n")
    page.keyboard.press("n")
    expect(page.locator("#message")).to_have_text("Calling the next …")
    assert page.evaluate("window.shownInNextFrame") == "Calling the next …"
    expect(page.locator("#message")).to_have_text(f"{label} was called.")
    expect(page.locator("#waiting-count")).to_have_text("1")
    assert status_at(site, 0) == ("open", "called")


def test_a_lost_answer_is_asked_for_again_with_the_same_key(site: Site, browser: Browser) -> None:
    label = site.issue()
    site.issue()
    desk = page_of(browser, site, "clerk1", f"/staff/windows/{site.city.windows[0]}")
    page, keys = desk.page, list[str]()
    page.keyboard.press("o")
    expect(page.locator("#message")).to_have_text("The window is open.")

    def lose_the_first(route) -> None:  # type: ignore[no-untyped-def]
        keys.append(route.request.headers["idempotency-key"])
        if len(keys) == 1:
            route.fetch()  # the server does it, and its answer is lost on the way
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route("**/call-next", lose_the_first)
    page.keyboard.press("n")
    expect(page.locator("#message")).to_have_text(f"{label} was called.")
    assert len(keys) == 2
    assert keys[0] == keys[1]
    expect(page.locator("#waiting-count")).to_have_text("1")


def test_a_new_ticket_shows_without_asking(site: Site, browser: Browser) -> None:
    desk = page_of(browser, site, "clerk1", f"/staff/windows/{site.city.windows[0]}")
    expect(desk.page.locator("#link-state")).to_have_text("Live")
    label = site.issue()
    expect(desk.page.locator("#waiting")).to_contain_text(label, timeout=2_500)  # polls come after 3 s


def test_without_the_live_line_the_list_is_polled_and_says_so(site: Site, browser: Browser) -> None:
    context = browser.new_context(locale="en-GB")
    context.add_cookies([{"name": STAFF_COOKIE, "value": site.city.tokens["clerk1"], "url": site.url}])
    page = context.new_page()
    page.route_web_socket("**/live", lambda socket: socket.close())
    page.goto(f"{site.url}/staff/windows/{site.city.windows[0]}")
    expect(page.locator("#link-state")).to_contain_text("every 3 seconds")
    label = site.issue()
    expect(page.locator("#waiting")).to_contain_text(label, timeout=8_000)


def test_single_keys_can_be_turned_off_and_stay_off(site: Site, browser: Browser) -> None:
    site.issue()
    page = page_of(browser, site, "clerk1", f"/staff/windows/{site.city.windows[0]}").page
    page.get_by_role("checkbox").uncheck()
    page.keyboard.press("o")
    page.reload()
    expect(page.get_by_role("checkbox")).not_to_be_checked()
    page.keyboard.press("o")
    page.get_by_role("button", name="Open the window").click()
    expect(page.locator("#message")).to_have_text("The window is open.")


def test_a_ticket_that_is_gone_is_told_in_the_readers_words(site: Site, browser: Browser) -> None:
    site.issue()
    desk = page_of(browser, site, "clerk1", f"/staff/windows/{site.city.windows[0]}")
    page = desk.page
    page.keyboard.press("o")
    expect(page.locator("#message")).to_have_text("The window is open.")
    page.route("**/desk", lambda route: route.abort())  # the page does not learn what a colleague does
    site.parts.database.write_now(
        service.pause_window, site.city.windows[0], by=site.city.manager, clock=site.parts.clock
    )
    page.keyboard.press("n")
    expect(page.locator("#problem")).to_contain_text("The window is not open.")


# --- the manager -----------------------------------------------------------------------------------------


def plan_now(site: Site) -> dict[str, dict[str, bool]]:
    """Return what each window of the hall serves at 10:00, by label and prefix; True for helping."""
    plan = site.parts.database.read_now(service.plan_of, site.city.hall, now=site.parts.clock.now())
    prefixes = {site.city.queue_a: "A", site.city.queue_b: "B"}
    return {
        str(place + 1): {
            prefixes[queue]: helping for queue, helping in served_at(plan.entries, window, 600).items()
        }
        for place, window in enumerate(site.city.windows)
    }


def test_a_manager_edits_and_publishes_a_plan_by_keyboard(site: Site, browser: Browser) -> None:
    desk = page_of(browser, site, "manager", "/staff/halls/H1/plan")
    page = desk.page
    page.locator('.staff-cell[data-row="0"][data-column="0"]').focus()
    page.keyboard.press("ArrowDown")  # window 2, which serves B and helps A
    page.keyboard.press("Shift+End")  # its whole day
    expect(page.locator("#message")).to_have_text("9 cells selected")
    page.keyboard.press("1")  # A: helping becomes off
    expect(page.locator("#change-count")).to_have_text("9")
    page.keyboard.press("2")  # B: primary becomes helping
    expect(page.locator("#message")).to_contain_text("B Social insurance helps in 9 cells.")
    page.keyboard.press("Control+z")
    page.locator("#review").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text("08:30–17:30")
    expect(page.get_by_role("dialog")).to_contain_text("General intake helping")
    assert plan_now(site)["2"] == {"B": False, "A": True}  # nothing holds before it is published
    page.keyboard.press("Enter")  # the focus is on Publish
    expect(page.locator("#message")).to_have_text("Plan no. 2 holds now.")
    assert plan_now(site)["2"] == {"B": False}
    expect(page.locator("#change-count")).to_have_text("0")
    page.locator("#rollback").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#change-count")).to_have_text("9")
    page.locator("#review").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(page.locator("#message")).to_have_text("Plan no. 3 holds now.")
    assert plan_now(site)["2"] == {"B": False, "A": True}
    assert desk.errors == []


def test_cells_are_selected_by_dragging_and_switched_by_a_press(site: Site, browser: Browser) -> None:
    desk = page_of(browser, site, "manager", "/staff/halls/H1/plan")
    page = desk.page
    page.locator('.staff-cell[data-row="1"][data-column="1"]').hover()
    page.mouse.down()
    page.locator('.staff-cell[data-row="2"][data-column="3"]').hover()
    page.mouse.up()
    expect(page.locator('.staff-cell[aria-selected="true"]')).to_have_count(6)
    page.get_by_role("button", name="General intake").click()
    # Window 3 has no equipment for A, so only window 2 changes, and the page says why.
    expect(page.locator("#change-count")).to_have_text("3")
    expect(page.locator("#message")).to_contain_text("Left out, no equipment for it: window 3.")


def test_a_queue_without_a_primary_window_is_pointed_out_before_publishing(
    site: Site, browser: Browser
) -> None:
    page = page_of(browser, site, "manager", "/staff/halls/H1/plan").page
    page.locator('.staff-cell[data-row="0"][data-column="2"]').focus()
    page.keyboard.press("Delete")
    expect(page.locator("#warnings")).to_contain_text("A General intake has no primary window: 10:30–11:30.")
    page.locator("#review").click()
    expect(page.get_by_role("dialog")).to_contain_text("has no primary window")


def test_a_draft_survives_a_reload_and_is_put_on_top_of_a_colleagues_plan(
    site: Site, browser: Browser
) -> None:
    page = page_of(browser, site, "manager", "/staff/halls/H1/plan").page
    page.locator('.staff-cell[data-row="1"][data-column="0"]').focus()
    page.keyboard.press("Delete")
    page.reload()
    expect(page.locator("#message")).to_have_text("Your draft from before is still here.")
    expect(page.locator("#change-count")).to_have_text("1")
    plan = site.parts.database.read_now(service.plan_of, site.city.hall, now=site.parts.clock.now())
    without_third = [entry for entry in plan.entries if entry.window_id != site.city.windows[2]]
    site.parts.database.write_now(
        service.publish_plan,
        site.city.hall,
        without_third,
        base_version=plan.version,
        by=site.city.manager,
        clock=site.parts.clock,
    )
    page.locator("#review").click()
    page.locator("#publish").click()
    expect(page.locator("#message")).to_contain_text("Another plan was published meanwhile.")
    expect(page.locator("#change-count")).to_have_text("1")
    page.locator("#review").click()
    page.locator("#publish").click()
    expect(page.locator("#message")).to_have_text("Plan no. 3 holds now.")
    assert plan_now(site)["3"] == {}  # the colleague's change and the manager's both hold


def test_the_stored_entries_of_any_grid_say_what_the_grid_shows(site: Site, browser: Browser) -> None:
    """Whatever cells the grid shows, its entries serve the same queues by the server's own rule."""
    page = page_of(browser, site, "manager", "/staff/halls/H1/plan").page
    blocks = [{"from": 510, "to": 570}, {"from": 570, "to": 720}, {"from": 840, "to": 900}]
    windows = [{"id": str(UUID(int=n)), "label": str(n), "equipped": [], "list_limit": 3} for n in (1, 2)]
    queues = [str(UUID(int=n)) for n in (11, 12, 13)]
    cell = st.dictionaries(st.sampled_from(queues), st.sampled_from(["primary", "helping"]), max_size=3)
    row = st.lists(cell, min_size=len(blocks), max_size=len(blocks))
    module = page.locator('script[src$="staff/plan.js"]').get_attribute("src")
    assert module is not None
    run = """async ([from, plan, windows, blocks]) => {
      const model = await import(from.replace("plan.js", "plan_model.js"));
      const entries = model.entriesOf(plan, windows, blocks);
      return [entries, model.cellsOf(entries, windows, blocks)];
    }"""

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(rows=st.tuples(row, row))
    def check(rows: tuple[list[dict[str, str]], list[dict[str, str]]]) -> None:
        plan = {window["id"]: list(cells) for window, cells in zip(windows, rows, strict=True)}
        entries, shown_again = page.evaluate(run, [module, plan, windows, blocks])
        assert shown_again == {window: goes_on(cells) for window, cells in plan.items()}
        stored = [
            PlanEntry(
                WindowId(UUID(own["window_id"])),
                QueueId(UUID(own["queue_id"])),
                own["helping"],
                own["from_minute"],
                own["to_minute"],
            )
            for own in entries
        ]
        for window in windows:
            for place, block in enumerate(blocks):
                served = served_at(stored, WindowId(UUID(str(window["id"]))), float(block["from"]))
                words = {str(q): "helping" if helping else "primary" for q, helping in served.items()}
                assert words == shown_again[window["id"]][place]

    check()


def goes_on(cells: list[dict[str, str]]) -> list[dict[str, str]]:
    """After its last queue a window goes on with it until its clerk closes: the grid shows that."""
    last = max((place for place, cell in enumerate(cells) if cell), default=None)
    return cells if last is None else cells[: last + 1] + [cells[last]] * (len(cells) - last - 1)


def test_a_window_that_ends_early_in_the_plan_is_explained(site: Site, browser: Browser) -> None:
    page = page_of(browser, site, "manager", "/staff/halls/H1/plan").page
    page.locator('.staff-cell[data-row="2"][data-column="8"]').focus()
    page.keyboard.press("Delete")
    expect(page.locator("#warnings")).to_contain_text("From 16:30 window 3 has no queues")


# --- everybody -------------------------------------------------------------------------------------------

PAGES = [
    ("clerk1", "/staff/halls/H1/windows"),
    ("clerk1", "/staff/windows/{window}"),
    ("manager", "/staff/halls/H1"),
    ("manager", "/staff/halls/H1/plan"),
    ("manager", "/staff/halls/H1/proposals"),
    ("supervisor", "/staff/city"),
    ("admin", "/staff"),
]


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize(("who", "path"), PAGES)
def test_pages_are_accessible_and_never_scroll_sideways(
    site: Site, browser: Browser, who: str, path: str, width: int
) -> None:
    site.issue()
    site.issue("insurance", priority=True)
    desk = page_of(browser, site, who, path.format(window=site.city.windows[0]), width=width)
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


def test_signing_in_by_keyboard_leads_to_the_page_that_was_asked_for(site: Site, browser: Browser) -> None:
    context: BrowserContext = browser.new_context(locale="en-GB")
    page = context.new_page()
    page.goto(f"{site.url}/staff/city")
    expect(page).to_have_title("Staff sign-in – Jinban")
    page.keyboard.press("Enter")
    page.get_by_label("Name").press("Enter")
    expect(page.locator("#error-summary")).to_be_focused()
    expect(page.locator("#error-summary")).to_contain_text("Enter your password.")
    assert Axe().run(page).response["violations"] == []


def test_a_page_nobody_touches_asks_and_then_signs_out(site: Site, browser: Browser) -> None:
    context = browser.new_context(locale="en-GB")
    context.add_cookies([{"name": STAFF_COOKIE, "value": site.city.tokens["clerk1"], "url": site.url}])
    page = context.new_page()
    page.clock.install()
    page.goto(f"{site.url}/staff/halls/H1/windows")
    page.clock.fast_forward("14:30")
    expect(page.get_by_role("dialog")).to_contain_text("Are you still there?")
    page.get_by_role("button", name="I am here").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.clock.fast_forward("15:30")
    expect(page).to_have_url(f"{site.url}/staff/sign-in?idle=1")
    cookies = json.dumps([cookie["name"] for cookie in context.cookies()])
    assert STAFF_COOKIE not in cookies
