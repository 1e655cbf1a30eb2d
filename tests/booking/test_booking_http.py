"""Booking over HTTP, through the real app."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from icalendar import Calendar

from kernel.devices import add_device
from tests.booking.booking_city import BookingCity, build_city, local
from tests.conftest import client_of
from tests.puzzles.test_puzzles import solution

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx2

    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.web.parts import Parts

TEN = local(10, 30).isoformat()


@pytest.fixture
def city(sqlite_database: Database) -> BookingCity:
    return sqlite_database.write_now(build_city)


@pytest.fixture
async def web(sqlite_parts: Parts, city: BookingCity) -> AsyncIterator[httpx2.AsyncClient]:
    async with client_of(sqlite_parts) as client:
        yield client


async def post(
    web: httpx2.AsyncClient, path: str, body: dict[str, Any], *, key: str | None = None, token: str = ""
) -> httpx2.Response:
    headers = {"Idempotency-Key": key or uuid4().hex}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    return await web.post(f"/api/v1{path}", json=body, headers=headers)


async def hold(web: httpx2.AsyncClient, starts_at: str = TEN, *, key: str | None = None) -> httpx2.Response:
    asked = {"hall": "city", "services": ["elder-benefit"], "starts_at": starts_at}
    return await post(web, "/appointments/holds", asked, key=key)


async def book(web: httpx2.AsyncClient, starts_at: str = TEN, phone: str = "13800138000") -> dict[str, Any]:
    held = (await hold(web, starts_at)).json()
    person = {"token": held["token"], "name": "王小明", "phone": phone}
    confirmed = await post(web, "/appointments/confirm", person)
    assert confirmed.status_code == 200, confirmed.text
    return {**confirmed.json(), "token": held["token"]}


async def test_a_citizen_finds_books_moves_and_cancels(web: httpx2.AsyncClient) -> None:
    found = (await web.get("/api/v1/services", params={"q": "gaoling"})).json()["services"]
    assert found[0]["code"] == "elder-benefit"
    days = (await web.get("/api/v1/halls/city/slots?service=elder-benefit&days=2")).json()["days"]
    assert days[0]["slots"][0] == {"starts_at": TEN.replace("+00:00", "Z"), "free": 2}
    booked = await book(web)
    assert (booked["status"], booked["name_masked"], booked["phone_masked"]) == (
        "confirmed", "王*明", "138****8000",
    )  # fmt: skip
    assert booked["may"] == ["cancel", "check_in", "reschedule"]
    moved = await post(
        web, "/appointments/reschedule", {"token": booked["token"], "starts_at": local(14).isoformat()}
    )
    assert moved.json()["starts_at"] == local(14).isoformat().replace("+00:00", "Z")
    gone = await post(web, "/appointments/cancel", {"token": booked["token"]})
    assert (gone.json()["status"], gone.json()["may"]) == ("cancelled_by_citizen", [])
    seen = await web.post("/api/v1/appointments/look-up", json={"token": booked["token"]})
    assert seen.json() == gone.json()


async def test_a_repeated_request_books_once_and_a_changed_one_is_refused(web: httpx2.AsyncClient) -> None:
    key = uuid4().hex
    first, again = await hold(web, key=key), await hold(web, key=key)
    assert first.json() == again.json()
    other = await hold(web, local(11).isoformat(), key=key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")
    slots = (await web.get("/api/v1/halls/city/slots?service=elder-benefit&days=1")).json()["days"][0]
    assert slots["slots"][0]["free"] == 1


async def test_a_full_time_is_a_problem_that_names_free_ones(web: httpx2.AsyncClient) -> None:
    await hold(web)
    await hold(web)
    refused = await hold(web)
    assert refused.status_code == 409
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["code"] == "slot-taken"
    assert refused.json()["next_free"] == [
        start.isoformat() for start in (local(11), local(11, 30), local(14))
    ]


@pytest.mark.slow
async def test_five_hundred_tries_of_one_browser_keep_three_places(web: httpx2.AsyncClient) -> None:
    starts = [local(hour, minute).isoformat() for hour in (11, 14, 15, 16) for minute in (0, 30)]
    outcomes = [(await hold(web, starts[at % len(starts)])).status_code for at in range(40)]
    assert (outcomes.count(200), outcomes.count(429)) == (3, 37)
    wish = {"hall": "city", "services": ["elder-benefit"], "starts_at": starts[-1]}

    async def neighbour(**more: str) -> httpx2.Response:
        who = {"Idempotency-Key": uuid4().hex, "User-Agent": "the honest neighbour"}
        return await web.post("/api/v1/appointments/holds", json={**wish, **more}, headers=who)

    asked = await neighbour()
    assert (asked.status_code, asked.json()["code"]) == (429, "puzzle-needed"), "in a burst of that address"
    assert (await neighbour(puzzle=solution(asked.json()))).status_code == 200


async def test_the_calendar_file_and_the_code_belong_to_the_token(web: httpx2.AsyncClient) -> None:
    booked = await book(web)
    file = await web.get(f"/api/v1/appointments/{booked['token']}/calendar.ics")
    (event,) = Calendar.from_ical(file.content).walk("VEVENT")
    assert str(event["URL"]).endswith(f"/a/{booked['token']}")
    assert event["DTSTART"].dt == local(10, 30)
    code = await web.get(f"/api/v1/appointments/{booked['token']}/qr.svg")
    assert code.headers["content-type"] == "image/svg+xml"
    for answer in (file, code):
        assert "no-store" in answer.headers["cache-control"]
    for name in ("calendar.ics", "qr.svg"):
        assert (await web.get(f"/api/v1/appointments/nobodys-token/{name}")).status_code == 404


@pytest.mark.slow
async def test_check_in_by_token_gives_a_ticket_that_can_be_followed(web: httpx2.AsyncClient) -> None:
    booked = await book(web)
    issued = (await post(web, "/appointments/check-in", {"token": booked["token"]})).json()
    assert issued["ticket"]["is_appointment"]
    assert issued["ticket"]["due_at"] == TEN.replace("+00:00", "Z")
    followed = await web.post("/api/v1/tickets/follow", json={"token": issued["token"]})
    assert followed.json()["label"] == issued["ticket"]["label"]
    again = await post(web, "/appointments/check-in", {"token": booked["token"]})
    assert again.json()["code"] == "appointment-not-possible"


async def test_only_a_kiosk_checks_in_by_reference_and_a_guesser_is_stopped(
    web: httpx2.AsyncClient, sqlite_parts: Parts, city: BookingCity
) -> None:
    booked = await book(web)
    kiosk = sqlite_parts.database.write_now(
        add_device, city.halls["city"], kind="kiosk", name="door", vault=sqlite_parts.vault
    )
    typed = {"code": booked["code"], "phone_tail": "8000"}
    assert (await post(web, "/appointments/check-in", typed)).status_code == 401
    code = booked["code"]
    spelt = (code, code.lower(), f"{code[:4]}-{code[4:]}", f" {code[:2]} {code[2:]}")
    for guess, reference in zip(("0000", "1111", "2222", "3333"), spelt, strict=True):
        guessed = {"code": reference, "phone_tail": guess}
        wrong = await post(web, "/appointments/check-in", guessed, token=kiosk)
        assert (wrong.status_code, wrong.json()["code"]) == (403, "check-in-not-recognised")
    right = await post(web, "/appointments/check-in", typed, token=kiosk)
    assert right.json()["ticket"]["is_appointment"]
    stopped = await post(web, "/appointments/check-in", typed, token=kiosk)
    assert (stopped.status_code, stopped.json()["code"]) == (429, "too-many-tries")


async def test_the_ranking_answers_for_a_position_and_for_an_area(web: httpx2.AsyncClient) -> None:
    asked = {"services": ["social-card"], "mode": "bus"}
    here = {"lat": 22.97, "lon": 115.33, "datum": "GCJ-02"}
    placed = await web.post("/api/v1/halls/ranking", json={**asked, "position": here})
    body = placed.json()
    assert [hall["rank"] for hall in body["halls"]] == [1, 2, 3]
    assert body["halls"][0]["code"] == "bank"
    assert body["halls"][0]["best"] == "walk_in"
    for hall in body["halls"]:
        assert hall["travel"]["low"] <= hall["travel"]["typical"] <= hall["travel"]["high"]
        assert hall["reason_zh"]
        assert hall["reason_en"]
        assert set(hall["links"]) == {"amap", "baidu", "tencent", "geo"}
    named = await web.post("/api/v1/halls/ranking", json={**asked, "area": "海城镇"})
    assert named.json()["origin"]["name"] == "海城镇"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"services": ["social-card"]}, 422, "origin-missing"),
        ({"services": ["social-card"], "area": "上海"}, 404, "unknown-area"),
        ({"services": ["nothing"], "area": "海城"}, 404, "service-not-found"),
        ({"services": ["social-card"], "position": {"lat": 115.3, "lon": 22.9}}, 422, "swapped-position"),
        ({"services": ["social-card"], "area": "海城", "mood": "good"}, 422, "request-invalid"),
    ],
)
@pytest.mark.slow
async def test_a_wish_that_cannot_be_ranked_says_why(
    web: httpx2.AsyncClient, body: dict[str, Any], status: int, code: str
) -> None:
    refused = await web.post("/api/v1/halls/ranking", json=body)
    assert (refused.status_code, refused.json()["code"]) == (status, code)


async def test_a_lost_hold_says_so_and_nothing_is_kept(web: httpx2.AsyncClient, clock: ManualClock) -> None:
    held = (await hold(web)).json()
    clock.advance(timedelta(minutes=5))
    person = {"token": held["token"], "name": "王小明", "phone": "13800138000"}
    refused = await post(web, "/appointments/confirm", person)
    assert (refused.status_code, refused.json()["code"]) == (410, "hold-expired")
    for secret in ("王小明", "13800138000", held["token"]):
        assert secret not in refused.text


async def test_what_need_not_be_brought_is_told_before_booking(web: httpx2.AsyncClient) -> None:
    guide = (await web.get("/api/v1/services/elder-benefit")).json()
    assert [paper["name_zh"] for paper in guide["need_not_bring"]] == ["居民身份证"]
    assert [paper["name_zh"] for paper in guide["prefilled"]] == ["申请表"]
    assert guide["service"]["online"]
    hall = (await web.get("/api/v1/halls/town")).json()
    assert hall["open_now"]
    assert {each["code"] for each in hall["services"]} == {"elder-benefit", "minimum-living"}
    themes = (await web.get("/api/v1/themes")).json()["themes"]
    assert themes[0]["service_codes"] == ["elder-benefit", "social-card"]
