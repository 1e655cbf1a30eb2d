"""Booking and moving for somebody over HTTP: the API with its keys and roles, the pages as plain forms."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from kernel.web.access import STAFF_COOKIE
from tests.booked.test_booked_http import ENGLISH, book, form_of, submit
from tests.conftest import bearer

if TYPE_CHECKING:
    import httpx2

    from tests.support.small_city import SmallCity

HOME, API = "/staff/halls/H1/book", "/api/v1/halls/H1/appointments"
TIMES = f"{HOME}/times?service=id-card"
START = re.compile(r'name="starts_at" value="([^"]+)"')


async def first_time(client: httpx2.AsyncClient, day: int = 1) -> str:
    days = (await client.get("/api/v1/halls/H1/slots?service=id-card&days=4")).json()["days"]
    start: str = days[day]["slots"][0]["starts_at"]
    return start


async def page_of(client: httpx2.AsyncClient, address: str) -> str:
    return (await client.get(address, headers=ENGLISH)).text


@pytest.fixture
def clerk(sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity) -> httpx2.AsyncClient:
    sqlite_client.cookies.set(STAFF_COOKIE, sqlite_city.tokens["clerk1"])
    return sqlite_client


async def test_the_api_books_once_for_whoever_may_and_moves(
    client: httpx2.AsyncClient, city: SmallCity
) -> None:
    start = await first_time(client)
    asked: dict[str, Any] = {"services": ["id-card"], "starts_at": start, "name": "王小明"}
    for who in ("clerk4", "supervisor", "kiosk"):
        headers = {**bearer(city.tokens[who]), "Idempotency-Key": uuid4().hex}
        refused = await client.post(API, json=asked, headers=headers)
        assert refused.status_code in (401, 403), who
    headers = {**bearer(city.tokens["clerk1"]), "Idempotency-Key": uuid4().hex}
    answers = [await client.post(API, json=asked, headers=headers) for _ in range(2)]
    assert answers[0].status_code == 200
    assert answers[1].json() == answers[0].json()
    own = answers[0].json()["appointment"]
    assert (own["status"], own["phone_masked"]) == ("confirmed", None)
    times = (await client.get(f"{API}/times?service=id-card", headers=headers)).json()
    assert (times["at"]["code"], times["offered"]) == ("H1", True)
    assert [each["hall"]["code"] for each in times["others"]] == ["H2"]
    later = times["days"][1]["slots"][-1]["starts_at"]
    move = {**headers, "Idempotency-Key": uuid4().hex}
    moved = await client.post(f"{API}/{own['id']}/move-at-wish", json={"starts_at": later}, headers=move)
    assert moved.json()["starts_at"] == later
    terms = await client.get(f"{API}/{own['id']}/terms", headers=headers)
    assert terms.json() == {"rule": None, "cancel_by": None, "too_late": None}


async def test_a_clerk_goes_from_the_service_to_the_slip(clerk: httpx2.AsyncClient) -> None:
    start = await page_of(clerk, HOME)
    assert 'value="id-card"' in start
    times = await page_of(clerk, TIMES)
    assert "Soonest in other halls" in times
    kept, page = await submit(clerk, times, "times", starts_at=START.findall(times)[-1])
    assert (kept.status_code, "The place is kept until" in page) == (303, True)
    token = kept.headers["location"].rsplit("/", 1)[1]
    wrong, page = await submit(clerk, page, token, name="", phone="12")
    assert (wrong.status_code, page.count('aria-invalid="true"')) == (422, 2)
    assert 'value="12"' in page, "what was typed is kept"
    done, page = await submit(clerk, page, token, name="王小明", phone="")
    assert done.headers["location"].endswith(f"{token}/slip")
    assert "the slip is the only proof" in page
    assert f"/api/v1/appointments/{token}/qr.svg" in page
    code = (await clerk.post("/api/v1/appointments/look-up", json={"token": token})).json()["code"]
    assert f"{code[:4]} {code[4:]}" in page
    own = await page_of(clerk, f"/a/{token}")
    assert "show the slip at the help desk" in own
    assert "None" not in own


@pytest.mark.slow
async def test_a_time_taken_meanwhile_leads_to_the_nearest(clerk: httpx2.AsyncClient) -> None:
    times = await page_of(clerk, TIMES)
    start = (await book(clerk, 1))[0]["starts_at"]
    while (await clerk.get("/api/v1/halls/H1/slots?service=id-card&days=4")).text.count(start):
        asked = {"services": ["id-card"], "starts_at": start, "name": "王小明"}
        await clerk.post(API, json=asked, headers={"Idempotency-Key": uuid4().hex, **_csrf(times)})
    lost, page = await submit(clerk, times, "times", starts_at=start)
    assert lost.status_code == 409
    assert "The nearest that are free" in page
    assert len(START.findall(page)) > 3


def _csrf(page: str) -> dict[str, str]:
    return {"X-CSRF-Token": dict(form_of(page, "times")[1])["csrf_token"]}


async def test_a_place_that_is_let_go_is_free_again(clerk: httpx2.AsyncClient) -> None:
    times = await page_of(clerk, TIMES)
    kept, page = await submit(clerk, times, "times", starts_at=START.findall(times)[-1])
    token = kept.headers["location"].rsplit("/", 1)[1]
    _, hidden = form_of(page, token)
    gone = await clerk.post(f"{HOME}/{token}/let-go", data=dict(hidden), headers=ENGLISH)
    assert gone.headers["location"] == f"{TIMES}&at=H1"
    own = (await clerk.post("/api/v1/appointments/look-up", json={"token": token})).json()
    assert own["status"] == "cancelled_by_citizen"


async def test_a_clerk_moves_what_somebody_asks_to_be_moved(clerk: httpx2.AsyncClient) -> None:
    own = (await book(clerk, 1))[0]
    address = f"/staff/halls/H1/appointments/{own['id']}/move"
    assert address in await page_of(clerk, f"/staff/halls/H1/appointments?day={own['starts_at'][:10]}")
    times = await page_of(clerk, address)
    assert "It stays theirs until the new time is theirs." in times
    start = START.findall(times)[-1]
    moved, page = await submit(clerk, times, "move", starts_at=start)
    assert (moved.status_code, "Moved to this day." in page) == (303, True)
    seen = (await clerk.post("/api/v1/appointments/look-up", json={"token": own["token"]})).json()
    assert seen["starts_at"] == start.replace("+00:00", "Z")


@pytest.mark.parametrize("who", ["clerk4", "supervisor"])
async def test_nobody_books_from_a_hall_that_is_not_theirs(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity, who: str
) -> None:
    assert (await sqlite_client.get(HOME)).status_code == 303, "strangers are led to sign in"
    sqlite_client.cookies.set(STAFF_COOKIE, sqlite_city.tokens[who])
    for path in (HOME, TIMES):
        assert (await sqlite_client.get(path)).status_code == 403


async def test_the_window_is_told_that_another_booked_and_nothing_of_who(clerk: httpx2.AsyncClient) -> None:
    slots = (await clerk.get("/api/v1/halls/H1/slots?service=id-card")).json()["days"][0]["slots"]
    asked = {"services": ["id-card"], "starts_at": slots[0]["starts_at"], "name": "王奶奶", "for_other": True}
    keys = {"Idempotency-Key": uuid4().hex, **bearer(clerk.cookies[STAFF_COOKIE])}
    booked = (await clerk.post(API, json={**asked, "phone": "13800138000"}, headers=keys)).json()
    came = await clerk.post(
        f"{API}/{booked['id']}/check-in", headers={**keys, "Idempotency-Key": uuid4().hex}
    )
    ticket = came.json()["ticket"]["id"]
    told = await clerk.get(f"{API}/of-ticket/{ticket}", headers=keys)
    assert told.json() == {"party": 1, "for_other": True, "kind": "hall"}
    unknown = await clerk.get(f"{API}/of-ticket/{uuid4()}", headers=keys)
    assert (unknown.status_code, unknown.json()["code"]) == (404, "ticket-not-found")


async def test_whoever_booked_and_lost_the_slip_is_found_by_their_full_name_only(
    clerk: httpx2.AsyncClient, sqlite_city: SmallCity
) -> None:
    slots = (await clerk.get("/api/v1/halls/H1/slots?service=id-card")).json()["days"][0]["slots"]
    asked = {"services": ["id-card"], "starts_at": slots[0]["starts_at"], "name": "王小奶"}

    async def send(path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        keys = {"Idempotency-Key": uuid4().hex, **bearer(clerk.cookies[STAFF_COOKIE])}
        answer = await clerk.post(f"/api/v1/{path}", json=body, headers=keys)
        done: dict[str, Any] = answer.raise_for_status().json()
        return done

    booked = await send("halls/H1/appointments", asked)
    await send(f"halls/H1/appointments/{booked['id']}/check-in")
    window = f"windows/{sqlite_city.windows[0]}"
    await send(f"{window}/open")
    called = (await send(f"{window}/call-next"))["id"]
    await send(f"tickets/{called}/start")
    day = slots[0]["starts_at"][:10]
    await send(f"tickets/{called}/finish-coming-back", {"note": "照片", "until_on": day})
    for wanted, names in (("王小奶", ["王*奶"]), ("王", []), ("小", []), ("照片", ["王*奶"])):
        address = f"/api/v1/halls/H1/returns?q={wanted}"
        found = (await clerk.get(address, headers=bearer(clerk.cookies[STAFF_COOKIE]))).json()["found"]
        assert [own["name_masked"] for own in found] == names, wanted
