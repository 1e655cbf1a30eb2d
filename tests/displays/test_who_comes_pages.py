"""Who comes, and what is offered to who has come: nothing twice, and no second booking before all else."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from sqlalchemy import update

from booking import service
from kernel.identity import CITIZEN
from kernel.tables import ServiceRow
from tests.displays.test_party_pages import held
from tests.support.own_lists import PEOPLE

if TYPE_CHECKING:
    import httpx2
    from sqlmodel import Session

    from kernel.web.parts import Parts
    from tests.support.small_city import SmallCity

SERVICES = ServiceRow.__table__
# An example of the standard on identity numbers, of no person.
ID_NUMBER = "11010519491231002X"


@pytest.fixture
def asked_for_its_end(sqlite_parts: Parts, sqlite_city: SmallCity) -> None:
    """The identity card asks for the end of the ID number."""
    del sqlite_city
    asked = update(SERVICES).where(SERVICES.c.code == "id-card").values(needs_id_tail=True)

    def unit(session: Session) -> None:
        session.execute(asked)

    sqlite_parts.database.write_now(unit)


@pytest.mark.usefixtures("asked_for_its_end")
async def test_who_gives_the_whole_id_number_is_not_asked_for_its_end(
    sqlite_client: httpx2.AsyncClient,
) -> None:
    address = await held(sqlite_client, 1)
    form = await sqlite_client.get(address, headers=PEOPLE)
    assert "Whoever fills in the whole ID number below can leave this empty." in form.text
    person = {"key": uuid4().hex, "name": "王小明", "phone": "13800138000"}
    refused = await sqlite_client.post(address, data=person, headers=PEOPLE)
    assert refused.status_code == 422
    whole = {**person, "key": uuid4().hex, "id_number": ID_NUMBER}
    booked = await sqlite_client.post(address, data=whole, headers=PEOPLE)
    assert booked.status_code == 303


@pytest.mark.usefixtures("sqlite_city")
async def test_who_has_come_is_led_to_the_ticket_and_not_to_book_again(
    sqlite_client: httpx2.AsyncClient, sqlite_parts: Parts
) -> None:
    address = await held(sqlite_client, 1)
    person = {"key": uuid4().hex, "name": "王小明", "phone": "13800138000"}
    own = str((await sqlite_client.post(address, data=person, headers=PEOPLE)).headers["location"])
    token = own.removeprefix("/a/").split("?")[0]
    read, write = sqlite_parts.database.read_now, sqlite_parts.database.write_now
    keys = {"clock": sqlite_parts.clock, "vault": sqlite_parts.vault}
    booked = read(service.look_up, token, now=sqlite_parts.clock.now(), vault=sqlite_parts.vault)
    sqlite_parts.clock.set(booked.starts_at - timedelta(minutes=1))  # type: ignore[attr-defined]
    write(service.check_in, token, by=CITIZEN, **keys)
    page = (await sqlite_client.get(f"/a/{token}", headers=PEOPLE)).text
    assert page.count("button--primary") == 1, "one button is the next step"
    assert page.index("To my ticket") > page.index("button--primary")
    assert "Book again" in page
