"""A citizen's messages through the real app and a gateway of our own: booked, soon due, stopped, counted."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from sqlalchemy import select

import app.messages
from booking.messages.tables import MessageContactRow, MessageRow
from kernel.bus import InProcessBus
from kernel.clock import ManualClock
from kernel.database import Database
from kernel.identity import open_session
from kernel.secrets import Vault
from kernel.web.access import STAFF_COOKIE
from kernel.web.parts import Parts
from kernel.work_tables import IdempotencyRow
from tests.conftest import bearer, client_of, test_settings
from tests.support.gateway import LoopbackGateway, loopback_gateway
from tests.support.small_city import SmallCity

ORIGIN = "https://jb.example.cn"
PHONE = "13987650123"
HTML = {"Accept": "text/html", "Accept-Language": "en"}


@pytest.fixture
def gateway() -> Iterator[LoopbackGateway]:
    with loopback_gateway() as served:
        yield served


@pytest.fixture
def here(
    database: Database, clock: ManualClock, vault: Vault, gateway: LoopbackGateway,
    monkeypatch: pytest.MonkeyPatch,
) -> Parts:  # fmt: skip
    monkeypatch.setattr(app.messages, "EVERY_S", 0.05)
    monkeypatch.setattr(app.messages, "SOON_EVERY_S", 0.1)
    terms = {"kind": "http", "origin": ORIGIN, "url": gateway.url, "secret": "a-secret"}
    return Parts(test_settings(messages=terms), database, clock, vault, InProcessBus())


@pytest.fixture
async def client(here: Parts, city: SmallCity) -> AsyncIterator[httpx2.AsyncClient]:
    async with client_of(here) as made:
        yield made


async def until(holds: Callable[[], Any]) -> Any:
    """Return what holds at last; the app's own sender works meanwhile."""
    async with asyncio.timeout(20):
        while not (found := holds()):
            await asyncio.sleep(0.02)
        return found


async def page_saying(client: httpx2.AsyncClient, path: str, words: str) -> str:
    """Return a page once it says these words; what the app does meanwhile decides when."""
    async with asyncio.timeout(20):
        while words not in (text := (await client.get(path, headers=HTML)).text):
            await asyncio.sleep(0.02)
        return text


def rows(here: Parts, table: Any) -> list[Any]:
    asked = select(table.__table__).order_by(*table.__table__.primary_key)
    return here.database.read_now(lambda session: list(session.execute(asked)))


async def post(client: httpx2.AsyncClient, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = await client.post(f"/api/v1{path}", json=body, headers={"Idempotency-Key": uuid4().hex})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def book(client: httpx2.AsyncClient) -> str:
    """Book the first time of the day after tomorrow and return the token."""
    slots = (await client.get("/api/v1/halls/H1/slots?service=id-card&from=2026-11-20")).json()
    starts_at = slots["days"][0]["slots"][0]["starts_at"]
    wish = {"hall": "H1", "services": ["id-card"], "starts_at": starts_at}
    token = str((await post(client, "/appointments/holds", wish))["token"])
    body = {"token": token, "name": "王小明", "phone": PHONE, "language": "en"}
    await post(client, "/appointments/confirm", body)
    return token


def links(text: str) -> list[str]:
    return re.findall(rf"{ORIGIN}(\S+)", text)


@pytest.mark.slow
async def test_who_books_gets_a_message_whose_links_work_and_can_stop_them(
    client: httpx2.AsyncClient, here: Parts, gateway: LoopbackGateway, city: SmallCity
) -> None:
    token = await book(client)
    text = await until(lambda: next(iter(gateway.sent.values()), None))
    assert text.startswith("【近办】Booked: Fri 20 Nov ")
    assert [body["to"] for body in gateway.posts] == [f"+86{PHONE}"]
    own, stop = links(text)
    page = await client.get(own, headers=HTML)
    assert own == f"/a/{token}"
    assert "139****0123 is reminded the day before" in page.text
    asked = await client.get(stop, headers=HTML)
    assert "No more messages?" in asked.text
    assert not rows(here, MessageContactRow)[0].stopped_at, "a look stops nothing"
    await client.post(stop, data={"key": "k" * 32}, headers=HTML)
    assert rows(here, MessageContactRow)[0].stopped_at
    assert "gets no more messages" in (await client.get(own, headers=HTML)).text
    here.clock.advance(timedelta(days=1))  # type: ignore[attr-defined]
    await until(lambda: [row for row in rows(here, MessageRow) if row.status == "held"])
    assert len(gateway.posts) == 1, "the reminder is held back"

    supervisor, manager = (
        here.database.write_now(open_session, own.id, vault=here.vault, now=here.clock.now())
        for own in (city.supervisor, city.manager)
    )
    client.cookies.set(STAFF_COOKIE, supervisor)
    staff = await client.get("/staff/messages?days=7", headers=HTML)
    assert "139****0123" in staff.text
    assert "its reader wanted no more" in staff.text
    trail = await client.get("/staff/audit", headers=HTML)
    assert "opened the list of messages" in trail.text
    report = await client.get("/api/v1/messages/report?hall=H1", headers=bearer(manager))
    whole = report.json()["whole"]
    assert (whole["sent"], whole["held"]["stopped"]) == (1, 1)
    assert PHONE not in staff.text + trail.text + report.text
    for path in ("/api/v1/messages/report", "/api/v1/messages/report?hall=H2"):
        refused = await client.get(path, headers=bearer(manager))
        assert refused.status_code == 403, path


@pytest.mark.slow
async def test_who_left_a_number_for_a_ticket_is_told_once_and_the_number_goes_with_it(
    client: httpx2.AsyncClient, here: Parts, gateway: LoopbackGateway, city: SmallCity
) -> None:
    async def take() -> str:
        taken = await client.post(
            "/api/v1/halls/H1/tickets", json={"services": ["id-card"]}, headers=bearer(city.tokens["kiosk"])
        )
        assert taken.status_code == 200, taken.text
        return str(taken.json()["token"])

    waiting = [await take() for _ in range(5)]
    token = waiting[-1]
    wrong = await client.post(f"/t/{token}/messages", data={"key": "k" * 32, "phone": "12"}, headers=HTML)
    assert wrong.status_code == 422
    assert "sms-phone-error" in wrong.text
    form = {"key": "k" * 32, "phone": PHONE}
    assert (await client.post(f"/t/{token}/messages", data=form)).status_code == 303
    assert "139****0123 is told" in (await client.get(f"/t/{token}", headers=HTML)).text
    await asyncio.sleep(0.3)
    assert gateway.posts == [], "four ahead"
    await post(client, "/tickets/give-up", {"token": waiting[0]})
    text = await until(lambda: next(iter(gateway.sent.values()), None))
    assert "A005号快到了" in text or "Soon your turn: A005" in text
    own, stop = links(text)
    assert own == f"/t/{token}"
    assert "No message; forget the number" not in await page_saying(client, own, "this ticket was sent")
    await client.post(stop, data={"key": "s" * 32})
    stopped = (await client.get(own, headers=HTML)).text
    assert "this ticket was sent" in stopped
    assert 'id="sms-phone"' not in stopped, "a second message about the same ticket is not promised"
    await post(client, "/tickets/give-up", {"token": waiting[1]})
    await post(client, "/tickets/give-up", {"token": token})
    await asyncio.sleep(0.3)
    assert len(rows(here, MessageContactRow)) == 1, "giving up can be taken back for a minute"
    here.clock.advance(timedelta(seconds=61))  # type: ignore[attr-defined]
    await until(lambda: not rows(here, MessageContactRow))
    assert len(gateway.posts) == 1
    late = await client.post(
        "/api/v1/tickets/messages", json={"token": token, "phone": PHONE}, headers={"Idempotency-Key": "late"}
    )
    assert (late.status_code, late.json()["code"]) == (409, "ticket-has-ended")


async def test_number_and_text_are_found_nowhere_in_the_clear(
    client: httpx2.AsyncClient, here: Parts, gateway: LoopbackGateway, capsys: pytest.CaptureFixture[str]
) -> None:
    token = await book(client)
    text = await until(lambda: next(iter(gateway.sent.values()), None))
    gateway.answer = lambda _: 500
    await post(client, "/appointments/cancel", {"token": token})
    canaries = [PHONE, text, token]
    logged = "".join(capsys.readouterr())
    assert all(canary not in logged for canary in canaries)
    kept = repr([rows(here, table) for table in (MessageContactRow, MessageRow, IdempotencyRow)])
    assert all(canary not in kept for canary in canaries)
    if here.database.is_sqlite:
        stem = Path(str(here.database.url.database))
        files = [file.read_bytes() for file in stem.parent.glob(f"{stem.name}*")]
        assert all(canary.encode() not in content for content in files for canary in canaries)


@pytest.mark.slow
async def test_a_program_leaves_and_takes_back_a_number_and_the_desk_leaves_one(
    client: httpx2.AsyncClient, here: Parts, gateway: LoopbackGateway, city: SmallCity
) -> None:
    taken = await client.post(
        "/api/v1/halls/H1/tickets", json={"services": ["insurance"]}, headers=bearer(city.tokens["kiosk"])
    )
    token = taken.json()["token"]
    gateway.answer = lambda _: 503
    wish = await post(client, "/tickets/messages", {"token": token, "phone": PHONE, "language": "en"})
    assert wish["phone_masked"] == "139****0123"
    stopped = await post(client, "/tickets/messages/stop", {"token": token})
    assert stopped["phone_masked"] is None
    assert rows(here, MessageContactRow) == []
    client.cookies.set(STAFF_COOKIE, city.tokens["clerk1"])
    place = f"/staff/halls/H1/tickets/{token}"
    form = (await client.get(place, headers=HTML)).text
    csrf = form.split('name="csrf_token" value="')[1].split('"')[0]
    wrong = await client.post(f"{place}/messages", data={"key": "k" * 32, "csrf_token": csrf}, headers=HTML)
    assert wrong.status_code == 422
    done = {"key": "k" * 32, "csrf_token": csrf, "phone": PHONE, "ahead": "8", "minutes": "20"}
    for none in ({"ahead": "4"}, {"minutes": "7"}, {"ahead": "three"}):
        assert (await client.post(f"{place}/messages", data={**done, **none})).status_code == 422
    assert (await client.post(f"{place}/messages", data=done)).status_code == 303
    (kept,) = rows(here, MessageContactRow)
    assert (kept.soon_ahead, kept.soon_minutes) == (8, 20)
    assert 'name="phone"' not in await page_saying(client, place, "a message is being sent")
    await until(lambda: [own for own in rows(here, MessageRow) if own.status == "planned" and own.attempts])
    gateway.answer = lambda _: 400
    here.clock.advance(timedelta(minutes=1))  # type: ignore[attr-defined]
    refused = await page_saying(client, place, "No message could be sent")
    assert 'name="phone"' in refused, "another number may be the right one"
    assert "No message could be sent. Tell them to watch" in refused
    own = await page_saying(client, f"/t/{token}", "No message could be sent. Watch the ticket")
    assert 'id="sms-phone"' in own, "nor does the ticket's holder have to stay with it"
    gateway.answer = lambda _: 200
    other = {**done, "key": "l" * 32, "phone": "13800138000"}
    assert (await client.post(f"{place}/messages", data=other)).status_code == 303
    assert 'name="phone"' not in await page_saying(client, place, "this ticket was sent")
    assert [body["to"] for body in gateway.posts][-1] == "+8613800138000"
    again = await post(client, "/tickets/messages", {"token": token})
    assert (again["told"], again["message"]) == (True, "sent")


@pytest.mark.slow
async def test_how_soon_is_chosen_by_form_and_changed_without_the_number(
    client: httpx2.AsyncClient, here: Parts, city: SmallCity
) -> None:
    kiosk = bearer(city.tokens["kiosk"])
    for _ in range(12):  # so many that the app's own sender has nothing to tell yet
        own = kiosk | {"Idempotency-Key": uuid4().hex}
        taken = await client.post("/api/v1/halls/H1/tickets", json={"services": ["id-card"]}, headers=own)
    assert taken.json()["ticket"]["label"] == "A012"
    token = taken.json()["token"]
    form = {"key": "k" * 32, "phone": PHONE, "ahead": "1", "minutes": "5"}
    wrong = await client.post(
        f"/t/{token}/messages", data={**form, "phone": "12", "ahead": "8"}, headers=HTML
    )
    assert wrong.status_code == 422
    assert "<option selected>8</option>" in wrong.text, "what was chosen stays"
    assert (await client.post(f"/t/{token}/messages", data=form)).status_code == 303
    told = "139****0123 is told when at most 1 are ahead or 5 minutes are left"
    shown = (await client.get(f"/t/{token}", headers=HTML)).text
    assert told in shown, shown[shown.find('id="sms"') :][:800]
    changed = await post(client, "/tickets/messages", {"token": token, "minutes": 10})
    assert (changed["phone_masked"], changed["ahead"], changed["minutes"]) == ("139****0123", 1, 10)
