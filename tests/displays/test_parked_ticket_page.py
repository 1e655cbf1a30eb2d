"""What whoever holds a parked ticket reads, and how a clerk's page and a program say why."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests.conftest import bearer

if TYPE_CHECKING:
    import httpx2

    from tests.support.small_city import SmallCity


class Desk:
    """The first window through the API, with somebody called to it."""

    def __init__(self, client: httpx2.AsyncClient, city: SmallCity) -> None:
        self.client, self.city = client, city

    async def post(self, path: str, body: dict[str, Any] | None = None, who: str = "clerk1") -> Any:
        headers = {**bearer(self.city.tokens[who]), "Idempotency-Key": uuid4().hex}
        return await self.client.post(f"/api/v1/{path}", json=body, headers=headers)

    async def somebody(self) -> tuple[str, str]:
        issued = (await self.post("halls/H1/tickets", {"services": ["id-card"]}, "kiosk")).json()
        called = (await self.post(f"windows/{self.city.windows[0]}/call-next")).json()
        return called["id"], issued["token"]


@pytest.fixture
async def desk(sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity) -> Desk:
    made = Desk(sqlite_client, sqlite_city)
    await made.post(f"windows/{sqlite_city.windows[0]}/open")
    return made


@pytest.mark.parametrize(
    ("body", "read"),
    [
        (
            {"reason": "papers", "words": "户口簿原件"},
            ("还缺一点材料", "窗口说明：“户口簿原件”", "不用重新取号"),
        ),
        ({"reason": "fetching"}, ("请放心去取", "不用重新取号")),
        (
            {"reason": "other", "words": "<b>等电话</b>"},
            ("您的业务已暂时挂起", "窗口说明：“&lt;b&gt;等电话&lt;/b&gt;”"),
        ),
        (None, ("您的业务已暂时挂起",)),
    ],
)
@pytest.mark.slow
async def test_its_holder_reads_why_in_kind_words(
    desk: Desk, body: dict[str, Any] | None, read: tuple[str, ...]
) -> None:
    ticket_id, token = await desk.somebody()
    assert (await desk.post(f"tickets/{ticket_id}/park", body)).status_code == 200
    page = (await desk.client.get(f"/t/{token}", headers={"Accept-Language": "zh"})).text
    for words in read:
        assert words in page, html.unescape(page)


async def test_a_program_is_refused_another_reason_without_words_and_one_that_is_none(desk: Desk) -> None:
    ticket_id, _ = await desk.somebody()
    wordless = await desk.post(f"tickets/{ticket_id}/park", {"reason": "other"})
    assert (wordless.status_code, wordless.json()["code"]) == (422, "park-words-missing")
    for body in ({"reason": "bored"}, {"reason": "other", "words": "x" * 61}):
        assert (await desk.post(f"tickets/{ticket_id}/park", body)).json()["code"] == "request-invalid"
    parked = (await desk.post(f"tickets/{ticket_id}/park", {"reason": "papers"})).json()
    assert (parked["status"], parked["park_reason"], parked["park_words"]) == ("parked", "papers", None)
    resumed = (await desk.post(f"tickets/{ticket_id}/resume")).json()
    assert (resumed["status"], resumed["park_reason"]) == ("waiting", None)
