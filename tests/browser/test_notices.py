"""Notices and silent screens in a real browser: live, never over a call, gone in time; the desk is told."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from playwright.sync_api import expect

from kernel.devices import add_device
from queueing.rules.screens import is_off
from queueing.screens.store import screens_of
from tests.browser.staff_site import Site, assert_finished, page_of
from tests.conftest import bearer

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import APIResponse, Browser, Page, Route

    from tests.support.served import Served

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TEXT = "3号窗口16:00关闭"
# A browser that was not told to let pages sound: silent until somebody touches the screen.
NO_SOUND_BEFORE_A_TOUCH = """(() => {
  const Real = window.AudioContext;
  window.AudioContext = class extends Real {
    held = true;
    get state() { return this.held ? "suspended" : super.state; }
    async resume() { await super.resume(); this.held = false; this.onstatechange?.(); }
  };
})()"""
BOX = "e => e.getBoundingClientRect().toJSON()"


def put_up(site: Site, text: str = TEXT, *, ends_in: timedelta = timedelta(hours=2)) -> str:
    """Put a notice up as the manager does by program; return its id."""
    wanted = {
        "text_zh": text,
        "text_en": "Window 3 closes",
        "until_at": (site.parts.clock.now() + ends_in).isoformat(),
    }
    answer = httpx2.post(
        f"{site.url}/api/v1/halls/H1/notices", json=wanted, headers=bearer(site.city.tokens["manager"])
    )
    return str(answer.raise_for_status().json()["id"])


def a_ticket(site: Site) -> str:
    """Take a number at the kiosk; return the token of its page."""
    kiosk = bearer(site.city.tokens["kiosk"])
    wanted = {"services": ["id-card"]}
    answer = httpx2.post(f"{site.url}/api/v1/halls/H1/tickets", json=wanted, headers=kiosk)
    return str(answer.raise_for_status().json()["token"])


def open_page(chromium: Browser, site: Site, address: str, width: int = 1280, height: int = 900) -> Page:
    context = chromium.new_context(viewport={"width": width, "height": height}, locale="zh-CN")
    page = context.new_page()
    page.goto(site.url + address)
    return page


def test_a_manager_writes_a_notice_and_takes_it_down(site: Site, chromium: Browser) -> None:
    lobby = open_page(chromium, site, "/lobby/H1", 1920, 1080)
    kiosk = open_page(chromium, site, f"/kiosk/H1?device={site.city.tokens['kiosk']}")
    phone = open_page(chromium, site, f"/t/{a_ticket(site)}", 390, 844)
    expect(lobby.locator(".line")).to_have_count(2)
    assert_finished(chromium, site, "manager", "/staff/halls/H1/notices", "#until")
    desk = page_of(chromium, site, "manager", "/staff/halls/H1/notices", locale="zh-CN")
    desk.page.fill("#text_zh", TEXT)
    desk.page.fill("#until", "2026-11-17T16:00")
    desk.page.click("form.card .button--primary")
    expect(desk.page.locator("#until-error")).to_be_visible()
    expect(desk.page.locator("#text_zh")).to_have_value(TEXT)
    desk.page.fill("#until", "2026-11-18T16:00")
    desk.page.click("form.card .button--primary")
    expect(desk.page.locator(".staff-notice__text")).to_have_text(TEXT)
    for page in (kiosk, phone):
        expect(page.locator(".hall-notice")).to_have_text(TEXT)
    expect(lobby.locator("#notice")).to_be_visible()
    desk.page.click(".staff-notice .button")
    expect(desk.page.locator(".staff-notice .button")).to_have_count(0)
    expect(lobby.locator("#notice")).to_be_hidden()
    for page in (kiosk, phone):
        expect(page.locator(".hall-notice")).to_have_count(0)
    assert desk.errors == []


def test_a_notice_covers_no_call_and_ends_on_a_screen_without_its_server(
    site: Site, served: Served, chromium: Browser
) -> None:
    put_up(site, "字" * 60, ends_in=timedelta(seconds=6))
    ticket = open_page(chromium, site, f"/t/{a_ticket(site)}", 390, 844)
    expect(ticket.locator(".hall-notice")).to_be_visible()
    for width, height in ((1920, 1080), (1024, 768)):
        lobby = open_page(chromium, site, "/lobby/H1", width, height)
        expect(lobby.locator("#notice")).to_be_visible()
        notice: dict[str, Any] = lobby.locator("#notice").evaluate(BOX)
        board: dict[str, Any] = lobby.locator("#board").evaluate(BOX)
        assert board["bottom"] <= notice["top"]
        assert notice["bottom"] <= height
        assert notice["right"] <= width
    served.server.should_exit = True
    lobby.wait_for_selector("#stale:not([hidden])", timeout=15_000)
    expect(lobby.locator("#notice")).to_be_hidden()
    expect(lobby.locator("#missed-line")).to_be_visible()
    expect(ticket.locator("#offline")).to_be_visible()
    expect(ticket.locator(".hall-notice")).to_be_hidden()


def a_silent_screen(site: Site, chromium: Browser) -> Page:
    """The lobby screen of a browser that plays nothing before somebody has touched it."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    context.add_init_script(NO_SOUND_BEFORE_A_TOUCH)
    lobby = context.new_page()
    lobby.clock.set_system_time(site.parts.clock.now())
    lobby.goto(f"{site.url}/lobby/H1?device={site.city.tokens['lobby']}")
    expect(lobby.locator("#sound-off")).to_be_visible()
    return lobby


def test_the_desk_is_told_of_a_silent_screen_until_it_is_mended(site: Site, chromium: Browser) -> None:
    lobby = a_silent_screen(site, chromium)
    told = [
        page_of(chromium, site, who, address, locale="zh-CN")
        for who, address in (
            ("clerk1", f"/staff/windows/{site.city.windows[0]}"),
            ("manager", "/staff/halls/H1"),
        )
    ]
    for desk in told:
        expect(desk.page.locator("#screens")).to_contain_text("大屏“lobby”自 09:40 起无声音。")
    lobby.click("#sound-off")
    for desk in told:
        expect(desk.page.locator("#screens")).to_be_hidden()
    lobby.close()
    _until(lambda: site.parts.database.read_now(screens_of, site.city.hall)[0].left_at is not None)
    site.parts.clock.advance(timedelta(seconds=30))  # type: ignore[attr-defined]
    told[0].page.reload()
    expect(told[0].page.locator("#screens")).to_contain_text("断开连接")
    assert [desk.errors for desk in told] == [[], []]


def test_a_reading_of_the_screens_that_comes_late_takes_nothing_back(site: Site, chromium: Browser) -> None:
    lobby = a_silent_screen(site, chromium)
    desk = page_of(chromium, site, "manager", "/staff/halls/H1")
    late: list[tuple[Route, APIResponse]] = []
    desk.page.route("**/screens", lambda route: late.append((route, route.fetch())), times=1)
    desk.page.reload()
    # The line to the hall, once it stands, has the screens read again: their news may have come before it.
    expect(desk.page.locator("#screens")).to_contain_text("No sound")
    lobby.click("#sound-off")
    expect(desk.page.locator("#screens")).to_be_hidden()
    late[0][0].fulfill(response=late[0][1])
    desk.page.wait_for_timeout(300)
    expect(desk.page.locator("#screens")).to_be_hidden()
    assert desk.errors == []


def test_the_desk_is_told_of_a_screen_whose_clock_is_off(site: Site, chromium: Browser) -> None:
    context = chromium.new_context(viewport={"width": 1024, "height": 600})
    parts = site.parts
    token = parts.database.write_now(
        add_device, site.city.hall, kind="window", name="一号屏", vault=parts.vault, window="1"
    )
    screen = context.new_page()
    screen.clock.set_system_time(parts.clock.now() - timedelta(minutes=5))
    screen.goto(f"{site.url}/window/H1/1?device={token}")
    desk = page_of(chromium, site, "manager", "/staff/halls/H1", locale="zh-CN")
    _until(lambda: bool(parts.database.read_now(screens_of, site.city.hall)))
    desk.page.reload()
    expect(desk.page.locator("#screens")).to_contain_text("屏幕“一号屏”的时钟偏差 -")
    screen.clock.set_system_time(parts.clock.now())
    screen.reload()
    _until(lambda: not is_off(parts.database.read_now(screens_of, site.city.hall)[0].drift))
    desk.page.reload()
    expect(desk.page.locator("#screens")).to_be_hidden()
    assert desk.errors == []


def _until(true: Callable[[], bool], *, seconds: float = 10.0) -> None:
    ends = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends, "it did not come"
        time.sleep(0.02)
