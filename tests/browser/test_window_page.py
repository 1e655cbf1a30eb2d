"""The screen above a window in a real browser: number, state in words, one window only, a dead link."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import expect
from sqlalchemy import update

from kernel.tables import HallRow
from queueing import service
from queueing.notices.service import NewNotice, post_notice
from tests.browser.test_citizen_pages import serious_faults

if TYPE_CHECKING:
    from playwright.async_api import Page, Route, WebSocketRoute

    from tests.browser.conftest import Watched
    from tests.support.served import Served

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LYING, UPRIGHT = {"width": 1024, "height": 600}, {"width": 600, "height": 1024}
both_ways = pytest.mark.parametrize(
    "watched", [{"viewport": LYING}, {"viewport": UPRIGHT}], indirect=True, ids=["lying", "upright"]
)
# What reaches over the edge of the screen, or is cut off inside its own box.
SEEN = ("hall", "clock", "label", "number", "word", "kind", "unit", "foot", "queue", "notice")
PARTS = ", ".join(f".sign__{own}" for own in SEEN)
OVER = """() => [...document.querySelectorAll('PARTS')]
  .filter((own) => !own.closest('[hidden]'))
  .filter((own) => { const box = own.getBoundingClientRect();
    return box.right > innerWidth + 1 || box.bottom > innerHeight + 1 || box.left < -1 || box.top < -1; })
  .map((own) => own.className)""".replace("PARTS", PARTS)


async def state(page: Page, wanted: str) -> None:
    await expect(page.locator("body")).to_have_attribute("data-state", wanted)


async def does(served: Served, use_case: Any, *args: Any, place: int = 0) -> Any:
    clerk = served.city.clerks[place]
    return await asyncio.to_thread(
        served.parts.database.write_now, use_case, *args, by=clerk, clock=served.parts.clock
    )


@both_ways
async def test_a_window_goes_through_its_states_in_words_and_fits(served: Served, watched: Watched) -> None:
    page = await watched.open("/window/H1/1")
    await state(page, "closed")
    await expect(page.locator("#word-en")).to_have_text("This window is closed")
    window = served.city.windows[0]
    await does(served, service.open_window, window)
    await state(page, "free")
    served.ticket()
    called = await asyncio.to_thread(served.call)
    await state(page, "called")
    await expect(page.locator("#number")).to_have_text(called.label)
    await expect(page.locator("#word-zh")).to_have_text("请到本窗口")
    await expect(page.locator(".sign__number--new")).to_have_count(1)
    size = await page.evaluate("parseFloat(getComputedStyle(document.getElementById('number')).fontSize)")
    assert size >= 130, "read from some metres away"
    assert await page.evaluate(OVER) == []
    await does(served, service.start, called.id)
    await state(page, "serving")
    await expect(page.locator("#word-en")).to_have_text("Now serving")
    await expect(page.locator(".sign__number--new")).to_have_count(0)
    await does(served, service.finish, called.id)
    await does(served, service.pause_window, window)
    await state(page, "paused")
    await expect(page.locator("#kind-zh")).to_contain_text("工作人员暂时离开")
    assert await page.evaluate(OVER) == []
    await expect(page.locator("#number")).to_be_hidden()
    await expect(page.locator(".sign__queue").first).to_be_visible()
    watched.assert_kept_the_rules()


async def test_two_screens_show_two_windows_and_never_each_others(served: Served, watched: Watched) -> None:
    first, second = await watched.open("/window/H1/1"), await watched.open("/window/H1/2")
    for _ in range(2):
        served.ticket()
    one = await asyncio.to_thread(served.call, 0)
    await expect(first.locator("#number")).to_have_text(one.label)
    await expect(second.locator("#number")).to_be_hidden()
    two = await asyncio.to_thread(served.call, 1)
    await expect(second.locator("#number")).to_have_text(two.label)
    await expect(first.locator("#number")).to_have_text(one.label)
    await expect(first.locator(".sign__label")).to_have_text("1")
    await expect(second.locator(".sign__label")).to_have_text("2")


@both_ways
async def test_a_notice_takes_its_turn_with_the_queues_and_covers_no_number(
    served: Served, watched: Watched
) -> None:
    page = await watched.open("/window/H1/1")
    served.ticket()
    await asyncio.to_thread(served.call)
    until = served.parts.clock.now() + timedelta(hours=1)
    text = NewNotice(
        "因系统升级，今天下午四点以后停止办理社保卡业务，请您改日再来或者到海城镇便民服务中心办理，给您带来不便敬请谅解",
        "x" * 120,
        None,
        until,
    )
    await asyncio.to_thread(
        served.parts.database.write_now, post_notice, "H1", text,
        by=served.city.manager, clock=served.parts.clock,
    )  # fmt: skip
    await expect(page.locator("#notice")).to_be_visible(timeout=20_000)
    await expect(page.locator("#number")).to_be_visible()
    assert await page.evaluate(OVER) == []


async def test_a_black_holed_link_dims_the_window_and_says_since_when(
    served: Served, watched: Watched
) -> None:
    page = await watched.context.new_page()
    dead = asyncio.Event()

    async def socket(route: WebSocketRoute) -> None:
        server = route.connect_to_server()
        server.on_message(lambda message: None if dead.is_set() else route.send(message))

    async def poll(route: Route) -> None:
        if dead.is_set():
            await asyncio.sleep(30)
        await route.continue_()

    await page.route_web_socket("**/live", socket)
    await page.route("**/lobby/H1/now", poll)
    await page.goto(f"{served.url}/window/H1/1")
    await state(page, "closed")
    await expect(page.locator("#stale")).to_be_hidden()
    dead.set()
    await page.wait_for_selector("#stale", timeout=12_000)
    await expect(page.locator("body")).to_contain_class("sign--stale")
    await expect(page.locator("#stale-since")).to_contain_text(":")
    await page.set_viewport_size({"width": 320, "height": 480})
    assert await serious_faults(page) == [], "grey and dimmed, it is read on the smallest screen"
    dead.clear()
    await expect(page.locator("#stale")).to_be_hidden(timeout=12_000)


@pytest.mark.parametrize("watched", [{"viewport": LYING}], indirect=True)
async def test_the_window_screen_has_no_serious_fault_of_access(served: Served, watched: Watched) -> None:
    page = await watched.open("/window/H1/1")
    for step in ("closed", "called"):
        await state(page, step)
        # A number that pulses is pale for moments, which no contrast is meant for.
        await page.evaluate(
            "Promise.all(document.getAnimations().map((own) => own.finished)).then(() => null)"
        )
        found = await Axe().run(page)
        serious = [own for own in found.response["violations"] if own["impact"] in ("serious", "critical")]
        assert serious == []
        if step == "closed":
            served.ticket()
            await asyncio.to_thread(served.call)


LONG = {
    "name_zh": "红海湾经济开发区田墘街道政务服务中心与党群服务中心联合办事大厅",
    "name_en": "Red Bay Economic Development Zone, Tianqian Subdistrict: Joint Hall of the Government "
    "Service Centre and the Community Service Centre",
}
CUT = """() => [...document.querySelectorAll('.sign__hall, .sign__hall *, .sign__number, .sign__label')]
  .filter((own) => own.scrollWidth > own.clientWidth + 1 && getComputedStyle(own).display !== 'inline')
  .map((own) => own.className || own.lang)"""


async def test_the_names_of_the_hall_are_whole_at_every_usual_size(served: Served, watched: Watched) -> None:
    page = await watched.open("/window/H1/1")
    served.ticket()
    await asyncio.to_thread(served.call)
    for names in ({}, LONG):
        row = update(HallRow.__table__).where(HallRow.__table__.c.code == "H1")
        if names:
            served.parts.database.write_now(lambda session: session.execute(row.values(**LONG)) and None)  # noqa: B023
        for width, height in ((1280, 720), (1920, 1080), (1024, 600), (800, 480), (600, 1024), (1080, 1920)):
            await page.set_viewport_size({"width": width, "height": height})
            await page.reload()
            await state(page, "called")
            assert await page.evaluate(CUT) == [], (width, height)
            assert await page.evaluate(OVER) == [], (width, height)
            shown = await page.locator(".sign__number").bounding_box()
            stage = await page.locator(".sign__now").bounding_box()
            assert shown
            assert stage
            assert shown["y"] >= stage["y"], (width, height)
            unit = await page.locator(".sign__unit").bounding_box()
            board = await page.locator(".sign__window").bounding_box()
            assert unit
            assert board
            assert unit["y"] + unit["height"] <= board["y"] + board["height"], (width, height)


# As where no worker keeps the page: on a closed network without TLS.
@pytest.mark.parametrize("watched", [{"service_workers": "block"}], indirect=True)
async def test_a_screen_that_is_to_take_up_a_release_stays_while_its_page_cannot_be_had(
    served: Served, watched: Watched
) -> None:
    address = "/window/H1/1"
    page, asked, away = await watched.context.new_page(), list[str](), asyncio.Event()

    async def another_release(route: WebSocketRoute) -> None:
        server = route.connect_to_server()
        server.on_message(
            lambda frame: route.send(
                str(frame).replace('"pages":"', '"pages":"x') if away.is_set() else frame
            )
        )

    async def document(route: Route) -> None:
        if route.request.resource_type == "document" or away.is_set():
            asked.append(route.request.resource_type)
        await (route.abort() if away.is_set() else route.continue_())

    await page.route_web_socket("**/live", another_release)
    await page.route(f"**{address}", document)
    await page.goto(served.url + address)
    await expect(page.locator("#clock")).not_to_contain_text("--")
    away.set()
    async with asyncio.timeout(15):
        while len(asked) < 2:  # it looks first
            await asyncio.sleep(0.1)
    assert page.url == served.url + address
    await expect(page.locator("#clock")).to_be_visible()
    assert [kind for kind in asked if kind == "document"] == ["document"]
    assert asked[0] == "document"
    away.clear()
    async with asyncio.timeout(15):
        while asked.count("document") < 2:
            await asyncio.sleep(0.1)
    await page.unroute_all(behavior="ignoreErrors")
