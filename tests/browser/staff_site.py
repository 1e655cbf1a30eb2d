"""What the browser tests of staff pages share: the served city, a signed-in page, what the database holds."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx2
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect, sync_playwright

from kernel.web.access import STAFF_COOKIE
from queueing import service
from queueing.rules.windows import served_at
from tests.conftest import bearer
from tests.support.chromium import ARGUMENTS, chromium_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from kernel.web.parts import Parts
    from tests.support.served import Served
    from tests.support.small_city import SmallCity


expect.set_options(timeout=20_000)


@dataclass(frozen=True)
class Site:
    """The real app on a real port."""

    url: str
    city: SmallCity
    parts: Parts

    @classmethod
    def of(cls, served: Served) -> Site:
        return cls(served.url, served.city, served.parts)

    def issue(self, *service_codes: str, **more: object) -> str:
        """Issue a ticket at the kiosk, for an ID card unless said otherwise, and return its number."""
        answer = httpx2.post(
            f"{self.url}/api/v1/halls/H1/tickets",
            json={"services": list(service_codes or ("id-card",)), **more},
            headers=bearer(self.city.tokens["kiosk"]),
            timeout=30,
        )
        label: str = answer.raise_for_status().json()["ticket"]["label"]
        return label


@contextmanager
def started_chromium() -> Iterator[Browser]:
    """Start the machine's own Chromium."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium_path(), args=list(ARGUMENTS))
        yield started
        started.close()


@dataclass(frozen=True)
class Desk:
    """A page with what went wrong on it."""

    page: Page
    errors: list[str]


def page_of(
    chromium: Browser,
    site: Site,
    who: str,
    path: str,
    *,
    width: int = 1280,
    locale: str = "en-GB",
    touch: bool = False,
) -> Desk:
    context = chromium.new_context(viewport={"width": width, "height": 860}, locale=locale, has_touch=touch)
    context.set_default_timeout(20_000)
    context.add_cookies([{"name": STAFF_COOKIE, "value": site.city.tokens[who], "url": site.url}])
    page, errors = context.new_page(), list[str]()
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda said: errors.append(said.text) if _is_wrong(said.type, said.text) else None)
    page.on("request", lambda asked: None if asked.url.startswith(site.url) else errors.append(asked.url))
    page.goto(site.url + path)
    return Desk(page, errors)


def _is_wrong(kind: str, text: str) -> bool:
    """Say whether a console line is a fault; a browser also notes each refusal of the server there."""
    return "Content Security" in text or (kind == "error" and "with a status of 4" not in text)


ENGLISH = re.compile(r"[A-Za-z]{3,}")
SAME_IN_CHINESE = {
    *("Ctrl", "Shift", "Delete", "Esc", "CSV", "csv", "ics", "Pinball", "English", "Jinban"),
    *("Manager", "Clerk", "Supervisor", "Admin"),  # names of the small city's people
}
SAID_ALOUD = """() => [document.title, document.body.innerText,
  ...[...document.querySelectorAll("[aria-label], [title]")].flatMap((own) => [own.ariaLabel, own.title]),
].join(" ")"""


def assert_finished(
    chromium: Browser, site: Site, who: str, path: str, ready: str, *, before: str = ""
) -> None:
    """Open a page wide and narrow, English and Chinese: accessible, fitting, quiet, in one language.

    ``ready`` is a selector of what shows last; ``before`` a script to run first on the page.
    """
    for width, locale in ((1280, "zh-CN"), (390, "en-GB"), (390, "zh-CN")):
        desk = page_of(chromium, site, who, path, width=width, locale=locale)
        page, where = desk.page, f"{path} {width} {locale}"
        page.locator(ready).first.wait_for()
        if before:
            page.evaluate(before)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, where
        assert (broken := violations(page)) == [], f"{where}: {broken}"
        if locale == "zh-CN":
            said = page.evaluate(SAID_ALOUD).replace("\u200b", "")
            assert set(ENGLISH.findall(said)) - SAME_IN_CHINESE == set(), where
        assert desk.errors == [], where
        page.context.close()


def violations(page: Page) -> list[tuple[str, str]]:
    """Return which rules of accessibility a page breaks, and where first."""
    found = Axe().run(page).response["violations"]
    return [(own["id"], own["nodes"][0]["html"][:160]) for own in found]


def status_at(site: Site, place: int) -> tuple[str, str | None]:
    """Return a window's status and the status of the ticket at it, from the database."""
    view = site.parts.database.read_now(
        service.desk, site.city.windows[place], by=site.city.clerks[0], now=site.parts.clock.now()
    )
    return view.window.status.value, view.window.ticket.status.value if view.window.ticket else None


def plan_now(site: Site) -> dict[str, dict[str, bool]]:
    """Return what each window of the hall serves at 10:00, by label and prefix; True for helping."""
    plan = site.parts.database.read_now(service.plan_of, site.city.hall, now=site.parts.clock.now())
    prefixes = {site.city.queue_a: "A", site.city.queue_b: "B"}
    return {
        str(place + 1): {
            prefixes[queue]: helping for queue, helping in served_at(plan.entries, window, 600).items()
        }
        for place, window in enumerate(site.city.windows)
    }
