"""A clerk's desk whose server is really away: it goes on, survives a reload, hands in once what it kept."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from playwright.async_api import expect
from sqlalchemy import select

from displays.rendering import LANGUAGE_COOKIE
from kernel.web.access import STAFF_COOKIE
from queueing import service
from queueing.store.ticket_writes import log
from queueing.store.tickets import tickets
from tests.browser.test_citizen_pages import serious_faults
from tests.support.kiosks import CutOff, a_slip
from tests.support.link import Link
from tests.support.waiting import until

if TYPE_CHECKING:
    from playwright.async_api import Page

    from kernel.clock import ManualClock
    from tests.browser.conftest import Watched
    from tests.support.served import Served

pytestmark = [pytest.mark.browser, pytest.mark.slow]

KEPT = "() => caches.keys().then((own) => own.some((name) => name.startsWith('jinban-desk:')))"


def moves(served: Served, label: str) -> list[tuple[str, str | None]]:
    """Return what the log says of a ticket, and whether a desk told it."""

    def unit(session: Any) -> list[tuple[str, str | None]]:
        own = select(tickets.c.id).where(tickets.c.label == label)
        asked = select(log.c.what, log.c.told).where(log.c.ticket_id.in_(own)).order_by(log.c.id)
        return [(row.what, row.told) for row in session.execute(asked)]

    return served.parts.database.read_now(unit)


async def open_desk(link: Link, served: Served, watched: Watched) -> tuple[Page, list[str]]:
    cookies = {STAFF_COOKIE: served.city.tokens["clerk1"], LANGUAGE_COOKIE: "en"}
    await watched.context.add_cookies([{"name": n, "value": v, "url": link.url} for n, v in cookies.items()])
    page, errors = await watched.page_and_faults()
    await page.goto(f"{link.url}/staff/windows/{served.city.windows[0]}")
    await page.evaluate("navigator.serviceWorker.ready.then(() => null)")
    await until(page, KEPT)
    await expect(page.locator("#link-state")).to_have_attribute("data-state", "live")
    return page, errors


async def alone(page: Page) -> None:
    await expect(page.locator("#away-since")).to_contain_text(":", timeout=30_000)


async def test_a_desk_goes_on_while_the_link_is_cut_and_hands_in_once(
    served: Served, watched: Watched, link: Link, clock: ManualClock
) -> None:
    parts = served.parts
    kiosk = CutOff.new(parts.database, served.city, parts.vault, clock)
    kiosk.reserve()
    await asyncio.to_thread(served.ticket)
    waits = await asyncio.to_thread(served.ticket)
    page, errors = await open_desk(link, served, watched)
    await page.keyboard.press("o")
    await expect(page.locator("#window-status")).to_contain_text("open")
    await page.keyboard.press("n")
    await expect(page.locator("#current")).to_contain_text("A001")

    link.be("cut")
    await alone(page)
    await page.keyboard.press("s")
    await expect(page.locator("#message")).to_contain_text("Kept here")
    await expect(page.locator("#away-number")).to_be_hidden()
    await page.keyboard.press("f")
    await expect(page.locator("#away-kept li")).to_have_count(2)
    await page.keyboard.press("n")  # nobody is called by a desk alone
    await expect(page.locator("#away-number")).to_be_focused()
    await expect(page.locator("#current")).to_contain_text("hands you their paper")
    await page.fill("#away-number", "hello")
    await page.keyboard.press("Enter")
    await expect(page.locator("#away-wrong")).to_contain_text("a letter, then digits")
    await page.fill("#away-number", "x 1")
    await page.keyboard.press("Enter")
    await expect(page.locator("#current")).to_contain_text("X001")
    assert await serious_faults(page) == []

    await page.reload()  # the browser was restarted without the server
    await expect(page.locator("#current")).to_contain_text("X001")
    await page.keyboard.press("f")
    await expect(page.locator("#away-kept li")).to_have_count(3)
    await page.fill("#away-number", "A077")
    await page.keyboard.press("Enter")
    await expect(page.locator("#current")).to_contain_text("A077")
    await page.keyboard.press("f")
    await expect(page.locator("#away-kept li")).to_have_count(4)
    await page.fill("#away-number", "B009")
    await page.keyboard.press("Enter")
    await expect(page.locator("#current")).to_contain_text("B009")
    await page.keyboard.press("u")
    await expect(page.locator("#current")).not_to_contain_text("B009")

    link.lose_the_answer_to(b"POST /api/v1/windows/")
    link.be("ok")
    await expect(page.locator("#away-report")).to_be_visible(timeout=20_000)
    assert link.lost == 1
    await expect(page.locator("#away-others li")).to_have_count(2)
    await expect(page.locator("#away-others")).to_contain_text("there is no such number today")
    await expect(page.locator("#away-others")).to_contain_text("kiosk has not handed the number in yet")
    await expect(page.locator("#away")).to_be_hidden()
    assert await serious_faults(page) == []
    told = [("start", "desk"), ("finish", "desk")]
    assert moves(served, "A001") == [("issue", None), ("call", None), *told]
    clock.advance(timedelta(minutes=1))
    kiosk.hand_in(a_slip(1, clock.now() - timedelta(minutes=1)))
    assert moves(served, "X001") == [("issue", None), ("serve_on_paper", "desk")]
    await page.click("#away-seen")
    await expect(page.locator("#away-report")).to_be_hidden()
    await page.keyboard.press("n")
    await expect(page.locator("#current")).to_contain_text(waits.ticket.label)
    assert errors == []


async def test_a_press_into_a_server_that_answers_nothing_is_kept_and_done_once(
    served: Served, watched: Watched, link: Link
) -> None:
    await asyncio.to_thread(served.ticket)
    page, errors = await open_desk(link, served, watched)
    await page.keyboard.press("o")
    await expect(page.locator("#window-status")).to_contain_text("open")
    await page.keyboard.press("n")
    await expect(page.locator("#current")).to_contain_text("A001")
    link.be("in trouble")
    await page.keyboard.press("s")
    await expect(page.locator("#message")).to_contain_text("Kept here", timeout=30_000)
    await page.keyboard.press("f")
    await expect(page.locator("#away-kept li")).to_have_count(2)
    link.be("ok")
    await expect(page.locator("#away-report")).to_contain_text("2 entries were taken over", timeout=20_000)
    assert [what for what, _ in moves(served, "A001")] == ["issue", "call", "start", "finish"]
    view = served.parts.database.read_now(
        service.desk, served.city.windows[0], by=served.city.clerks[0], now=served.parts.clock.now()
    )
    assert view.window.ticket is None
    assert errors == []
