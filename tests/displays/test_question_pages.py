"""The pages with questions as plain links: to the service's page, and at the kiosk to a ticket."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

import pytest

from tests.support.questions import ask_questions

if TYPE_CHECKING:
    import httpx2

    from kernel.web.parts import Parts
    from tests.support.small_city import SmallCity


@pytest.fixture
def asking(sqlite_parts: Parts, sqlite_city: SmallCity) -> SmallCity:
    """The small city with its questions."""
    ask_questions(sqlite_parts.database)
    return sqlite_city


async def link(client: httpx2.AsyncClient, address: str, words: str) -> str:
    """Open a page and return where the link with these words leads."""
    answer = await client.get(address, headers={"Accept-Language": "zh"})
    assert answer.status_code == 200, answer.text
    for target, inside in re.findall(r'<a [^>]*href="([^"]+)"[^>]*>(.*?)</a>', answer.text, re.DOTALL):
        if words in re.sub(r"<[^>]+>", "", inside):
            return html.unescape(target)
    raise AssertionError(f"{address} has no link {words}")


async def test_answers_lead_to_the_page_of_the_service_and_back(
    sqlite_client: httpx2.AsyncClient, asking: SmallCity
) -> None:
    assert asking.hall
    address = await link(sqlite_client, "/", "不知道办什么")
    for words in ("证件和户口", "身份证丢了"):
        address = await link(sqlite_client, address, words)
    assert address == "/services/id-card?path=1-1", "one service needs no page of its own"
    service = (await sqlite_client.get(address)).text
    assert "/halls?service=id-card" in service
    assert await link(sqlite_client, address, "回到这个问题") == "/questions?path=1&was=1"
    back = (await sqlite_client.get("/questions?path=1&was=1", headers={"Accept-Language": "zh"})).text
    assert back.count("您刚才选的") == 1
    assert await link(sqlite_client, "/questions?path=1&was=1", "上一个问题") == "/questions?was=1-1"


async def test_an_answer_with_several_services_lets_one_choose(
    sqlite_client: httpx2.AsyncClient, asking: SmallCity
) -> None:
    assert asking.hall
    address = await link(sqlite_client, "/questions?path=1", "搬家了")
    assert address == "/questions?path=1-2"
    assert await link(sqlite_client, address, "户口迁移") == "/services/household?path=1-2"
    assert await link(sqlite_client, "/services/household?path=1-2", "回到这几项") == address


async def test_answers_that_do_not_lead_there_are_not_shown_on_a_service(
    sqlite_client: httpx2.AsyncClient, asking: SmallCity
) -> None:
    assert asking.hall
    for path in ("2", "9-9", "x"):
        assert await link(sqlite_client, f"/services/id-card?path={path}", "其他事项") == "/"


async def test_a_search_that_finds_nothing_offers_the_questions(
    sqlite_client: httpx2.AsyncClient, asking: SmallCity
) -> None:
    assert asking.hall
    assert await link(sqlite_client, "/?q=zzzzzzzz", "换个办法") == "/questions"
    assert "换个办法" not in (await sqlite_client.get("/?q=身份证", headers={"Accept-Language": "zh"})).text


async def test_without_questions_nothing_offers_them(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity
) -> None:
    kiosk = {"Authorization": f"Bearer {sqlite_city.tokens['kiosk']}"}
    for address, headers in (("/", {}), ("/?q=zzzzzzzz", {}), ("/kiosk/H1", kiosk)):
        assert "questions" not in (await sqlite_client.get(address, headers=headers)).text
    gone = await sqlite_client.get("/questions", headers={"Accept": "text/html"})
    assert gone.status_code == 404
    assert "/problems/questions-not-asked" in gone.text


async def test_a_kiosk_leads_from_the_questions_to_a_ticket(
    sqlite_client: httpx2.AsyncClient, asking: SmallCity
) -> None:
    sqlite_client.headers["Authorization"] = f"Bearer {asking.tokens['kiosk']}"
    address = await link(sqlite_client, "/kiosk/H1", "不知道办什么")
    for words in ("证件和户口", "搬家了", "户口迁移"):
        address = await link(sqlite_client, address, words)
    assert address == "/kiosk/H1/queues/A/household?path=1-2"
    assert await link(sqlite_client, address, "返回") == "/kiosk/H1/questions?path=1-2"
    assert 'name="service" value="household"' in (await sqlite_client.get(address)).text
    assert (await sqlite_client.get("/kiosk/H2/questions")).status_code == 403
