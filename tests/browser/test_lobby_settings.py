"""A lobby screen that is open follows what its hall sets about voice and size, without a reload."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from booking.policy import service as values

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.browser.conftest import Watched
    from tests.support.served import Served

pytestmark = [pytest.mark.browser, pytest.mark.slow]

on_a_screen = pytest.mark.parametrize(
    "watched", [{"viewport": {"width": 1920, "height": 1080}}], indirect=True
)
NUMBERS = ".stage__number"
SHARES = f"""() => [...document.querySelectorAll('{NUMBERS}')].map(
    (own) => parseFloat(getComputedStyle(own).fontSize) * 0.7 / innerHeight)"""
INSIDE = """() => { const stage = document.querySelector('.lobby__stage').getBoundingClientRect();
    return [...document.querySelectorAll('.stage__number, .stage__window')].every((own) => {
        const box = own.getBoundingClientRect();
        return box.left >= stage.left && box.right <= stage.right && box.top >= stage.top
            && box.bottom <= stage.bottom; }); }"""


async def publish(served: Served, **wanted: float) -> None:
    parts, manager = served.parts, served.city.manager
    held = parts.database.read_now(values.values_of, "H1", by=manager)
    await asyncio.to_thread(
        parts.database.write_now, values.set_values, "H1", wanted,
        base=held.base, by=manager, clock=parts.clock,
    )  # fmt: skip


async def three_called(served: Served, page: Page, shown: int) -> None:
    for wanted in ("id-card", "insurance", "insurance"):
        served.ticket(wanted)
    for place in (0, 1, 2):
        await asyncio.to_thread(served.call, place)
    await expect(page.locator(NUMBERS)).to_have_count(shown)


@on_a_screen
@pytest.mark.parametrize(
    ("metres", "shown", "share"), [(10, 3, 0.1), (13, 3, 0.127), (16, 2, 0.156), (25, 1, 0.245)]
)
async def test_a_far_seat_gets_large_digits_and_fewer_calls_at_once(
    served: Served, watched: Watched, metres: float, shown: int, share: float
) -> None:
    page = await watched.open("/lobby/H1")
    await expect(page.locator(".line")).to_have_count(2)
    await publish(served, farthest_seat_metres=metres)
    await expect(page.locator("body")).to_have_attribute(
        "class", "lobby lobby--far" if metres > 10 else "lobby"
    )
    await three_called(served, page, shown)
    assert min(await page.evaluate(SHARES)) >= share - 0.001
    assert await page.evaluate(INSIDE)
    watched.assert_kept_the_rules()


SPEAK = """async (module) => {
  const { Voice } = await import(module);
  const voice = new Voice({ hall: "H1", spoken: true, onState: () => null });
  await voice.enable();
  const asked = [];
  voice.chime = async () => null;
  voice.play = async () => null;
  voice.clip = async (call, language) => { asked.push(language); return language; };
  const say = async (languages, waiting) => {
    asked.length = 0;
    voice.hallSays = { languages, one: "幺" };
    voice.queue = Array.from({ length: waiting }, () => ({ number: "B001", window: "2" }));
    await voice.say({ number: "A001", window: "1" });
    return asked.join(" ");
  };
  const said = [];
  for (const [languages, waiting] of [[["zh", "en"], 0], [["zh"], 0], [["en", "zh"], 0], [["en", "zh"], 4]]) {
    said.push(await say(languages, waiting));
  }
  return said;
}"""


async def test_the_voice_speaks_the_halls_languages_in_its_order(watched: Watched) -> None:
    page = await watched.open("/")
    module = await page.evaluate(
        "document.querySelector('script[type=module]').src.replace('page.js','lobby/voice.js')"
    )
    assert await page.evaluate(SPEAK, module) == ["zh en", "zh", "en zh", "zh"]
