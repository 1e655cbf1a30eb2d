"""The desk's keys beside calling, in a real browser: services done, help, pauses, missed by itself."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import update

from kernel.tables import HallRow
from queueing import service
from queueing.rules.tickets import RECALL_AFTER, RECALLS
from tests.browser.staff_site import Site, assert_finished, page_of, status_at, violations

pytestmark = [pytest.mark.browser, pytest.mark.slow]

HALLS = HallRow.__table__


def desk_of(site: Site, chromium: Browser, place: int, **how: object) -> Page:
    path = f"/staff/windows/{site.city.windows[place]}"
    page = page_of(chromium, site, f"clerk{place + 1}", path, **how).page  # type: ignore[arg-type]
    page.keyboard.press("o")
    expect(page.locator("#window-status")).to_have_text("open")
    return page


def test_services_are_recorded_without_a_mouse(site: Site, chromium: Browser) -> None:
    label = site.issue()
    page = desk_of(site, chromium, 0)
    for key, said in (("n", "was called."), ("s", "is being served.")):
        page.keyboard.press(key)
        expect(page.locator("#message")).to_have_text(f"{label} {said}")
    page.keyboard.press("d")
    expect(page.locator("#services-done")).to_have_text("Id-Card\u00d7")
    page.keyboard.type("hukou")
    expect(page.get_by_role("option")).to_have_count(1)
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(page.locator("#message")).to_have_text(f"Recorded what was done for {label}.")
    expect(page.locator("#current")).to_contain_text("done: Id-Card, Household")
    page.keyboard.press("u")
    expect(page.locator("#current")).not_to_contain_text("done:")
    page.keyboard.press("d")
    page.keyboard.press("Backspace")
    expect(page.locator("#services-said")).to_have_text("At least one service was done.")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#services-dialog")).to_be_visible()
    page.keyboard.type("insur")
    assert violations(page) == []
    page.keyboard.press("Enter")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#message")).to_have_text(f"{label} is finished.")
    expect(page.get_by_role("button", name="Undo")).to_contain_text(f"Undo: {label} finished")


SLOW_STORE = """
const open = IDBFactory.prototype.open;
IDBFactory.prototype.open = function (...words) {
  const real = open.apply(this, words);
  const late = { get result() { return real.result; }, get error() { return real.error; } };
  real.onupgradeneeded = () => late.onupgradeneeded?.();
  real.onsuccess = () => setTimeout(() => late.onsuccess?.(), 1500);
  return late;
};
"""


def test_a_key_counts_before_the_browser_has_found_what_it_keeps(site: Site, chromium: Browser) -> None:
    desk = page_of(chromium, site, "clerk1", f"/staff/windows/{site.city.windows[0]}")
    desk.page.add_init_script(SLOW_STORE)
    desk.page.reload()
    desk.page.keyboard.press("o")
    expect(desk.page.locator("#window-status")).to_have_text("open")
    expect(desk.page.locator("#link-state")).to_have_attribute("data-state", "live")
    assert desk.errors == []


def test_help_is_asked_for_and_answered_by_single_keys(site: Site, chromium: Browser) -> None:
    asks, goes = desk_of(site, chromium, 0), desk_of(site, chromium, 1)
    today = page_of(chromium, site, "manager", "/staff/halls/H1").page
    asks.keyboard.press("h")
    expect(asks.locator("#help")).to_contain_text("You asked for help.")
    for page in (goes, today):
        expect(page.locator("#help")).to_contain_text("Window 1,")  # read by itself after 15 s only
        expect(page.locator("#help")).to_contain_text("nobody has answered yet")
    words = asks.get_by_label("A few words: what for?")
    words.fill("printer jams")
    words.press("Enter")
    expect(today.locator("#help")).to_contain_text("printer jams")
    assert violations(today) == []
    goes.keyboard.press("g")
    expect(goes.locator("#help")).to_contain_text("you are going there")
    for page in (asks, today):
        expect(page.locator("#help")).to_contain_text("is coming")
    asks.keyboard.press("h")
    for page in (asks, goes, today):
        expect(page.locator("#help")).to_be_hidden()


def test_a_pause_is_told_by_two_keys(site: Site, chromium: Browser) -> None:
    page = desk_of(site, chromium, 0)
    today = page_of(chromium, site, "manager", "/staff/halls/H1").page
    page.keyboard.press("b")
    expect(page.locator("#pause-dialog")).to_be_visible()
    assert violations(page) == []
    page.keyboard.press("b")
    expect(page.locator("#window-status")).to_contain_text("paused · break since")
    expect(today.locator("#windows")).to_contain_text("break for 0 min")
    assert status_at(site, 0)[0] == "paused"
    page.keyboard.press("o")
    expect(page.locator("#window-status")).to_have_text("open")


def test_the_desk_counts_down_and_says_that_a_ticket_was_missed(site: Site, chromium: Browser) -> None:
    write, clock, by = site.parts.database.write_now, site.parts.clock, site.city.clerks[0]
    row = update(HALLS).where(HALLS.c.id == site.city.hall).values(policy={"miss_after_minutes": 1})
    write(lambda session: session.execute(row) and None)
    page = desk_of(site, chromium, 0)
    for ends in ("hold", "miss"):
        label = site.issue()
        ticket = write(service.call_next, site.city.windows[0], by=by, clock=clock)
        for _ in range(RECALLS):
            clock.advance(RECALL_AFTER)  # type: ignore[attr-defined]
            write(service.recall, ticket.id, by=by, clock=clock)
        expect(page.locator(".staff-misses")).to_contain_text("K waits on.")
        if ends == "hold":
            assert violations(page) == []
            page.keyboard.press("k")
            expect(page.locator(".staff-misses")).to_have_count(0)
            page.keyboard.press("m")
            expect(page.locator("#message")).to_have_text(f"{label} did not come.")
            continue
        clock.advance(timedelta(minutes=1))  # type: ignore[attr-defined]
        expect(page.locator("#message")).to_contain_text(f"{label} was marked as not come")
        assert status_at(site, 0) == ("open", None)
        page.keyboard.press("u")
        expect(page.locator("#message")).to_have_text(f"{label} is back at the window.")
        assert status_at(site, 0) == ("open", "called")


def test_the_desk_with_all_of_it_is_finished(site: Site, chromium: Browser) -> None:
    write, clock = site.parts.database.write_now, site.parts.clock
    site.issue()
    for place in (0, 1):
        write(service.open_window, site.city.windows[place], by=site.city.clerks[place], clock=clock)
    called = write(service.call_next, site.city.windows[0], by=site.city.clerks[0], clock=clock)
    write(service.start, called.id, by=site.city.clerks[0], clock=clock)
    asking = desk_of(site, chromium, 1)
    asking.keyboard.press("h")
    expect(asking.locator("#help")).to_be_visible()
    path = f"/staff/windows/{site.city.windows[0]}"
    for dialog in ("services", "pause"):
        opened = f"document.getElementById('{dialog}-dialog').showModal()"
        assert_finished(chromium, site, "clerk1", path, "#help p", before=opened)


def test_a_ticket_is_sent_to_a_colleague_by_two_keys(site: Site, chromium: Browser) -> None:
    label = site.issue()
    sends, gets = desk_of(site, chromium, 0), desk_of(site, chromium, 1)
    lobby = page_of(chromium, site, "clerk1", "/lobby/H1").page
    sends.keyboard.press("n")
    expect(sends.locator("#message")).to_have_text(f"{label} was called.")
    sends.keyboard.press("t")
    expect(sends.locator("#transfer-windows li")).to_have_count(2)
    expect(sends.locator("#transfer-windows")).to_contain_text("Window 2")
    assert violations(sends) == []
    sends.keyboard.press("w")  # the second window, by the keys as they lie
    expect(sends.locator("#message")).to_have_text(f"{label} was transferred: Window 2.")
    expect(gets.locator("#waiting")).to_contain_text("for window 2")
    expect(lobby.locator("#sent")).to_contain_text(f"{label} wait for window 2")
    expect(sends.locator("#waiting")).not_to_contain_text(label)
    gets.keyboard.press("n")
    expect(gets.locator("#message")).to_have_text(f"{label} was called.")
    expect(lobby.locator("#sent")).to_be_hidden()
