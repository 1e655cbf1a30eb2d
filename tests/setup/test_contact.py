"""A hall's address and telephone: set by its manager, read by citizens everywhere, shown nowhere if empty."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest
from icalendar import Calendar
from sqlmodel import Session

from booking.calendar_file import appointment_ics
from booking.city import forget_city
from kernel import catalogue
from kernel.clock import ManualClock
from kernel.database import Database
from kernel.secrets import Vault
from kernel.web.parts import Parts
from queueing.rules.contact import checked_phone
from queueing.setup import store
from tests.booking.booking_city import build_city, local
from tests.booking.desk import Desk
from tests.conftest import bearer
from tests.support.small_city import SmallCity

ROOT = "/api/v1/halls/H1"
TOLD = {"address_zh": "香洲路 1 号", "address_en": "1 Xiangzhou Road", "phone": "0660-339 0000 转 12"}
CHINESE = {"Accept-Language": "zh"}
ENGLISH = {"Accept-Language": "en"}


async def base_of(client: httpx2.AsyncClient, city: SmallCity) -> Any:
    answer = await client.get(f"{ROOT}/setup", headers=bearer(city.tokens["manager"]))
    return answer.json()["contact"]["base"]


async def set_contact(client: httpx2.AsyncClient, city: SmallCity, **changes: str) -> httpx2.Response:
    asked = {**TOLD, "base": await base_of(client, city), **changes}
    return await client.put(f"{ROOT}/setup/contact", json=asked, headers=bearer(city.tokens["manager"]))


@pytest.mark.slow
async def test_a_manager_sets_it_and_citizens_read_it(
    client: httpx2.AsyncClient, city: SmallCity, parts: Parts
) -> None:
    before = await client.get("/book?hall=H1&service=id-card", headers=CHINESE)
    assert "tel:" not in before.text
    assert "地址" not in before.text
    saved = await set_contact(client, city)
    assert saved.status_code == 200, saved.text
    assert {name: saved.json()["contact"][name] for name in TOLD} == TOLD
    assert saved.json()["changes"][0]["what"] == "setup.contact"
    parts.database.read_now(forget_city)
    halls = (await client.get("/api/v1/halls")).json()["halls"]
    assert {name: halls[0][name] for name in TOLD} == TOLD
    assert {halls[1][name] for name in TOLD} == {""}
    for address in ("/book?hall=H1&service=id-card", "/halls/H1/way?service=id-card"):
        shown = (await client.get(address, headers=CHINESE)).text
        assert "香洲路 1 号" in shown
        assert 'href="tel:06603390000"' in shown
        assert "1 Xiangzhou Road" in (await client.get(address, headers=ENGLISH)).text


async def test_what_is_no_number_or_was_made_on_old_values_is_refused(
    client: httpx2.AsyncClient, city: SmallCity
) -> None:
    base = await base_of(client, city)
    wrong = await set_contact(client, city, phone="ask Mr Li")
    assert (wrong.status_code, wrong.json()["code"]) == (422, "contact-invalid")
    assert "ask Mr Li" in wrong.json()["fields"][0]
    assert (await set_contact(client, city)).status_code == 200
    late = await set_contact(client, city, base=base, phone="")
    assert late.json()["code"] == "setup-changed-meanwhile"
    other = await client.put(
        "/api/v1/halls/H2/setup/contact", json={**TOLD, "base": base}, headers=bearer(city.tokens["manager"])
    )
    assert other.status_code == 403


@pytest.mark.parametrize("phone", ["1", "12 34 ext", "06603390000 12 34 x", "<b>", "0" * 41, "+"])
def test_what_is_no_telephone_number_is_told(phone: str) -> None:
    with pytest.raises(ValueError, match="no telephone number"):
        checked_phone(phone)


def test_the_calendar_leads_to_the_address(
    sqlite_database: Database, clock: ManualClock, vault: Vault
) -> None:
    here = sqlite_database.write_now(build_city)
    desk = Desk(sqlite_database, ManualClock(local(9, 30)), vault)
    booked = desk.book()

    def file() -> Any:
        view = desk.look_up(booked.token)
        ics = appointment_ics(view, "https://example.org/a/x", now=clock.now())
        return Calendar.from_ical(ics).walk("VEVENT")[0]

    assert file()["location"] == "汕尾市政务服务中心 (Shanwei City Hall)"
    assert "电话" not in file()["description"]

    def told(session: Session) -> None:
        store.write_contact(session, here.halls["city"], **TOLD)

    sqlite_database.write_now(told)
    assert file()["location"] == "汕尾市政务服务中心 (Shanwei City Hall), 香洲路 1 号"
    assert "0660-339 0000" in file()["description"]
    assert sqlite_database.read_now(catalogue.hall, here.halls["city"]).phone == TOLD["phone"]
