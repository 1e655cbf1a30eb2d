"""The waiting list over HTTP: the API with its keys, the pages as forms, the rounds of the real app."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from sqlalchemy import select

import app.offers
from app.offers import Offers
from booking.waitlist import limits
from kernel.audit_tables import AuditRow
from kernel.clock import ManualClock
from kernel.web.parts import Parts
from tests.conftest import bearer
from tests.support.small_city import SmallCity

PHONE = "139876501"


@pytest.fixture(autouse=True)
def by_the_test_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the app's own rounds rest after their first: they would offer a place before a test asks for it."""
    monkeypatch.setattr(app.offers, "EVERY_S", 600.0)


async def post(
    client: httpx2.AsyncClient, path: str, body: object, *, key: str | None = None
) -> httpx2.Response:
    headers = {"Idempotency-Key": key or uuid4().hex}
    return await client.post(f"/api/v1/{path}", json=body, headers=headers)


async def fill(client: httpx2.AsyncClient, *, day: int = 1, hall: str = "H2") -> list[str]:
    """Book all of a day in the second hall, whose queue has few places; return the tokens."""
    tokens = []
    days = (await client.get(f"/api/v1/halls/{hall}/slots?service=id-card&days=4")).json()["days"]
    for number, slot in enumerate(own for own in days[day]["slots"] for _ in range(own["free"])):
        wish = {"hall": hall, "services": ["id-card"], "starts_at": slot["starts_at"]}
        address = {"User-Agent": f"browser {number // 3}", "Idempotency-Key": uuid4().hex}
        held = await client.post("/api/v1/appointments/holds", json=wish, headers=address)
        who = {"token": held.json()["token"], "name": "王小明", "phone": f"1380013{8000 + number}"}
        assert (await post(client, "appointments/confirm", who)).status_code == 200
        tokens.append(who["token"])
    return tokens


def wish(clock: ManualClock, number: int = 0, **changes: Any) -> dict[str, Any]:
    day = (clock.now() + timedelta(days=1)).date().isoformat()
    who = {"name": "李候补", "phone": f"{PHONE}{number:02d}"}
    return {"halls": ["H2"], "services": ["id-card"], "first_day": day, "last_day": day, **who, **changes}


@pytest.mark.slow
async def test_a_wait_from_joining_to_the_appointment(
    client: httpx2.AsyncClient, parts: Parts, city: SmallCity, clock: ManualClock
) -> None:
    free = await post(client, "waitlist", wish(clock))
    assert (free.status_code, free.json()["code"], free.json()["hall"]) == (409, "place-free", "H2")
    booked = await fill(client)
    key = uuid4().hex
    joined = await post(client, "waitlist", wish(clock), key=key)
    assert joined.status_code == 200, joined.text
    assert (await post(client, "waitlist", wish(clock), key=key)).json() == joined.json()
    assert joined.json()["waiting"]["name_masked"] == "李*补"
    token = {"token": joined.json()["token"]}
    await post(client, "appointments/cancel", {"token": booked[3]})
    early = await post(client, "waitlist/take", token)
    assert (early.status_code, early.json()["code"]) == (410, "offer-over")
    await Offers(parts).once()
    seen = (await post(client, "waitlist/look-up", token)).json()
    assert seen["offer"]["hall"]["code"] == "H2"
    slots = (await client.get("/api/v1/halls/H2/slots?service=id-card&days=4")).json()["days"][1]["slots"]
    assert slots == []
    taken = await post(client, "waitlist/take", token)
    assert (taken.status_code, taken.json()["status"]) == (200, "booked")
    own = await post(client, "appointments/look-up", {"token": taken.json()["link"].removeprefix("/a/")})
    assert own.json()["starts_at"] == seen["offer"]["starts_at"]
    over = await post(client, "waitlist/leave", token)
    assert (over.status_code, over.json()["code"], over.json()["stands"]) == (409, "waiting-over", "booked")


@pytest.mark.slow
async def test_an_earlier_time_is_waited_for_by_the_appointments_token(
    sqlite_client: httpx2.AsyncClient, sqlite_parts: Parts, clock: ManualClock
) -> None:
    booked = await fill(sqlite_client)
    own = (await post(sqlite_client, "appointments/look-up", {"token": booked[-1]})).json()
    day = wish(clock)["first_day"]
    asked = {"token": booked[-1], "first_day": day, "last_day": day}
    joined = (await post(sqlite_client, "appointments/earlier", asked)).json()
    token = {"token": joined["token"]}
    assert joined["waiting"]["earlier_than"] == own["starts_at"]
    changed = await post(sqlite_client, "waitlist/change", {**token, **asked, **token, "halls": ["H1"]})
    assert (changed.status_code, changed.json()["code"]) == (422, "wish-invalid")
    await post(sqlite_client, "appointments/cancel", {"token": booked[0]})
    await Offers(sqlite_parts).once()
    declined = await post(sqlite_client, "waitlist/decline", token)
    assert (declined.json()["status"], declined.json()["offer"]) == ("waiting", None)
    await post(sqlite_client, "appointments/cancel", {"token": booked[1]})
    await Offers(sqlite_parts).once()
    assert (await post(sqlite_client, "waitlist/take", token)).json()["status"] == "booked"
    moved = (await post(sqlite_client, "appointments/look-up", {"token": booked[-1]})).json()
    assert datetime.fromisoformat(moved["starts_at"]) < datetime.fromisoformat(own["starts_at"])
    assert moved["code"] == own["code"]


async def test_one_address_does_not_fill_the_list(
    sqlite_client: httpx2.AsyncClient, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "JOINS_PER_ADDRESS", 2)
    codes = [(await post(sqlite_client, "waitlist", wish(clock))).json()["code"] for _ in range(3)]
    assert codes == ["place-free", "place-free", "too-many-waits"]


@pytest.mark.slow
async def test_the_help_desk_puts_somebody_on_the_list_and_the_manager_sees_the_demand(
    sqlite_client: httpx2.AsyncClient, sqlite_parts: Parts, sqlite_city: SmallCity, clock: ManualClock
) -> None:
    await fill(sqlite_client)
    tokens = sqlite_city.tokens
    asked, path = wish(clock), "/api/v1/halls/H2/waitlist"
    foreign = await sqlite_client.post(path, json=asked, headers=bearer(tokens["clerk1"]))
    assert (foreign.status_code, foreign.json()["code"]) == (403, "wrong-hall")
    done = await sqlite_client.post(path, json=asked, headers=bearer(tokens["clerk4"]))
    assert done.status_code == 200, done.text
    audit = AuditRow.__table__
    rows = await sqlite_parts.database.read(lambda session: session.execute(select(audit)).all())
    noted = [(row.what, row.subject, row.detail) for row in rows if row.what == "waitlist.join"]
    assert noted == [("waitlist.join", done.json()["id"], {})]
    seen = await sqlite_client.get(path, headers=bearer(tokens["supervisor"]))
    demand = seen.json()
    assert [day["waiting"] for day in demand["days"][:3]] == [{}, {"id-card": 1}, {}]
    assert (demand["people"], demand["whole"]["began"]) == ({"id-card": 1}, 1)
    assert "李" not in seen.text
    refused = await sqlite_client.get(path, headers=bearer(tokens["manager"]))
    assert refused.json()["code"] == "wrong-hall"


@pytest.mark.slow
async def test_the_pages_lead_from_a_full_day_to_the_appointment_without_scripts(
    sqlite_client: httpx2.AsyncClient, sqlite_parts: Parts, clock: ManualClock
) -> None:
    booked = await fill(sqlite_client)
    times = (await sqlite_client.get("/book?hall=H2&service=id-card")).text
    day = wish(clock)["first_day"]
    address = f"/waitlist?hall=H2&amp;service=id-card&amp;day={day}"
    assert address.replace("&amp;", "&") in times.replace("&amp;", "&")
    sunday = clock.now().date() + timedelta(days=6 - clock.now().weekday())
    assert f"day={sunday}" not in times, "nobody waits for a day on which the doors stay shut"
    assert (times.count("大厅当天不开放"), times.count("没有余号")) == (2, 1)
    form = (await sqlite_client.get(address.replace("&amp;", "&"))).text
    key = re.search(r'name="key" value="([0-9a-f]+)"', form)
    assert key is not None
    typed = {
        "key": key[1], "chosen": "H2", "service": "id-card", "hall": "H2", "first_day": day,
        "last_day": day, "part": "any", "name": "李候补", "phone": "12",
    }  # fmt: skip
    wrong = await sqlite_client.post("/waitlist", data=typed)
    assert (wrong.status_code, 'id="phone-error"' in wrong.text) == (422, True)
    joined = await sqlite_client.post("/waitlist", data={**typed, "phone": f"{PHONE}00"})
    assert joined.status_code == 303, joined.text
    again = await sqlite_client.post("/waitlist", data={**typed, "phone": f"{PHONE}00"})
    assert again.headers["location"] == joined.headers["location"], "a double tap joins once"
    own = joined.headers["location"]
    assert 'data-status="waiting"' in (await sqlite_client.get(own)).text
    changed = await sqlite_client.post(f"{own}/change", data={**typed, "part": "morning"})
    assert changed.status_code == 303
    await post(sqlite_client, "appointments/cancel", {"token": booked[2]})
    await Offers(sqlite_parts).once()
    offer = (await sqlite_client.get(f"{own}/now")).text
    assert 'data-status="offer"' in offer
    assert "届时未答复，将排到名单末位。" in offer
    taken = await sqlite_client.post(f"{own}/take", data={"key": uuid4().hex})
    assert (taken.status_code, taken.headers["location"]) == (303, own)
    done = (await sqlite_client.get(own)).text
    link = re.search(r'href="(/a/[^"]+)"', done)
    assert link is not None
    assert (await sqlite_client.get(link[1])).status_code == 200


@pytest.mark.slow
async def test_the_page_of_an_appointment_asks_for_an_earlier_time(
    sqlite_client: httpx2.AsyncClient, sqlite_parts: Parts, clock: ManualClock
) -> None:
    booked = await fill(sqlite_client)
    page = (await sqlite_client.get(f"/a/{booked[5]}")).text
    assert f'href="/a/{booked[5]}/earlier"' in page
    day = wish(clock)["first_day"]
    typed = {"key": uuid4().hex, "first_day": day, "last_day": day, "part": "any"}
    joined = await sqlite_client.post(f"/a/{booked[5]}/earlier", data=typed)
    assert joined.status_code == 303, joined.text
    own = joined.headers["location"]
    left = await sqlite_client.post(f"{own}/leave", data={"key": uuid4().hex})
    assert left.status_code == 303
    assert 'data-status="left"' in (await sqlite_client.get(own)).text
    assert (await sqlite_client.get("/w/never-was-one", headers={"Accept": "text/html"})).status_code == 404
    today = clock.now().date().isoformat()
    free = await sqlite_client.post(
        f"/a/{booked[5]}/earlier", data={**typed, "key": uuid4().hex, "first_day": today}
    )
    assert free.status_code == 409, "today has free times that are earlier"
