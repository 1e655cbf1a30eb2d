"""A citizen's ticket loaded anew while the server is away: how it stood, never as if it were now."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from kernel.database import Database
from kernel.errors import Busy
from tests.browser.test_citizen_pages import PHONE, assert_fits, serious_faults
from tests.support.waiting import until

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.browser.conftest import Watched
    from tests.support.link import Link
    from tests.support.served import Served

pytestmark = [pytest.mark.browser, pytest.mark.slow]

AT = re.compile(r"以下是 09:\d\d 时的情况，不是实时信息。")
CONTROLLED = "async () => Boolean(navigator.serviceWorker.controller)"
NOTED = "(status) => Object.values(JSON.parse(localStorage.getItem('jinban.tickets')))[0]?.status === status"


async def followed(link: Link, watched: Watched, token: str) -> tuple[Page, list[str]]:
    """Open a ticket over the link and wait until its browser has kept the page for that time."""
    page, faults = await watched.page_and_faults()
    await page.goto(f"{link.url}/t/{token}")
    await until(page, CONTROLLED)
    await until(page, "async () => Boolean(await caches.match('/t/away', { ignoreVary: true }))")
    return page, faults


async def is_sound(page: Page) -> None:
    assert await serious_faults(page) == []
    await assert_fits(page)


@pytest.mark.parametrize("watched", [PHONE], indirect=True)
async def test_a_ticket_loaded_without_the_server_says_how_it_stood_and_since_when(
    served: Served, watched: Watched, link: Link
) -> None:
    served.ticket()
    own = served.ticket()
    page, faults = await followed(link, watched, own.token)
    link.be("cut")
    await page.reload()
    await expect(page.locator("#label")).to_have_text(own.ticket.label)
    await expect(page.locator("#since")).to_have_text(AT)
    await expect(page.locator("#figures dd").first).to_have_text("1")
    await is_sound(page)
    link.be("ok")
    await expect(page.locator("#live .ticket__number")).to_have_text(own.ticket.label, timeout=15_000)
    assert faults == []


@pytest.mark.parametrize("watched", [PHONE], indirect=True)
async def test_a_call_is_told_as_one_that_was_and_a_ticket_that_is_over_is_forgotten(
    served: Served, watched: Watched, link: Link
) -> None:
    own = served.ticket()
    page, faults = await followed(link, watched, own.token)
    await asyncio.to_thread(served.call)
    await expect(page.locator(".ticket__call")).to_be_visible()
    await page.wait_for_function(NOTED, arg="called")
    link.be("in trouble")
    await page.reload()
    called = page.locator("[data-status=called]")
    await expect(called).to_have_text(re.compile(r"^09:\d\d 曾叫到 \d+ 号窗口。还没去过的"))
    await expect(page.get_by_text("现在正在叫")).to_have_count(0)
    await is_sound(page)
    link.be("ok")
    await expect(page.locator(".ticket__call")).to_be_visible(timeout=15_000)
    await page.get_by_role("button", name="放弃").click()
    await expect(page.locator("#live .ticket")).to_have_attribute("data-status", "given_up")
    link.be("cut")
    await page.reload()
    await expect(page.locator("#unknown")).to_be_visible()
    await expect(page.locator("#last")).to_be_hidden()
    assert faults == []


@pytest.mark.parametrize("watched", [PHONE], indirect=True)
async def test_what_the_server_itself_says_of_its_trouble_is_shown(
    served: Served, watched: Watched, link: Link, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = served.ticket()
    page, _ = await followed(link, watched, own.token)

    async def busy(*_: object, **__: object) -> None:
        raise Busy

    with monkeypatch.context() as patched:
        patched.setattr(Database, "read", busy)
        answer = await page.reload()
        assert answer is not None
        assert answer.status == Busy.status
        await expect(page.locator("#since")).to_have_count(0)
        await expect(page.get_by_text("系统繁忙")).to_be_visible()
    await page.reload()
    await expect(page.locator("#live .ticket__number")).to_have_text(own.ticket.label)
