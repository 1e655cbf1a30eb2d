"""The same appointment once more at a kiosk or on a phone in the hall, too early, cancelled, or late."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest
from sqlalchemy import insert

from kernel.tables import ClosureRow
from tests.conftest import MORNING

if TYPE_CHECKING:
    import httpx2

    from kernel.clock import ManualClock
    from kernel.web.parts import Parts
    from tests.support.small_city import SmallCity

pytestmark = pytest.mark.slow

PHONE = "13800138000"
FORM_KEY = re.compile(r'name="key" value="([0-9a-f]{32})"')
AGAIN = "此预约已签过到"


@pytest.fixture
async def kiosk(sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity) -> httpx2.AsyncClient:
    await sqlite_client.get(f"/kiosk/H1?device={sqlite_city.tokens['kiosk']}")
    return sqlite_client


async def _booked(client: httpx2.AsyncClient, place: int = 0, phone: str = PHONE) -> tuple[str, str]:
    """Book one of the free times; return the appointment's address and its reference."""
    times = (await client.get("/book?hall=H1&service=id-card")).text
    starts = re.findall(r'name="starts_at"[^>]* value="([^"]+)"', times)[place]
    asked = {"key": _key(times), "hall": "H1", "service": "id-card", "starts_at": starts}
    address = (await client.post("/book", data=asked)).headers["location"]
    key = _key((await client.get(address)).text)
    own = await client.post(address, data={"key": key, "name": "王小明", "phone": phone})
    code = re.search(r'class="reference">(\w{4}) (\w{4})<', (await client.get(own.headers["location"])).text)
    assert code is not None
    return str(own.headers["location"]), code[1] + code[2]


def _key(page: str) -> str:
    found = FORM_KEY.search(page)
    assert found is not None
    return found[1]


async def _check_in(kiosk: httpx2.AsyncClient, reference: str, tail: str = PHONE[-4:]) -> httpx2.Response:
    key = _key((await kiosk.get("/kiosk/H1/check-in")).text)
    return await kiosk.post("/kiosk/H1/check-in", data={"key": key, "reference": reference, "tail": tail})


async def test_who_checks_in_once_more_gets_the_same_ticket(
    kiosk: httpx2.AsyncClient, clock: ManualClock
) -> None:
    address, reference = await _booked(kiosk)
    clock.advance(timedelta(minutes=25))
    first = await _check_in(kiosk, reference)
    assert first.status_code == 303, first.text
    again = await _check_in(kiosk, reference.lower())
    scanned = await _check_in(kiosk, f"http://testserver{unquote(address)}", "")
    assert again.headers["location"] == scanned.headers["location"] == first.headers["location"]
    guessed = await _check_in(kiosk, reference, "0000")
    assert guessed.status_code == 403, "the reference alone opens nobody's ticket"


async def test_whose_number_has_ended_is_told_so_and_sent_to_no_page(
    kiosk: httpx2.AsyncClient, clock: ManualClock
) -> None:
    _, reference = await _booked(kiosk)
    clock.advance(timedelta(minutes=25))
    token = (await _check_in(kiosk, reference)).headers["location"].rpartition("/")[2]
    key = _key((await kiosk.get(f"/t/{token}")).text)
    await kiosk.post(f"/t/{token}/give-up", data={"key": key})
    again = await _check_in(kiosk, reference)
    assert again.status_code == 409
    assert AGAIN in again.text
    assert "请打开预约页面" not in again.text, "there is no page of it at a kiosk"


async def test_a_cancelled_appointment_is_said_to_be_cancelled(kiosk: httpx2.AsyncClient) -> None:
    address, reference = await _booked(kiosk)
    key = _key((await kiosk.get(f"{address}/cancel")).text)
    await kiosk.post(f"{address}/cancel", data={"key": key})
    assert "此预约已取消" in (await _check_in(kiosk, reference)).text


async def test_who_comes_on_another_day_is_told_the_day(kiosk: httpx2.AsyncClient) -> None:
    _, reference = await _booked(kiosk, place=-1)
    said = (await _check_in(kiosk, reference)).text
    assert re.search(r"您预约的是另一天：\d+月\d+日\S+ \d\d:\d\d 起可以签到", said), said[
        said.find("您预约的") :
    ][:60]


async def test_who_booked_for_a_day_that_was_closed_since_reads_so(
    kiosk: httpx2.AsyncClient, sqlite_parts: Parts, sqlite_city: SmallCity, clock: ManualClock
) -> None:
    address, reference = await _booked(kiosk)
    clock.advance(timedelta(minutes=25))
    assert "请勿前往" not in (await kiosk.get(address)).text
    row = {"hall_id": sqlite_city.hall, "day": MORNING.date(), "reason_zh": "", "reason_en": ""}
    sqlite_parts.database.write_now(
        lambda session: session.execute(insert(ClosureRow.__table__), row) and None
    )  # type: ignore[attr-defined]
    page = (await kiosk.get(address)).text
    assert "大厅该时段不开放，请勿前往" in page
    for asked in ("何时出发", "起可在取号机签到", "加入日历"):
        assert asked not in page, "nobody is led to a closed hall"
    refused = (await _check_in(kiosk, reference)).text
    assert "大厅现在不取号" in refused
    assert "您预约的是另一天" not in refused, "it is the hall that opens on another day"


async def test_who_comes_late_reads_that_the_place_counts_from_the_check_in(
    kiosk: httpx2.AsyncClient, clock: ManualClock
) -> None:
    _, reference = await _booked(kiosk)
    clock.advance(timedelta(minutes=25))
    paper = await kiosk.get((await _check_in(kiosk, reference)).headers["location"])
    assert "按签到时间排队" not in paper.text
    _, second = await _booked(kiosk, phone="13900139000")
    clock.advance(timedelta(hours=2))
    paper = await kiosk.get((await _check_in(kiosk, second, "9000")).headers["location"])
    assert "按签到时间排队" in paper.text
    assert "按签到时间排队" in (await kiosk.get(f"/t/{str(paper.url).rpartition('/')[2]}")).text
