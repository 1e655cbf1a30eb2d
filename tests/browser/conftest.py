"""A real Chromium before the real app; every page is watched for outside hosts and broken rules."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from playwright.async_api import async_playwright, expect

from tests.browser.staff_site import Site, started_chromium
from tests.support.chromium import ARGUMENTS, chromium_path
from tests.support.link import Link, linked
from tests.support.served import Served, serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from playwright.async_api import Browser, BrowserContext, Page
    from playwright.sync_api import Browser as SyncBrowser

    from kernel.web.parts import Parts
    from tests.support.small_city import SmallCity

expect.set_options(timeout=20_000)  # as for tests that do not wait by ``await`` (``staff_site``)


@pytest.fixture
def served(sqlite_parts: Parts, sqlite_city: SmallCity) -> Iterator[Served]:
    """The real app over the small city on a real port."""
    with serving(sqlite_parts, sqlite_city) as made:
        yield made


@pytest.fixture
def link(served: Served) -> Iterator[Link]:
    """A way to the server that a test can cut."""
    with linked(served.port) as made:
        yield made


@pytest.fixture
def site(served: Served) -> Site:
    """The served city with what tests of staff pages ask of it."""
    return Site.of(served)


@pytest.fixture(scope="module")
def running_chromium() -> Iterator[SyncBrowser]:
    """The machine's own Chromium for the tests of a file."""
    with started_chromium() as started:
        yield started


@pytest.fixture
def chromium(running_chromium: SyncBrowser) -> Iterator[SyncBrowser]:
    """The machine's own Chromium for tests of staff pages, which wait for what they see.

    Its pages end with the test. Left open they would go on asking a server that is gone, and a route of
    theirs that answers with what it fetched there would break the test that comes next.
    """
    yield running_chromium
    for context in running_chromium.contexts:
        for page in context.pages:
            page.unroute_all(behavior="ignoreErrors")
        context.close()


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """The machine's own Chromium."""
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=chromium_path(), args=list(ARGUMENTS))
        yield opened
        await opened.close()


@dataclass(slots=True)
class Watched:
    """A browser context whose pages may neither leave the host nor break a rule."""

    context: BrowserContext
    origin: str
    foreign: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    async def open(self, address: str) -> Page:
        page = await self.context.new_page()
        page.on("request", lambda request: self._asked(request.url))
        page.on("websocket", lambda socket: self._asked(socket.url))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda message: self._said(message.type, message.text))
        await page.goto(self.origin + address)
        return page

    async def page_and_faults(self) -> tuple[Page, list[str]]:
        """Return a new page and what its scripts break from now on; that its server is away is no fault."""
        page, faults = await self.context.new_page(), list[str]()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: faults.append(said.text) if "Security Policy" in said.text else None)
        return page, faults

    def _asked(self, address: str) -> None:
        own = (self.origin, self.origin.replace("http", "ws", 1), "data:", "blob:")
        if not address.startswith(own):
            self.foreign.append(address)

    def _said(self, kind: str, text: str) -> None:
        if kind == "error" or "Content Security Policy" in text:
            self.complaints.append(text)

    def assert_kept_the_rules(self) -> None:
        assert self.foreign == []
        assert self.complaints == []


@pytest.fixture
async def watched(browser: Browser, served: Served, request: pytest.FixtureRequest) -> AsyncIterator[Watched]:
    """A context in Chinese at desk size; ``indirect`` parameters change it."""
    options: dict[str, Any] = {"locale": "zh-CN", "viewport": {"width": 1280, "height": 900}}
    options |= getattr(request, "param", {})
    context = await browser.new_context(**options)
    yield Watched(context, served.url)
    await context.close()
