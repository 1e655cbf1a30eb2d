"""What keeps a staff session alive: its person's requests, never a page that refreshes itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx2
import pytest

from kernel import sessions
from kernel.clock import ManualClock
from kernel.errors import Busy
from kernel.identity import IDLE_AFTER
from kernel.web.access import STAFF_COOKIE
from kernel.web.parts import Parts
from tests.conftest import bearer, client_of, test_settings
from tests.support.people import sit_before_pages
from tests.support.small_city import SmallCity

MINUTE = timedelta(minutes=1)
OPENING = {"Sec-Fetch-Mode": "navigate", "Accept": "text/html"}
DESK = "/staff/halls/H1/windows"


@pytest.fixture(autouse=True)
def people_sit_before_their_pages(sqlite_parts: Parts, sqlite_city: SmallCity) -> None:
    sit_before_pages(sqlite_parts.database)


@pytest.fixture
def at_desk(sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity) -> httpx2.AsyncClient:
    sqlite_client.cookies.set(STAFF_COOKIE, sqlite_city.tokens["clerk1"])
    return sqlite_client


async def csrf_of(client: httpx2.AsyncClient) -> dict[str, str]:
    return {"X-CSRF-Token": (await client.get("/api/v1/me")).json()["csrf_token"]}


@pytest.mark.slow
async def test_a_page_that_refreshes_itself_keeps_no_session_alive(
    at_desk: httpx2.AsyncClient, clock: ManualClock, sqlite_city: SmallCity
) -> None:
    window = f"/api/v1/windows/{sqlite_city.windows[0]}/desk"
    for _ in range(14):
        clock.advance(MINUTE)
        assert (await at_desk.get(window, headers={"Sec-Fetch-Mode": "cors"})).status_code == 200
        assert (await at_desk.get(window)).status_code == 200  # without TLS nothing marks a poll
    clock.advance(MINUTE)
    assert (await at_desk.get(window)).status_code == 401
    turned_away = await at_desk.get(DESK, headers=OPENING)
    assert turned_away.headers["location"] == "/staff/sign-in?next=%2Fstaff%2Fhalls%2FH1%2Fwindows&ended=1"
    form = await at_desk.get(turned_away.headers["location"], headers={"Accept-Language": "en"})
    assert "Your session has ended. Sign in and go on where you were" in form.text
    # A form that comes too late leads back to its page: its own address cannot be asked for.
    late = await at_desk.post(
        "/staff/account/sessions/end", headers={"Referer": "http://testserver/staff/account"}
    )
    assert late.headers["location"] == "/staff/sign-in?next=%2Fstaff%2Faccount&ended=1"


@pytest.mark.parametrize(
    "headers", [OPENING, {"Upgrade-Insecure-Requests": "1"}], ids=["with TLS", "without TLS"]
)
@pytest.mark.slow
async def test_a_page_that_is_opened_keeps_the_session(
    at_desk: httpx2.AsyncClient, clock: ManualClock, headers: dict[str, str]
) -> None:
    for _ in range(3):
        clock.advance(IDLE_AFTER - MINUTE)
        assert (await at_desk.get(DESK, headers=headers)).status_code == 200


async def test_a_change_and_whatever_a_program_asks_for_keep_the_session(
    at_desk: httpx2.AsyncClient, clock: ManualClock, sqlite_city: SmallCity
) -> None:
    csrf = await csrf_of(at_desk)
    for _ in range(3):
        clock.advance(IDLE_AFTER - MINUTE)
        assert (await at_desk.post("/staff/account", headers=csrf)).status_code == 422
        program = await at_desk.get("/api/v1/me", headers=bearer(sqlite_city.tokens["manager"]))
        assert program.status_code == 200


async def test_a_touched_page_says_so_and_hears_how_long_the_session_lasts(
    at_desk: httpx2.AsyncClient, clock: ManualClock
) -> None:
    csrf = await csrf_of(at_desk)
    clock.advance(10 * MINUTE)
    answer = await at_desk.post("/api/v1/me/here", json={"ago_s": 30}, headers=csrf)
    assert answer.json() == {"left_s": 15 * 60 - 30, "final": False}
    # Asking itself is no touch: what counts is when the page was touched.
    clock.advance(MINUTE)
    answer = await at_desk.post("/api/v1/me/here", json={"ago_s": 120}, headers=csrf)
    assert answer.json() == {"left_s": 14 * 60 - 30, "final": False}
    assert (await at_desk.post("/api/v1/me/here", json={"ago_s": 121}, headers=csrf)).status_code == 422
    assert (await at_desk.post("/api/v1/me/here", json={})).status_code == 403


@pytest.mark.slow
async def test_before_the_working_days_end_the_page_hears_that_no_touch_moves_it(
    at_desk: httpx2.AsyncClient, clock: ManualClock
) -> None:
    csrf = await csrf_of(at_desk)
    for _ in range(42):
        clock.advance(14 * MINUTE)
        answer = await at_desk.post("/api/v1/me/here", json={}, headers=csrf)
    assert answer.json() == {"left_s": 12 * 60, "final": True}


@pytest.mark.slow
async def test_the_note_is_written_once_a_minute_at_most(
    at_desk: httpx2.AsyncClient, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[Any] = []

    def counting(*args: Any, **named: Any) -> None:
        written.append(named["at"])
        sessions.note_active(*args, **named)

    monkeypatch.setattr("kernel.web.access.note_active", counting)
    for _ in range(12):
        clock.advance(timedelta(seconds=20))
        assert (await at_desk.get(DESK, headers=OPENING)).status_code == 200
    assert len(written) == 4


async def test_a_note_that_cannot_be_written_ends_no_request(
    at_desk: httpx2.AsyncClient, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_args: Any, **_named: Any) -> None:
        raise Busy

    monkeypatch.setattr("kernel.web.access.note_active", busy)
    clock.advance(IDLE_AFTER - MINUTE)
    assert (await at_desk.get(DESK, headers=OPENING)).status_code == 200
    clock.advance(MINUTE)
    assert (await at_desk.get(DESK, headers=OPENING)).status_code == 303


async def test_an_installation_sets_its_own_limit_and_a_fast_demo_counts_by_the_wall(
    sqlite_parts: Parts, sqlite_city: SmallCity, clock: ManualClock
) -> None:
    demo = {"start": clock.now(), "origin": 0.0, "speed": 20.0}
    for settings, lasts in (
        (test_settings(staff_idle_minutes=5), 5 * MINUTE),
        (test_settings(demo=demo), 300 * MINUTE),
    ):
        assert settings.staff_idle == lasts
    here = Parts(test_settings(demo=demo), sqlite_parts.database, clock, sqlite_parts.vault, sqlite_parts.bus)
    async with client_of(here) as client:
        client.cookies.set(STAFF_COOKIE, sqlite_city.tokens["clerk1"])
        clock.advance(100 * MINUTE)
        page = await client.get(DESK, headers={**OPENING, "Accept-Language": "en"})
    assert 'data-left="900.0"' in page.text
