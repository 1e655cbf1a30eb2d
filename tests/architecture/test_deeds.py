"""The look at what staff change would find what leaves no line, and what no test does."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import httpx2
import pytest
from fastapi import APIRouter

from app.main import create_app
from kernel.web.access import Clerk
from tests.conftest import bearer, client_of
from tests.support.deeds import SILENT, Deeds, staff_writes, without_a_line

if TYPE_CHECKING:
    from kernel.web.parts import Parts
    from tests.support.small_city import SmallCity


async def test_what_leaves_a_line_and_what_does_not_is_told_apart(
    sqlite_parts: Parts, sqlite_city: SmallCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    deeds = Deeds()
    deeds.watch(monkeypatch)
    window, headers = f"/api/v1/windows/{sqlite_city.windows[0]}", bearer(sqlite_city.tokens["clerk1"])
    async with client_of(sqlite_parts) as client:
        assert (await client.post(f"{window}/open", headers=headers)).status_code == 200
        assert (await client.post("/api/v1/me/here", json={"ago_s": 1}, headers=headers)).status_code == 200
        assert (await client.post(f"{window}/open", headers=bearer("nobody"))).status_code == 401
    assert deeds.seen == {
        ("POST", "/api/v1/windows/{window_id}/open", True): 1,
        ("POST", "/api/v1/me/here", False): 1,
    }


async def test_a_route_that_leaves_no_line_is_found(
    sqlite_parts: Parts, sqlite_city: SmallCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, secretly, deeds = create_app(sqlite_parts), APIRouter(), Deeds()

    @secretly.post("/api/v1/secretly")
    async def change(clerk: Clerk) -> str:
        return clerk.name

    app.router.routes.clear()
    app.include_router(secretly)
    deeds.watch(monkeypatch)
    assert without_a_line(app, Counter())[-1] == "POST /api/v1/secretly: was never answered well"
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://testserver") as client:
        await client.post("/api/v1/secretly", headers=bearer(sqlite_city.tokens["clerk1"]))
    assert without_a_line(app, deeds.seen) == ["POST /api/v1/secretly: left no line"]


def test_what_may_be_silent_is_still_there(sqlite_parts: Parts) -> None:
    ways = set(staff_writes(create_app(sqlite_parts)))
    assert len(ways) > 100
    assert set(SILENT) <= ways
