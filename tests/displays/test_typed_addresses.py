"""A typed address on the page of halls: what it was taken for, choices, and no house in any address."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest

from booking.gazetteer import GazetteerWrong, read_gazetteer
from tests.conftest import client_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx2

    from kernel.web.parts import Parts
    from tests.support.small_city import SmallCity

LINES = """name_zh,name_en,within,lat,lon,datum
人民南路,Renmin South Road,H1,22.79,115.34,WGS-84
南门街|老南门街,South Gate Street,H1,22.79,115.33,WGS-84
人民南路,,H2,22.96,115.32,
新山村,Xinshan Village,H2,22.95,115.31,GCJ-02
"""


@pytest.fixture
async def web(
    sqlite_parts: Parts, sqlite_city: SmallCity, tmp_path: Path
) -> AsyncIterator[httpx2.AsyncClient]:
    assert sqlite_city
    path = tmp_path / "places.csv"
    path.write_text(LINES, encoding="utf-8")
    sqlite_parts.database.carry(gazetteer=read_gazetteer(path))
    async with client_of(replace(sqlite_parts)) as client:
        client.headers.update({"Accept": "text/html", "Accept-Language": "en"})
        yield client


async def typed(web: httpx2.AsyncClient, area: str) -> httpx2.Response:
    form = {"service": "id-card", "area": area, "near": "", "was": "", "was_area": ""}
    return await web.post("/halls/from", data=form)


async def test_an_address_leads_to_the_list_from_its_street_and_says_so(web: httpx2.AsyncClient) -> None:
    answer = await typed(web, "H1区南门街 12 号 502 室")
    address = answer.headers["location"]
    assert unquote(address) == "/halls?service=id-card&area=南门街", "no house in an address"
    page = (await web.get(address)).text
    assert "Starting from: " in page
    assert "南门街" in page
    assert "only this is known here" not in page


async def test_of_a_street_that_is_not_known_the_town_is_taken_and_that_is_said(
    web: httpx2.AsyncClient,
) -> None:
    answer = await typed(web, "H2区中山路9号")
    page = (await web.get(answer.headers["location"])).text
    assert "Starting from: H2." in page
    assert "Of what you typed, only this is known here" in page


async def test_two_that_fit_are_offered_as_links_that_work(web: httpx2.AsyncClient) -> None:
    page = (await typed(web, "人民南路")).text
    assert "Several places fit" in page
    assert page.count(">H1") + page.count(">H2") >= 2


async def test_a_second_name_and_a_hall_are_found(web: httpx2.AsyncClient) -> None:
    assert unquote((await typed(web, "老南门街")).headers["location"]).endswith("area=南门街")
    found = (await typed(web, "H2政务服务中心")).headers["location"]
    assert "Starting from: H2" in (await web.get(found)).text


@pytest.mark.slow
async def test_the_api_says_what_it_took(web: httpx2.AsyncClient) -> None:
    asked = {"services": ["id-card"], "area": "H2区新山村8号"}
    origin = (await web.post("/api/v1/halls/ranking", json=asked)).json()["origin"]
    assert (origin["name"], origin["whole"]) == ("新山村", True)
    cut = {"services": ["id-card"], "area": "H2区中山路9号"}
    origin = (await web.post("/api/v1/halls/ranking", json=cut)).json()["origin"]
    assert (origin["name"], origin["whole"]) == ("H2", False)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name,lat\n", "the first line needs"),
        ("name_zh,lat,lon\n,22.7,115.3\n", "line 2: a name"),
        ("name_zh,lat,lon\n人民路,22.7,\n", "line 2"),
        ("name_zh,lat,lon\n人民路,115.3,22.7\n", "line 2"),
        ("name_zh,lat,lon,datum\n人民路,22.7,115.3,ED-50\n", "line 2"),
    ],
)
def test_a_file_that_is_no_gazetteer_is_told_by_line(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "places.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(GazetteerWrong, match=said):
        read_gazetteer(path)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(GazetteerWrong):
        read_gazetteer(tmp_path / "none.csv")
