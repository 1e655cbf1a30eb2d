"""What the supervisor's figures count, held against a plain count of the same tickets."""

from __future__ import annotations

import csv
import io
import random
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert

from kernel.identity import SYSTEM
from kernel.ids import HallId, uuid7
from kernel.web.access import STAFF_COOKIE
from queueing import reports, service
from queueing.rules.records import LONG_WAIT_MINUTES, SMALLEST_CELL, Record, Share, Tally, together
from queueing.tables import TicketFactRow
from tests.conftest import MORNING
from tests.support.small_city import SmallCity

if TYPE_CHECKING:
    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.secrets import Vault
    from kernel.web.parts import Parts


# --- shares ------------------------------------------------------------------------------------------


@given(count=st.integers(0, 400), more=st.integers(0, 400))
def test_an_interval_holds_its_share_and_stays_a_share(count: int, more: int) -> None:
    share = Share(count, count + more)
    if share.of < SMALLEST_CELL:
        assert share.value is None
        assert share.interval is None
        return
    assert share.value is not None
    assert share.interval is not None
    low, high = share.interval
    assert 0 <= low <= share.value + 1e-12
    assert share.value - 1e-12 <= high <= 1


@given(count=st.integers(1, 50), times=st.integers(2, 30))
def test_more_tickets_make_a_narrower_interval(count: int, times: int) -> None:
    few, many = Share(count, 2 * count + 4), Share(count * times, (2 * count + 4) * times)
    assert few.interval is not None
    assert many.interval is not None
    assert many.interval[1] - many.interval[0] < few.interval[1] - few.interval[0]


@given(waits=st.lists(st.floats(0, 300), min_size=SMALLEST_CELL), part=st.sampled_from([0.1, 0.5, 0.9]))
def test_a_wait_of_a_part_is_exceeded_by_no_more_than_the_others(waits: list[float], part: float) -> None:
    whole = [int(wait) for wait in waits]
    record = Record(Tally(called=len(whole)), {minute: whole.count(minute) for minute in whole})
    told = record.wait_minutes(part)
    assert told is not None
    assert sum(wait <= told for wait in whole) >= part * len(whole)
    assert sum(wait < told for wait in whole) < part * len(whole)


@given(st.lists(st.lists(st.integers(0, 30), max_size=12), max_size=5))
def test_halls_together_count_what_they_count_apart(halls: list[list[int]]) -> None:
    apart = [
        Record(Tally(issued=len(own), called=len(own)), {minute: own.count(minute) for minute in own})
        for own in halls
    ]
    everybody = [minute for own in halls for minute in own]
    whole = together(apart)
    assert whole.tally.called == len(everybody)
    assert dict(whole.waits) == {minute: everybody.count(minute) for minute in everybody}


# --- history -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Past:
    """A ticket of a past day; minutes, None for not called or not told."""

    hall: HallId
    days_ago: int
    wait: float | None
    p10: float | None
    p90: float | None
    outcome: str
    source: str


def made_up(city: SmallCity, *, seed: int) -> list[Past]:
    """Tickets of two halls over ten days; waits on, just inside and just outside the told ends, too."""
    chance = random.Random(seed)
    tickets = []
    for _ in range(400):
        p10 = round(chance.uniform(0, 20), 2)
        p90 = round(p10 + chance.uniform(0, 25), 2)
        edge = chance.choice([p10, p90, p90 + 0.02, 20.0, 20.02, round(chance.uniform(0, 60), 2)])
        left = chance.random() < 0.15
        called = not left or chance.random() < 0.3
        told = chance.random() < 0.85
        tickets.append(
            Past(
                hall=chance.choice([city.hall, city.hall, city.other_hall]),
                days_ago=chance.randint(1, 10),
                wait=edge if called else None,
                p10=p10 if told else None,
                p90=p90 if told else None,
                outcome=chance.choice(["given_up", "never_came", "closed_unserved"]) if left else "finished",
                source=chance.choice(["live", "live", "simulated"]),
            )
        )
    return tickets


def write_past(database: Database, city: SmallCity, tickets: list[Past]) -> None:
    def rows() -> list[dict[str, Any]]:
        return [_fact(city, own) for own in tickets]

    database.write_now(lambda session: session.execute(insert(TicketFactRow.__table__), rows()) and None)  # type: ignore[attr-defined]


def _fact(city: SmallCity, own: Past) -> dict[str, Any]:
    arrived = MORNING - timedelta(days=own.days_ago)
    return {
        **dict.fromkeys(("started_at", "ended_at", "window_id")),
        **dict.fromkeys(("appointment", "priority"), False),
        "ticket_id": uuid7(),
        "hall_id": own.hall,
        "queue_id": city.queue_a if own.hall == city.hall else city.other_queue,
        "day": arrived.date(),
        "arrived_at": arrived,
        "effective_at": arrived,
        "called_at": None if own.wait is None else arrived + timedelta(minutes=own.wait),
        "outcome": own.outcome,
        "told_p10": own.p10,
        "told_p50": own.p10,
        "told_p90": own.p90,
        "source": own.source,
    }


def plain_tally(tickets: list[Past]) -> Tally:
    """Count by the definitions, one ticket at a time."""
    called = [own for own in tickets if own.wait is not None]
    told = [own for own in called if own.p10 is not None]
    return Tally(
        issued=len(tickets),
        called=len(called),
        told=len(told),
        inside=sum(own.p10 <= own.wait <= own.p90 for own in told),  # type: ignore[operator]
        above=sum(own.wait > own.p90 for own in told),  # type: ignore[operator]
        over_long=sum(own.wait > LONG_WAIT_MINUTES for own in called),  # type: ignore[operator]
        ended=len(tickets),
        left=sum(own.outcome != "finished" for own in tickets),
        simulated=sum(own.source == "simulated" for own in tickets),
    )


@pytest.mark.parametrize("seed", [1, 2])
def test_the_database_counts_what_a_plain_count_counts(
    database: Database, city: SmallCity, clock: ManualClock, seed: int
) -> None:
    tickets = made_up(city, seed=seed)
    write_past(database, city, tickets)
    report = database.read_now(reports.city_report, days=7, now=clock.now())
    asked = [own for own in tickets if own.days_ago <= 7]
    for hall in report.halls:
        mine = [own for own in asked if own.hall == hall.hall.id]
        assert hall.history.tally == plain_tally(mine)
        whole = [int(own.wait) for own in mine if own.wait is not None]
        assert dict(hall.history.waits) == {minute: whole.count(minute) for minute in whole}
    assert report.city_history.tally == plain_tally(asked)
    assert (report.last_day - report.first_day).days == 6


def test_daily_counts_add_up_to_the_report(database: Database, city: SmallCity, clock: ManualClock) -> None:
    write_past(database, city, made_up(city, seed=3))
    rows = database.read_now(reports.daily_tallies, days=7, now=clock.now())
    report = database.read_now(reports.city_report, days=7, now=clock.now())
    total = Tally()
    for row in rows:
        total += row.tally
    assert total == report.city_history.tally
    assert len({(row.day, row.hall.code) for row in rows}) == len(rows)


# --- today -------------------------------------------------------------------------------------------


def test_today_counts_from_the_first_call_whatever_came_after(
    database: Database, city: SmallCity, clock: ManualClock, vault: Vault
) -> None:
    clerk = city.clerks[0]

    def issue() -> None:
        database.write_now(
            service.issue_ticket,
            city.hall,
            [city.services["id-card"]],
            priority=False,
            by=SYSTEM,
            clock=clock,
            vault=vault,
        )

    issue()
    issue()
    database.write_now(service.open_window, city.windows[0], by=clerk, clock=clock)
    clock.advance(timedelta(minutes=7))
    called = database.write_now(service.call_next, city.windows[0], by=clerk, clock=clock)
    clock.advance(timedelta(minutes=5))
    database.write_now(service.recall, called.id, by=clerk, clock=clock)
    database.write_now(service.miss, called.id, by=clerk, clock=clock)
    database.write_now(service.reinstate, called.id, by=clerk, clock=clock)
    clock.advance(timedelta(minutes=30))
    report = database.read_now(reports.city_report, days=7, now=clock.now())
    hall = next(own for own in report.halls if own.hall.id == city.hall)
    assert dict(hall.today.waits) == {7: 1}
    assert (hall.today.tally.issued, hall.today.tally.called, hall.today.tally.ended) == (2, 1, 0)
    assert hall.now.waiting == 2
    assert hall.now.longest_wait_minutes == pytest.approx(42)
    assert (hall.now.windows_open, hall.now.windows_total, hall.now.open_now) == (1, 3, True)


def test_a_terminal_is_no_hall_to_compare(database: Database, city: SmallCity, clock: ManualClock) -> None:
    report = database.read_now(reports.city_report, days=7, now=clock.now())
    assert [own.hall.code for own in report.halls] == ["H1", "H2"]


# --- the page and its export -----------------------------------------------------------------------------


async def test_small_cells_are_neither_shown_nor_exported(
    sqlite_client: httpx2.AsyncClient, sqlite_parts: Parts, sqlite_city: SmallCity
) -> None:
    few = [
        Past(sqlite_city.other_hall, 1, wait=3.0, p10=0.0, p90=10.0, outcome="finished", source="live")
        for _ in range(SMALLEST_CELL - 1)
    ]
    write_past(sqlite_parts.database, sqlite_city, few)
    sqlite_client.cookies.set(STAFF_COOKIE, sqlite_city.tokens["supervisor"])
    page = (await sqlite_client.get("/staff/city", headers={"Accept-Language": "en"})).text
    assert "100%" not in page
    assert f"fewer than {SMALLEST_CELL} tickets" in page
    export = await sqlite_client.get("/staff/city.csv?days=7")
    assert export.text.startswith("\ufeff")
    row = next(csv.DictReader(io.StringIO(export.text.lstrip("\ufeff"))))
    assert (row["hall"], row["tickets"]) == ("H2", "4")
    assert row["inside_told_range"] == row["called"] == row["left_unserved"] == ""


async def test_every_share_stands_with_its_volume_and_interval(
    sqlite_client: httpx2.AsyncClient, sqlite_parts: Parts, sqlite_city: SmallCity
) -> None:
    tickets = [
        Past(sqlite_city.hall, 1, wait=float(n), p10=0.0, p90=7.0, outcome="finished", source="live")
        for n in range(10)
    ]
    write_past(sqlite_parts.database, sqlite_city, tickets)
    sqlite_client.cookies.set(STAFF_COOKIE, sqlite_city.tokens["supervisor"])
    page = (await sqlite_client.get("/staff/city?days=7", headers={"Accept-Language": "en"})).text
    assert "80%" in page
    assert "49–95%, n=10" in page


@pytest.mark.parametrize("falling", ["true", "false"])
@pytest.mark.slow
async def test_the_table_is_sorted_as_asked(
    sqlite_client: httpx2.AsyncClient, sqlite_parts: Parts, sqlite_city: SmallCity, falling: str
) -> None:
    tickets = [
        Past(hall, 1, wait=1.0, p10=0.0, p90=7.0, outcome="finished", source="live")
        for hall, people in ((sqlite_city.hall, 6), (sqlite_city.other_hall, 9))
        for _ in range(people)
    ]
    write_past(sqlite_parts.database, sqlite_city, tickets)
    sqlite_client.cookies.set(STAFF_COOKIE, sqlite_city.tokens["supervisor"])
    page = (await sqlite_client.get(f"/staff/city?sort=past_tickets&falling={falling}")).text
    first, second = ("H2", "H1") if falling == "true" else ("H1", "H2")
    assert page.index(f'href="/staff/halls/{first}"') < page.index(f'href="/staff/halls/{second}"')
    assert f'aria-sort="{"descending" if falling == "true" else "ascending"}"' in page


async def test_a_city_without_a_history_says_so(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity
) -> None:
    sqlite_client.cookies.set(STAFF_COOKIE, sqlite_city.tokens["supervisor"])
    page = await sqlite_client.get("/staff/city")
    assert page.status_code == 200
    assert (await sqlite_client.get("/staff/city.csv")).text.count("\n") == 1
