"""The lobby screen in a real browser: calls, several at once, a dead link, no repeat, readable."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import expect

if TYPE_CHECKING:
    from playwright.async_api import Page, Route, WebSocketRoute

    from tests.browser.conftest import Watched
    from tests.support.served import Served

pytestmark = pytest.mark.browser

SCREEN = {"viewport": {"width": 1920, "height": 1080}}
on_a_screen = pytest.mark.parametrize("watched", [SCREEN], indirect=True)
NUMBERS = ".stage__number"


async def numbers(page: Page) -> list[str]:
    """Return what is shown large, newest first."""
    return await page.locator(NUMBERS).all_text_contents()


async def open_lobby(watched: Watched) -> Page:
    page = await watched.open("/lobby/H1")
    await expect(page.locator(".line")).to_have_count(2)
    return page


@on_a_screen
async def test_a_call_is_large_on_the_screen(served: Served, watched: Watched) -> None:
    page = await open_lobby(watched)
    served.ticket()
    called = await asyncio.to_thread(served.call)
    await page.wait_for_selector(f"{NUMBERS}:text('{called.label}')")
    await expect(page.locator(".stage__label")).to_have_text("1")
    height = await page.evaluate(
        f"parseFloat(getComputedStyle(document.querySelector('{NUMBERS}')).fontSize)"
    )
    assert height * 0.7 >= 1080 * 0.1, "capital height is 0.7 of the font size"
    watched.assert_kept_the_rules()


@on_a_screen
async def test_several_calls_at_once_are_all_shown(served: Served, watched: Watched) -> None:
    page = await open_lobby(watched)
    for wanted in ("id-card", "insurance", "insurance"):
        served.ticket(wanted)
    called = [(await asyncio.to_thread(served.call, place)).label for place in (0, 1, 2)]
    await expect(page.locator(NUMBERS)).to_have_count(3)
    assert sorted(await numbers(page)) == sorted(called)


@pytest.mark.parametrize(
    "watched",
    [
        {"viewport": {"width": wide, "height": high}}
        for wide, high in ((1920, 1080), (1280, 900), (1024, 768))
    ],
    indirect=True,
)
async def test_no_window_number_is_cut_off_whatever_the_screens_shape(
    served: Served, watched: Watched
) -> None:
    page = await open_lobby(watched)
    for wanted in ("id-card", "insurance"):
        served.ticket(wanted)
    for place, shown in ((0, 1), (1, 2)):
        await asyncio.to_thread(served.call, place)
        await expect(page.locator(NUMBERS)).to_have_count(shown)
        over = await page.evaluate(
            """() => { const inside = document.querySelector('.lobby__stage').getBoundingClientRect();
                return Math.max(...[...document.querySelectorAll('.stage__window')].map(
                    (own) => own.getBoundingClientRect().right - inside.right)); }"""
        )
        assert over <= 0, f"{shown} called: the window stands {over:.0f} px outside"


@pytest.mark.parametrize("watched", [{"viewport": {"width": 1080, "height": 1920}}], indirect=True)
async def test_an_upright_screen_is_read_from_the_back_too(served: Served, watched: Watched) -> None:
    page = await open_lobby(watched)
    for wanted in ("id-card", "insurance", "insurance"):
        served.ticket(wanted)
    for place, shown, least in ((0, 1, 1920 * 0.1), (1, 2, 1080 * 0.1), (2, 3, 1080 * 0.1)):
        await asyncio.to_thread(served.call, place)
        await expect(page.locator(NUMBERS)).to_have_count(shown)
        size, over = await page.evaluate(
            """() => { const stage = document.querySelector('.stage').getBoundingClientRect();
                const parts = [...document.querySelectorAll('.stage__number, .stage__window')];
                const boxes = parts.map((own) => own.getBoundingClientRect());
                return [parseFloat(getComputedStyle(parts[0]).fontSize),
                    Math.max(...boxes.flatMap((own) =>
                        [own.right - stage.right, own.bottom - stage.bottom]))]; }"""
        )
        assert size * 0.7 >= least, f"{shown} called: capitals of {size * 0.7:.0f} px"
        assert over <= 1, f"{shown} called: cut off by {over:.0f} px"
    assert await page.evaluate("document.documentElement.scrollHeight") <= 1920


@on_a_screen
async def test_a_reload_shows_the_call_and_does_not_announce_it_again(
    served: Served, watched: Watched
) -> None:
    page = await open_lobby(watched)
    served.ticket()
    await asyncio.to_thread(served.call)
    await page.wait_for_selector(f"{NUMBERS}:text('A001')")
    await expect(page.locator(".stage__call--new")).to_have_count(1)
    await page.reload()
    await page.wait_for_selector(f"{NUMBERS}:text('A001')")
    await expect(page.locator(".stage__call--new")).to_have_count(0)


@on_a_screen
async def test_a_black_holed_link_dims_the_screen_and_names_the_time(
    served: Served, watched: Watched
) -> None:
    page = await watched.context.new_page()
    dead = asyncio.Event()

    async def socket(route: WebSocketRoute) -> None:
        server = route.connect_to_server()
        server.on_message(lambda message: None if dead.is_set() else route.send(message))

    async def poll(route: Route) -> None:
        if dead.is_set():
            await asyncio.sleep(30)  # black hole: no answer, no refusal
        await route.continue_()

    await page.route_web_socket("**/live", socket)
    await page.route("**/lobby/H1/now", poll)
    await page.goto(f"{served.url}/lobby/H1")
    await expect(page.locator(".line")).to_have_count(2)
    await expect(page.locator("#stale")).to_be_hidden()
    dead.set()
    served.ticket()
    await asyncio.to_thread(served.call)
    await page.wait_for_selector("#stale", timeout=10_000)
    await expect(page.locator("body")).to_contain_class("lobby--stale")
    since = expect(page.locator("#stale-since"), "the last good data, by the hall's clock")
    await since.to_have_text(re.compile(r"^09:(39:5|40:[01])\d$"))
    dead.clear()
    await page.wait_for_selector(f"{NUMBERS}:text('A001')", timeout=10_000)
    await expect(page.locator("#stale")).to_be_hidden()
    await expect(page.locator(".stage__call--new"), "missed by less than a minute: announced").to_have_count(
        1
    )
    await page.unroute_all(behavior="ignoreErrors")


CALLS = """async ({module, steps}) => {
  const { Calls } = await import(module);
  const calls = new Calls();
  const said = [];
  for (const step of steps) {
    const age = (call) => step.now - Date.parse(call.at);
    const fresh = calls.take(step.calls, {age, atWindow: () => true});
    said.push(...fresh.map((call) => call.number));
    calls.tick(step.now);
  }
  return {said, stage: calls.stage.map((shown) => shown.call.number)};
}"""


async def test_missed_calls_are_announced_in_order_once_and_old_ones_are_not(
    served: Served, watched: Watched
) -> None:
    page = await watched.open("/")
    module = await page.evaluate(
        "document.querySelector('script[type=module]').src.replace('page.js','lobby/calls.js')"
    )
    start = served.parts.clock.now()

    def call(number: str, ago_s: float) -> dict[str, str]:
        return {"number": number, "window": "1", "at": (start - timedelta(seconds=ago_s)).isoformat()}

    after_outage = [call("A003", 5), call("A002", 30), call("A001", 300)]
    now = start.timestamp() * 1000
    steps = [{"calls": after_outage, "now": now}, {"calls": after_outage, "now": now + 1000}]
    found = await page.evaluate(CALLS, {"module": module, "steps": steps})
    assert found["said"] == ["A002", "A003"]
    recalled = [{**call("A002", -20)}, call("A003", 5)]
    steps.append({"calls": recalled, "now": now + 21_000})
    found = await page.evaluate(CALLS, {"module": module, "steps": steps})
    assert found["said"] == ["A002", "A003", "A002"]


async def test_a_burst_gets_its_places_in_turn_and_none_too_shortly(served: Served, watched: Watched) -> None:
    page = await watched.open("/")
    module = await page.evaluate(
        "document.querySelector('script[type=module]').src.replace('page.js','lobby/calls.js')"
    )
    at = served.parts.clock.now()
    now = at.timestamp() * 1000
    burst = [
        {"number": f"A{place:03d}", "window": str(place), "at": at.isoformat()} for place in range(6, 0, -1)
    ]
    steps = [{"calls": burst, "now": now + step} for step in (0, 4_000, 7_900, 8_100)]
    shown = [
        (await page.evaluate(CALLS, {"module": module, "steps": steps[: count + 1]}))["stage"]
        for count in range(len(steps))
    ]
    assert shown[0] == shown[2] == ["A001", "A002", "A003", "A004"]
    assert shown[3] == ["A003", "A004", "A005", "A006"]


@on_a_screen
async def test_the_screen_has_no_serious_fault_of_access(served: Served, watched: Watched) -> None:
    page = await open_lobby(watched)
    served.ticket()
    await asyncio.to_thread(served.call)
    await page.wait_for_selector(NUMBERS)
    await page.wait_for_timeout(3500)  # the pulse changes colours for three seconds
    found = await Axe().run(page)
    serious = [
        each["id"] for each in found.response["violations"] if each["impact"] in ("serious", "critical")
    ]
    assert serious == []


@pytest.mark.parametrize("watched", [{**SCREEN, "reduced_motion": "reduce"}], indirect=True)
async def test_nothing_flashes_for_those_who_asked_for_less_motion(served: Served, watched: Watched) -> None:
    page = await open_lobby(watched)
    served.ticket()
    await asyncio.to_thread(served.call)
    await page.wait_for_selector(NUMBERS)
    assert await page.evaluate("document.getAnimations().length") == 0


SPEAK = """async (module) => {
  const { Voice } = await import(module);
  const voice = new Voice({ hall: "H1", spoken: true, onState: () => null });
  await voice.enable();
  const said = [];
  voice.chime = async () => null;
  voice.clip = async (call, language) => language;
  voice.play = async () => null;
  const say = voice.say.bind(voice);
  voice.say = async (call) => { said.push(call.number); return say(call); };
  for (const number of ["A001", "A002"]) voice.announce({ number, window: "1" });
  while (voice.speaking) await new Promise((done) => setTimeout(done, 20));
  return said;
}"""


async def test_a_spoken_call_is_repeated_once_after_those_who_wait_to_be_called(watched: Watched) -> None:
    page = await watched.open("/")
    await page.click("body")
    await expect(page.locator("h1")).to_be_visible()
    module = await page.evaluate(
        "document.querySelector('script[type=module]').src.replace('page.js','lobby/voice.js')"
    )
    assert await page.evaluate(SPEAK, module) == ["A001", "A002", "A001", "A002"]
