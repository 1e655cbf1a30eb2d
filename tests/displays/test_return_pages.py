"""Coming back with papers by plain pages: the slip, the ticket's page, kiosk, phone and help desk."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from booking.desk.returning import open_returns
from booking.limits import REFERENCE_TRIES
from kernel.web.access import STAFF_COOKIE
from queueing import service as queueing
from tests.conftest import bearer
from tests.queueing.test_returns import TODAY, Hall
from tests.support.pages import shown

if TYPE_CHECKING:
    import httpx2

    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.secrets import Vault
    from tests.support.small_city import SmallCity


@pytest.fixture
def sent(sqlite_database: Database, sqlite_city: SmallCity, vault: Vault, clock: ManualClock) -> Any:
    """Somebody who was sent for papers yesterday; their ticket's token and the code."""
    hall = Hall(sqlite_database, sqlite_city, vault, clock)
    issued = hall.database.write_now(
        queueing.issue_ticket, sqlite_city.hall, [sqlite_city.services["id-card"]],
        priority=False, by=sqlite_city.clerks[0].actor, clock=clock, vault=vault,
    )  # fmt: skip
    ended = hall.sent_away("居住证原件", TODAY + timedelta(days=7))
    return issued.token, ended


def key(page: str) -> dict[str, str]:
    return dict(re.findall(r'name="(csrf_token|key)" value="([^"]+)"', page))


async def test_the_ticket_s_page_and_the_slip_say_what_to_bring(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity, sent: Any
) -> None:
    token, ended = sent
    code = f"{ended.back.code[:4]} {ended.back.code[4:]}"
    page = await shown(sqlite_client, f"/t/{token}")
    assert ("居住证原件" in page, code in page, "20 分钟" in page, "11月25日" in page) == (True,) * 4
    sqlite_client.cookies.set(STAFF_COOKIE, sqlite_city.tokens["clerk1"])
    slip = await shown(sqlite_client, f"/staff/returns/{ended.ticket.id}")
    assert (code in slip, "打印小票" in slip) == (True, True)
    sqlite_client.cookies.set(STAFF_COOKIE, sqlite_city.tokens["clerk4"])
    assert (await sqlite_client.get(f"/staff/returns/{ended.ticket.id}")).status_code == 404


@pytest.mark.slow
async def test_a_kiosk_gives_the_number_and_says_why_not(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity, sent: Any
) -> None:
    await sqlite_client.get(f"/kiosk/H1?device={sqlite_city.tokens['kiosk']}")
    assert "/kiosk/H1/back" in await shown(sqlite_client, "/kiosk/H1")
    form = key(await shown(sqlite_client, "/kiosk/H1/back"))
    wrong = await sqlite_client.post("/kiosk/H1/back", data={**form, "typed": "3333 3333"})
    assert (wrong.status_code, 'value="3333 3333"' in wrong.text) == (404, True)
    asked = {**key(wrong.text), "typed": sent[1].back.code.lower()}
    given = [await sqlite_client.post("/kiosk/H1/back", data=asked) for _ in range(2)]
    assert {own.status_code for own in given} == {303}
    assert given[0].headers["location"] == given[1].headers["location"], "pressed twice is one number"
    assert "A002" in await shown(sqlite_client, given[0].headers["location"])
    assert "您已再来办理，号码是 A002" in await shown(sqlite_client, f"/t/{sent[0]}")


@pytest.mark.slow
async def test_a_phone_in_the_hall_takes_it_too(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity, sent: Any
) -> None:
    outside = await sqlite_client.get("/here/H1/back")
    assert outside.headers["location"] == "/here/H1", "only who is there"
    read = await sqlite_client.get("/api/v1/halls/H1/phone-code", headers=bearer(sqlite_city.tokens["lobby"]))
    await sqlite_client.get("/here/H1", params={"c": read.json()["code"].replace(" ", "")})
    assert "/here/H1/back" in await shown(sqlite_client, "/here/H1")
    form = key(await shown(sqlite_client, "/here/H1/back"))
    given = await sqlite_client.post("/here/H1/back", data={**form, "typed": sent[1].back.code})
    assert "A002" in await shown(sqlite_client, given.headers["location"])


async def test_the_help_desk_gives_it_and_the_trail_says_so(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity, sent: Any
) -> None:
    at = "/staff/halls/H1/tickets"
    sqlite_client.cookies.set(STAFF_COOKIE, sqlite_city.tokens["clerk1"])
    form = key(await shown(sqlite_client, at))
    given = await sqlite_client.post("/staff/halls/H1/returns", data={**form, "typed": sent[1].back.code})
    assert "A002" in await shown(sqlite_client, given.headers["location"])
    form = key(await shown(sqlite_client, at))
    again = await sqlite_client.post("/staff/halls/H1/returns", data={**form, "typed": sent[1].back.code})
    assert "这个补件码已经取过号了" in await shown(sqlite_client, again.headers["location"])


async def test_guessing_codes_at_a_kiosk_is_stopped(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity
) -> None:
    await sqlite_client.get(f"/kiosk/H1?device={sqlite_city.tokens['kiosk']}")
    codes = set()
    for _ in range(REFERENCE_TRIES + 1):
        form = key(await shown(sqlite_client, "/kiosk/H1/back"))
        tried = await sqlite_client.post("/kiosk/H1/back", data={**form, "typed": "AAAA AAAA"})
        codes.add(tried.status_code)
    assert codes == {404, 429}


async def looks(client: httpx2.AsyncClient, city: SmallCity) -> str:
    client.cookies.set(STAFF_COOKIE, city.tokens["supervisor"])
    return await shown(client, "/staff/audit")


@pytest.mark.slow
async def test_a_lost_slip_is_found_by_its_number_or_what_is_missing_and_the_trail_says_so(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity, sent: Any
) -> None:
    at, ended = "/staff/halls/H1/returns", sent[1]
    sqlite_client.cookies.set(STAFF_COOKIE, sqlite_city.tokens["clerk1"])
    assert at in await shown(sqlite_client, "/staff/halls/H1/tickets")
    for wanted, there in (("", True), ("a001", True), ("居住证", True), ("a001 户口簿", False)):
        page = await shown(sqlite_client, f"{at}?q={wanted}")
        assert (f"/staff/returns/{ended.ticket.id}" in page, ended.back.code in page) == (there, False), (
            wanted
        )
    form = key(slip := await shown(sqlite_client, f"/staff/returns/{ended.ticket.id}"))
    assert "材料已带来：发号" in slip
    given = await sqlite_client.post("/staff/halls/H1/returns", data={**form, "typed": ended.back.code})
    assert "A002" in await shown(sqlite_client, given.headers["location"])
    assert "目前没有待补件的人" in await shown(sqlite_client, at), "who has come back is not expected"
    assert "材料已带来：发号" not in await shown(sqlite_client, f"/staff/returns/{ended.ticket.id}")
    trail = await looks(sqlite_client, sqlite_city)
    assert ("打开了待补件列表" in trail, "打开了补件小票" in trail) == (True, True)


async def test_another_hall_sees_none_of_it_and_a_code_that_is_over_is_not_listed(
    sqlite_client: httpx2.AsyncClient,
    sqlite_database: Database,
    sqlite_city: SmallCity,
    sent: Any,
    vault: Vault,
    clock: ManualClock,
) -> None:
    address = "/api/v1/halls/H1/returns"
    own, other = bearer(sqlite_city.tokens["clerk1"]), bearer(sqlite_city.tokens["clerk4"])
    told = (await sqlite_client.get(address, headers=own)).json()
    assert [(each["label"], each["note"], each["name_masked"]) for each in told["found"]] == [
        ("A001", "居住证原件", None)
    ]
    assert (await sqlite_client.get(address, headers=other)).status_code == 403
    reads, by = sqlite_database.read_now, sqlite_city.clerks[0]
    for days, listed in ((7, 1), (1, 0)):
        clock.advance(timedelta(days=days))
        found = reads(open_returns, "H1", by=by, now=clock.now(), vault=vault)
        assert len(found.found) == listed, "the last day counts, the day after does not"
