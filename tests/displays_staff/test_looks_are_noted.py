"""Whoever of the staff has a person's ticket before them stands in the audit trail, once an opening."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx2
import pytest
from sqlalchemy import select

from kernel.audit_chain import rows
from kernel.audit_check import verify
from kernel.errors import Busy
from kernel.identity import open_session
from kernel.web.access import DEVICE_COOKIE, STAFF_COOKIE
from kernel.web.parts import Parts
from tests.conftest import bearer
from tests.support.small_city import SmallCity

pytestmark = pytest.mark.slow

HTML = {"Accept": "text/html"}


def noted(parts: Parts) -> list[tuple[str, Any, str]]:
    """Return (what, who, subject) of every row, and be sure that the chain is whole."""
    assert parts.database.read_now(verify, vault=parts.vault).broken == ()
    found = parts.database.read_now(lambda session: session.execute(select(rows).order_by(rows.c.id)).all())
    return [(row.what, row.staff_id or row.device_id, row.subject) for row in found]


async def issue(client: httpx2.AsyncClient, city: SmallCity) -> Any:
    headers = bearer(city.tokens["kiosk"])
    answer = await client.post("/api/v1/halls/H1/tickets", json={"services": ["id-card"]}, headers=headers)
    return answer.json()


async def test_a_desk_is_one_look_an_opening_however_often_it_refreshes(
    client: httpx2.AsyncClient, parts: Parts, city: SmallCity
) -> None:
    window, clerk = str(city.windows[0]), city.clerks[0].id
    client.cookies.set(STAFF_COOKIE, city.tokens["clerk1"])
    for _ in range(3):
        assert (await client.get(f"/staff/windows/{window}", headers=HTML)).status_code == 200
    for _ in range(4):
        await client.get(f"/api/v1/windows/{window}/desk")
    assert noted(parts) == [("look.desk", clerk, window)] * 3


async def test_a_ticket_is_one_look_a_person_from_its_call_to_its_end(
    client: httpx2.AsyncClient, parts: Parts, city: SmallCity
) -> None:
    window, clerk = str(city.windows[0]), city.clerks[0].id
    headers = {"headers": bearer(city.tokens["clerk1"])}
    ticket = (await issue(client, city))["ticket"]["id"]
    desk = f"/api/v1/windows/{window}"
    for verb in ("open", "call-next"):
        await client.post(f"{desk}/{verb}", headers=bearer(city.tokens["clerk1"]))
    for verb in ("start", "finish"):
        for _ in range(2):
            await client.get(f"{desk}/desk", **headers)
        await client.post(f"/api/v1/tickets/{ticket}/{verb}", headers=bearer(city.tokens["clerk1"]))
    assert noted(parts) == [
        ("window.open", clerk, f"window:{window}"),
        ("ticket.call", clerk, ticket),
        ("look.desk", clerk, window),
    ]


async def test_another_person_at_the_same_desk_is_another_look(
    client: httpx2.AsyncClient, parts: Parts, city: SmallCity
) -> None:
    window = str(city.windows[0])
    ticket = (await issue(client, city))["ticket"]["id"]
    for verb in ("open", "call-next"):
        await client.post(f"/api/v1/windows/{window}/{verb}", headers=bearer(city.tokens["clerk1"]))
    for _ in range(2):
        await client.get(f"/api/v1/windows/{window}/desk", headers=bearer(city.tokens["manager"]))
    assert noted(parts)[2:] == [
        ("look.desk", city.manager.id, window),
        ("look.ticket", city.manager.id, ticket),
    ]


async def test_after_a_working_day_the_same_screen_is_a_new_look(
    client: httpx2.AsyncClient, parts: Parts, city: SmallCity
) -> None:
    for advance in (timedelta(0), timedelta(minutes=10), timedelta(hours=12)):
        parts.clock.advance(advance)  # type: ignore[attr-defined]
        token = city.tokens["manager"]
        if advance == timedelta(hours=12):
            token = parts.database.write_now(
                open_session, city.manager.id, vault=parts.vault, now=parts.clock.now()
            )
        await client.get("/api/v1/halls/H1/day", headers=bearer(token))
        await client.get("/api/v1/windows?hall=H1", headers=bearer(token))
    assert [what for what, _, _ in noted(parts)] == ["look.hall", "look.windows"] * 2


async def test_a_kiosk_that_shows_a_ticket_is_noted_with_its_device(
    client: httpx2.AsyncClient, parts: Parts, city: SmallCity
) -> None:
    issued = await issue(client, city)
    client.cookies.set(DEVICE_COOKIE, city.tokens["kiosk"])
    for _ in range(2):
        shown = await client.get(f"/kiosk/H1/tickets/{issued['token']}", headers=HTML)
        assert shown.status_code == 200
    ((what, who, subject),) = noted(parts)
    assert (what, subject) == ("look.kiosk", issued["ticket"]["id"])
    assert who is not None


async def test_every_screen_of_the_hall_is_noted_for_whoever_opens_it(
    client: httpx2.AsyncClient, parts: Parts, city: SmallCity
) -> None:
    client.cookies.set(STAFF_COOKIE, city.tokens["supervisor"])
    await client.get("/staff/halls/H1", headers=HTML)
    client.cookies.set(STAFF_COOKIE, city.tokens["clerk2"])
    await client.get("/staff/halls/H1/windows", headers=HTML)
    assert [(what, who) for what, who, _ in noted(parts)] == [
        ("look.hall", city.supervisor.id),
        ("look.windows", city.clerks[1].id),
    ]


async def test_nothing_is_shown_where_the_look_cannot_be_noted(
    sqlite_client: httpx2.AsyncClient,
    sqlite_parts: Parts,
    sqlite_city: SmallCity,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def busy(*_: object, **__: object) -> None:
        raise Busy

    monkeypatch.setattr(sqlite_parts.database, "write", busy)
    headers = bearer(sqlite_city.tokens["clerk1"])
    desk = await sqlite_client.get(f"/api/v1/windows/{sqlite_city.windows[0]}/desk", headers=headers)
    assert (desk.status_code, desk.json()["code"]) == (503, "busy")
