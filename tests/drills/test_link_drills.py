"""A lobby screen over a bad link: it shows what is so, or says since when it does not; it repeats no call."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pytest
from playwright.async_api import async_playwright, expect

from kernel.clock import ShiftedClock
from tests.support.chromium import ARGUMENTS, chromium_path
from tests.support.link import linked
from tests.support.program import MORNING
from tests.support.served import serving
from tests.support.small_city import seed_small_city

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser, Page

    from kernel.web.parts import Parts
    from tests.support.figures import Figures
    from tests.support.link import Mode
    from tests.support.served import Served

pytestmark = [pytest.mark.drill, pytest.mark.browser, pytest.mark.timeout(300)]

BAD_FOR_S = 30.0
CALL_EVERY_S = 4.0
BANNER_WITHIN_S, RECOVERS_WITHIN_S = 8.0, 3.0
ON_THE_WAY_S = 3.0  # what a slow link may add to a call: 0.8 s a way, and a new line takes three ways

# What the page keeps so that a reload repeats no call: one entry for each time that a call is announced.
ANNOUNCED = "JSON.parse(localStorage.getItem('jinban.announced.H1')).map((call) => call.number)"
SHOWN = """() => ({
  numbers: [...document.querySelectorAll(".stage__number, .recent__number")].map((own) => own.textContent),
  stale: document.getElementById("stale") !== null && !document.getElementById("stale").hidden,
})"""


@dataclass(slots=True)
class Watch:
    """What a screen showed, looked at four times a second, against what was called."""

    called: list[tuple[str, float]] = field(default_factory=list)
    shown_at: dict[str, float] = field(default_factory=dict)
    silent_s: float = 0.0
    stale_at: list[float] = field(default_factory=list)

    def look(self, shown: dict[str, Any]) -> None:
        now = time.monotonic()
        for number in shown["numbers"]:
            self.shown_at.setdefault(number, now)
        if shown["stale"]:
            self.stale_at.append(now)
            return
        missing = [now - at for number, at in self.called if number not in self.shown_at]
        self.silent_s = max([self.silent_s, *missing])


async def keep_looking(page: Page, watch: Watch) -> None:
    while True:
        watch.look(await page.evaluate(SHOWN))
        await asyncio.sleep(0.1)


async def call_on(served: Served, watch: Watch, seconds: float) -> None:
    """Call somebody every few seconds."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        await asyncio.to_thread(served.ticket)
        called = await asyncio.to_thread(served.call)
        watch.called.append((called.label, time.monotonic()))
        await asyncio.sleep(CALL_EVERY_S)


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=chromium_path(), args=list(ARGUMENTS))
        yield opened
        await opened.close()


@pytest.fixture
def living(sqlite_parts: Parts) -> Parts:
    """The parts with a clock that goes: the page judges the age of calls by it."""
    return replace(sqlite_parts, clock=ShiftedClock(MORNING, origin=time.time()))


@pytest.mark.parametrize("mode", ["black hole", "cut", "slow", "lossy"])
async def test_a_screen_over_a_bad_link_is_right_or_says_that_it_is_not(
    living: Parts, browser: Browser, figures: Figures, mode: Mode
) -> None:
    city = living.database.write_now(seed_small_city, vault=living.vault, clock=living.clock)
    watch = Watch()
    with serving(living, city) as served, linked(served.port) as link:
        page = await browser.new_page(viewport={"width": 1920, "height": 1080})
        await page.goto(f"{link.url}/lobby/H1")
        await expect(page.locator(".line")).to_have_count(2)
        looking = asyncio.create_task(keep_looking(page, watch))
        await call_on(served, watch, 5)
        bad_at = time.monotonic()
        link.be(mode)
        await call_on(served, watch, BAD_FOR_S)
        link.be("ok")
        well_at = time.monotonic()
        recovered_s = await recovered(watch, well_at)
        await call_on(served, watch, 5)
        await asyncio.sleep(ON_THE_WAY_S)
        looking.cancel()
        announced = Counter(await page.evaluate(ANNOUNCED))
    banner_s = [at - bad_at for at in watch.stale_at]
    delays = [watch.shown_at[number] - at for number, at in watch.called]
    figures.note(
        calls=len(watch.called), announced=len(announced), banner_after_s=min(banner_s, default=0.0),
        recovered_s=recovered_s, silent_s=watch.silent_s, latest_s=max(delays), broken_off=link.broken,
    )  # fmt: skip
    assert set(announced.values()) == {1}, announced
    assert set(announced) == {number for number, _ in watch.called}
    assert recovered_s < RECOVERS_WITHIN_S
    # Right, or the banner stands: nobody looks at a board that is older than this and does not say so.
    assert watch.silent_s < (BANNER_WITHIN_S if mode != "slow" else ON_THE_WAY_S)
    if mode in ("black hole", "cut"):
        assert min(banner_s) < BANNER_WITHIN_S
    else:
        assert banner_s == [], "what is late by less than six seconds is not stale"


async def recovered(watch: Watch, well_at: float) -> float:
    """Return after how many seconds the screen showed all that was called, without a banner."""
    while True:
        await asyncio.sleep(0.05)
        all_there = all(number in watch.shown_at for number, _ in watch.called)
        stale = bool(watch.stale_at) and time.monotonic() - watch.stale_at[-1] < 0.3
        if (all_there and not stale) or time.monotonic() - well_at > 30:
            return time.monotonic() - well_at
