"""The page of promises: who may read it, what small cells tell, and why a number is withheld."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import TYPE_CHECKING

import httpx2
import pytest
from sqlalchemy import insert

from kernel.ids import uuid7
from kernel.web.access import STAFF_COOKIE
from queueing.tables import TicketFactRow
from queueing.trust import judge_bands
from tests.support.small_city import SmallCity

if TYPE_CHECKING:
    from sqlmodel import Session

    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.web.parts import Parts

facts = TicketFactRow.__table__  # type: ignore[attr-defined]
ENGLISH = {"Accept-Language": "en"}


def told_days(session: Session, city: SmallCity, clock: ManualClock, *, people: int, waited: float) -> None:
    """Write ten days on which so many people each were told 5 to 15 minutes."""
    for back in range(1, 11):
        arrived = clock.now() - timedelta(days=back)
        session.execute(
            insert(facts),
            [
                {
                    **{"ticket_id": uuid7(), "hall_id": city.hall, "queue_id": city.queue_a},
                    **{"day": arrived.date(), "arrived_at": arrived, "effective_at": arrived},
                    **{"called_at": arrived + timedelta(minutes=waited), "outcome": "finished"},
                    **{"told_p10": 5.0, "told_p50": 9.0, "told_p90": 15.0},
                }
                for _ in range(people)
            ],
        )


@pytest.fixture
def history(sqlite_database: Database, sqlite_city: SmallCity, clock: ManualClock) -> Database:
    sqlite_database.write_now(told_days, sqlite_city, clock, people=6, waited=40.0)
    return sqlite_database


def sign_in(client: httpx2.AsyncClient, city: SmallCity, role: str) -> None:
    client.cookies.set(STAFF_COOKIE, city.tokens[role])


async def test_why_a_number_is_withheld_is_read_by_supervisor_and_manager(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity, history: Database, clock: ManualClock
) -> None:
    history.write_now(judge_bands, sqlite_city.hall, before=clock.now().date())
    for role, address in (("supervisor", "/staff/promises"), ("manager", "/staff/halls/H1/promises")):
        sign_in(sqlite_client, sqlite_city, role)
        page = (await sqlite_client.get(address, headers=ENGLISH)).text
        assert "100% of 60 waits were longer than the range (10% are promised)" in page
    api = (await sqlite_client.get("/api/v1/promises?hall=H1&by=week")).json()
    assert [(own["queue"], own["fault"]) for own in api["withheld"]] == [("A", "above")]


async def test_a_hall_has_a_line_per_queue_and_its_weeks_folded_below(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity, history: Database
) -> None:
    sign_in(sqlite_client, sqlite_city, "manager")
    page = (await sqlite_client.get("/staff/halls/H1/promises", headers=ENGLISH)).text
    overview, weeks = page.split('<details class="card" id="weeks">')
    weeks, definitions = weeks.split('id="definitions"')
    assert overview.count('scope="row"') == 1
    assert weeks.count("week of") == 3
    assert "inball" not in overview + weeks
    assert "P50 15.5, P90 22.5 minutes" in definitions


async def test_a_manager_reads_the_own_hall_only(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity, history: Database
) -> None:
    sign_in(sqlite_client, sqlite_city, "manager")
    assert (await sqlite_client.get("/api/v1/promises?hall=H1")).status_code == 200
    for address in ("/api/v1/promises", "/api/v1/promises?hall=H2", "/staff/promises"):
        assert (await sqlite_client.get(address)).status_code == 403, address


async def test_a_stranger_reads_nothing(sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity) -> None:
    assert (await sqlite_client.get("/api/v1/promises")).status_code == 401
    assert (await sqlite_client.get("/staff/promises.csv")).status_code == 303


async def test_small_cells_are_neither_shown_nor_exported(
    sqlite_client: httpx2.AsyncClient, sqlite_database: Database, sqlite_city: SmallCity, clock: ManualClock
) -> None:
    sqlite_database.write_now(_four_people, sqlite_city, clock)
    sign_in(sqlite_client, sqlite_city, "supervisor")
    page = (await sqlite_client.get("/staff/halls/H1/promises?days=7", headers=ENGLISH)).text
    assert "fewer than 5 tickets" in page
    assert "100%" not in page
    export = (await sqlite_client.get("/staff/promises.csv?days=7")).text
    row = next(csv.DictReader(io.StringIO(export.lstrip("\ufeff"))))
    assert (row["hall"], row["queue"], row["tickets"], row["measured"]) == ("H1", "A", "4", "4")
    assert row["inside"] == row["above"] == row["bias_min"] == row["median_error_min"] == ""


def _four_people(session: Session, city: SmallCity, clock: ManualClock) -> None:
    arrived = clock.now() - timedelta(days=1)
    for _ in range(4):
        session.execute(
            insert(facts).values(
                **{"ticket_id": uuid7(), "hall_id": city.hall, "queue_id": city.queue_a},
                **{"day": arrived.date(), "arrived_at": arrived, "effective_at": arrived},
                **{"called_at": arrived + timedelta(minutes=9), "outcome": "finished"},
                **{"told_p10": 5.0, "told_p50": 9.0, "told_p90": 15.0},
            )
        )


async def test_the_city_without_a_history_says_so(
    sqlite_client: httpx2.AsyncClient, sqlite_parts: Parts, sqlite_city: SmallCity
) -> None:
    sign_in(sqlite_client, sqlite_city, "supervisor")
    page = (await sqlite_client.get("/staff/promises", headers=ENGLISH)).text
    assert "No ticket of these days has ended yet." in page
