"""Rating on the ticket's and the appointment's page and at the kiosk, by plain forms."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from booking.rules.ratings import Level, Reason
from kernel.web.access import DEVICE_COOKIE, STAFF_COOKIE
from tests.ratings.raters import PHONE, Raters

if TYPE_CHECKING:
    import httpx2

    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.secrets import Vault
    from tests.support.small_city import SmallCity

ENGLISH = {"Accept-Language": "en"}
KEY = re.compile(r'id="rating".*?name="key" value="([0-9a-f]{32})"', re.DOTALL)


@pytest.fixture
def raters(sqlite_database: Database, sqlite_city: SmallCity, clock: ManualClock, vault: Vault) -> Raters:
    return Raters(sqlite_database, sqlite_city, clock, vault)


async def send(client: httpx2.AsyncClient, address: str, **typed: object) -> httpx2.Response:
    page = (await client.get(address, headers=ENGLISH)).text
    key = KEY.search(page)
    assert key, "no form"
    target = address if address.startswith("/kiosk") else f"{address}/rating"
    return await client.post(target, data={"key": key[1], **typed}, headers=ENGLISH)


@pytest.mark.slow
async def test_the_ticket_asks_once_it_is_finished_and_says_thank_you(
    sqlite_client: httpx2.AsyncClient, raters: Raters
) -> None:
    token = raters.come()
    assert 'id="rating"' not in (await sqlite_client.get(f"/t/{token}")).text
    assert (await sqlite_client.get(f"/t/{token}/rating")).text.strip() == ""
    raters.serve()
    page = (await sqlite_client.get(f"/t/{token}", headers={"Accept-Language": "zh-CN"})).text
    assert all(
        word in page for word in ("非常满意", "满意", "基本满意", "不满意", "非常不满意", "请不要写姓名")
    )
    sent = await send(sqlite_client, f"/t/{token}", level="satisfied", reasons=["wait", "skill"], text="ok")
    assert (sent.status_code, sent.headers["location"]) == (303, f"/t/{token}#rating")
    assert raters.look(token).reasons == (Reason.WAIT, Reason.SKILL)
    page = (await sqlite_client.get(f"/t/{token}", headers=ENGLISH)).text
    assert "You rated this visit:" in page
    assert "Change it (until 10:40)" in page


@pytest.mark.slow
async def test_what_cannot_be_right_is_said_beside_its_field_and_nothing_is_lost(
    sqlite_client: httpx2.AsyncClient, raters: Raters
) -> None:
    token = raters.served()
    for typed, field in (
        ({"text": "kept words"}, "rating-level"),
        ({"level": "dissatisfied", "text": "kept words", "phone": PHONE}, "rating-consent"),
        (
            {"level": "dissatisfied", "text": "kept words", "phone": "123", "consent": "true"},
            "rating-phone",
        ),
        ({"level": "satisfied", "text": "kept words " * 20}, "rating-text"),
    ):
        answer = await send(sqlite_client, f"/t/{token}", **typed)
        assert answer.status_code == 422, field
        assert f'href="#{field}"' in answer.text
        assert "kept words" in answer.text
    both = (await send(sqlite_client, f"/t/{token}", level="dissatisfied", phone="123")).text
    assert all(f'href="#{field}"' in both for field in ("rating-phone", "rating-consent")), "at once"
    assert raters.look(token).level is None


async def test_whoever_rates_badly_reads_what_follows(
    sqlite_client: httpx2.AsyncClient, raters: Raters
) -> None:
    token = raters.served()
    await send(sqlite_client, f"/t/{token}", level="satisfied")
    assert "look into it" not in (await sqlite_client.get(f"/t/{token}", headers=ENGLISH)).text
    await send(sqlite_client, f"/t/{token}", level="dissatisfied", phone=PHONE, consent="true")
    page = (await sqlite_client.get(f"/t/{token}", headers=ENGLISH)).text
    assert "The hall has to look into it" in page
    assert "You may be called about it at 139****0123." in page


async def test_a_number_beside_a_good_rating_is_not_kept(
    sqlite_client: httpx2.AsyncClient, raters: Raters
) -> None:
    token = raters.served()
    await send(sqlite_client, f"/t/{token}", level="satisfied", phone=PHONE)
    assert (raters.look(token).level, raters.look(token).phone_masked) == (Level.SATISFIED, None)


async def test_whoever_is_signed_in_as_staff_is_not_asked(
    sqlite_client: httpx2.AsyncClient, raters: Raters, sqlite_city: SmallCity
) -> None:
    token = raters.served()
    sqlite_client.cookies.set(STAFF_COOKIE, sqlite_city.tokens["manager"])
    page = (await sqlite_client.get(f"/t/{token}", headers=ENGLISH)).text
    assert "signed in as staff cannot rate" in page
    assert "rating__form" not in page
    refused = await sqlite_client.post(f"/t/{token}/rating", data={"key": "k" * 32, "level": "satisfied"})
    assert refused.status_code == 403
    assert raters.look(token).level is None


@pytest.mark.slow
async def test_the_paper_tickets_code_rates_at_the_kiosk(
    sqlite_client: httpx2.AsyncClient, raters: Raters, sqlite_city: SmallCity
) -> None:
    token = raters.served()
    assert (await sqlite_client.get("/kiosk/H1/rate")).status_code == 401
    sqlite_client.cookies.set(DEVICE_COOKIE, sqlite_city.tokens["kiosk"])
    unread = await sqlite_client.post("/kiosk/H1/rate", data={"scanned": "A001"}, headers=ENGLISH)
    assert (unread.status_code, "not the code of a ticket" in unread.text) == (422, True)
    scanned = await sqlite_client.post("/kiosk/H1/rate", data={"scanned": f"http://hall/t/{token}"})
    assert scanned.headers["location"] == f"/kiosk/H1/rate/{token}"
    page = (await sqlite_client.get(f"/kiosk/H1/rate/{token}", headers=ENGLISH)).text
    assert "rating-phone" not in page
    await send(sqlite_client, f"/kiosk/H1/rate/{token}", level="very_satisfied")
    assert raters.look(token).level is Level.VERY_SATISFIED
    waiting = await sqlite_client.get(f"/kiosk/H1/rate/{raters.come()}", headers=ENGLISH)
    assert "there is nothing to rate" in waiting.text
