"""The lobby screen while its hall is not open: what it says large, what beside a call, and when it stops."""

from __future__ import annotations

import asyncio
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from playwright.async_api import expect

from queueing.setup import service as setup
from queueing.setup.rules import OwnDay
from tests.conftest import CHINA, MORNING

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.async_api import Page

    from tests.browser.conftest import Watched
    from tests.support.served import Served

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SCREENS = [{"viewport": {"width": wide, "height": high}} for wide, high in ((1920, 1080), (1080, 1920))]
on_a_screen = pytest.mark.parametrize("watched", SCREENS[:1], indirect=True)
on_any_screen = pytest.mark.parametrize("watched", SCREENS, indirect=True)
TODAY = MORNING.date()
INSIDE = """(inner) => { const box = inner.getBoundingClientRect();
    return box.left >= 0 && box.right <= innerWidth && box.top >= 0 && box.bottom <= innerHeight
        && document.documentElement.scrollHeight <= innerHeight; }"""


async def does(served: Served, use_case: Callable[..., Any], day: date, *own: Any) -> None:
    by = {"accept": True, "by": served.city.manager, "clock": served.parts.clock}
    asked = (OwnDay(day, *own),) if use_case is setup.set_day else (day,)
    await asyncio.to_thread(served.parts.database.write_now, use_case, "H1", *asked, **by)


def at(served: Served, hour: int, minute: int = 0, *, on: date = TODAY) -> None:
    clock: Any = served.parts.clock
    clock.set(datetime.combine(on, time(hour, minute), CHINA))


async def lobby_of(watched: Watched) -> Page:
    page = await watched.open("/lobby/H1")
    await expect(page.locator(".line")).to_have_count(2)
    return page


@on_any_screen
async def test_a_day_off_is_said_large_until_the_manager_opens_it_after_all(
    served: Served, watched: Watched
) -> None:
    page = await lobby_of(watched)
    large = page.locator("#doors-large")
    await expect(page.locator("#stage-idle")).to_be_visible()
    await does(served, setup.set_day, TODAY + timedelta(days=1))
    await does(served, setup.set_day, TODAY)
    await expect(large).to_contain_text("今日休息")
    await expect(large).to_contain_text("11月20日星期五 08:30 开门")
    await expect(large).to_contain_text("Friday 20 November at 08:30")
    await expect(page.locator("#stage-idle")).to_be_hidden()
    await expect(page.locator("#missed-line")).to_be_hidden()
    await expect(page.locator(".line__wait").first).to_be_hidden()
    assert await large.evaluate(INSIDE)
    await does(served, setup.clear_day, TODAY)
    await expect(large).to_be_hidden()
    await expect(page.locator("#stage-idle")).to_be_visible()
    await expect(page.locator(".line__wait").first).to_be_visible()
    watched.assert_kept_the_rules()


@on_any_screen
async def test_closed_at_noon_the_screen_goes_on_calling_and_says_that_no_more_numbers_are_given(
    served: Served, watched: Watched
) -> None:
    page = await lobby_of(watched)
    for _ in range(2):
        served.ticket()
    at(served, 12)
    await does(served, setup.set_day, TODAY)
    await expect(page.locator("#doors-large")).to_contain_text("已取号的请等候叫号")
    called = await asyncio.to_thread(served.call)
    await expect(page.locator(".stage__number")).to_have_text(called.label)
    small = page.locator("#doors")
    await expect(small).to_contain_text("今日已停止取号")
    await expect(small).to_contain_text("11月19日星期四 08:30 开门")
    await expect(page.locator("#doors-large")).to_be_hidden()
    assert await small.evaluate(INSIDE)
    watched.assert_kept_the_rules()


@on_a_screen
async def test_opening_and_closing_times_pass_without_any_news(served: Served, watched: Watched) -> None:
    at(served, 8)
    page = await lobby_of(watched)
    large = page.locator("#doors-large")
    await expect(large).to_contain_text("08:30 开门")
    await expect(large).to_contain_text("Not open yet")
    at(served, 8, 30)
    await expect(large).to_be_hidden()
    at(served, 17, 30)
    await expect(large).to_contain_text("今日办理已结束")
    await expect(large).to_contain_text("11月19日星期四 08:30 开门")
    at(served, 0, 1, on=TODAY + timedelta(days=1))
    await expect(large).to_contain_text("尚未开门")


@on_a_screen
async def test_a_screen_that_lost_its_server_says_nothing_of_the_doors(
    served: Served, watched: Watched
) -> None:
    at(served, 8)
    page = await lobby_of(watched)
    await expect(page.locator("#doors-large")).to_be_visible()
    served.server.should_exit = True
    await page.wait_for_selector("#stale:not([hidden])", timeout=15_000)
    await expect(page.locator("#doors-large")).to_be_hidden()
    await expect(page.locator("#doors")).to_be_hidden()


@pytest.mark.parametrize("watched", SCREENS[1:], indirect=True)
async def test_a_long_name_and_a_lost_connection_leave_the_call_in_sight_on_an_upright_screen(
    served: Served, watched: Watched
) -> None:
    page = await lobby_of(watched)
    served.ticket()
    called = await asyncio.to_thread(served.call)
    await expect(page.locator(".stage__number")).to_have_text(called.label)
    await page.evaluate(
        "document.querySelector('.lobby__hall').textContent = '汕尾市政务服务中心（市民服务广场）'"
    )
    served.server.should_exit = True
    await page.wait_for_selector("#stale:not([hidden])", timeout=15_000)
    tall, high = await page.evaluate(
        """() => [document.querySelector('.lobby__head').getBoundingClientRect().height,
            parseFloat(getComputedStyle(document.querySelector('.stage__number')).fontSize)]"""
    )
    assert tall <= 1920 * 0.13, "the name has one row, the connection another"
    assert high * 0.7 >= 1920 * 0.1, "what was called last can still be read from the back"
