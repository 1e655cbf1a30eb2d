"""A quota on every page: kiosk, phone, help desk and manager say it before anybody waits in vain."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from kernel.web.access import STAFF_COOKIE
from queueing.quotas import service
from queueing.rules.quotas import DAY_MINUTES
from tests.conftest import bearer
from tests.support.pages import shown

if TYPE_CHECKING:
    import httpx2

    from kernel.clock import ManualClock
    from kernel.web.parts import Parts
    from tests.support.small_city import SmallCity

QUOTAS = "/staff/halls/H1/quotas"
USED_UP, AGAIN = "今天的现场号已发完。", "11月19日周四 08:30 起再次发号。"


def fields(page: str) -> dict[str, str]:
    return dict(re.findall(r'name="(csrf_token|key)" value="([^"]+)"', page))


@pytest.fixture
def one_number(sqlite_parts: Parts, sqlite_city: SmallCity, clock: ManualClock) -> None:
    sqlite_parts.database.write_now(
        service.add_quota, "H1", queue="A", service=None, from_minute=0, to_minute=DAY_MINUTES, most=1,
        by=sqlite_city.manager, clock=clock,
    )  # fmt: skip


@pytest.mark.usefixtures("one_number")
@pytest.mark.slow
async def test_a_kiosk_says_it_before_and_at_the_last_touch(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity
) -> None:
    await sqlite_client.get(f"/kiosk/H1?device={sqlite_city.tokens['kiosk']}")
    confirm = await shown(sqlite_client, "/kiosk/H1/queues/A/id-card")
    other = fields(await shown(sqlite_client, "/kiosk/H1/queues/A/household"))
    assert "已发完" not in confirm + await shown(sqlite_client, "/kiosk/H1")
    taken = await sqlite_client.post("/kiosk/H1/tickets", data={**fields(confirm), "service": "id-card"})
    assert "/tickets/" in taken.headers["location"]
    late = await sqlite_client.post("/kiosk/H1/tickets", data={**other, "service": "household"})
    told = await shown(sqlite_client, late.headers["location"])
    assert (USED_UP in told, AGAIN in told, "导办台" in told, 'name="priority"' in told) == (
        True,
        True,
        True,
        False,
    )
    for page in ("", "/queues/A", "/queues/A/id-card"):
        assert "已发完" in await shown(sqlite_client, f"/kiosk/H1{page}")
    assert "已发完" not in await shown(sqlite_client, "/kiosk/H1/queues/B/insurance")


@pytest.mark.usefixtures("one_number")
@pytest.mark.slow
async def test_a_phone_is_told_and_led_to_booking_and_other_halls(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity
) -> None:
    read = await sqlite_client.get("/api/v1/halls/H1/phone-code", headers=bearer(sqlite_city.tokens["lobby"]))
    await sqlite_client.get("/here/H1", params={"c": read.json()["code"].replace(" ", "")})
    confirm = fields(await shown(sqlite_client, "/here/H1/queues/A/id-card"))
    kiosk = bearer(sqlite_city.tokens["kiosk"])
    await sqlite_client.post("/api/v1/halls/H1/tickets", json={"services": ["id-card"]}, headers=kiosk)
    late = await sqlite_client.post("/here/H1/tickets", data={**confirm, "service": "id-card"})
    told = await shown(sqlite_client, late.headers["location"])
    assert (USED_UP in told, 'href="/book?hall=H1&service=id-card"' in told) == (True, True)
    assert 'href="/halls?service=id-card"' in told
    for page in ("", "/queues/A", "/queues/A/id-card"):
        assert "已发完" in await shown(sqlite_client, f"/here/H1{page}")


@pytest.mark.usefixtures("one_number")
async def test_the_help_desk_is_told_until_when(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity
) -> None:
    sqlite_client.cookies.set(STAFF_COOKIE, sqlite_city.tokens["clerk1"])
    form = fields(await shown(sqlite_client, "/staff/halls/H1/tickets"))
    kiosk = bearer(sqlite_city.tokens["kiosk"])
    await sqlite_client.post("/api/v1/halls/H1/tickets", json={"services": ["id-card"]}, headers=kiosk)
    late = await sqlite_client.post("/staff/halls/H1/tickets", data={**form, "service": "id-card"})
    told = await shown(sqlite_client, late.headers["location"])
    assert (USED_UP in told, "请为其预约时间" in told, "今日号已发完" in told) == (True, True, True)


async def test_a_manager_sets_changes_and_takes_away_by_forms(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity
) -> None:
    sqlite_client.cookies.set(STAFF_COOKIE, sqlite_city.tokens["manager"])
    page = await shown(sqlite_client, QUOTAS)
    assert "未设限额" in page
    wanted = {**fields(page), "about": "service:id-card", "begins": "09:00", "ends": "08:00", "most": "30"}
    wrong = await sqlite_client.post(QUOTAS, data=wanted)
    assert (wrong.status_code, 'value="09:00"' in wrong.text, 'value="30"' in wrong.text) == (422, True, True)
    made = await sqlite_client.post(QUOTAS, data={**wanted, **fields(wrong.text), "ends": "12:00"})
    assert made.status_code == 303
    page = await shown(sqlite_client, made.headers["location"])
    assert "09:00–12:00" in page
    found = re.search(rf'action="({QUOTAS}/[0-9a-f-]+)"', page)
    assert found is not None
    form = fields(page)
    changed = await sqlite_client.post(found[1], data={**form, "before": "30", "most": "12"})
    assert changed.status_code == 303
    stale = await sqlite_client.post(found[1], data={**form, "before": "30", "most": "5"})
    assert stale.status_code == 409
    page = await shown(sqlite_client, QUOTAS)
    assert 'value="12"' in page
    await sqlite_client.post(f"{found[1]}/remove", data=fields(page))
    assert "未设限额" in await shown(sqlite_client, QUOTAS)


async def test_a_manager_sets_the_week_by_forms_and_keeps_what_was_typed(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity
) -> None:
    sqlite_client.cookies.set(STAFF_COOKIE, sqlite_city.tokens["manager"])
    wanted = {
        "about": "queue:A",
        "begins": "",
        "ends": "",
        "most": "60",
        "day": ["", "", "7", "", "", "x", ""],
    }
    wrong = await sqlite_client.post(QUOTAS, data={**wanted, **fields(await shown(sqlite_client, QUOTAS))})
    assert (wrong.status_code, 'value="7"' in wrong.text) == (422, True)
    wanted["day"] = ["", "", "7", "", "", "20", ""]
    made = await sqlite_client.post(QUOTAS, data={**wanted, **fields(wrong.text)})
    page = await shown(sqlite_client, made.headers["location"])
    assert 'data-label="今日剩余">7<' in page
    found = re.search(rf'action="({QUOTAS}/[0-9a-f-]+)"', page)
    assert found is not None
    changed = {
        "most": "60",
        "before": "60",
        "day": ["", "", "", "", "", "x", ""],
        "day_before": wanted["day"],
    }
    kept = await sqlite_client.post(found[1], data={**fields(page), **changed})
    assert (kept.status_code, "今日剩余" in kept.text) == (422, True)
    changed["day"] = ["", "", "", "", "", "15", ""]
    again = await sqlite_client.post(found[1], data={**fields(kept.text), **changed})
    assert again.status_code == 303
    stale = await sqlite_client.post(found[1], data={**fields(await shown(sqlite_client, QUOTAS)), **changed})
    assert stale.status_code == 409
    page = await shown(sqlite_client, QUOTAS)
    assert ('data-label="今日剩余">60<' in page, 'placeholder="60" value="15"' in page) == (True, True)
    sqlite_client.cookies.set(STAFF_COOKIE, sqlite_city.tokens["supervisor"])
    assert "周六 15" in await shown(sqlite_client, QUOTAS)


async def test_a_supervisor_reads_and_a_clerk_does_not_change(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity
) -> None:
    sqlite_client.cookies.set(STAFF_COOKIE, sqlite_city.tokens["supervisor"])
    assert '<form class="card' not in await shown(sqlite_client, QUOTAS)
    answer = await sqlite_client.post(
        "/api/v1/halls/H1/ticket-quotas", json={"queue": "A", "most": 1},
        headers=bearer(sqlite_city.tokens["clerk1"]),
    )  # fmt: skip
    assert answer.status_code == 403
