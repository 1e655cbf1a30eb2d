"""The code as pages and as the API has it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from booking.messages.planning import TEXT_FIELD
from booking.messages.tables import MessageRow
from kernel.tables import HallRow
from tests.support.own_lists import PEOPLE, PHONE, Here, installed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx2
    from sqlmodel import Session

    from kernel.clock import ManualClock
    from kernel.web.parts import Parts
    from tests.support.small_city import SmallCity


@pytest.fixture
async def here(sqlite_parts: Parts, sqlite_city: SmallCity) -> AsyncIterator[Here]:
    def ask_for_codes(session: Session) -> None:
        session.get_one(HallRow, sqlite_city.hall).policy = {"activation": 1}

    async with installed(sqlite_parts) as made:
        made.parts.database.write_now(ask_for_codes)
        yield made


def code_of(here: Here) -> str:
    row = max((own for own in here.rows(MessageRow) if own.kind == "activation"), key=lambda own: own.id)
    found = re.search(r"\d{6}", here.parts.vault.open(row.text_sealed, field=TEXT_FIELD))
    assert found
    return found[0]


async def filled_in(here: Here, phone: str = PHONE) -> str:
    token = await here.hold()
    form = {"key": uuid4().hex, "name": "王小明", "phone": phone}
    answer = await here.client.post(f"/book/{token}", data=form, headers=PEOPLE)
    assert answer.headers["location"] == f"/book/{token}/code", answer.text
    return token


async def typed(here: Here, token: str, code: str) -> httpx2.Response:
    return await here.client.post(f"/book/{token}/code", data={"code": code}, headers=PEOPLE)


@pytest.mark.slow
async def test_the_code_is_asked_for_and_books(here: Here) -> None:
    token = await filled_in(here)
    page = await here.client.get(f"/book/{token}/code", headers=PEOPLE)
    assert page.headers["cache-control"] == "no-store"
    assert "139****0123" in page.text
    assert PHONE not in page.text
    assert "Not booked yet" in page.text
    again = await here.client.get(f"/book/{token}", headers=PEOPLE)
    assert again.headers["location"] == f"/book/{token}/code"
    answer = await typed(here, token, code_of(here))
    assert answer.headers["location"] == f"/a/{token}"
    assert "Your appointment" in (await here.client.get(f"/a/{token}", headers=PEOPLE)).text


async def test_a_wrong_code_says_how_many_tries_are_left(here: Here) -> None:
    token = await filled_in(here)
    wrong = "000000" if code_of(here) != "000000" else "111111"
    page = await typed(here, token, wrong)
    assert page.status_code == 401
    assert "The code is not right." in page.text
    assert "4 tries are left." in page.text


@pytest.mark.slow
async def test_another_code_is_sent_after_a_minute(here: Here, clock: ManualClock) -> None:
    token = await filled_in(here)
    early = await here.client.post(f"/book/{token}/code/again", headers=PEOPLE)
    assert early.status_code == 429
    assert "A code was sent a moment ago." in early.text
    clock.advance(timedelta(minutes=1))
    later = await here.client.post(f"/book/{token}/code/again", headers=PEOPLE)
    assert later.headers["location"] == f"/book/{token}/code?sent=true"
    assert (await typed(here, token, code_of(here))).headers["location"] == f"/a/{token}"


async def test_a_wrong_number_is_corrected_and_nothing_typed_is_lost(here: Here) -> None:
    token = await filled_in(here, "13800138111")
    form = await here.client.get(f"/book/{token}?correct=true", headers=PEOPLE)
    assert 'value="王小明"' in form.text
    assert "13800138111" in form.text
    answer = await here.client.post(
        f"/book/{token}", data={"key": uuid4().hex, "name": "王小明", "phone": PHONE}, headers=PEOPLE
    )
    assert answer.headers["location"] == f"/book/{token}/code"
    assert "139****0123" in (await here.client.get(f"/book/{token}/code", headers=PEOPLE)).text


async def test_too_late_offers_other_times(here: Here, clock: ManualClock) -> None:
    token = await filled_in(here)
    clock.advance(timedelta(minutes=11))
    answer = await typed(here, token, code_of(here))
    assert answer.headers["location"] == f"/book/{token}"
    page = await here.client.get(f"/book/{token}", headers=PEOPLE)
    assert page.status_code == 410
    assert "starts_at" in page.text, "other times are offered"


async def test_programs_confirm_by_the_code(here: Here) -> None:
    token = await here.hold()
    wish = {"token": token, "name": "王小明", "phone": PHONE}
    key = {"Idempotency-Key": uuid4().hex}
    held = (await here.client.post("/api/v1/appointments/confirm", json=wish, headers=key)).json()
    assert (held["status"], held["waits_for_code"]["sends_left"]) == ("held", 2)
    right = code_of(here)
    wrong = {"token": token, "code": "000000" if right != "000000" else "111111"}
    refused = await here.client.post("/api/v1/appointments/activate", json=wrong)
    assert (refused.status_code, refused.json()["code"], refused.json()["tries_left"]) == (
        401,
        "code-wrong",
        4,
    )
    soon = await here.client.post("/api/v1/appointments/code", json={"token": token})
    assert (soon.status_code, soon.json()["code"], soon.headers["retry-after"]) == (
        429,
        "code-just-sent",
        "60",
    )
    booked = await here.client.post("/api/v1/appointments/activate", json={"token": token, "code": right})
    assert (booked.json()["status"], booked.json()["waits_for_code"]) == ("confirmed", None)
