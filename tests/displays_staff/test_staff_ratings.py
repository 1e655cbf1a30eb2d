"""Pages of ratings: who reads what, small cells, the file, and a case's life by plain forms."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING

import pytest

from booking.rules.ratings import Level
from kernel.web.access import STAFF_COOKIE
from tests.ratings.raters import PHONE, Raters

if TYPE_CHECKING:
    import httpx2

    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.secrets import Vault
    from tests.support.small_city import SmallCity

ENGLISH = {"Accept-Language": "en"}
HIDDEN = re.compile(r'name="(csrf_token|key|back|hall)" value="([^"]*)"')


@pytest.fixture
def raters(sqlite_database: Database, sqlite_city: SmallCity, clock: ManualClock, vault: Vault) -> Raters:
    return Raters(sqlite_database, sqlite_city, clock, vault)


def sign_in(client: httpx2.AsyncClient, city: SmallCity, role: str) -> None:
    client.cookies.set(STAFF_COOKIE, city.tokens[role])


def form_of(page: str, action: str) -> tuple[str, dict[str, str]]:
    """Return where a form leads and its hidden fields."""
    found = re.search(rf'<form[^>]*action="([^"]*/{action})[#"].*?</form>', page, re.DOTALL)
    assert found, f"no form for {action}"
    return found[1], dict(HIDDEN.findall(found[0]))


async def step(
    client: httpx2.AsyncClient, address: str, action: str, **typed: str
) -> tuple[httpx2.Response, str]:
    page = (await client.get(address, headers=ENGLISH)).text
    target, hidden = form_of(page, action)
    answer = await client.post(target, data=hidden | typed, headers=ENGLISH)
    return answer, (await client.get(address, headers=ENGLISH)).text


@pytest.mark.slow
async def test_small_cells_are_told_neither_on_the_page_nor_in_the_file_nor_by_the_api(
    sqlite_client: httpx2.AsyncClient, raters: Raters, sqlite_city: SmallCity
) -> None:
    for _ in range(4):
        raters.rate(raters.served(), Level.VERY_DISSATISFIED)
    raters.served()
    sign_in(sqlite_client, sqlite_city, "supervisor")
    page = (await sqlite_client.get("/staff/halls/H1/ratings", headers=ENGLISH)).text
    assert "fewer than 5 ratings" in page
    assert "0–" not in page.split("</table>")[0]
    export = (await sqlite_client.get("/staff/ratings.csv")).text
    row = next(csv.DictReader(io.StringIO(export.lstrip("\ufeff"))))
    assert (row["hall"], row["queue"], row["visits"], row["rated"], row["open"]) == ("H1", "A", "5", "4", "1")
    assert row["very_dissatisfied"] == row["satisfied"] == row["satisfied_low"] == ""
    cells = (await sqlite_client.get("/api/v1/ratings?hall=H1")).json()["cells"]
    assert [(cell["levels"], cell["reasons"]) for cell in cells] == [(None, None)]


@pytest.mark.slow
async def test_five_levels_and_the_unrated_stand_side_by_side(
    sqlite_client: httpx2.AsyncClient, raters: Raters, sqlite_city: SmallCity
) -> None:
    for level in Level:
        raters.rate(raters.served(), level, text=f"words of {level}")
    sign_in(sqlite_client, sqlite_city, "manager")
    for language, words in (("en", ("Basically satisfied", "Not rated")), ("zh-CN", ("基本满意", "未评价"))):
        for by in ("queue", "service", "week"):
            page = (
                await sqlite_client.get(
                    f"/staff/halls/H1/ratings?by={by}", headers={"Accept-Language": language}
                )
            ).text
            assert all(word in page for word in words)
    assert "words of satisfied" in page
    assert "23–89%" in page, "three of five, by Wilson, in whole per cents that hold it"


@pytest.mark.slow
async def test_pages_are_the_own_halls_and_strangers_sign_in(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity
) -> None:
    for page in ("ratings", "rating-cases", "ratings.csv"):
        assert (await sqlite_client.get(f"/staff/{page}")).status_code == 303
    sign_in(sqlite_client, sqlite_city, "manager")
    for page in ("ratings", "rating-cases", "ratings.csv"):
        assert (await sqlite_client.get(f"/staff/{page}")).status_code == 403
        assert (await sqlite_client.get(f"/staff/halls/H2/{page}")).status_code == 403
        assert (await sqlite_client.get(f"/staff/halls/H1/{page}")).status_code == 200
    sign_in(sqlite_client, sqlite_city, "supervisor")
    for page in ("ratings", "rating-cases", "ratings.csv"):
        assert (await sqlite_client.get(f"/staff/{page}")).status_code == 200


@pytest.mark.slow
async def test_a_case_lives_through_plain_forms(
    sqlite_client: httpx2.AsyncClient, raters: Raters, sqlite_city: SmallCity
) -> None:
    raters.rate(raters.served(), Level.DISSATISFIED, text="too slow", phone=PHONE)
    hall, city = "/staff/halls/H1/rating-cases", "/staff/rating-cases"
    sign_in(sqlite_client, sqlite_city, "manager")
    _, page = await step(sqlite_client, hall, "take")
    assert "being handled" in page
    assert "too slow" in page
    assert PHONE not in page
    shown, page = await step(sqlite_client, hall, "number")
    assert f"+86{PHONE}" in shown.text
    assert PHONE not in page
    unsaid, page = await step(sqlite_client, hall, "answer", note=" ")
    assert "missing=" in unsaid.headers["location"]
    assert "being handled" in page
    _, page = await step(sqlite_client, hall, "answer", note="one more window")
    assert "answered, to be reviewed" in page
    sign_in(sqlite_client, sqlite_city, "supervisor")
    _, page = await step(sqlite_client, city, "send_back", note="since when?")
    assert "Sent back" in page
    sign_in(sqlite_client, sqlite_city, "manager")
    await step(sqlite_client, hall, "answer", note="from Monday")
    sign_in(sqlite_client, sqlite_city, "supervisor")
    await step(sqlite_client, city, "accept")
    over = (await sqlite_client.get(f"{city}?ended=true", headers=ENGLISH)).text
    assert "answer accepted" in over
    assert "139****" not in over


async def test_a_step_from_another_site_is_refused(
    sqlite_client: httpx2.AsyncClient, raters: Raters, sqlite_city: SmallCity
) -> None:
    raters.rate(raters.served(), Level.DISSATISFIED)
    case = raters.cases()[0]
    sign_in(sqlite_client, sqlite_city, "manager")
    answer = await sqlite_client.post(f"/staff/rating-cases/{case.id}/take", data={"key": "k" * 32})
    assert answer.status_code == 403
    assert raters.cases()[0].handler == ""
