"""Screens on walls whose browser starts again while the server is away: what stood there, under its time."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.browser.test_citizen_pages import serious_faults
from tests.support.link import Link
from tests.support.waiting import until

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.browser.conftest import Watched
    from tests.support.served import Served

pytestmark = [pytest.mark.browser, pytest.mark.slow]

YESTERDAY = """(key) => { const kept = JSON.parse(localStorage.getItem(key));
  localStorage.setItem(key, JSON.stringify({ ...kept, written: kept.written - 86400000 })); }"""
AT = re.compile("^11月18日 09:(39|40)$")  # a frame may be a moment old
on_a_wall = pytest.mark.parametrize("watched", [{"viewport": {"width": 1920, "height": 1080}}], indirect=True)


async def screen(link: Link, watched: Watched, path: str) -> tuple[Page, list[str]]:
    """Open a screen over the link, wait until its browser has kept it; also return what its scripts break."""
    page, errors = await watched.page_and_faults()
    await page.goto(link.url + path)
    await page.evaluate("navigator.serviceWorker.ready.then(() => null)")
    await until(page, "async () => Boolean(navigator.serviceWorker.controller)")
    return page, errors


@on_a_wall
async def test_a_lobby_screen_started_without_its_server_shows_what_stood_there_and_since_when(
    served: Served, watched: Watched, link: Link
) -> None:
    page, errors = await screen(link, watched, "/lobby/H1")
    for wanted in ("id-card", "insurance", "insurance"):
        served.ticket(wanted)
    called = await asyncio.to_thread(served.call)
    await page.wait_for_selector(f".stage__number:text('{called.label}')")
    waiting = await page.locator(".line__people b").all_text_contents()
    link.be("cut")
    await page.close()
    page = await watched.context.new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    await page.goto(f"{link.url}/lobby/H1?device=any")  # as the machine's start-up opens it
    await expect(page.locator("#stale")).to_be_visible()
    await expect(page.locator("#stale-since")).to_have_text(AT)
    await expect(page.locator(".stage__number")).to_have_text(called.label)
    await expect(page.locator(".stage__call--new"), "nothing is announced").to_have_count(0)
    assert await page.locator(".line__people b").all_text_contents() == waiting
    await expect(page.locator("#clock")).to_have_text("--:--")
    assert await serious_faults(page) == []
    next_one = await asyncio.to_thread(served.call, 1)
    link.be("ok")
    await page.wait_for_selector(f".stage__number:text('{next_one.label}')", timeout=10_000)
    await expect(page.locator("#stale")).to_be_hidden()
    await expect(page.locator(".stage__call--new"), "missed by less than a minute: announced").to_have_count(
        1
    )
    assert errors == []


@on_a_wall
async def test_calls_of_another_day_are_not_shown_again_but_their_time_is(
    served: Served, watched: Watched, link: Link
) -> None:
    page, errors = await screen(link, watched, "/lobby/H1")
    served.ticket()
    await asyncio.to_thread(served.call)
    await page.wait_for_selector(".stage__number")
    link.be("in trouble")
    await page.evaluate(YESTERDAY, "jinban.last.H1")
    await page.reload()
    await expect(page.locator("#stale-since")).to_have_text(AT)
    await expect(page.locator("#stage-idle")).to_be_visible()
    await expect(page.locator(".line")).to_have_count(0)
    assert errors == []


@pytest.mark.parametrize("watched", [{"viewport": {"width": 1024, "height": 600}}], indirect=True)
async def test_the_screen_above_a_window_does_the_same(served: Served, watched: Watched, link: Link) -> None:
    page, errors = await screen(link, watched, "/window/H1/1")
    served.ticket()
    called = await asyncio.to_thread(served.call)
    await expect(page.locator("#number")).to_have_text(called.label)
    link.be("cut")
    await page.reload()
    await expect(page.locator("#stale-since")).to_have_text(AT)
    await expect(page.locator("#number")).to_have_text(called.label)
    await expect(page.locator(".sign__number--new")).to_have_count(0)
    assert await serious_faults(page) == []
    link.be("ok")
    await expect(page.locator("#stale")).to_be_hidden(timeout=10_000)
    assert errors == []
