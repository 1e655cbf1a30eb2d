"""What can be done online is said before one books or waits, hindering nobody; marks and kinds are shown."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import update

from booking.city import forget_city
from kernel.tables import ServiceRow
from tests.conftest import bearer
from tests.displays.test_phone_pages import CONFIRM, scan, screen

if TYPE_CHECKING:
    import httpx2
    from sqlmodel import Session

    from kernel.database import Database
    from tests.support.small_city import SmallCity

assert screen
LINK = "https://www.example.org/apply?item=7&way=phone"
HREF = 'href="https://www.example.org/apply?item=7&amp;way=phone"'
CHINESE, ENGLISH = {"Accept-Language": "zh"}, {"Accept-Language": "en"}
SERVICES = ServiceRow.__table__  # type: ignore[attr-defined]


def say_of(database: Database, code: str, **values: Any) -> None:
    def unit(session: Session) -> None:
        session.execute(update(SERVICES).where(SERVICES.c.code == code).values(**values))
        forget_city(session)

    database.write_now(unit)


@pytest.fixture
def online(sqlite_database: Database, sqlite_city: SmallCity) -> None:
    assert sqlite_city
    say_of(sqlite_database, "id-card", online=True, online_note_zh="粤省事可办。", online_link=LINK)


@pytest.mark.usefixtures("online")
async def test_the_page_of_a_service_leads_to_where_it_is_done_online(
    sqlite_client: httpx2.AsyncClient,
) -> None:
    shown = (await sqlite_client.get("/services/id-card", headers=CHINESE)).text
    assert HREF in shown
    assert "粤省事可办。" in shown
    assert "www.example.org<" in shown
    assert 'rel="noopener noreferrer"' in shown
    other = (await sqlite_client.get("/services/household", headers=CHINESE)).text
    assert "example.org" not in other
    told = (await sqlite_client.get("/api/v1/services/id-card")).json()
    assert told["service"]["online_link"] == LINK


@pytest.mark.usefixtures("online")
async def test_the_last_step_of_booking_says_so_and_still_books(sqlite_client: httpx2.AsyncClient) -> None:
    slots = (await sqlite_client.get("/book?hall=H1&service=id-card")).text
    starts_at = re.findall(r'name="starts_at" value="([^"]+)"', slots)[0]
    key = re.findall(r'name="key" value="([0-9a-f]{32})"', slots)[0]
    asked = {"key": key, "hall": "H1", "service": "id-card", "starts_at": starts_at}
    who = await sqlite_client.post("/book", data=asked)
    shown = (await sqlite_client.get(who.headers["location"], headers=ENGLISH)).text
    assert "Perhaps you need not come" in shown
    assert HREF in shown
    key = re.findall(r'name="key" value="([0-9a-f]{32})"', shown)[0]
    person = {"key": key, "name": "王小明", "phone": "13800138000"}
    booked = await sqlite_client.post(who.headers["location"], data=person)
    assert booked.headers["location"].startswith("/a/")


@pytest.mark.usefixtures("online")
async def test_a_kiosk_shows_words_and_a_code_and_no_way_off_its_pages(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity
) -> None:
    kiosk = bearer(sqlite_city.tokens["kiosk"])
    shown = (await sqlite_client.get("/kiosk/H1/queues/A/id-card", headers=kiosk | CHINESE)).text
    assert "也许不用排队" in shown
    assert "/services/id-card/online.svg" in shown
    assert 'href="https://' not in shown
    assert 'name="priority" value="false"' in shown
    plain = (await sqlite_client.get("/kiosk/H1/queues/A/household", headers=kiosk | CHINESE)).text
    assert "online.svg" not in plain
    drawn = await sqlite_client.get("/services/id-card/online.svg")
    assert drawn.headers["content-type"].startswith("image/svg+xml")
    assert (await sqlite_client.get("/services/household/online.svg")).status_code == 404


@pytest.mark.usefixtures("online")
async def test_a_phone_in_the_hall_is_told_before_it_takes_a_number(
    sqlite_client: httpx2.AsyncClient, screen: Any
) -> None:
    await scan(sqlite_client, await screen())
    shown = (await sqlite_client.get(CONFIRM, headers=CHINESE)).text
    assert "也许不用排队" in shown
    assert HREF in shown
    assert 'name="priority" value="false"' in shown


async def test_the_four_exemptions_are_told_in_words(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity, sqlite_database: Database
) -> None:
    assert sqlite_city
    assert "四免" not in (await sqlite_client.get("/services/id-card", headers=CHINESE)).text
    say_of(sqlite_database, "id-card", marks=["papers", "signatures"])
    shown = (await sqlite_client.get("/services/id-card", headers=CHINESE)).text
    assert "免提交材料" in shown
    assert "电子签名有效" in shown
    assert "免填写表单" not in shown
    english = (await sqlite_client.get("/services/id-card", headers=ENGLISH)).text
    assert "No handwritten signature" in english


async def test_conditions_and_steps_are_told_in_order(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity, sqlite_database: Database
) -> None:
    assert sqlite_city
    assert "办理流程" not in (await sqlite_client.get("/services/id-card", headers=CHINESE)).text
    steps = [["拍照", "Have a photo taken"], ["按指纹", "Give fingerprints"]]
    say_of(sqlite_database, "id-card", steps=steps, prerequisites=[["本人到场", "Come yourself"]])
    shown = (await sqlite_client.get("/services/id-card", headers=CHINESE)).text
    assert shown.index("本人到场") < shown.index("拍照") < shown.index("按指纹")
    assert "Give fingerprints" in (await sqlite_client.get("/services/id-card", headers=ENGLISH)).text
    told = (await sqlite_client.get("/api/v1/services/id-card")).json()
    assert told["prerequisites"] == [{"zh": "本人到场", "en": "Come yourself"}]
    assert [own["en"] for own in told["steps"]] == ["Have a photo taken", "Give fingerprints"]


async def test_services_are_listed_by_kind_done_on_the_spot_first(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity, sqlite_database: Database
) -> None:
    assert sqlite_city
    say_of(sqlite_database, "insurance", at_once=True, marks=["forms"])
    say_of(sqlite_database, "id-card", online=True)
    listed = (await sqlite_client.get("/services", headers=ENGLISH)).text
    assert re.findall(r'class="tile" href="/services/([a-z-]+)"', listed) == [
        "insurance", "household", "id-card",
    ]  # fmt: skip
    for kind, codes in {
        "at-once": ["insurance"], "online": ["id-card"], "forms": ["insurance"],
        "terminal": ["insurance"], "papers": [],
    }.items():  # fmt: skip
        shown = (await sqlite_client.get(f"/services?kind={kind}", headers=ENGLISH)).text
        assert re.findall(r'class="tile" href="/services/([a-z-]+)"', shown) == codes, kind
        told = (await sqlite_client.get(f"/api/v1/services?kind={kind}")).json()["services"]
        assert [own["code"] for own in told] == codes, kind
    assert (await sqlite_client.get("/services?kind=cheap")).status_code == 422
