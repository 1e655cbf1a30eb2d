"""Several people and relatives as pages and as staff see them."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from sqlalchemy import update

from kernel.tables import HallRow, ServiceRow
from tests.support.own_lists import PEOPLE

if TYPE_CHECKING:
    import httpx2
    from sqlmodel import Session

    from kernel.web.parts import Parts
    from tests.support.small_city import SmallCity

SERVICES = ServiceRow.__table__


@pytest.fixture
def parties(sqlite_parts: Parts, sqlite_city: SmallCity) -> None:
    allowed = update(SERVICES).where(SERVICES.c.code == "id-card").values(party="places", party_most=3)

    def unit(session: Session) -> None:
        session.execute(allowed)
        session.get_one(HallRow, sqlite_city.hall).policy = {"appointment_share": 1}  # else a place a slot

    sqlite_parts.database.write_now(unit)


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]+)"', page)
    assert found, name
    return html.unescape(found[1])


async def held(client: httpx2.AsyncClient, party: int) -> str:
    page = (await client.get(f"/book?hall=H1&service=id-card&party={party}", headers=PEOPLE)).text
    form = {
        "hall": "H1", "service": "id-card", "party": hidden(page, "party"),
        "key": hidden(page, "key"), "starts_at": hidden(page, "starts_at"),
    }  # fmt: skip
    answer = await client.post("/book", data=form, headers=PEOPLE)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


@pytest.mark.usefixtures("parties")
@pytest.mark.slow
async def test_two_people_book_together_for_a_relative(sqlite_client: httpx2.AsyncClient) -> None:
    first = await sqlite_client.get("/book?hall=H1&service=id-card", headers=PEOPLE)
    assert "How many people come?" in first.text
    address = await held(sqlite_client, 2)
    form = await sqlite_client.get(address, headers=PEOPLE)
    assert "2 people come together." in form.text
    assert "I book for a relative" in form.text
    filled = {"key": uuid4().hex, "name": "王奶奶", "phone": "13800138000", "for_other": "true"}
    booked = await sqlite_client.post(address, data=filled, headers=PEOPLE)
    own = await sqlite_client.get(str(booked.headers["location"]), headers=PEOPLE)
    assert "2 people come together." in own.text
    assert "Booked for somebody else" in own.text


@pytest.mark.usefixtures("parties")
async def test_more_than_the_service_takes_is_shown_as_the_most(sqlite_client: httpx2.AsyncClient) -> None:
    page = await sqlite_client.get("/book?hall=H1&service=id-card&party=9", headers=PEOPLE)
    assert hidden(page.text, "party") == "3"


async def test_where_one_comes_alone_nobody_is_asked_how_many(sqlite_client: httpx2.AsyncClient) -> None:
    page = await sqlite_client.get("/book?hall=H1&service=id-card&party=2", headers=PEOPLE)
    assert page.status_code == 200
    assert "How many people come?" not in page.text
    assert hidden(page.text, "party") == "1"
    wish = {"hall": "H1", "services": ["id-card"], "party": 2, "starts_at": hidden(page.text, "starts_at")}
    refused = await sqlite_client.post(
        "/api/v1/appointments/holds", json=wish, headers={"Idempotency-Key": uuid4().hex}
    )
    assert (refused.status_code, refused.json()["code"], refused.json()["most"]) == (
        422,
        "party-too-large",
        1,
    )
