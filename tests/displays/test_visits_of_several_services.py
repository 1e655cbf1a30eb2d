"""Several services in one visit by plain links and forms: in the finder, at a kiosk, on one's own phone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from queueing.rules.tickets import MOST_SERVICES
from tests.conftest import bearer
from tests.support.errands import add_errands, take_offer
from tests.support.pages import shown

if TYPE_CHECKING:
    import httpx2

    from kernel.web.parts import Parts
    from tests.support.small_city import SmallCity

KEY = re.compile(r'name="key" value="([0-9a-f]{32})"')
TWO = "service=id-card&service=insurance"


@pytest.fixture
def city(sqlite_parts: Parts, sqlite_city: SmallCity) -> SmallCity:
    """The small city with related services and errands."""
    add_errands(sqlite_parts.database)
    return sqlite_city


@pytest.fixture
async def in_hall(sqlite_client: httpx2.AsyncClient, city: SmallCity) -> httpx2.AsyncClient:
    """A phone in hall H1, let in by the screen's code."""
    lobby = bearer(city.tokens["lobby"])
    code = (await sqlite_client.get("/api/v1/halls/H1/phone-code", headers=lobby)).json()["code"]
    await sqlite_client.get("/here/H1", params={"c": code.replace(" ", "")})
    return sqlite_client


async def test_a_visit_is_put_together_by_links_and_all_halls_are_ranked_for_it(
    sqlite_client: httpx2.AsyncClient, city: SmallCity
) -> None:
    assert city.hall
    assert "/visit?service=id-card#add" in await shown(sqlite_client, "/services/id-card")
    begun = await shown(sqlite_client, "/visit?service=id-card&near=H2")
    assert f"/visit?{TWO}&near=H2" in begun
    both = await shown(sqlite_client, f"/visit?{TWO}&near=H2")
    assert "/visit?service=insurance&near=H2" in both, "a service is taken out again"
    assert f"/halls?{TWO}&near=H2" in both
    assert "约 20 分钟" in both, "the times are added up"
    assert "户口簿" in both, "the papers of all of it"
    halls = await shown(sqlite_client, f"/halls?{TWO}")
    assert f"/book?hall=H1&{TWO}" in halls
    assert "此处不办：社保查询。" in halls, "H2 says which of them it lacks"
    booking = await shown(sqlite_client, f"/book?hall=H1&{TWO}")
    assert "身份证补领，社保查询" in booking or "身份证补领、社保查询" in booking


async def test_a_search_finds_what_can_be_added_and_not_what_is_there(
    sqlite_client: httpx2.AsyncClient, city: SmallCity
) -> None:
    assert city.hall
    found = await shown(sqlite_client, "/visit?service=id-card&q=社保")
    assert f"/visit?{TWO}" in found
    assert "没有找到其他这样的事项" in await shown(sqlite_client, "/visit?service=id-card&q=身份证")


async def test_what_no_place_does_together_is_said_and_not_offered(
    sqlite_client: httpx2.AsyncClient, city: SmallCity, sqlite_parts: Parts
) -> None:
    take_offer(sqlite_parts.database, city, "insurance")
    alone = await shown(sqlite_client, "/visit?service=id-card")
    assert f"/visit?{TWO}" not in alone
    assert "没有一处能和“身份证补领”一起办。" in alone
    assert "全市没有一处能一次办完这些" in await shown(sqlite_client, f"/visit?{TWO}")


async def test_a_kiosk_gives_one_ticket_for_several_services(
    sqlite_client: httpx2.AsyncClient, city: SmallCity
) -> None:
    sqlite_client.headers["Authorization"] = f"Bearer {city.tokens['kiosk']}"
    confirm = await shown(sqlite_client, "/kiosk/H1/queues/A/id-card")
    assert "/kiosk/H1/visit/more?service=id-card" in confirm
    more = await shown(sqlite_client, "/kiosk/H1/visit/more?service=id-card")
    assert f"/kiosk/H1/visit?{TWO}" in more, "what is often done with it comes first"
    assert "/kiosk/H1/visit/more?service=id-card&queue=B" in more
    opened = await shown(sqlite_client, "/kiosk/H1/visit/more?service=id-card&queue=A")
    assert "/kiosk/H1/visit?service=id-card&service=household" in opened
    visit = await shown(sqlite_client, f"/kiosk/H1/visit?{TWO}")
    key = KEY.search(visit)
    assert key is not None
    form = {"key": key[1], "service": ["id-card", "insurance"], "priority": "false"}
    taken = [await sqlite_client.post("/kiosk/H1/tickets", data=form) for _ in range(2)]
    assert {own.status_code for own in taken} == {303}
    assert taken[0].headers["location"] == taken[1].headers["location"], "pressed twice, one ticket"
    paper = await shown(sqlite_client, taken[0].headers["location"])
    assert ("A001" in paper, "社保查询" in paper, "随后办" in paper) == (True, True, True)
    assert (await sqlite_client.get(f"/kiosk/H2/visit?{TWO}")).status_code == 403


async def test_a_kiosk_offers_the_errands_its_hall_does_whole(
    sqlite_client: httpx2.AsyncClient, city: SmallCity, sqlite_parts: Parts
) -> None:
    sqlite_client.headers["Authorization"] = f"Bearer {city.tokens['kiosk']}"
    assert "/kiosk/H1/themes" in await shown(sqlite_client, "/kiosk/H1")
    themes = await shown(sqlite_client, "/kiosk/H1/themes")
    assert "/kiosk/H1/visit?service=household&service=id-card" in themes
    take_offer(sqlite_parts.database, city, "household")
    themes = await shown(sqlite_client, "/kiosk/H1/themes")
    assert "/kiosk/H1/visit?service=household&service=id-card" not in themes
    assert "“户口迁移”可到H2政务服务中心办理。" in themes
    assert f"/kiosk/H1/visit?{TWO}" in themes


@pytest.mark.slow
async def test_a_phone_in_the_hall_takes_one_number_for_several_services(
    in_hall: httpx2.AsyncClient,
) -> None:
    assert "/here/H1/themes" in await shown(in_hall, "/here/H1")
    assert f"/here/H1/visit?{TWO}" in await shown(in_hall, "/here/H1/themes")
    assert "/here/H1/visit/more?service=id-card" in await shown(in_hall, "/here/H1/queues/A/id-card")
    found = await shown(in_hall, "/here/H1/visit/more?service=id-card&q=社保")
    assert f"/here/H1/visit?{TWO}" in found
    key = KEY.search(await shown(in_hall, f"/here/H1/visit?{TWO}"))
    assert key is not None
    form = {"key": key[1], "service": ["id-card", "insurance"]}
    taken = await in_hall.post("/here/H1/tickets", data=form)
    assert taken.status_code == 303
    ticket = await shown(in_hall, taken.headers["location"])
    assert ("A001" in ticket, "社保查询" in ticket, "随后办" in ticket) == (True, True, True)
    fewer = await in_hall.post("/here/H1/tickets", data={"key": key[1], "service": ["id-card"]})
    assert fewer.status_code == 409, "the number of two services is no number of one"


async def test_whoever_is_not_in_the_hall_puts_no_visit_together_there(
    sqlite_client: httpx2.AsyncClient, city: SmallCity
) -> None:
    assert city.hall
    for address in (f"/here/H1/visit?{TWO}", f"/here/H1/visit/more?{TWO}", "/here/H1/themes"):
        answer = await sqlite_client.get(address)
        assert (answer.status_code, answer.headers["location"]) == (303, "/here/H1")


async def test_a_visit_of_too_many_services_or_of_one_that_is_elsewhere_is_refused(
    sqlite_client: httpx2.AsyncClient, city: SmallCity
) -> None:
    assert city.hall
    elsewhere = await sqlite_client.get("/api/v1/halls/H2/visit?service=id-card&service=insurance")
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (404, "service-not-offered-here")
    assert elsewhere.json()["services"] == ["insurance"]
    many = "&".join(["service=id-card"] * (MOST_SERVICES + 1))
    assert (await sqlite_client.get(f"/api/v1/halls/H1/visit?{many}")).status_code == 422


async def test_the_api_says_what_can_come_to_a_visit_in_a_hall(
    sqlite_client: httpx2.AsyncClient, city: SmallCity
) -> None:
    assert city.hall
    here = (await sqlite_client.get("/api/v1/halls/H1/visit?service=id-card")).json()
    assert [(own["code"], own["queue"]) for own in here["services"]] == [("id-card", "A")]
    assert {(own["code"], own["queue"]) for own in here["may_add"]} == {
        ("household", "A"),
        ("insurance", "B"),
    }
    there = (await sqlite_client.get("/api/v1/halls/H2/visit?service=id-card")).json()
    assert [(own["code"], own["halls"]) for own in there["elsewhere"]] == [("insurance", ["H1"])]
    themes = (await sqlite_client.get("/api/v1/halls/H2/themes")).json()["themes"]
    assert [(own["code"], [each["code"] for each in own["elsewhere"]]) for own in themes] == [
        ("moved", []),
        ("work", ["insurance"]),
    ]
