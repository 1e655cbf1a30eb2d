"""The hall's screen with its code, and a number taken with a phone before it, in a real browser."""

from __future__ import annotations

import asyncio
import json
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from playwright.async_api import expect
from sqlalchemy import insert

from kernel.ids import uuid7
from kernel.tables import QueueRow
from tests.browser.test_citizen_pages import in_large_print, serious_faults
from tests.conftest import bearer
from tests.support.waiting import settled

if TYPE_CHECKING:
    from playwright.async_api import Page, Route

    from tests.browser.conftest import Watched
    from tests.support.served import Served

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NAME = "Household register, ID and driving"
SIZES = ((1920, 1080), (1280, 900), (1024, 768), (1080, 1920))
OUTSIDE = """() => {
  const inside = (own, place) => {
    const [a, b] = [own.getBoundingClientRect(), place.getBoundingClientRect()];
    return a.left >= b.left - 1 && a.right <= b.right + 1 && a.top >= b.top - 1 && a.bottom <= b.bottom + 1;
  };
  const [recent, phone] = ['.lobby__recent', '#phone'].map((name) => document.querySelector(name));
  const calls = [...document.querySelectorAll('.recent__call')].filter((own) => inside(own, recent));
  const lost = [...phone.children].filter((own) => !inside(own, phone) || own.scrollWidth > own.clientWidth);
  // What stands on a line of the queues is whole: a name that is cut says nothing.
  const cut = [...document.querySelectorAll('.line__zh, .line__name, .line__wait')].filter(
    (own) => own.scrollWidth > own.clientWidth + 1);
  return { calls: calls.length, cut: cut.map((own) => own.textContent),
    lost: lost.map((own) => own.id || own.className) };
}"""
# What of the calls and the queues stands outside its own panel, and how high the foot is.
CROWDED_OUT = """() => {
  const box = (own) => own.getBoundingClientRect();
  const [stage, queues] = ['#stage', '.lobby__queues'].map((name) => box(document.querySelector(name)));
  const out = (name, place) => [...document.querySelectorAll(name)].filter(
    (own) => box(own).top < place.top - 1 || box(own).bottom > place.bottom + 1).length;
  return { numbers: out('.stage__number', stage), windows: out('.stage__window', stage),
    lines: out('.line', queues),
    foot: box(document.querySelector('.lobby__foot')).height };
}"""

# The line that says that a city is made up, and two queues whose waits rose.
A_BUSY_DEMO = """() => {
  if (!document.querySelector('.lobby__demo')) {
    document.body.insertAdjacentHTML('afterbegin', '<p class="lobby__demo">演示</p>');
  }
  for (const why of [...document.querySelectorAll('.line__why')].slice(0, 2)) {
    why.hidden = false;
    why.querySelector('.line__why-zh').textContent = '又来了 2 人';
  }
}"""


INSIDE = ("numbers", "windows", "lines")


def in_sight(found: dict[str, Any]) -> bool:
    return found["calls"] >= 5 and found["lost"] == [] and found["cut"] == []


async def at_screen(served: Served, watched: Watched) -> Page:
    page = await watched.open(f"/lobby/H1?device={served.city.tokens['lobby']}")
    await expect(page.locator("#phone-code"), "the screen asks for it after it is drawn").to_be_visible()
    return page


def a_crowded_hall(served: Served) -> None:
    """Eight queues, and seven calls of which six are old enough to stand among the recent ones."""
    rows = [
        {
            **{"id": uuid7(), "hall_id": served.city.hall, "prefix": prefix, "rank": 2 + place},
            **{"name_zh": "企业开办与市场准入", "name_en": NAME, "mean_minutes": 8.0, "plan_weight": 1},
        }
        for place, prefix in enumerate("CDEFGH")
    ]
    add = insert(QueueRow.__table__)  # type: ignore[attr-defined]
    served.parts.database.write_now(lambda session: session.execute(add, rows) and None)
    for _ in range(7):
        served.ticket()
    clock: Any = served.parts.clock
    for _ in range(7):
        served.call()
        clock.advance(timedelta(seconds=40))
    clock.advance(timedelta(seconds=60))


async def test_the_code_leaves_five_calls_in_sight_on_any_screen(served: Served, watched: Watched) -> None:
    await asyncio.to_thread(a_crowded_hall, served)
    page = await at_screen(served, watched)
    await expect(page.locator(".line")).to_have_count(8)
    for wide, high in SIZES:
        await page.set_viewport_size({"width": wide, "height": high})
        found = await settled(page, OUTSIDE, in_sight)  # the screen fills its list anew four times a second
        assert in_sight(found), (wide, high, found)
    assert await serious_faults(page) == []
    watched.assert_kept_the_rules()


def the_longest_notice(served: Served) -> None:
    wanted = {
        "text_zh": "字" * 60,
        "text_en": ("Window three closes at four today. " * 4)[:120],
        "until_at": (served.parts.clock.now() + timedelta(hours=2)).isoformat(),
    }
    manager = bearer(served.city.tokens["manager"])
    httpx2.post(f"{served.url}/api/v1/halls/H1/notices", json=wanted, headers=manager).raise_for_status()


async def test_the_longest_notice_leaves_calls_code_and_queues_in_sight_and_nothing_jumps(
    served: Served, watched: Watched
) -> None:
    await asyncio.to_thread(a_crowded_hall, served)
    await asyncio.to_thread(the_longest_notice, served)
    page = await at_screen(served, watched)
    await expect(page.locator(".line")).to_have_count(8)
    for place in (0, 1):  # two at once on the stage
        await asyncio.to_thread(served.ticket)
        await asyncio.to_thread(served.call, place)
    feet: dict[tuple[int, int], set[float]] = {}
    for shown in ("#notice", "#missed-line"):  # they take turns at the foot
        for wide, high in ((1080, 1920), (1280, 720), (1920, 1080)):
            await page.set_viewport_size({"width": wide, "height": high})
            await expect(page.locator(shown)).to_be_visible(timeout=20_000)
            await page.evaluate(A_BUSY_DEMO)
            found = await settled(page, OUTSIDE, in_sight)
            assert in_sight(found), (wide, high, found)
            found = await settled(page, CROWDED_OUT, lambda out: not any(map(out.get, INSIDE)))
            assert {name: found[name] for name in INSIDE} == dict.fromkeys(INSIDE, 0), (wide, high)
            feet.setdefault((wide, high), set()).add(found["foot"])
    assert [len(heights) for heights in feet.values()] == [1, 1, 1], feet
    watched.assert_kept_the_rules()


async def test_a_code_that_nobody_could_use_any_more_is_not_shown(served: Served, watched: Watched) -> None:
    page = await watched.context.new_page()
    asked = 0

    async def answer(route: Route) -> None:
        nonlocal asked
        asked += 1
        if asked > 1:
            await route.abort("connectionrefused")
            return
        at = served.parts.clock.now()
        soon = {"changes_at": at, "holds_until": at + timedelta(seconds=2)}
        shown = {"on": True, "code": "1234 5678", "at": at, **soon}
        await route.fulfill(body=json.dumps(shown, default=lambda instant: instant.isoformat()))

    await page.route("**/phone-code", answer)
    await page.goto(f"{served.url}/lobby/H1?device={served.city.tokens['lobby']}")
    await expect(page.locator("#phone-code")).to_have_text("1234 5678")
    await expect(page.locator("#phone")).to_be_hidden()
    await page.unroute_all(behavior="ignoreErrors")


@pytest.mark.parametrize("watched", [{"viewport": {"width": 320, "height": 700}}], indirect=True)
async def test_from_the_screens_digits_to_the_live_ticket_on_a_phone(
    served: Served, watched: Watched
) -> None:
    screen = await at_screen(served, watched)
    digits = await screen.text_content("#phone-code")
    await screen.close()
    page = await watched.open("/here")
    await in_large_print(page)  # on the smallest telephone

    async def well() -> None:
        assert await serious_faults(page) == []
        wide, seen = await page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert wide <= seen, page.url

    await page.fill("#digits", "1234")
    await page.click("form.card button")
    await expect(page.locator("#errors")).to_be_focused()
    await well()
    await page.fill("#digits", digits or "")
    await page.click("form.card button")
    await page.wait_for_url("**/here/H1*")
    await well()
    await page.click(".here__tiles a >> nth=0")
    await page.wait_for_url("**/queues/A")
    await page.click(".here__tiles a >> nth=0")
    await page.wait_for_url("**/queues/A/*")
    await well()
    await page.dblclick(".here__choice >> nth=0")
    await expect(page, "the second press takes the place of the first").to_have_url(re.compile("/t/"))
    await expect(page.locator(".ticket__number")).to_have_text("A001")
    await page.go_back()
    await page.click(".here__choice >> nth=0")
    await page.wait_for_url("**/t/*")
    await expect(page.locator(".ticket__number")).to_have_text("A001")
    await page.goto(f"{served.url}/here/H1")
    await expect(page.locator(".here__held")).to_contain_text("A001")
    await well()
