"""Signing out while a window is open in one's name: asked first, closed, or kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kernel.web.access import STAFF_COOKIE
from queueing import service
from queueing.rules.windows import WindowStatus
from tests.conftest import bearer

if TYPE_CHECKING:
    import httpx2

    from kernel.web.parts import Parts
    from tests.support.small_city import SmallCity


@pytest.fixture
def client(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity, sqlite_parts: Parts
) -> httpx2.AsyncClient:
    """A clerk's browser, whose window is open."""
    sqlite_parts.database.write_now(
        service.open_window, sqlite_city.windows[0], by=sqlite_city.clerks[0], clock=sqlite_parts.clock
    )
    sqlite_client.headers["Accept-Language"] = "en"
    sqlite_client.cookies.set(STAFF_COOKIE, sqlite_city.tokens["clerk1"])
    return sqlite_client


async def leave(client: httpx2.AsyncClient, **how: str) -> str:
    csrf = (await client.get("/api/v1/me")).json()["csrf_token"]
    answer = await client.post("/staff/sign-out", params=how, data={"csrf_token": csrf})
    return str(answer.headers["location"])


def status(parts: Parts, city: SmallCity) -> WindowStatus:
    read = parts.database.read_now
    return read(service.desk, city.windows[0], by=city.clerks[0], now=parts.clock.now()).window.status


async def test_who_signs_out_with_a_window_open_is_asked_and_closes_it_in_one_press(
    client: httpx2.AsyncClient, sqlite_city: SmallCity, sqlite_parts: Parts
) -> None:
    assert await leave(client) == "/staff/leaving"
    assert (await client.get("/api/v1/me")).status_code == 200
    assert "Window 1 is still open" in (await client.get("/staff/leaving")).text
    assert await leave(client, window="close") == "/staff/sign-in"
    assert status(sqlite_parts, sqlite_city) is WindowStatus.CLOSED
    client.cookies.clear()
    me = await client.get("/api/v1/me", headers=bearer(sqlite_city.tokens["clerk1"]))
    assert me.status_code == 401


async def test_nobody_is_left_at_a_window_by_chance(
    client: httpx2.AsyncClient, sqlite_city: SmallCity, sqlite_parts: Parts
) -> None:
    issued = await client.post(
        "/api/v1/halls/H1/tickets",
        json={"services": ["id-card"]},
        headers=bearer(sqlite_city.tokens["kiosk"]),
    )
    assert issued.json()["ticket"]["label"] == "A001"
    sqlite_parts.database.write_now(
        service.call_next, sqlite_city.windows[0], by=sqlite_city.clerks[0], clock=sqlite_parts.clock
    )
    assert await leave(client, window="close") == "/staff/leaving"
    page = (await client.get("/staff/leaving")).text
    assert "A001 is at the window" in page
    assert "Close the window and sign out" not in page
    assert await leave(client, window="stay") == "/staff/sign-in"
    assert status(sqlite_parts, sqlite_city) is WindowStatus.OPEN


async def test_whose_window_is_closed_signs_out_at_once_and_is_asked_nothing(
    client: httpx2.AsyncClient, sqlite_city: SmallCity, sqlite_parts: Parts
) -> None:
    sqlite_parts.database.write_now(
        service.close_window, sqlite_city.windows[0], by=sqlite_city.clerks[0], clock=sqlite_parts.clock
    )
    assert (await client.get("/staff/leaving")).headers["location"] == "/staff"
    assert await leave(client) == "/staff/sign-in"
