"""The list of all pages is of the routes themselves, and each of its addresses shows its page."""

from __future__ import annotations

import re
from collections.abc import Mapping

import httpx2
import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute

from app.main import create_app
from kernel.clock import ManualClock
from kernel.web.access import Public
from kernel.web.parts import Parts
from tests.architecture.test_access_rules import routes_of
from tests.support.every_page import NO_PAGES, PAGES, furnished, furnishing
from tests.support.small_city import SmallCity


def unlisted(app: FastAPI) -> list[str]:
    """Return what may be a page and stands in neither list, and what stands there without a route."""
    asked = {
        route.path
        for route in routes_of(app)
        if isinstance(route, APIRoute)
        and "GET" in (route.methods or ())
        and not route.path.startswith("/api/")
    }
    return sorted(asked ^ {*PAGES, *NO_PAGES})


def test_every_page_is_listed(sqlite_parts: Parts) -> None:
    assert unlisted(create_app(sqlite_parts)) == []


def test_a_page_that_is_not_listed_is_found(sqlite_parts: Parts) -> None:
    app, forgotten = create_app(sqlite_parts), APIRouter()

    @forgotten.get("/forgotten", dependencies=[Public], include_in_schema=False)
    def page() -> str:
        return "forgotten"

    app.include_router(forgotten)
    assert unlisted(app) == ["/forgotten"]


def of_a_person(pattern: str) -> bool:
    """Return whether a page is somebody's: behind a link that only its holder has, or a way in."""
    return PAGES[pattern][1] not in ("", "lobby") or "{token}" in pattern or pattern == "/m/{code}"


def unguarded(pattern: str, headers: Mapping[str, str]) -> list[str]:
    """Return what an answer lets a browser do that it should not."""
    policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
    wrong = [f"{name} {said}" for name, said in policy.items() if "unsafe" in said or "*" in said]
    wrong += [name for name, said in NEEDED.items() if policy.get(name) != said]
    if headers.get("x-content-type-options") != "nosniff":
        wrong.append("may be sniffed")
    if "max-age=" not in headers.get("strict-transport-security", ""):
        wrong.append("may come without TLS")
    if of_a_person(pattern) and "no-store" not in headers.get("cache-control", ""):
        wrong.append("may be stored")
    return wrong


NEEDED = {"script-src": "'self'", "object-src": "'none'", "base-uri": "'none'", "form-action": "'self'"}


@pytest.mark.slow
async def test_each_address_shows_its_page_and_guards_it(
    sqlite_parts: Parts, sqlite_city: SmallCity, clock: ManualClock
) -> None:
    parts = furnishing(sqlite_parts, secure_cookies=True)
    app, city = create_app(parts), furnished(parts, sqlite_city, clock)
    transport = httpx2.ASGITransport(app=app)
    wrong: list[tuple[object, ...]] = []
    async with app.router.lifespan_context(app):
        for pattern in PAGES:
            async with httpx2.AsyncClient(transport=transport, base_url="https://testserver") as client:
                client.cookies.update(dict(city.cookies_for(pattern)))
                shown = await client.get(city.address(pattern), headers={"Accept": "text/html"})
                kind = shown.headers.get("content-type", "")
                if shown.status_code != 200 or not kind.startswith("text/html"):
                    wrong.append((pattern, shown.status_code, shown.headers.get("location")))
                wrong += [(pattern, own) for own in unguarded(pattern, shown.headers)]
                wrong += [(pattern, own) for own in INLINE.findall(shown.text)]
    assert wrong == []


INLINE = re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>|\son[a-z]+=|\bstyle=|javascript:")


def test_what_a_browser_may_do_is_noticed() -> None:
    policy = "script-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'none'; form-action 'self'"
    found = unguarded("/t/{token}", {"content-security-policy": policy})
    assert found == [
        "script-src 'self' 'unsafe-inline'",
        "script-src",
        *("may be sniffed", "may come without TLS", "may be stored"),
    ]
    inline = "<script>x()</script><p onclick='x()' style='a'><a href='javascript:x()'><script src='/a'>"
    assert INLINE.findall(inline) == ["<script>", " onclick=", "style=", "javascript:"]
