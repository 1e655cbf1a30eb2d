"""What somebody typed as a name is no formula in a spreadsheet that opens a file of ours."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from kernel.spreadsheets import plain_cell, sheet
from kernel.tables import HallRow
from kernel.web.access import STAFF_COOKIE
from queueing.window_tables import WindowRow
from tests.conftest import bearer
from tests.displays_staff.test_staff_city import Past, write_past

if TYPE_CHECKING:
    import httpx2

    from kernel.web.parts import Parts
    from tests.support.small_city import SmallCity

BEGINNINGS = ("=", "+", "-", "@", "\t=", "\r=", " =", "＝", "＋", "－", "＠", '"=')
FORMULA = '=HYPERLINK("https://x.example","A")'


@given(st.sampled_from(BEGINNINGS), st.text(alphabet="abcdefghij(", min_size=1))
def test_no_cell_begins_a_formula(beginning: str, rest: str) -> None:
    assert plain_cell(beginning + rest) == f"'{beginning}{rest}"


@pytest.mark.parametrize(
    "value", ["-3.5", "+8", "12%", "0.1200", -3, 1.5, None, "", "综合窗口", "A-1", "a=b"]
)
def test_figures_and_names_stay_as_they_are(value: object) -> None:
    assert plain_cell(value) is value


def test_a_file_reads_back_as_it_was() -> None:
    text = sheet(("a", "b"), [("1,5", '"x"\ny'), ("汕尾", "=1")])
    assert text.startswith("\ufeff")
    assert list(csv.reader(io.StringIO(text[1:]))) == [["a", "b"], ["1,5", '"x"\ny'], ["汕尾", "'=1"]]


async def test_names_that_managers_type_are_plain_in_what_staff_download(
    sqlite_client: httpx2.AsyncClient, sqlite_parts: Parts, sqlite_city: SmallCity
) -> None:
    past = Past(sqlite_city.hall, 1, wait=3.0, p10=0.0, p90=10.0, outcome="finished", source="live")
    write_past(sqlite_parts.database, sqlite_city, [past])
    halls, windows = HallRow.__table__, WindowRow.__table__  # type: ignore[attr-defined]
    for change in (update(halls).values(name_zh=FORMULA), update(windows).values(label="=1+1")):
        only = change.where(change.table.c.id.in_([sqlite_city.hall, sqlite_city.windows[0]]))
        sqlite_parts.database.write_now(lambda session, only=only: session.execute(only) and None)
    plan = await sqlite_client.get(
        "/api/v1/halls/H1/plan.csv?day=2026-11-19", headers=bearer(sqlite_city.tokens["manager"])
    )
    assert "\r\n'=1+1," in plan.text
    sqlite_client.cookies.set(STAFF_COOKIE, sqlite_city.tokens["supervisor"])
    days = await sqlite_client.get("/staff/city.csv?days=7")
    assert f"'{FORMULA}" in next(csv.DictReader(io.StringIO(days.text[1:])))["name_zh"]
