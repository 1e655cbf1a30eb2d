"""My appointments for programs: opened by a code, read, added to, closed; no cookie counts."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from booking.mine.access import SIGNED_IN_COOKIE
from kernel.web.parts import Parts
from tests.support.own_lists import PHONE, Here, installed
from tests.support.small_city import SmallCity

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def here(sqlite_parts: Parts, sqlite_city: SmallCity) -> AsyncIterator[Here]:
    assert sqlite_city
    async with installed(sqlite_parts) as made:
        yield made


async def test_a_program_opens_the_list_by_a_code(here: Here) -> None:
    token = await here.book()
    post = here.client.post
    ways = (await here.client.get("/api/v1/mine/ways")).json()
    assert (ways["sign_in"]["path"], ways["by_phone"]) == ("/mine/sign-in", True)
    asked = (await post("/api/v1/mine/codes", json={"phone": PHONE})).json()
    wrong = await post("/api/v1/mine/open", json={"token": asked["token"], "code": "1"})
    assert (wrong.status_code, wrong.json()["code"]) == (401, "code-wrong")
    answer = await post("/api/v1/mine/open", json={"token": asked["token"], "code": here.code()})
    assert answer.headers["cache-control"] == "no-store"
    again = await post("/api/v1/mine/open", json={"token": asked["token"], "code": "1"})
    assert (again.status_code, again.json()["code"]) == (410, "code-ended")
    held = {"Authorization": f"Bearer {answer.json()['token']}"}
    shown = await here.client.get("/api/v1/mine", headers=held)
    (own,) = shown.json()["things"]
    assert (own["about"], own["part"], own["status"]) == ("appointment", "coming", "confirmed")
    assert token not in shown.text
    link = await post("/api/v1/mine/link", json={"id": own["id"]}, headers=held)
    assert link.json() == {"link": f"/a/{token}"}
    unknown = await post("/api/v1/mine/link", json={"id": str(uuid4())}, headers=held)
    assert unknown.json()["code"] == "own-thing-not-found"
    assert (await post("/api/v1/mine/close", headers=held)).status_code == 200
    assert (await here.client.get("/api/v1/mine", headers=held)).status_code == 401


async def test_a_program_adds_takes_off_and_books_for_who_is_signed_in(here: Here) -> None:
    token = await here.book()
    await here.sign_in()
    held = {"Authorization": f"Bearer {here.client.cookies[SIGNED_IN_COOKIE]}"}
    here.client.cookies.clear()
    post = here.client.post
    body = {"about": "appointment", "token": token}
    added = [(await post("/api/v1/mine/add", json=body, headers=held)).json() for _ in range(2)]
    assert added[0] == added[1]
    asked = {"token": await here.hold(), "name": "王小明", "phone": "13712345678"}
    booked = await post("/api/v1/appointments/confirm", json=asked, headers={**held, "Idempotency-Key": "k"})
    assert booked.status_code == 200
    things = (await here.client.get("/api/v1/mine", headers=held)).json()["things"]
    assert {own["id"] for own in things} == {added[0]["id"], booked.json()["id"]}
    gone = await post("/api/v1/mine/take-off", json={"id": added[0]["id"]}, headers=held)
    assert gone.json() == {"things": 1}
    assert (await post("/api/v1/mine/forget", headers=held)).json() == {"things": 1}
    assert (await here.client.get("/api/v1/mine", headers=held)).status_code == 401


async def test_a_cookie_alone_does_nothing_in_the_api(here: Here) -> None:
    await here.sign_in()
    assert (await here.client.get("/api/v1/mine")).status_code == 401
    assert (await here.client.post("/api/v1/mine/forget")).status_code == 401
