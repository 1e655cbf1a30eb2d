"""A press that changes nothing, or something, is answered; a question names what it is about."""

from __future__ import annotations

import html
import re
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from booking.messages.gateway import StandIn
from booking.messages.sending import Outgoing
from displays.demo_codes import code_in_demo
from kernel.ids import uuid7
from tests.displays.test_public_pages import _booked

if TYPE_CHECKING:
    import httpx2

    from kernel.clock import ManualClock

ENGLISH = {"Accept-Language": "en"}


async def press(client: httpx2.AsyncClient, address: str, **form: str) -> httpx2.Response:
    """Send a form as a browser does, and return the page that it leads to."""
    answer = await client.post(address, data={"key": uuid4().hex, **form})
    assert answer.status_code == 303, answer.text
    return await client.get(answer.headers["location"], headers=ENGLISH)


@pytest.mark.slow
async def test_more_time_with_nobody_behind_says_that_nothing_changed(
    sqlite_client: httpx2.AsyncClient, clock: ManualClock
) -> None:
    address = await _booked(sqlite_client)
    clock.advance(timedelta(minutes=30))
    ticket = await sqlite_client.post(f"{address}/check-in", data={"key": uuid4().hex})
    page = await press(sqlite_client, f"{ticket.headers['location']}/more-time")
    assert "Nobody is behind you, so you keep your place." in page.text
    again = f'<a class="button" href="{ticket.headers["location"]}">Look again</a>'
    assert re.search(f"<noscript>.*{re.escape(again)}.*</noscript>", page.text), (
        "without scripts nothing moves"
    )
    page = await press(sqlite_client, f"{ticket.headers['location']}/give-up")
    assert "Nobody is behind you" not in page.text


@pytest.mark.slow
async def test_a_change_of_time_is_told_on_the_page_it_leads_to(sqlite_client: httpx2.AsyncClient) -> None:
    address = await _booked(sqlite_client)
    assert "Changed: now" not in (await sqlite_client.get(address, headers=ENGLISH)).text
    times = (await sqlite_client.get(f"{address}/change")).text
    start = html.unescape(re.findall(r'name="starts_at" value="([^"]+)"', times)[2])
    page = await press(sqlite_client, f"{address}/change", starts_at=start)
    told = datetime.fromisoformat(start).astimezone(ZoneInfo("Asia/Shanghai"))
    assert re.search(rf"Changed: now [^<]+ at {told:%H:%M}\.", page.text)


async def test_whoever_cancelled_is_not_asked_to_keep_the_appointment(
    sqlite_client: httpx2.AsyncClient,
) -> None:
    address = await _booked(sqlite_client)
    await press(sqlite_client, f"{address}/cancel")
    page = (await sqlite_client.get(f"{address}/erase")).text
    assert "不清除" in page
    assert "保留预约" not in page


async def test_a_place_nobody_knows_is_no_place_one_starts_from(sqlite_client: httpx2.AsyncClient) -> None:
    answer = await sqlite_client.post("/halls/from", data={"service": "id-card", "area": "Atlantis"})
    assert "Atlantis" in answer.text, "what was typed is kept in its field"
    assert not re.search(r"<option[^>]*>Atlantis", answer.text)


@pytest.mark.parametrize("demo", [True, False])
async def test_only_a_demo_shows_what_the_telephone_would_say(clock: ManualClock, demo: bool) -> None:
    gateway = StandIn(clock.now)
    settings = SimpleNamespace(demo=object() if demo else None)
    state = SimpleNamespace(gateway=gateway, parts=SimpleNamespace(settings=settings))
    request: Any = SimpleNamespace(app=SimpleNamespace(state=state))
    seen = [code_in_demo(request, "138****8000"), code_in_demo(request)]
    assert seen == ([""] * 2 if demo else [None] * 2)
    booking, own = "验证码 123456，用于确认预约", "验证码 654321，用于查看“我的预约”"
    for phone, text in (("+8613800138000", booking), ("+8613800138001", own)):
        await gateway.send(Outgoing(uuid7(), 1, phone, text, 1))
    seen = [code_in_demo(request, "138****8000"), code_in_demo(request)]
    assert seen == ([booking, own] if demo else [None] * 2)
