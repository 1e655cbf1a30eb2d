"""The help desk puts several services into one visit and gives one ticket, by plain links and forms."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from uuid import uuid4

from kernel.web.access import STAFF_COOKIE
from tests.conftest import bearer
from tests.support.errands import add_errands
from tests.support.pages import shown

if TYPE_CHECKING:
    import httpx2

    from kernel.web.parts import Parts
    from tests.support.small_city import SmallCity

AT = "/staff/halls/H1/tickets"
TWO = "service=id-card&service=insurance"


async def test_a_visit_is_put_together_and_given_as_one_ticket(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity
) -> None:
    sqlite_client.cookies.set(STAFF_COOKIE, sqlite_city.tokens["clerk1"])
    assert f"{AT}?several=1" in await shown(sqlite_client, AT)
    begun = await shown(sqlite_client, f"{AT}?several=1")
    assert f"{AT}?service=id-card" in begun
    assert 'name="service"' not in begun, "nothing is issued before the visit is whole"
    assert f"{AT}?{TWO}" in await shown(sqlite_client, f"{AT}?service=id-card")
    page = await shown(sqlite_client, f"{AT}?{TWO}")
    assert f"{AT}?service=insurance" in page, "a service is taken out again"
    fields = dict(re.findall(r'name="(csrf_token|key)" value="([^"]+)"', page))
    chosen = re.findall(r'name="service" value="([^"]+)"', page)
    assert chosen == ["id-card", "insurance"]
    given = [await sqlite_client.post(AT, data={**fields, "service": chosen}) for _ in range(2)]
    assert {own.status_code for own in given} == {303}
    assert given[0].headers["location"] == given[1].headers["location"]
    paper = await shown(sqlite_client, given[0].headers["location"])
    assert ("A001" in paper, "社保查询" in paper, "随后办" in paper) == (True, True, True)


async def test_an_errand_that_the_hall_cannot_do_whole_says_what_is_missing(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity, sqlite_parts: Parts
) -> None:
    add_errands(sqlite_parts.database)
    sqlite_client.cookies.set(STAFF_COOKIE, sqlite_city.tokens["clerk1"])
    assert f"{AT}?{TWO}" in await shown(sqlite_client, AT)
    sqlite_client.cookies.set(STAFF_COOKIE, sqlite_city.tokens["clerk4"])
    other = await shown(sqlite_client, AT.replace("H1", "H2"))
    assert "此处不办：社保查询。" in other
    assert TWO not in other


async def test_a_program_of_the_help_desk_gives_a_ticket_by_its_own_route(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity
) -> None:
    clerk = bearer(sqlite_city.tokens["clerk1"])
    given = await sqlite_client.post(
        "/api/v1/halls/H1/desk-tickets",
        json={"services": ["id-card", "insurance"]},
        headers={**clerk, "Idempotency-Key": uuid4().hex},
    )
    assert given.status_code == 200, given.text
    assert given.json()["ticket"]["label"] == "A001"
    waiting = await sqlite_client.get(f"/api/v1/windows/{sqlite_city.windows[0]}/desk", headers=clerk)
    assert [own["label"] for own in waiting.json()["waiting"]] == ["A001"]
