"""The kind of an appointment is changed by its own link and at the help desk: said first, then done."""

from __future__ import annotations

import html
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from kernel.web.access import STAFF_COOKIE
from tests.booked.test_booked_http import ENGLISH, submit
from tests.conftest import bearer
from tests.displays.test_meeting_pages import ADDRESS, booked, calendar_of, hidden, offered, text_of
from tests.support.own_lists import PEOPLE

if TYPE_CHECKING:
    import httpx2

    from tests.support.small_city import SmallCity

pytestmark = pytest.mark.slow

__all__ = ["offered"]
CHINESE = {"Accept-Language": "zh"}


async def press(client: httpx2.AsyncClient, to: str, **form: str) -> Any:
    return await client.post(to, data={"key": uuid4().hex, **form}, headers=PEOPLE)


async def start_of(client: httpx2.AsyncClient, own: str) -> str:
    token = own.removeprefix("/a/")
    view = (await client.post("/api/v1/appointments/look-up", json={"token": token})).json()
    return str(view["starts_at"])


async def test_where_nothing_else_is_offered_only_the_time_can_be_changed(
    sqlite_client: httpx2.AsyncClient,
) -> None:
    own = await booked(sqlite_client, "hall")
    assert "Change the time" in await text_of(sqlite_client, own)
    page = await text_of(sqlite_client, f"{own}/change")
    assert "How would you like it done?" not in page
    assert "change only how" not in page


async def test_what_changes_is_said_before_it_is_done(offered: httpx2.AsyncClient) -> None:
    own = await booked(offered, "hall")
    assert "Change time or way" in await text_of(offered, own)
    page = await text_of(offered, f"{own}/change")
    for words in ("How would you like it done?", "change only how", "By telephone", "Have your register"):
        assert words in page
    start = await start_of(offered, own)
    asked = await press(offered, f"{own}/change", starts_at=start, kind="phone")
    assert asked.status_code == 303
    assert "GEO:" in await calendar_of(offered, own)  # nothing is done yet
    form = await text_of(offered, asked.headers["location"])
    for words in ("Until now", "In the hall", "the time stays", "A clerk calls the number", "138****8000"):
        assert words in form
    done = await press(offered, f"{own}/change/kind", starts_at=hidden(form, "starts_at"), kind="phone")
    assert done.headers["location"] == f"{own}?moved=true"
    shown = await text_of(offered, done.headers["location"])
    assert "By telephone" in shown
    assert "check in at the kiosk" not in shown
    file = await calendar_of(offered, own)
    assert "by telephone: the hall calls you" in file
    assert "SEQUENCE:1" in file


async def test_an_address_is_asked_for_and_what_was_typed_stays(offered: httpx2.AsyncClient) -> None:
    own = await booked(offered, "hall")
    form = {"starts_at": await start_of(offered, own), "kind": "home"}
    refused = await press(offered, f"{own}/change/kind", **form, address="x")
    assert refused.status_code == 422
    assert "This is not an address" in html.unescape(refused.text)
    assert 'value="x"' in refused.text
    assert "<title>Error: " in refused.text
    done = await press(offered, f"{own}/change/kind", **form, address=ADDRESS)
    assert done.status_code == 303
    page = await text_of(offered, own)
    assert ADDRESS[:6] in page
    assert ADDRESS not in page


async def test_the_pages_speak_chinese(offered: httpx2.AsyncClient) -> None:
    own = await booked(offered, "hall")
    start = await start_of(offered, own)
    page = await offered.get(
        f"{own}/change/kind", params={"starts_at": start, "kind": "home"}, headers=CHINESE
    )
    for words in ("要更改办理方式吗", "时间不变", "确认更改", "不改了"):
        assert words in page.text
    assert "保留" in (await offered.get(f"{own}/change", headers=CHINESE)).text


async def test_a_time_that_is_gone_loses_neither_the_old_one_nor_what_was_typed(
    offered: httpx2.AsyncClient,
) -> None:
    own = await booked(offered, "hall")
    gone = datetime.fromisoformat(await start_of(offered, own)).replace(year=2020).isoformat()
    lost = await press(offered, f"{own}/change/kind", starts_at=gone, kind="home", address=ADDRESS)
    assert lost.status_code in (409, 422)
    page = html.unescape(lost.text)
    assert "stays as it was" in page
    assert hidden(page, "address") == ADDRESS
    other = hidden(page, "starts_at")
    done = await press(offered, f"{own}/change/kind", starts_at=other, kind="home", address=ADDRESS)
    assert done.status_code == 303
    assert await start_of(offered, own) == datetime.fromisoformat(other).isoformat().replace("+00:00", "Z")


async def test_a_kind_that_is_not_offered_is_refused_and_an_old_address_leads_back(
    sqlite_client: httpx2.AsyncClient,
) -> None:
    own = await booked(sqlite_client, "hall")
    form = {"starts_at": await start_of(sqlite_client, own), "kind": "phone"}
    refused = await press(sqlite_client, f"{own}/change/kind", **form)
    assert refused.status_code == 409
    bare = await sqlite_client.get(f"{own}/change/kind", headers=PEOPLE)
    assert bare.headers["location"] == f"{own}/change"


@pytest.mark.slow
async def test_the_help_desk_changes_it_for_somebody(
    offered: httpx2.AsyncClient, sqlite_city: SmallCity
) -> None:
    own = await booked(offered, "hall")
    token = own.removeprefix("/a/")
    view = (await offered.post("/api/v1/appointments/look-up", json={"token": token})).json()
    offered.cookies.set(STAFF_COOKIE, sqlite_city.tokens["clerk1"])
    move = f"/staff/halls/H1/appointments/{view['id']}/move"
    page = (await offered.get(move, headers=ENGLISH)).text
    assert "change only how" in html.unescape(page)
    answer, _ = await submit(offered, page, "move", starts_at=view["starts_at"], kind="home")
    assert answer.status_code == 303
    form = (await offered.get(answer.headers["location"], headers=ENGLISH)).text
    assert "Address to come to" in form
    refused, _ = await submit(offered, form, "move/kind", address="")
    assert refused.status_code == 422
    done, _ = await submit(offered, form, "move/kind", address=ADDRESS)
    assert done.status_code == 303
    assert ADDRESS[:6] in await text_of(offered, own)


async def test_a_program_changes_the_kind(offered: httpx2.AsyncClient, sqlite_city: SmallCity) -> None:
    own = await booked(offered, "hall")
    start, token = await start_of(offered, own), own.removeprefix("/a/")
    asked = {"token": token, "starts_at": start, "kind": "home"}
    path = "/api/v1/appointments/reschedule"
    refused = await offered.post(path, json=asked, headers={"Idempotency-Key": uuid4().hex})
    assert (refused.status_code, refused.json()["code"]) == (422, "address-invalid")
    done = await offered.post(
        path, json={**asked, "address": ADDRESS}, headers={"Idempotency-Key": uuid4().hex}
    )
    assert done.json()["meeting"]["kind"] == "home"
    headers = {**bearer(sqlite_city.tokens["clerk1"]), "Idempotency-Key": uuid4().hex}
    desk = await offered.post(
        f"/api/v1/halls/H1/appointments/{done.json()['id']}/move-at-wish",
        json={"starts_at": start, "kind": "video"},
        headers=headers,
    )
    assert desk.json()["meeting"]["kind"] == "video"


async def test_the_waiting_list_asks_for_which_kind_one_waits(offered: httpx2.AsyncClient) -> None:
    times = await text_of(offered, "/book?hall=H1&service=id-card&kind=phone")
    assert "/waitlist?hall=H1&service=id-card&kind=phone" in times
    address = "/waitlist?hall=H1&service=id-card&kind=phone"
    page = await text_of(offered, address)
    assert 'value="phone" checked' in page
    assert "for a visit at home" in page
    chinese = (await offered.get(address, headers=CHINESE)).text
    assert "选择上门办理时填写" in chinese
    answer, _ = await submit(
        offered, page.replace("&quot;", '"'), "waitlist", kind="home", name="李候补", phone="13987650100",
        hall="H1", first_day=hidden(page, "first_day"), last_day=hidden(page, "last_day"), part="any",
    )  # fmt: skip
    assert answer.status_code == 422
    assert "This is not an address" in html.unescape(answer.text)


async def test_an_earlier_time_is_of_the_kind_that_is_booked(offered: httpx2.AsyncClient) -> None:
    own = await booked(offered, "phone")
    page = await text_of(offered, f"{own}/earlier")
    assert "By telephone: what is offered is held in the same way." in page
    assert "How would you like it done?" not in page
