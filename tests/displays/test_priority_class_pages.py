"""Priority classes by plain pages: the manager names them, kiosk, phone and help desk offer them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from kernel.web.access import STAFF_COOKIE
from queueing.priority import service
from queueing.priority.service import Wanted
from tests.conftest import bearer
from tests.support.pages import shown

if TYPE_CHECKING:
    import httpx2

    from kernel.clock import ManualClock
    from kernel.web.parts import Parts
    from tests.support.small_city import SmallCity

AT = "/staff/halls/H1/priority"


def hidden(page: str) -> dict[str, str]:
    return dict(re.findall(r'name="(csrf_token|key)" value="([^"]+)"', page))


@pytest.fixture
def veterans(sqlite_parts: Parts, sqlite_city: SmallCity, clock: ManualClock) -> str:
    wanted = Wanted("退役军人", "Veterans", 25)
    found = sqlite_parts.database.write_now(
        service.add_class, "H1", wanted, by=sqlite_city.manager, clock=clock
    )
    return str(found.classes[0].id)


@pytest.mark.slow
async def test_a_kiosk_offers_the_classes_and_the_paper_names_the_chosen_one(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity, veterans: str
) -> None:
    await sqlite_client.get(f"/kiosk/H1?device={sqlite_city.tokens['kiosk']}")
    page = await shown(sqlite_client, "/kiosk/H1/queues/A/id-card")
    assert ("退役军人" in page, "25 分钟" in page, 'value="true"' in page) == (True, True, False)
    asked = {**hidden(page), "service": "id-card", "priority": veterans}
    taken = await sqlite_client.post("/kiosk/H1/tickets", data=asked)
    assert "退役军人" in await shown(sqlite_client, taken.headers["location"])
    page = await shown(sqlite_client, "/kiosk/H1/queues/A/id-card")
    plain = await sqlite_client.post("/kiosk/H1/tickets", data={**hidden(page), "service": "id-card"})
    assert "退役军人" not in await shown(sqlite_client, plain.headers["location"])
    assert "退役军人" not in (await sqlite_client.get("/api/v1/halls/H1/board")).text
    for name in ("lobby/H1", "lobby/H1/now"):
        assert "退役军人" not in (await sqlite_client.get(f"/{name}")).text


async def test_a_phone_offers_them_and_another_class_is_another_wish(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity, veterans: str
) -> None:
    read = await sqlite_client.get("/api/v1/halls/H1/phone-code", headers=bearer(sqlite_city.tokens["lobby"]))
    await sqlite_client.get("/here/H1", params={"c": read.json()["code"].replace(" ", "")})
    page = await shown(sqlite_client, "/here/H1/queues/A/id-card")
    asked = {"service": "id-card", "priority": veterans}
    taken = await sqlite_client.post("/here/H1/tickets", data={**hidden(page), **asked})
    assert "退役军人" in await shown(sqlite_client, taken.headers["location"])
    other = {"key": "0" * 32, "service": "id-card", "priority": "false"}
    assert (await sqlite_client.post("/here/H1/tickets", data=other)).status_code == 409
    again = await sqlite_client.post("/here/H1/tickets", data={"key": "1" * 32, **asked})
    assert again.headers["location"] == taken.headers["location"]


async def test_the_help_desk_offers_them_and_the_desk_names_the_class(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity, veterans: str
) -> None:
    sqlite_client.cookies.set(STAFF_COOKIE, sqlite_city.tokens["clerk1"])
    page = await shown(sqlite_client, "/staff/halls/H1/tickets")
    assert f'<option value="{veterans}">' in page
    asked = {**hidden(page), "service": "id-card", "priority": veterans}
    given = await sqlite_client.post("/staff/halls/H1/tickets", data=asked)
    assert "退役军人" in await shown(sqlite_client, given.headers["location"])
    window, clerk = sqlite_city.windows[0], sqlite_city.tokens["clerk1"]
    sqlite_client.cookies.clear()
    await sqlite_client.post(f"/api/v1/windows/{window}/open", headers=bearer(clerk))
    desk = await sqlite_client.get(f"/api/v1/windows/{window}/desk", headers=bearer(clerk))
    assert desk.json()["waiting"][0]["priority_class"] == {"name_zh": "退役军人", "name_en": "Veterans"}


async def test_a_manager_names_changes_and_takes_away_by_forms(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity
) -> None:
    sqlite_client.cookies.set(STAFF_COOKIE, sqlite_city.tokens["manager"])
    page = await shown(sqlite_client, AT)
    assert "尚未设置类别" in page
    wanted = {"name_zh": "老人", "name_en": "Elderly", "minutes": "99"}
    wrong = await sqlite_client.post(AT, data={**hidden(page), **wanted})
    assert (wrong.status_code, 'value="Elderly"' in wrong.text) == (422, True)
    made = await sqlite_client.post(AT, data={**hidden(wrong.text), **wanted, "minutes": "20"})
    assert made.status_code == 303
    page = await shown(sqlite_client, made.headers["location"])
    found = re.search(rf'action="({AT}/[0-9a-f-]+)"', page)
    assert found is not None
    changed = {**hidden(page), **wanted, "minutes": "30", "before": "20"}
    assert (await sqlite_client.post(found[1], data=changed)).status_code == 303
    stale = await sqlite_client.post(found[1], data={**changed, "minutes": "5"})
    assert stale.status_code in (409, 422)
    page = await shown(sqlite_client, AT)
    assert "30 分钟" in page
    await sqlite_client.post(f"{found[1]}/retire", data=hidden(page))
    assert "尚未设置类别" in await shown(sqlite_client, AT)
