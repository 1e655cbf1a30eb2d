"""What somebody who already waits, and who stands before the kiosk, reads while the doors are not open."""

from __future__ import annotations

import re
from datetime import datetime, time
from typing import TYPE_CHECKING
from uuid import uuid4

from sqlalchemy import insert, update

from kernel.tables import OpeningHoursRow
from tests.conftest import CHINA, MORNING, bearer

if TYPE_CHECKING:
    import httpx2
    from sqlmodel import Session

    from kernel.clock import ManualClock
    from kernel.database import Database
    from tests.support.small_city import SmallCity

_hours = OpeningHoursRow.__table__  # type: ignore[attr-defined]


def with_a_break(session: Session, city: SmallCity) -> None:
    own = _hours.c.hall_id == city.hall
    session.execute(update(_hours).where(own).values(closes=time(12)))
    afternoon = {"hall_id": city.hall, "opens": time(14, 30), "closes": time(17, 30)}
    session.execute(insert(_hours), [{**afternoon, "weekday": weekday} for weekday in range(5)])


def at(clock: ManualClock, hour: int, minute: int = 0) -> None:
    clock.set(datetime.combine(MORNING.date(), time(hour, minute), CHINA))


async def a_ticket(client: httpx2.AsyncClient, city: SmallCity) -> str:
    headers = {**bearer(city.tokens["kiosk"]), "Idempotency-Key": uuid4().hex}
    asked = {"services": ["id-card"]}
    issued = await client.post("/api/v1/halls/H1/tickets", json=asked, headers=headers)
    return str(issued.json()["token"])


async def test_whoever_waits_reads_that_the_hall_has_a_break_and_is_told_no_wait(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity, sqlite_database: Database, clock: ManualClock
) -> None:
    sqlite_database.write_now(with_a_break, sqlite_city)
    token = await a_ticket(sqlite_client, sqlite_city)
    for hour, told in ((9, True), (12, False), (15, True)):
        at(clock, hour, 40)
        page = (await sqlite_client.get(f"/t/{token}")).text
        assert ("预计等候" in page) is told
        assert ("大厅休息至 14:30，您的位置保留。" in page) is not told
        assert (" data-pause" in page) is not told, "a page says “soon” of a place, not of a break"


async def test_whoever_waits_after_the_last_closing_is_led_to_people(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity, clock: ManualClock
) -> None:
    token = await a_ticket(sqlite_client, sqlite_city)
    at(clock, 17, 30)
    page = (await sqlite_client.get(f"/t/{token}")).text
    assert "大厅今日已停止取号，请等候叫号，或到导办台询问。" in page
    assert "预计等候" in page, "clerks go on with those who are there"


async def test_a_kiosk_says_first_that_the_hall_is_not_open(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity, clock: ManualClock
) -> None:
    at(clock, 18)
    await sqlite_client.get(f"/kiosk/H1?device={sqlite_city.tokens['kiosk']}")
    page = (await sqlite_client.get("/kiosk/H1")).text
    found = re.search(r"大厅现在不取号。.*?11月19日周四 08:30.*?我有预约", page, re.DOTALL)
    assert found, page


async def test_a_hall_that_has_closed_is_not_said_to_have_no_queue(
    sqlite_client: httpx2.AsyncClient, clock: ManualClock
) -> None:
    asked = "/halls?service=id-card&near=H1"
    assert "人在等" in (await sqlite_client.get(asked)).text
    at(clock, 18)
    page = (await sqlite_client.get(asked)).text
    cards = [card for card in page.split("<li class=")[1:] if "11月19日" in card]
    assert len(cards) == 2, "both halls open tomorrow"
    assert not any("无需排队" in card or "人在等" in card for card in cards)
