"""Citizen and kiosk pages in a real browser: access, width, no outside host, the live ticket, the flow."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Route, expect

from queueing.rules.steady import Band, Basis, Cause, Reason, Shown
from queueing.showing import keep_shown

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.browser.conftest import Watched
    from tests.support.served import Served

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ADDRESSES = (
    *("/", "/?q=身份证", "/services/id-card", "/halls?service=id-card", "/book?hall=H1&service=id-card"),
    *("/problems/closed-on-that-day", "/docs"),
)
PHONE = {"viewport": {"width": 390, "height": 844}}
SMALL_PHONE = {"viewport": {"width": 320, "height": 640}, "locale": "en"}


SPY_ON_POSITION = """() => {
  const ask = navigator.geolocation.getCurrentPosition.bind(navigator.geolocation);
  navigator.geolocation.getCurrentPosition = (...how) => { sessionStorage.asked = "yes"; ask(...how); };
}"""


async def serious_faults(page: Page) -> list[str]:
    found: dict[str, Any] = (await Axe().run(page)).response
    return [
        f"{each['id']}: {each['nodes'][0]['html'][:120]}"
        for each in found["violations"]
        if each["impact"] in ("serious", "critical")
    ]


async def in_large_print(page: Page) -> None:
    """Switch to large print, and see the page in it before anything else is asked of it."""
    await page.click("button[name=text]")
    await expect(page.locator("html")).to_contain_class("large-text")


async def assert_fits(page: Page) -> None:
    wide = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0, f"{page.url} scrolls sideways by {wide} px"


@pytest.mark.parametrize("watched", [{}, PHONE], indirect=True)
async def test_pages_have_no_serious_fault_and_ask_no_other_host(watched: Watched) -> None:
    for address in ADDRESSES:
        page = await watched.open(address)
        assert await serious_faults(page) == [], address
        await assert_fits(page)
        await page.close()
    watched.assert_kept_the_rules()


async def test_a_seeded_fault_is_caught(watched: Watched) -> None:
    page = await watched.open("/")
    await page.evaluate(
        "document.querySelector('#q').labels[0].remove(); document.querySelector('#q').placeholder = ''"
    )
    assert any(fault.startswith("label") for fault in await serious_faults(page))


@pytest.mark.parametrize("watched", [SMALL_PHONE], indirect=True)
async def test_large_print_and_doubled_text_fit_a_small_phone(served: Served, watched: Watched) -> None:
    page = await watched.open("/")
    await in_large_print(page)
    for address in ADDRESSES[:5]:
        await page.goto(served.url + address)
        await expect(page.locator("html")).to_contain_class("large-text")
        await assert_fits(page)
    heights = await page.evaluate("[...document.querySelectorAll('main .button')].map(b => b.offsetHeight)")
    assert min(heights) >= 60
    await page.click("button[name=text]")
    await expect(page.locator("html")).not_to_contain_class("large-text")
    for address in ADDRESSES[:5]:
        await page.goto(served.url + address)
        await page.evaluate("document.documentElement.style.fontSize = '32px'")
        await assert_fits(page)


@pytest.mark.parametrize("watched", [{**PHONE, "java_script_enabled": False}], indirect=True)
async def test_booking_needs_no_scripts(served: Served, watched: Watched) -> None:
    page = await watched.open("/")
    await page.fill("#q", "身份证")
    await page.click(".search button")
    await page.click("main ul.tiles a >> nth=0")
    await page.click("a.button--primary")
    await page.click(".hall .button--primary >> nth=0")
    await page.click("button.slot >> nth=0")
    await page.fill("#name", "王小明")
    await page.fill("#phone", "13800138000")
    await page.click("form .button--primary")
    await expect(page.locator(".reference")).to_be_visible()
    watched.assert_kept_the_rules()


@pytest.mark.parametrize("watched", [PHONE], indirect=True)
async def test_suggestions_come_while_one_types(watched: Watched) -> None:
    page = await watched.open("/")
    await page.locator("#q").press_sequentially("sheb")
    await page.wait_for_selector(".suggestions a")
    await page.keyboard.type("ao")  # and down at once: the list stays as it was gone into
    await page.keyboard.press("ArrowDown")
    await expect(page.locator(".suggestions a").first).to_be_focused()
    await page.wait_for_timeout(400)  # longer than the page waits for more letters
    await expect(page.locator(".suggestions a").first).to_be_focused()
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/services/insurance")


@pytest.mark.parametrize(
    "watched",
    [{**PHONE, "permissions": ["geolocation"], "geolocation": {"latitude": 22.97, "longitude": 115.33}}],
    indirect=True,
)
async def test_the_position_is_asked_for_only_on_near_me(watched: Watched) -> None:
    page = await watched.open("/halls?service=id-card")
    await page.evaluate(SPY_ON_POSITION)
    assert await page.evaluate("sessionStorage.asked") is None
    await page.click("#near-me")
    await page.wait_for_url("**#near-me")  # the address that the list takes once it is there
    assert await page.evaluate("sessionStorage.asked") == "yes"
    await expect(page.locator(".hall__name").first).to_have_text(re.compile("^H2"))
    watched.assert_kept_the_rules()


@pytest.mark.parametrize(
    "watched",
    [
        {
            **{**PHONE, "locale": "en"},
            **{"permissions": ["geolocation"], "geolocation": {"latitude": 22.9, "longitude": 115.35}},
        }
    ],
    indirect=True,
)
async def test_an_appointment_says_when_to_leave_and_counts_down(served: Served, watched: Watched) -> None:
    page = await watched.open("/book?hall=H1&service=id-card")
    await page.click("button.slot:visible >> nth=-1")
    await page.fill("#name", "王小明")
    await page.fill("#phone", "13800138000")
    await page.click("form .button--primary")
    await expect(page.locator(".reference")).to_be_visible()
    await page.evaluate(SPY_ON_POSITION)
    assert await page.evaluate("sessionStorage.asked") is None
    await page.click("[data-position-ask]")
    advice = page.locator(".leaving__advice")
    await expect(advice).to_contain_text("Leave by")
    await page.wait_for_url(
        re.compile(r"/a/[\w-]+#leaving$")
    )  # no place in the address, and "back" leads here
    await expect(page.locator("[data-left]")).to_have_text(re.compile(r"^in (\d+ h )?\d+ min$"))
    assert await serious_faults(page) == []
    await assert_fits(page)
    await page.clock.install()
    await page.fill("#leaving-area", "nowhere at all")
    await page.click("#leaving-form .button >> nth=0")
    await expect(page.locator(".leaving [role=alert]")).to_contain_text("We do not know where")
    await page.click("[data-position-ask]")
    await expect(advice).to_contain_text("Leave by")
    await page.clock.fast_forward("26:00:00")
    await expect(page.locator("[data-leave-now]")).to_be_visible()
    watched.assert_kept_the_rules()


@pytest.mark.parametrize("watched", [PHONE], indirect=True)
async def test_a_ticket_follows_the_hall_without_a_reload(served: Served, watched: Watched) -> None:
    served.ticket()
    own = served.ticket()
    page = await watched.open(f"/t/{own.token}")
    assert await serious_faults(page) == []
    ahead = page.locator(".ticket__figures dd").first
    await expect(ahead).to_have_text("1")
    await expect(page.locator(".ticket__soon"), "one ahead is soon").to_be_visible()
    await asyncio.to_thread(served.call)
    await expect(ahead).to_have_text("0")
    await asyncio.to_thread(served.call)
    await page.wait_for_selector(".ticket__call")
    await expect(page.locator(".ticket__call b")).to_have_text("1")
    assert (await page.title()).startswith("●")
    assert await serious_faults(page) == []
    watched.assert_kept_the_rules()


async def test_the_kiosk_gives_a_ticket_in_three_touches_and_its_targets_are_large(
    served: Served, watched: Watched
) -> None:
    page = await watched.open(f"/kiosk/H1?device={served.city.tokens['kiosk']}")
    for touch in (".kiosk__tiles a >> nth=0", ".kiosk__tiles a >> nth=0", ".kiosk__choice >> nth=0"):
        assert await serious_faults(page) == []
        sizes = await page.evaluate(
            "[...document.querySelectorAll('main a, main button')].map(e => e.getBoundingClientRect())"
            ".map(r => [r.width, r.height])"
        )
        assert min(side for size in sizes for side in size) >= 60
        async with page.expect_navigation():
            await page.click(touch)
    await expect(page.locator(".paper__number")).to_have_text("A001")
    assert await serious_faults(page) == []
    await page.goto(f"{served.url}/kiosk/H1/check-in")
    for key in "ACDEFGHJ1234":
        await page.click(f"[data-key='{key}']")
    await expect(page.locator("#reference")).to_have_value("ACDEFGHJ")
    await expect(page.locator("#tail")).to_have_value("1234")
    watched.assert_kept_the_rules()


async def test_a_kiosk_that_is_left_warns_and_starts_over(served: Served, watched: Watched) -> None:
    page = await watched.context.new_page()
    await page.clock.install()
    await page.goto(f"{served.url}/kiosk/H1?device={served.city.tokens['kiosk']}")
    await page.goto(f"{served.url}/kiosk/H1/queues/A")
    await page.clock.run_for(61_000)
    await expect(page.locator("#idle")).to_be_visible()
    await page.click("#idle-stay")
    await expect(page.locator("#idle")).to_be_hidden()
    await page.clock.run_for(76_000)
    await page.wait_for_url("**/kiosk/H1")


@pytest.mark.parametrize(
    "watched", [{"service_workers": "block"}], indirect=True
)  # its requests are not seen
async def test_a_kiosk_that_is_left_comes_home_though_the_answer_is_slow(
    served: Served, watched: Watched
) -> None:
    page = await watched.context.new_page()
    await page.goto(f"{served.url}/kiosk/H1?device={served.city.tokens['kiosk']}")
    await page.clock.install()
    await page.goto(f"{served.url}/kiosk/H1/queues/A")
    asked = 0

    async def slowly(route: Route) -> None:
        nonlocal asked
        asked += 1
        await asyncio.sleep(1.0)
        await route.continue_()

    await page.route("**/kiosk/H1", slowly)
    await page.clock.run_for(78_000)  # home after 75 seconds; the page looks twice a second
    await page.wait_for_url("**/kiosk/H1")
    assert asked == 1


@pytest.mark.parametrize("watched", [PHONE], indirect=True)
async def test_whoever_goes_says_so_and_is_shown_the_way(served: Served, watched: Watched) -> None:
    page = await watched.open("/halls?service=id-card")
    await page.locator(".hall__going button").first.click()
    await page.wait_for_url("**/way?*")
    await expect(page.locator("a[href^='geo:']")).to_be_visible()
    assert await serious_faults(page) == []
    await assert_fits(page)
    watched.assert_kept_the_rules()


@pytest.mark.parametrize("watched", [PHONE], indirect=True)
async def test_a_ticket_says_why_it_takes_longer(served: Served, watched: Watched) -> None:
    own = served.ticket()
    reason = Reason(Cause.WINDOWS_PAUSED, served.parts.clock.now(), 1)
    shown = Shown(Band(20, 45), served.parts.clock.now(), Basis(people=0, own_place=True), reason)
    await asyncio.to_thread(
        served.parts.database.write_now, keep_shown, own.ticket.hall_id, {own.ticket.id: shown}
    )
    page = await watched.open(f"/t/{own.token}")
    await expect(page.locator(".ticket__why")).to_contain_text("1 ")
    await expect(page.locator(".ticket__wait")).to_contain_text("20–45")
    await expect(page.locator(".ticket__back")).to_contain_text("10:00")  # 09:40, and the range begins at 20
    assert await serious_faults(page) == []
    await assert_fits(page)
    watched.assert_kept_the_rules()
