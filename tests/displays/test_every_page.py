"""The list of all pages is of the routes themselves, and each of its addresses shows its page."""

from __future__ import annotations

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
        if isinstance(route, APIRoute) and "GET" in route.methods and not route.path.startswith("/api/")
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


@pytest.mark.slow
async def test_each_address_shows_its_page(
    sqlite_parts: Parts, sqlite_city: SmallCity, clock: ManualClock
) -> None:
    parts = furnishing(sqlite_parts)
    app, city = create_app(parts), furnished(parts, sqlite_city, clock)
    transport = httpx2.ASGITransport(app=app)
    wrong = []
    async with app.router.lifespan_context(app):
        for pattern in PAGES:
            async with httpx2.AsyncClient(transport=transport, base_url="http://testserver") as client:
                client.cookies.update(dict(city.cookies_for(pattern)))
                shown = await client.get(city.address(pattern), headers={"Accept": "text/html"})
                kind = shown.headers.get("content-type", "")
                if shown.status_code != 200 or not kind.startswith("text/html"):
                    wrong.append((pattern, shown.status_code, shown.headers.get("location")))
    assert wrong == []
