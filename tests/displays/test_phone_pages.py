"""A number by phone through the real app, by plain forms: in by the screen's code, out with a live ticket."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from sqlalchemy import update

from booking.calendar_file import check_in_qr
from booking.limits import PLACE_TRIES
from kernel.bus import BusDown
from kernel.tables import HallRow
from queueing.phone import limits
from queueing.phone.limits import WRONG_CODES_PER_ADDRESS
from queueing.phone.rules import CODE_LASTS, MAY_CHOOSE
from tests.conftest import bearer, client_of

if TYPE_CHECKING:
    import httpx2

    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.web.parts import Parts
    from tests.support.small_city import SmallCity

CODE = "/api/v1/halls/H1/phone-code"
TAKE = "/api/v1/halls/H1/phone-tickets"
CONFIRM = "/here/H1/queues/A/id-card"
KEY = re.compile(r'name="key" value="([0-9a-f]{32})"')


@pytest.fixture
async def screen(sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity) -> Any:
    """What the hall's screen shows, whenever it is asked."""

    async def read() -> str:
        answer = await sqlite_client.get(CODE, headers=bearer(sqlite_city.tokens["lobby"]))
        return str(answer.json()["code"])

    return read


async def scan(client: httpx2.AsyncClient, code: str) -> httpx2.Response:
    """Open what the QR code says; the browser keeps what it is given."""
    return await client.get("/here/H1", params={"c": code.replace(" ", "")})


async def form(client: httpx2.AsyncClient, **more: str) -> dict[str, str]:
    """Return the form of the page that takes a number."""
    found = KEY.search((await client.get(CONFIRM)).text)
    assert found is not None
    return {"key": found[1], "service": "id-card", **more}


def off(database: Database, hall: Any) -> None:
    row = update(HallRow.__table__).where(HallRow.__table__.c.id == hall)  # type: ignore[attr-defined]
    database.write_now(lambda session: session.execute(row.values(policy={"phone_tickets": 0})) and None)


@pytest.mark.slow
async def test_scan_choose_take_and_follow_without_scripts(
    sqlite_client: httpx2.AsyncClient, screen: Any
) -> None:
    let_in = await scan(sqlite_client, await screen())
    assert (let_in.status_code, let_in.headers["location"]) == (303, "/here/H1?scanned=1")
    start = await sqlite_client.get("/here/H1")
    assert start.headers["cache-control"] == "no-store"
    assert "/here/H1/queues/A" in start.text
    assert "/here/H1/check-in" in start.text, "whoever booked is led to check-in"
    assert CONFIRM in (await sqlite_client.get("/here/H1/queues/A")).text
    assert CONFIRM in (await sqlite_client.get("/here/H1", params={"q": "身份证"})).text
    asked = await form(sqlite_client)
    taken = [await sqlite_client.post("/here/H1/tickets", data=asked) for _ in range(2)]
    assert {own.status_code for own in taken} == {303}
    assert taken[0].headers["location"] == taken[1].headers["location"], "a double tap is one ticket"
    ticket = await sqlite_client.get(taken[0].headers["location"])
    assert "A001" in ticket.text
    again = await sqlite_client.get("/here/H1")
    assert taken[0].headers["location"] in again.text
    assert "/here/H1/queues/A" not in again.text, "one phone, one number"
    other = await sqlite_client.post("/here/H1/tickets", data={**asked, "service": "insurance"})
    assert (other.status_code, taken[0].headers["location"] in other.text) == (409, True)


async def test_the_typed_digits_lead_to_their_hall(sqlite_client: httpx2.AsyncClient, screen: Any) -> None:
    assert (await sqlite_client.get("/here")).status_code == 200
    wrong = await sqlite_client.post("/here", data={"digits": "0000 0000"})
    assert (wrong.status_code, 'role="alert"' in wrong.text) == (410, True)
    right = await sqlite_client.post("/here", data={"digits": await screen()})
    assert (right.status_code, right.headers["location"]) == (303, "/here/H1?scanned=1")


@pytest.mark.slow
async def test_a_page_that_is_passed_on_opens_nothing(
    sqlite_client: httpx2.AsyncClient, sqlite_parts: Parts, screen: Any
) -> None:
    await scan(sqlite_client, await screen())
    asked = await form(sqlite_client)
    async with client_of(sqlite_parts) as at_home:
        for address in (CONFIRM, "/here/H1/queues/A", "/here/H1/check-in"):
            answer = await at_home.get(address)
            assert (answer.status_code, answer.headers["location"]) == (303, "/here/H1")
        start = await at_home.get("/here/H1")
        assert "/here/H1/queues" not in start.text
        assert 'name="digits"' in start.text
        taken = await at_home.post("/here/H1/tickets", data=asked)
        assert (taken.status_code, 'name="digits"' in taken.text) == (410, True)
        at_home.cookies.set("jinban_here", sqlite_client.cookies["jinban_here"])
        assert (await at_home.post("/here/H1/tickets", data=asked)).status_code == 410


async def test_an_old_code_is_told_to_be_scanned_again(
    sqlite_client: httpx2.AsyncClient, screen: Any, clock: ManualClock
) -> None:
    old = await screen()
    clock.advance(CODE_LASTS)
    assert (await scan(sqlite_client, old)).status_code == 303, "the one before still counts"
    clock.advance(CODE_LASTS)
    late = await scan(sqlite_client, old)
    assert (late.status_code, 'role="alert"' in late.text) == (410, True)
    assert (await sqlite_client.get(CONFIRM)).status_code == 200, "whoever scanned may choose"
    clock.advance(MAY_CHOOSE)
    assert (await sqlite_client.get(CONFIRM)).status_code == 303
    assert 'role="alert"' in (await sqlite_client.get("/here/H1")).text


async def test_the_address_of_the_first_page_can_be_passed_on(
    sqlite_client: httpx2.AsyncClient, screen: Any
) -> None:
    landed = await sqlite_client.get((await scan(sqlite_client, await screen())).headers["location"])
    assert (landed.status_code, landed.headers["location"]) == (303, "/here/H1")


async def test_a_browser_without_cookies_is_told_so(sqlite_client: httpx2.AsyncClient) -> None:
    text = (await sqlite_client.get("/here/H1?scanned=1", headers={"Accept-Language": "en"})).text
    assert "keeps no cookies" in text


async def test_only_screens_of_the_hall_show_the_code(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity
) -> None:
    asked = [(CODE, "lobby"), ("/lobby/H1/phone.svg", "lobby"), ("/kiosk/H1/phone.svg", "kiosk")]
    for address, device in asked:
        token = sqlite_city.tokens[device]
        assert (await sqlite_client.get(address, headers=bearer(token))).status_code == 200
        assert (await sqlite_client.get(address)).status_code == 401
        elsewhere = await sqlite_client.get(address.replace("H1", "H2"), headers=bearer(token))
        assert elsewhere.status_code == 403
    code = (await sqlite_client.get(CODE, headers=bearer(sqlite_city.tokens["lobby"]))).json()["code"]
    drawn = await sqlite_client.get("/lobby/H1/phone.svg", headers=bearer(sqlite_city.tokens["lobby"]))
    link = f"http://testserver/here/H1?c={code.replace(' ', '')}"
    assert drawn.content == check_in_qr(link, "手机取号 / number by phone")
    assert drawn.headers["cache-control"] == "no-store"
    assert "data-phones" not in (await sqlite_client.get("/lobby/H1")).text, "anybody may open this page"
    own = await sqlite_client.get("/lobby/H1", headers=bearer(sqlite_city.tokens["lobby"]))
    assert "data-phones" in own.text


async def test_a_manager_switches_it_off_and_at_once_no_code_opens(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity, screen: Any
) -> None:
    code, policy = await screen(), "/api/v1/halls/H1/policy"
    await scan(sqlite_client, code)
    manager = sqlite_city.tokens["manager"]
    held = (await sqlite_client.get(policy, headers=bearer(manager))).json()
    own = next(each for each in held["fields"] if each["name"] == "phone_tickets")
    assert (own["unit"], own["value"], own["default"]) == ("switch", 1, 1)
    wanted = {"values": {"phone_tickets": 0}, "base": held["base"]}
    assert (await sqlite_client.put(policy, json=wanted, headers=bearer(manager))).status_code == 200
    shown = await sqlite_client.get(CODE, headers=bearer(sqlite_city.tokens["lobby"]))
    assert (shown.json()["on"], shown.json()["code"]) == (False, None)
    assert (await scan(sqlite_client, code)).status_code == 409
    assert (await sqlite_client.get(CONFIRM)).status_code == 303
    kiosk = await sqlite_client.get("/kiosk/H1", headers=bearer(sqlite_city.tokens["kiosk"]))
    assert "phone.svg" not in kiosk.text


@pytest.mark.slow
async def test_a_crowd_behind_one_address_shuts_nobody_out(
    sqlite_client: httpx2.AsyncClient, sqlite_parts: Parts, screen: Any
) -> None:
    code = await screen()
    scanned = {(await scan(sqlite_client, code)).status_code for _ in range(70)}
    assert scanned == {303}, "who reads the screen is never a guesser"
    asked = await form(sqlite_client)
    async with client_of(sqlite_parts) as outside:
        tried = {(await outside.post("/here/H1/tickets", data=asked)).status_code for _ in range(70)}
        assert tried == {410}
        own = {"services": ["id-card"], "code": "1"}
        for _ in range(20):
            key = {"Idempotency-Key": uuid4().hex}
            assert (await outside.post(TAKE, json=own, headers=key)).status_code == 410
    pressed = {(await sqlite_client.post("/here/H1/tickets", data=asked)).status_code for _ in range(70)}
    assert pressed == {303}, "one number, however often it is asked for"


@pytest.mark.slow
async def test_one_address_neither_guesses_nor_hoards(
    sqlite_client: httpx2.AsyncClient, screen: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "NUMBERS_PER_ADDRESS", 3)
    code, said = await screen(), []
    for _ in range(4):
        sqlite_client.cookies.clear()
        await scan(sqlite_client, code)
        said.append(await sqlite_client.post("/here/H1/tickets", data=await form(sqlite_client)))
    assert [own.status_code for own in said] == [303, 303, 303, 429]
    wish, key = {"services": ["id-card"], "code": code}, {"Idempotency-Key": uuid4().hex}
    assert (await sqlite_client.post(TAKE, json=wish, headers=key)).status_code == 429
    tried = [
        (await sqlite_client.post("/here", data={"digits": "1"})).status_code
        for _ in range(WRONG_CODES_PER_ADDRESS + 1)
    ]
    assert (set(tried[:-1]), tried[-1]) == ({410}, 429)
    assert (await scan(sqlite_client, code)).status_code == 429, "nor with the right one any more"


async def test_without_the_bus_the_code_still_holds(
    sqlite_client: httpx2.AsyncClient, sqlite_parts: Parts, screen: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: Any, **__: Any) -> None:
        raise BusDown

    for name in ("count", "get", "set"):
        monkeypatch.setattr(sqlite_parts.bus, name, away)
    assert (await sqlite_client.post("/here", data={"digits": "1"})).status_code == 410
    await scan(sqlite_client, await screen())
    asked = await form(sqlite_client)
    assert (await sqlite_client.post("/here/H1/tickets", data=asked)).status_code == 303


@pytest.mark.slow
async def test_a_long_wait_before_closing_is_said_before_the_number_is_taken(
    sqlite_client: httpx2.AsyncClient, screen: Any, sqlite_city: SmallCity, clock: ManualClock
) -> None:
    kiosk = sqlite_city.tokens["kiosk"]
    for _ in range(8):
        wish = {"services": ["id-card"]}
        await sqlite_client.post("/api/v1/halls/H1/tickets", json=wish, headers=bearer(kiosk))
    await scan(sqlite_client, await screen())
    assert "notice--warn" not in (await sqlite_client.get(CONFIRM)).text
    clock.advance(timedelta(hours=7, minutes=40))
    await scan(sqlite_client, await screen())
    assert "17:30" in (await sqlite_client.get(CONFIRM)).text
    asked = await sqlite_client.get("/kiosk/H1/queues/A/id-card", headers=bearer(kiosk))
    assert "17:30" in asked.text


async def test_a_closed_hall_says_when_it_opens(
    sqlite_client: httpx2.AsyncClient, screen: Any, clock: ManualClock
) -> None:
    await scan(sqlite_client, await screen())
    asked = await form(sqlite_client)
    clock.advance(timedelta(hours=7, minutes=45))
    await scan(sqlite_client, await screen())
    clock.advance(timedelta(minutes=10))
    refused = await sqlite_client.post("/here/H1/tickets", data=asked)
    assert (refused.status_code, "08:30" in refused.text) == (409, True)


async def test_a_program_takes_a_number_with_the_code(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity, sqlite_parts: Parts, screen: Any
) -> None:
    wish = {"services": ["id-card"], "code": await screen()}
    key = {"Idempotency-Key": uuid4().hex}
    first = await sqlite_client.post(TAKE, json=wish, headers=key)
    again = await sqlite_client.post(TAKE, json=wish, headers=key)
    assert (first.status_code, again.json()) == (200, first.json())
    assert first.json()["ticket"]["label"] == "A001"
    other = {"Idempotency-Key": uuid4().hex}
    held = await sqlite_client.post(TAKE, json={**wish, "services": ["insurance"]}, headers=other)
    assert (held.json()["code"], held.json()["number"]) == ("number-held", "A001")
    old = await sqlite_client.post(TAKE, json={**wish, "code": "1"}, headers={"Idempotency-Key": uuid4().hex})
    assert old.json()["code"] == "hall-code-old"
    off(sqlite_parts.database, sqlite_city.hall)
    none = await sqlite_client.post(TAKE, json=wish, headers={"Idempotency-Key": uuid4().hex})
    assert none.json()["code"] == "no-phone-tickets"


async def booked(client: httpx2.AsyncClient) -> str:
    """Book a time of this morning and return the appointment's reference."""

    def once() -> dict[str, str]:
        return {"Idempotency-Key": uuid4().hex}

    days = (await client.get("/api/v1/halls/H1/slots", params={"service": "id-card"})).json()["days"]
    start = next(slot["starts_at"] for slot in days[0]["slots"] if slot["free"])
    wish = {"hall": "H1", "services": ["id-card"], "starts_at": start}
    held = (await client.post("/api/v1/appointments/holds", json=wish, headers=once())).json()
    person = {"token": held["token"], "phone": "13800001234", "name": "Somebody"}
    made = await client.post("/api/v1/appointments/confirm", json=person, headers=once())
    return str(made.json()["code"])


@pytest.mark.slow
async def test_whoever_booked_checks_in_on_the_phone(sqlite_client: httpx2.AsyncClient, screen: Any) -> None:
    reference = await booked(sqlite_client)
    await scan(sqlite_client, await screen())
    found = KEY.search((await sqlite_client.get("/here/H1/check-in")).text)
    assert found is not None
    asked = {"key": found[1], "reference": reference.lower(), "tail": "9999"}
    wrong = await sqlite_client.post("/here/H1/check-in", data=asked)
    assert ('role="alert"' in wrong.text, reference.lower() in wrong.text) == (True, True)
    right = await sqlite_client.post("/here/H1/check-in", data={**asked, "tail": "1234"})
    assert right.status_code == 303
    assert "A001" in (await sqlite_client.get(right.headers["location"])).text


@pytest.mark.slow
async def test_who_types_wrong_at_check_in_keeps_nobody_else_behind_their_address_from_it(
    sqlite_client: httpx2.AsyncClient, sqlite_parts: Parts, screen: Any
) -> None:
    code = await screen()
    async with client_of(sqlite_parts) as other:
        said = []
        for client, times in ((other, PLACE_TRIES + 1), (sqlite_client, 1)):
            await scan(client, code)
            for number in range(times):
                asked = {"key": uuid4().hex, "reference": f"WRONG{number:03}", "tail": "0000"}
                said.append((await client.post("/here/H1/check-in", data=asked)).status_code)
    assert (said[-3] == said[-1], said[-2]) == (True, 429)
