"""WCAG 2.2 A and AA on every page: Chinese and English, normal and large text, 320 and 1280 pixels.

Here each page is seen once, the combinations dealt out over the pages; the drill sees each page in all of
them (``make drill``).
"""

from __future__ import annotations

from itertools import cycle, product
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from displays.rendering import LANGUAGE_COOKIE, LARGE_TEXT, TEXT_COOKIE
from tests.support.every_page import PAGES, Furnished, furnished, furnishing
from tests.support.served import serving

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from playwright.sync_api import Browser, BrowserContext, Page

    from kernel.clock import ManualClock
    from kernel.web.parts import Parts
    from tests.support.figures import Figures
    from tests.support.small_city import SmallCity

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# axe leaves the one rule of WCAG 2.2 out unless it is asked for. What passes is not listed, and style sheets
# are not fetched once more: no rule that is asked for needs either.
OPTIONS = {
    "rules": {"target-size": {"enabled": True}},
    "resultTypes": ["violations"],
    "preload": False,
}
# Screens that hang in a hall speak both languages and are as large as their panel.
FOR_ALL_AT_ONCE = frozenset({"/lobby/{code}", "/window/{code}/{label}"})
COMBINATIONS = tuple(product(("zh", "en"), ("normal", LARGE_TEXT), (320, 1280)))
Combination = tuple[str, str, int]
Seen = tuple[str, Combination]


class Reader:
    """A browser of one combination before the furnished city, whoever looks; its faults are kept."""

    def __init__(self, chromium: Browser, origin: str, city: Furnished, combination: Combination) -> None:
        self.language, self.text, self.width = combination
        self.combination, self.origin, self.city = combination, origin, city
        self.faults: list[tuple[Any, ...]] = []
        self.context: BrowserContext = chromium.new_context(viewport={"width": self.width, "height": 860})
        self.context.set_default_timeout(30_000)
        self.page: Page = self.context.new_page()
        self.page.on("console", lambda said: self._said(said.type, said.text))
        self.page.on("pageerror", lambda error: self._said("error", str(error)))
        self.page.on("request", lambda asked: self._asked(asked.url))
        self.pattern = ""

    def _said(self, kind: str, text: str) -> None:
        if kind == "error" or "Content Security Policy" in text:
            self.faults.append((self.pattern, self.combination, "said", text[:200]))

    def _asked(self, address: str) -> None:
        if not address.startswith((self.origin, "data:", "blob:")):
            self.faults.append((self.pattern, self.combination, "asked", address[:200]))

    def open(self, pattern: str) -> None:
        self.pattern, address = pattern, self.city.address(pattern)
        own = {
            **self.city.cookies_for(pattern), LANGUAGE_COOKIE: self.language, TEXT_COOKIE: self.text
        }  # fmt: skip
        self.page.goto("about:blank")  # what the page before still asks would be asked without its cookies
        self.context.clear_cookies()
        self.context.add_cookies([{"name": k, "value": v, "url": self.origin} for k, v in own.items()])
        answer = self.page.goto(self.origin + address)
        assert answer is not None
        assert (answer.status, self.page.url) == (200, self.origin + address)

    def look(self, pattern: str) -> None:
        """Open a page and keep what is wrong with it."""
        self.open(pattern)
        language = self.page.evaluate("document.documentElement.lang")
        large = self.page.evaluate("document.documentElement.classList.contains('large-text')")
        as_chosen = language.startswith(self.language) and large is (self.text == LARGE_TEXT)
        if not as_chosen and pattern not in FOR_ALL_AT_ONCE:
            self.faults.append((pattern, self.combination, "shown as", language, large))
        if (over := self.page.evaluate("document.documentElement.scrollWidth - innerWidth")) > 0:
            self.faults.append((pattern, self.combination, "sideways", over))
        self.faults += [(pattern, self.combination, *fault) for fault in broken_rules(self.page)]


def broken_rules(page: Page) -> list[tuple[str, str]]:
    """Return the rules that a page breaks, and where first.

    A number that pulses is pale for moments, which no contrast is meant for.
    """
    page.evaluate("Promise.all(document.getAnimations().map((own) => own.finished)).then(() => null)")
    found = Axe().run(page, options=OPTIONS).response["violations"]
    return [(own["id"], own["nodes"][0]["html"][:200]) for own in found]


@pytest.fixture
def furnished_site(
    sqlite_parts: Parts, sqlite_city: SmallCity, clock: ManualClock
) -> Iterator[tuple[str, Furnished]]:
    parts = furnishing(sqlite_parts)
    with serving(parts, sqlite_city) as served:
        yield served.url, furnished(parts, sqlite_city, clock)


def faults_of(chromium: Browser, site: tuple[str, Furnished], wanted: Iterable[Seen]) -> list[Any]:
    """Look at pages, those of one combination in one browser context."""
    faults, todo = [], list(wanted)
    for combination in COMBINATIONS:
        reader = Reader(chromium, *site, combination)
        for pattern in [page for page, own in todo if own == combination]:
            reader.look(pattern)
        reader.context.close()
        faults += reader.faults
    return faults


@pytest.mark.timeout(900)  # it sees every page, and may do so on a busy machine
def test_every_page_breaks_no_rule(chromium: Browser, furnished_site: tuple[str, Furnished]) -> None:
    dealt = list(zip(PAGES, cycle(COMBINATIONS)))
    assert {combination for _, combination in dealt} == set(COMBINATIONS)
    faults = faults_of(chromium, furnished_site, dealt)
    assert not faults, "\n".join(map(str, faults))


@pytest.mark.drill
@pytest.mark.timeout(1800)
def test_every_page_in_every_combination_breaks_no_rule(
    chromium: Browser, furnished_site: tuple[str, Furnished], figures: Figures
) -> None:
    every = list(product(PAGES, COMBINATIONS))
    faults = faults_of(chromium, furnished_site, every)
    figures.note(pages=len(PAGES), combinations=len(COMBINATIONS), looks=len(every), faults=len(faults))
    assert not faults, "\n".join(map(str, faults))


SEEDED = {
    "image-alt": "<img src='/static/none.svg'>",
    "color-contrast": "<p style='color:#aaa;background:#fff'>grey on white</p>",
    "label": "<input name='nameless'>",
    "target-size": "<p><button style='all:unset;width:9px;height:9px'>a</button>"
    "<button style='all:unset;width:9px;height:9px'>b</button></p>",
}

# Our own policy forbids styles in attributes; a script sets them.
STYLED = "document.querySelectorAll('[style]').forEach(e => e.style.cssText = e.getAttribute('style'))"


@pytest.mark.parametrize("rule", SEEDED)
def test_a_seeded_violation_is_caught(
    chromium: Browser, furnished_site: tuple[str, Furnished], rule: str
) -> None:
    reader = Reader(chromium, *furnished_site, COMBINATIONS[0])
    reader.open("/services")
    assert broken_rules(reader.page) == []
    reader.page.evaluate(f"document.querySelector('main').insertAdjacentHTML('beforeend', `{SEEDED[rule]}`)")
    reader.page.evaluate(STYLED)
    assert rule in [own for own, _ in broken_rules(reader.page)]
    reader.context.close()
