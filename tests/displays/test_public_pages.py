"""The public pages through the real app: they render in both languages and work as plain forms."""

from __future__ import annotations

import html
import re
from datetime import datetime, timedelta
from itertools import product
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest

from displays.rendering import assets
from tests.conftest import CHINA, bearer

if TYPE_CHECKING:
    import httpx2

    from kernel.clock import ManualClock
    from tests.support.small_city import SmallCity

PAGES = (
    *("/", "/?q=身份证", "/services/id-card", "/halls?service=id-card", "/halls?service=id-card&near=H2"),
    *("/halls?service=id-card&sort=distance&mode=walk", "/book?hall=H1&service=id-card", "/lobby/H1"),
    *("/services", "/services?kind=at-once", "/services?kind=papers"),
    *("/problems/closed-on-that-day", "/problems/device-unknown"),
)
FORM_KEY = re.compile(r'name="key" value="([0-9a-f]{32})"')


@pytest.mark.slow
async def test_pages_render_in_both_languages(sqlite_client: httpx2.AsyncClient) -> None:
    for address, language in product(PAGES, ("zh-CN", "en")):
        answer = await sqlite_client.get(address, headers={"Accept-Language": language})
        assert answer.status_code == 200, address
        assert answer.headers["content-type"].startswith("text/html")


async def test_a_day_on_which_the_hall_is_closed_is_told_apart_from_one_that_is_full(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity
) -> None:
    manager = bearer(sqlite_city.tokens["manager"])
    day = {"works_as": None, "reason_zh": "检修", "reason_en": ""}
    said = {"Accept-Language": "en"}
    address = "/book?hall=H1&service=id-card&from=2026-11-19"
    before = (await sqlite_client.get(address, headers=said)).text
    closed = await sqlite_client.put("/api/v1/halls/H1/setup/days/2026-11-19", json=day, headers=manager)
    assert closed.status_code == 200, closed.text
    after = (await sqlite_client.get(address, headers=said)).text
    assert before.count(">not open<") == 2  # Saturday and Sunday
    assert after.count(">not open<") == 3
    assert after.count("The hall is closed on that day.") == 3
    assert "nothing free" not in after


async def test_days_of_a_year_whose_holidays_are_not_known_are_not_said_to_be_full(
    sqlite_client: httpx2.AsyncClient, clock: ManualClock
) -> None:
    said = {"Accept-Language": "en"}
    address = "/book?hall=H1&service=id-card"
    clock.set(datetime(2026, 12, 30, 9, 0, tzinfo=CHINA))
    days = (await sqlite_client.get(address, headers=said)).text.split("<details")[1:]
    assert [day.count(">not yet bookable<") for day in days] == [0, 0, 0, 0, 0, 1, 1]
    assert not any("Wait for a place" in day for day in days[2:])
    listed = (await sqlite_client.get("/api/v1/halls/H1/slots?service=id-card")).json()["days"]
    assert [day["date"] for day in listed if day["bookable"]] == ["2026-12-30", "2026-12-31"]
    assert "Later days cannot be booked yet." in (await sqlite_client.get(address, headers=said)).text
    wish = {"halls": ["H1"], "services": ["id-card"], "first_day": "2027-01-04", "last_day": "2027-01-05"}
    wish |= {"name": "王小明", "phone": "13800138000"}
    refused = await sqlite_client.post("/api/v1/waitlist", json=wish, headers={"Idempotency-Key": "a" * 32})
    assert (refused.status_code, refused.json()["last_day"]) == (422, "2026-12-31"), refused.text
    clock.set(datetime(2027, 1, 5, 9, 0, tzinfo=CHINA))
    assert "/waitlist" not in (await sqlite_client.get(address, headers=said)).text


async def test_pages_hold_nothing_inline_and_nothing_from_elsewhere(
    sqlite_client: httpx2.AsyncClient,
) -> None:
    for address in PAGES:
        text = (await sqlite_client.get(address)).text
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*src=)", text), address
        for source in re.findall(r'(?:src|href)="([^"]+)"', re.sub(r"<a\b[^>]*>", "", text)):
            assert source.startswith("/"), source


async def test_every_asset_a_page_names_is_served_for_ever(sqlite_client: httpx2.AsyncClient) -> None:
    text = (await sqlite_client.get("/")).text
    named = re.findall(r'"(/static/[^"]+)"', text)
    assert named
    for address in named:
        answer = await sqlite_client.get(address)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]


async def test_an_old_hash_still_serves_but_is_never_stored(sqlite_client: httpx2.AsyncClient) -> None:
    answer = await sqlite_client.get("/static/0000000000000000/css/base.css")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert (await sqlite_client.get("/static/x/../../rendering.py")).status_code == 404
    assert (await sqlite_client.get("/static/x/no-such.css")).status_code == 404


def test_every_script_import_leads_to_a_file() -> None:
    for name, asset in assets().items():
        if name.endswith(".js"):
            for imported in re.findall(r'from "(\.[^"]+)"', asset.content.decode()):
                folder = name.split("/")[:-1]
                for step in imported.split("/"):
                    folder = folder[:-1] if step == ".." else folder if step == "." else [*folder, step]
                assert "/".join(folder) in assets(), f"{name} imports {imported}"


async def test_language_and_large_print_are_remembered(sqlite_client: httpx2.AsyncClient) -> None:
    for chosen in ({"language": "en"}, {"text": "large"}):
        answer = await sqlite_client.post("/preferences", data={**chosen, "next": "/services/id-card"})
        assert (answer.status_code, answer.headers["location"]) == (303, "/services/id-card")
    text = (await sqlite_client.get("/", headers={"Accept-Language": "zh"})).text
    assert '<html lang="en" class="large-text">' in text


async def test_the_switches_never_lead_elsewhere(sqlite_client: httpx2.AsyncClient) -> None:
    for target in ("https://evil.example/", "//evil.example", "/\\evil.example", "evil"):
        answer = await sqlite_client.post("/preferences", data={"language": "en", "next": target})
        assert answer.headers["location"] == "/"


async def test_a_position_ranks_without_standing_in_any_address(sqlite_client: httpx2.AsyncClient) -> None:
    asked = {"service": "id-card", "lat": "22.9701234", "lon": "115.3301234"}
    answer = await sqlite_client.post("/halls", data=asked)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    links = re.findall(r'href="([^"]+)"', answer.text)
    assert not [link for link in links if "22.9701" in link]
    first = re.search(r'hall__name">([^<]+)', answer.text)
    assert first is not None
    assert first[1].startswith("H2")


async def test_an_unknown_place_is_told_on_the_page(sqlite_client: httpx2.AsyncClient) -> None:
    answer = await sqlite_client.get("/halls?service=id-card&area=nowhere at all")
    assert answer.status_code == 200
    assert 'role="alert"' in answer.text


async def test_a_refusal_is_a_page_for_people_and_a_document_for_programs(
    sqlite_client: httpx2.AsyncClient,
) -> None:
    page = await sqlite_client.get("/services/no-such", headers={"Accept": "text/html"})
    assert (page.status_code, page.headers["content-type"].split(";")[0]) == (404, "text/html")
    assert "/problems/service-not-found" in page.text
    plain = await sqlite_client.get("/services/no-such", headers={"Accept": "application/json"})
    assert plain.json()["code"] == "service-not-found"


async def test_a_call_that_is_not_on_the_board_is_never_spoken(sqlite_client: httpx2.AsyncClient) -> None:
    answer = await sqlite_client.get("/lobby/H1/speech/zh/A001/1.wav")
    assert answer.status_code == 404
    assert answer.json()["code"] == "voice-missing"


# --- booking as plain forms ------------------------------------------------------------------------


async def _held(client: httpx2.AsyncClient) -> tuple[str, str]:
    """Keep the first free place; return the form's address and its key."""
    slots = (await client.get("/book?hall=H1&service=id-card")).text
    start = re.search(r'name="starts_at" value="([^"]+)"', slots)
    assert start is not None
    asked = {
        "hall": "H1",
        "service": "id-card",
        "starts_at": html.unescape(start[1]),
        "key": _key(slots),
    }
    once, twice = [await client.post("/book", data=asked) for _ in range(2)]
    assert once.status_code == 303
    assert once.headers["location"] == twice.headers["location"], "a double tap keeps one place"
    address = once.headers["location"]
    return address, _key((await client.get(address)).text)


def _key(page: str) -> str:
    found = FORM_KEY.search(page)
    assert found is not None
    return found[1]


async def _booked(client: httpx2.AsyncClient, phone: str = "13800138000") -> str:
    """Book; return the address of the appointment's page."""
    address, key = await _held(client)
    answer = await client.post(address, data={"key": key, "name": "王小明", "phone": phone})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


async def test_booking_works_without_scripts_and_shows_nobody_in_full(
    sqlite_client: httpx2.AsyncClient,
) -> None:
    address = await _booked(sqlite_client)
    answer = await sqlite_client.get(address)
    assert answer.headers["cache-control"] == "no-store"
    assert "王*明" in answer.text
    assert "王小明" not in answer.text
    assert "13800138000" not in answer.text
    for wanted in ("calendar.ics", "qr.svg", f"{address}/change", f"{address}/cancel"):
        assert wanted in answer.text


@pytest.mark.slow
async def test_wrong_answers_are_told_beside_the_field_and_kept(sqlite_client: httpx2.AsyncClient) -> None:
    address, key = await _held(sqlite_client)
    answer = await sqlite_client.post(address, data={"key": key, "name": "王小明", "phone": "12"})
    assert answer.status_code == 422
    assert 'value="王小明"' in answer.text
    title = re.search(r'id="phone-error">([^<]+)', answer.text)
    assert title is not None
    assert f'<a href="#phone">{title[1]}</a>' in answer.text, "summary and field say the same words"
    again = {"key": _key(answer.text), "name": "王小明", "phone": "13800138000"}
    assert (await sqlite_client.post(address, data=again)).status_code == 303


async def test_all_that_is_wrong_is_told_at_once(sqlite_client: httpx2.AsyncClient) -> None:
    address, key = await _held(sqlite_client)
    answer = await sqlite_client.post(address, data={"key": key, "name": "", "phone": "12"})
    assert answer.status_code == 422
    assert re.findall(r'<a href="#(\w+)">', answer.text)[-2:] == ["name", "phone"]
    assert 'id="name-error"' in answer.text
    assert 'id="phone-error"' in answer.text


async def test_a_place_that_ran_out_offers_others_and_keeps_the_answers(
    sqlite_client: httpx2.AsyncClient, clock: ManualClock
) -> None:
    address, key = await _held(sqlite_client)
    clock.advance(timedelta(minutes=6))
    answer = await sqlite_client.post(address, data={"key": key, "name": "王小明", "phone": "13800138000"})
    assert answer.status_code == 410
    starts = re.findall(r'name="starts_at" value="([^"]+)"', answer.text)
    assert len(starts) == 3
    asked = {
        "hall": "H1",
        "service": "id-card",
        "starts_at": html.unescape(starts[0]),
        "key": _key(answer.text),
        "name": "王小明",
        "phone": "13800138000",
    }
    again = await sqlite_client.post("/book", data=asked)
    assert again.status_code == 200
    assert 'value="王小明"' in again.text


@pytest.mark.slow
async def test_an_appointment_is_changed_and_cancelled_in_two_taps(sqlite_client: httpx2.AsyncClient) -> None:
    address = await _booked(sqlite_client)
    times = (await sqlite_client.get(f"{address}/change")).text
    start = re.findall(r'name="starts_at" value="([^"]+)"', times)[-1]
    moved = await sqlite_client.post(
        f"{address}/change", data={"key": _key(times), "starts_at": html.unescape(start)}
    )
    assert (moved.status_code, moved.headers["location"]) == (303, f"{address}?moved=true")
    asked = (await sqlite_client.get(f"{address}/cancel")).text
    assert (await sqlite_client.post(f"{address}/cancel", data={"key": _key(asked)})).status_code == 303
    assert "/cancel" not in (await sqlite_client.get(address)).text


@pytest.mark.slow
async def test_an_appointment_becomes_a_ticket_that_can_be_given_up_and_taken_back(
    sqlite_client: httpx2.AsyncClient, clock: ManualClock
) -> None:
    address = await _booked(sqlite_client)
    clock.advance(timedelta(minutes=30))
    page = (await sqlite_client.get(address)).text
    checked_in = await sqlite_client.post(f"{address}/check-in", data={"key": _key(page)})
    assert checked_in.status_code == 303, checked_in.text
    ticket = checked_in.headers["location"]
    for action, state in (("more-time", "waiting"), ("give-up", "given_up"), ("undo-give-up", "waiting")):
        page = (await sqlite_client.get(ticket)).text
        assert f"{ticket}/{action}" in page
        moved = await sqlite_client.post(f"{ticket}/{action}", data={"key": _key(page)})
        assert moved.status_code == 303
        assert f'data-status="{state}"' in (await sqlite_client.get(f"{ticket}/now")).text
    assert (await sqlite_client.get(f"{ticket}/qr.svg")).headers["content-type"] == "image/svg+xml"


async def test_a_token_nobody_has_opens_nothing(sqlite_client: httpx2.AsyncClient) -> None:
    for address in ("/a/nobody-has-this", "/t/nobody-has-this", "/book/nobody-has-this"):
        assert (await sqlite_client.get(address)).status_code == 404


# --- the kiosk -------------------------------------------------------------------------------------


@pytest.fixture
async def kiosk(sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity) -> httpx2.AsyncClient:
    """A client that has registered as the first hall's kiosk."""
    answer = await sqlite_client.get(f"/kiosk/H1?device={sqlite_city.tokens['kiosk']}")
    assert (answer.status_code, answer.headers["location"]) == (303, "/kiosk/H1")
    return sqlite_client


@pytest.mark.slow
async def test_three_touches_give_a_ticket_whatever_is_pressed_twice(kiosk: httpx2.AsyncClient) -> None:
    assert "/kiosk/H1/queues/A" in (await kiosk.get("/kiosk/H1")).text
    assert "/kiosk/H1/queues/A/id-card" in (await kiosk.get("/kiosk/H1/queues/A")).text
    last = (await kiosk.get("/kiosk/H1/queues/A/id-card")).text
    asked = {"key": _key(last), "service": "id-card", "priority": "false"}
    once, twice = [await kiosk.post("/kiosk/H1/tickets", data=asked) for _ in range(2)]
    assert once.status_code == 303
    assert once.headers["location"] == twice.headers["location"]
    paper = (await kiosk.get(once.headers["location"])).text
    assert "A001" in paper


@pytest.mark.slow
async def test_a_kiosk_checks_an_appointment_in_by_reference_or_by_its_code(
    kiosk: httpx2.AsyncClient, clock: ManualClock
) -> None:
    for phone, scan in (("13800138000", False), ("13900139000", True)):
        address = await _booked(kiosk, phone)
        clock.advance(timedelta(minutes=25))
        page = (await kiosk.get("/kiosk/H1/check-in")).text
        code = re.search(r'class="reference">(\w{4}) (\w{4})<', (await kiosk.get(address)).text)
        assert code is not None
        typed = {"reference": code[1].lower() + " " + code[2], "tail": phone[-4:]}
        if scan:
            typed = {"reference": f"http://testserver{unquote(address)}"}
        answer = await kiosk.post("/kiosk/H1/check-in", data={"key": _key(page), **typed})
        assert answer.status_code == 303, answer.text


async def test_a_wrong_reference_is_told_without_saying_which_part(kiosk: httpx2.AsyncClient) -> None:
    page = (await kiosk.get("/kiosk/H1/check-in")).text
    asked = {"key": _key(page), "reference": "ACDEFGHJ", "tail": "0000"}
    answer = await kiosk.post("/kiosk/H1/check-in", data=asked)
    assert answer.status_code == 403
    assert 'role="alert"' in answer.text


async def test_a_kiosk_keeps_the_reference_but_neither_the_number_nor_a_link(
    kiosk: httpx2.AsyncClient,
) -> None:
    for typed, kept in (("ACDE FGHJ", "ACDE FGHJ"), ("http://testserver/a/never-was-one", "")):
        page = (await kiosk.get("/kiosk/H1/check-in")).text
        asked = {"key": _key(page), "reference": typed, "tail": "4711"}
        answer = (await kiosk.post("/kiosk/H1/check-in", data=asked)).text
        assert f'name="reference" value="{kept}"' in answer
        assert "4711" not in answer
        assert "never-was-one" not in answer


async def test_guessing_at_a_kiosk_is_stopped(kiosk: httpx2.AsyncClient) -> None:
    said = []
    for guess in range(7):
        page = (await kiosk.get("/kiosk/H1/check-in")).text
        asked = {"key": _key(page), "reference": "ACDEFGHJ", "tail": f"{guess:04d}"}
        said.append((await kiosk.post("/kiosk/H1/check-in", data=asked)).status_code)
    assert said[0] == 403
    assert said[-1] == 429


async def test_a_screen_that_nobody_registered_gets_no_kiosk(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity
) -> None:
    assert (await sqlite_client.get("/kiosk/H1")).status_code == 401
    lobby = sqlite_city.tokens["lobby"]
    assert (await sqlite_client.get(f"/kiosk/H1?device={lobby}")).status_code == 401
    assert (await sqlite_client.get(f"/kiosk/H2?device={sqlite_city.tokens['kiosk']}")).status_code == 401
    assert (await sqlite_client.get(f"/lobby/H1?device={lobby}")).status_code == 303
