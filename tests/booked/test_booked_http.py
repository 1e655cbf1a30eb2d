"""The hall's appointments over HTTP: the API with its keys and roles, and the pages as plain forms."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from kernel.web.access import STAFF_COOKIE
from tests.conftest import bearer

if TYPE_CHECKING:
    import httpx2

    from kernel.clock import ManualClock
    from tests.support.small_city import SmallCity

HOME, API = "/staff/halls/H1/appointments", "/api/v1/halls/H1/appointments"
ENGLISH = {"Accept": "text/html", "Accept-Language": "en"}
FIELD = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')


async def book(client: httpx2.AsyncClient, count: int = 1, *, day: int = 1) -> list[dict[str, Any]]:
    """Book the first free times of a day in the first hall, each as somebody else."""
    days = (await client.get("/api/v1/halls/H1/slots?service=id-card&days=4")).json()["days"]
    starts = [slot["starts_at"] for slot in days[day]["slots"] for _ in range(slot["free"])][:count]
    booked = []
    for number, starts_at in enumerate(starts):
        keys = {"User-Agent": f"browser {number // 2}", "Idempotency-Key": uuid4().hex}
        wish = {"hall": "H1", "services": ["id-card"], "starts_at": starts_at}
        held = (await client.post("/api/v1/appointments/holds", json=wish, headers=keys)).json()
        who = {"token": held["token"], "name": "王小明", "phone": f"1380013{8000 + number}"}
        keys["Idempotency-Key"] = uuid4().hex
        answer = await client.post("/api/v1/appointments/confirm", json=who, headers=keys)
        booked.append({"token": held["token"], **answer.raise_for_status().json()})
    return booked


async def post(client: httpx2.AsyncClient, path: str, who: str, body: Any = None) -> httpx2.Response:
    headers = {**bearer(who), "Idempotency-Key": uuid4().hex}
    return await client.post(f"{API}{path}", json=body, headers=headers)


def form_of(page: str, action: str) -> tuple[str, list[tuple[str, str]]]:
    """Return where the first form of this step leads, and its hidden fields."""
    found = re.search(rf'<form[^>]*action="([^"]*/{action})["#].*?</form>', page, re.DOTALL)
    assert found, f"no form for {action}"
    return found[1], FIELD.findall(found[0])


async def submit(
    client: httpx2.AsyncClient, page: str, action: str, **typed: str
) -> tuple[httpx2.Response, str]:
    target, hidden = form_of(page, action)
    fields: dict[str, Any] = {}
    for name, value in hidden:
        fields.setdefault(name, []).append(value)
    answer = await client.post(target, data=fields | typed, headers=ENGLISH)
    after = answer.headers.get("location")
    return answer, (await client.get(after, headers=ENGLISH)).text if after else answer.text


@pytest.mark.slow
async def test_the_api_lists_and_cancels_for_whoever_may(client: httpx2.AsyncClient, city: SmallCity) -> None:
    first, second, third = await book(client, 3)
    day, tokens = first["starts_at"][:10], city.tokens
    listed = await client.get(f"{API}?day={day}", headers=bearer(tokens["clerk1"]))
    assert [own["code"] for own in listed.json()["appointments"]] == [
        own["code"] for own in (first, second, third)
    ]
    assert "13800138" not in listed.text
    for who, path in (("supervisor", "?"), ("clerk4", "?"), ("kiosk", "?")):
        refused = await client.get(API + path, headers=bearer(tokens[who]))
        assert refused.status_code in (401, 403), who
    asked = {"appointments": [first["id"], second["id"]], "reason": "closed"}
    assert (await post(client, "/cancel", tokens["clerk1"], asked)).json()["code"] == "wrong-role"
    headers = {**bearer(tokens["manager"]), "Idempotency-Key": uuid4().hex}
    answers = [await client.post(f"{API}/cancel", json=asked, headers=headers) for _ in range(2)]
    assert answers[0].json()["cancelled"] == 2
    assert sorted(answers[0].json()["to_call"]) == sorted(asked["appointments"]), "no messages are set up"
    assert answers[1].json() == answers[0].json()
    over = await post(client, "/cancel", tokens["manager"], asked)
    assert (over.status_code, over.json()["code"]) == (422, "nobody-to-cancel")
    other = await post(client, "/cancel", tokens["manager"], {**asked, "reason": "other"})
    assert other.json()["code"] == "cancel-words-missing"
    own = await client.post("/api/v1/appointments/look-up", json={"token": first["token"]})
    assert (own.json()["status"], own.json()["cancel_reason"]) == ("cancelled_by_hall", "closed")
    phone = await post(client, f"/{third['id']}/number", tokens["clerk1"])
    assert phone.json() == {"phone": "+8613800138002"}
    assert phone.headers["cache-control"] == "no-store"
    gone = await post(client, f"/{third['id']}/cancel-at-wish", tokens["clerk1"])
    assert gone.json()["status"] == "cancelled_by_citizen"


@pytest.mark.slow
async def test_a_manager_sees_who_is_affected_before_cancelling_and_whom_to_call_after(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity
) -> None:
    client = sqlite_client
    booked = await book(client, 3)
    day = booked[0]["starts_at"][:10]
    client.cookies.set(STAFF_COOKIE, sqlite_city.tokens["manager"])
    listed = (await client.get(f"{HOME}?day={day}", headers=ENGLISH)).text
    assert listed.count('name="id"') == 3
    assert "13800138" not in listed
    ticked = "&".join(f"id={own['id']}" for own in booked[:2])
    review = (await client.get(f"{HOME}/cancel?day={day}&{ticked}", headers=ENGLISH)).text
    assert "2 people are affected" in review
    assert "No message reaches any of them" in review
    wrong, page = await submit(client, review, "cancel", reason="other")
    assert wrong.status_code == 422
    assert "Say in words why" in page
    done, page = await submit(client, page, "cancel", reason="weather", note="Typhoon")
    assert done.status_code == 303
    assert "2 appointments are cancelled." in page
    assert page.count("to be called: no message") == 2
    told = (await client.get(f"/a/{booked[0]['token']}", headers=ENGLISH)).text
    assert "Please do not come" in told
    assert "weather or public safety" in told
    assert "Typhoon" in told
    whole = (await client.get(f"{HOME}/cancel?day={day}&which=all", headers=ENGLISH)).text
    assert "1 person is affected" in whole
    shown, page = await submit(client, page, "number")
    assert "+8613800138" in shown.text
    assert "+8613800138" not in (await client.get(f"{HOME}?day={day}", headers=ENGLISH)).text


@pytest.mark.slow
async def test_a_clerk_checks_in_and_cancels_at_a_persons_wish_only(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity, clock: ManualClock
) -> None:
    client = sqlite_client
    booked = await book(client, 2, day=0)
    client.cookies.set(STAFF_COOKIE, sqlite_city.tokens["clerk1"])
    listed = (await client.get(HOME, headers=ENGLISH)).text
    assert 'name="id"' not in listed
    address = f"{HOME}/cancel?id={booked[1]['id']}"
    _, page = await submit(client, (await client.get(address, headers=ENGLISH)).text, "cancel-at-wish")
    assert "1 appointment is cancelled." in page
    one, page = await submit(client, page, "check-in")
    assert "/staff/halls/H1/tickets/" in one.headers["location"]
    assert "A001" in page
    forged = {"csrf_token": form_of(listed, "check-in")[1][0][1], "key": uuid4().hex, "reason": "closed"}
    refused = await client.post(f"{HOME}/cancel", data=forged | {"id": booked[0]["id"]}, headers=ENGLISH)
    assert refused.status_code == 403


@pytest.mark.parametrize("who", ["clerk4", "supervisor"])
async def test_the_list_is_the_halls_own(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity, who: str
) -> None:
    assert (await sqlite_client.get(HOME)).status_code == 303, "strangers are led to sign in"
    sqlite_client.cookies.set(STAFF_COOKIE, sqlite_city.tokens[who])
    for path in ("", "/cancel"):
        assert (await sqlite_client.get(HOME + path)).status_code == 403


@pytest.mark.parametrize("day", ["tomorrow", "0001-01-01", "9999-12-31", "2026-02-30"])
@pytest.mark.slow
async def test_a_day_that_cannot_be_shown_shows_today(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity, day: str
) -> None:
    sqlite_client.cookies.set(STAFF_COOKIE, sqlite_city.tokens["manager"])
    shown = await sqlite_client.get(f"{HOME}?day={day}", headers=ENGLISH)
    assert (shown.status_code, "today</span>" in shown.text) == (200, True)
    asked = await sqlite_client.get(f"{API}?day={day}")
    assert asked.status_code == 422
