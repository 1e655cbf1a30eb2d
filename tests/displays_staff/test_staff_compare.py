"""Figures by hall, county, level and department, held against a plain count of the same tickets."""

from __future__ import annotations

import csv
import html
import io
import random
import re
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, update

from booking.comparison.service import comparison
from booking.ratings.tables import RatingRow
from booking.rules.ratings import Level
from kernel.identity import WrongHall
from kernel.ids import uuid7
from kernel.tables import DepartmentRow, HallRow, ServiceRow
from kernel.web.access import STAFF_COOKIE
from queueing.groups.rules import (
    NOT_NAMED,
    NOT_RECORDED,
    By,
    Figures,
    FourFree,
    Span,
    Times,
    Within,
    period_of,
    together,
)
from queueing.groups.service import Asked, group_report
from queueing.rules.records import Record, Tally
from queueing.tables import TicketFactRow
from tests.conftest import MORNING, bearer
from tests.displays_staff.test_staff_city import Past, _fact, plain_tally

if TYPE_CHECKING:
    import httpx2

    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.web.parts import Parts
    from tests.support.small_city import SmallCity

DEPARTMENTS = {"id-card": "police", "household": "police", "insurance": ""}
MARKS = {"id-card": ["papers", "forms"], "household": ["forms"], "insurance": []}
LEVELS = {"H1": "county", "H2": "town"}
AREAS = {"H1": "甲县", "H2": "甲县"}


@dataclass(frozen=True)
class Errand:
    """A past ticket, what it was for (None: not known), and its seconds to and at the window."""

    past: Past
    hall: str
    service: str | None
    walk: int | None
    served: int | None

    def key(self, by: By) -> str:
        department = None if self.service is None else DEPARTMENTS[self.service] or NOT_NAMED
        of_hall = {By.HALL: self.hall, By.COUNTY: AREAS[self.hall], By.LEVEL: LEVELS[self.hall]}
        return (department or NOT_RECORDED) if by is By.DEPARTMENT else of_hall[by]


def made_up(city: SmallCity, *, seed: int) -> list[Errand]:
    """Errands of two unlike halls: the first is large and slow, the second small and quick."""
    chance = random.Random(seed)
    found = []
    for _ in range(300):
        hall = chance.choices(("H1", "H2"), (9, 1))[0]
        left, wait = chance.random() < 0.1, float(chance.randint(0, 60 if hall == "H1" else 5))
        past = Past(
            city.hall if hall == "H1" else city.other_hall, chance.randint(1, 10),
            None if left else wait, 2.0, chance.choice([10.0, 40.0]),
            "given_up" if left else "finished", chance.choice(["live", "simulated"]),
        )  # fmt: skip
        # 120 s is two minutes and not over them.
        walk = None if left else chance.choice([5, 20, 20, 45, 119, 120, 121, 300])
        wanted = chance.choice(["id-card", "household", "insurance" if hall == "H1" else "id-card", None])
        found.append(Errand(past, hall, wanted, walk, None if left else chance.randint(60, 1800)))
    return found


def write(database: Database, city: SmallCity, errands: list[Errand]) -> None:
    """Write errands as facts, and a city in which both halls lie in one county and one service has nobody."""

    def into(session: Any) -> None:
        halls, services = HallRow.__table__, ServiceRow.__table__  # type: ignore[attr-defined]
        for code, level in LEVELS.items():
            session.execute(
                update(halls)
                .where(halls.c.code == code)
                .values(level=level, area_zh=AREAS[code], area_en="Jia")
            )
        for code, department in DEPARTMENTS.items():
            values = {"department": department, "marks": MARKS[code]}
            session.execute(update(services).where(services.c.code == code).values(values))
        session.execute(
            insert(DepartmentRow.__table__),  # type: ignore[attr-defined]
            [{"code": code, "name_zh": f"{code}局", "name_en": code.title()} for code in ("police", "tax")],
        )
        if errands:
            rows = [_row(city, own) for own in errands]
            session.execute(insert(TicketFactRow.__table__), rows)  # type: ignore[attr-defined]

    database.write_now(into)


def _row(city: SmallCity, own: Errand) -> dict[str, Any]:
    fact = _fact(city, own.past)
    called = fact["called_at"]
    # The call that was answered is a later one than the first: the walk counts from it.
    answered = None if own.walk is None else called + timedelta(minutes=7)
    started = None if answered is None else answered + timedelta(seconds=own.walk or 0)
    ended = None if started is None else started + timedelta(seconds=own.served or 0)
    service_id = None if own.service is None else city.services[own.service]
    return {
        **fact, "answered_call_at": answered, "started_at": started, "ended_at": ended,
        "service_id": service_id,
    }  # fmt: skip


def report_of(database: Database, city: SmallCity, clock: ManualClock, asked: Asked) -> Any:
    return database.read_now(group_report, asked, reader=city.supervisor, now=clock.now())


def held_against(line: Any, errands: list[Errand], *, over: int) -> None:
    """Assert that a line counts what a plain count of its errands does."""
    figures = line.figures
    assert figures.record.tally == plain_tally([own.past for own in errands])
    waits = [int(own.past.wait) for own in errands if own.past.wait is not None]
    assert dict(figures.record.waits) == {minute: waits.count(minute) for minute in waits}
    assert figures.times.waited == pytest.approx(sum(waits), abs=0.01 * (len(waits) + 1))
    walks = [own.walk for own in errands if own.walk is not None]
    assert dict(figures.times.walks) == {second: walks.count(second) for second in walks}
    assert figures.times.walked_long == sum(walk > 60 * over for walk in walks)
    served = [own.served / 60 for own in errands if own.served is not None]
    assert figures.times.served == len(served)
    assert figures.times.served_minutes == pytest.approx(sum(served), abs=0.01 * (len(served) + 1))
    known = [own.service for own in errands if own.service is not None]
    assert line.four_free.tickets == len(known)
    for mark in FourFree:
        assert line.four_free.marked_tickets[mark] == sum(mark.value in MARKS[own] for own in known)
    assert line.four_free.any_tickets == sum(bool(MARKS[own]) for own in known)


@pytest.mark.parametrize("within", [Within(), Within(level="town"), Within(department="police")])
@pytest.mark.slow
def test_groups_count_what_a_plain_count_counts(
    database: Database, city: SmallCity, clock: ManualClock, within: Within
) -> None:
    errands = made_up(city, seed=7)
    write(database, city, errands)
    looked_at = [
        own
        for own in errands
        if within.level in (None, LEVELS[own.hall]) and within.department in (None, own.key(By.DEPARTMENT))
    ]
    for by in By:
        report = report_of(database, city, clock, Asked(by, within=within, walk_over=2))
        keys = {line.group.key for line in report.lines}
        assert {own.key(by) for own in looked_at} <= keys
        for line in report.lines:
            held_against(line, [own for own in looked_at if own.key(by) == line.group.key], over=2)
        held_against(report.whole, looked_at, over=2)


def test_a_county_is_not_the_mean_of_its_halls(
    database: Database, city: SmallCity, clock: ManualClock
) -> None:
    errands = made_up(city, seed=8)
    write(database, city, errands)
    (county,) = report_of(database, city, clock, Asked(By.COUNTY)).lines
    halls = report_of(database, city, clock, Asked(By.HALL)).lines
    waits = sorted(int(own.past.wait) for own in errands if own.past.wait is not None)
    pooled = next(wait for place, wait in enumerate(waits, 1) if place >= 0.9 * len(waits))
    assert county.figures.record.wait_minutes(0.9) == pooled
    assert county.figures.mean_wait == pytest.approx(sum(waits) / len(waits), abs=0.01)
    of_halls = [line.figures.mean_wait for line in halls]
    assert abs(sum(of_halls) / len(of_halls) - county.figures.mean_wait) > 5
    assert (county.group.name_zh, county.group.name_en, county.halls) == ("甲县", "Jia", 2)


def test_services_of_a_group_are_counted_once_and_what_has_no_department_says_so(
    database: Database, city: SmallCity, clock: ManualClock
) -> None:
    write(database, city, made_up(city, seed=9))
    (county,) = report_of(database, city, clock, Asked(By.COUNTY)).lines
    assert county.four_free.services == 3
    assert county.four_free.marked_services[FourFree.FORMS] == 2
    police, unnamed, unrecorded = report_of(database, city, clock, Asked(By.DEPARTMENT)).lines
    assert [line.group.key for line in (police, unnamed, unrecorded)] == ["police", NOT_NAMED, NOT_RECORDED]
    assert (police.halls, police.four_free.services, unnamed.halls, unrecorded.halls) == (2, 2, 1, 0)
    assert unrecorded.four_free.tickets == 0
    assert unrecorded.figures.record.tally.issued > 0


def test_ratings_of_a_group_are_those_of_its_visits(
    database: Database, city: SmallCity, clock: ManualClock
) -> None:
    write(database, city, [])
    told = [("hall", "id-card", Level.SATISFIED, 6), ("hall", "insurance", Level.DISSATISFIED, 4)]
    told.append(("other_hall", "id-card", Level.VERY_DISSATISFIED, 2))
    day = clock.now().date() - timedelta(days=3)
    rows = [
        {
            "id": uuid7(), "visit_id": uuid7(), "hall_id": getattr(city, hall), "queue_id": city.queue_a,
            "service_id": city.services[code], "day": day, "level": level, "reasons": [],
            "rated_at": clock.now(), "changed_at": clock.now(),
        }
        for hall, code, level, count in told
        for _ in range(count)
    ]  # fmt: skip
    database.write_now(lambda session: session.execute(insert(RatingRow.__table__), rows) and None)  # type: ignore[attr-defined]

    def satisfied(asked: Asked) -> dict[str, tuple[int, int]]:
        found = database.read_now(comparison, asked, reader=city.supervisor, now=clock.now())
        shares = {key: own.satisfied for key, own in found.ratings.items()}
        return {key: (own.count, own.of) for key, own in shares.items()}

    assert satisfied(Asked(By.DEPARTMENT)) == {"police": (6, 8), NOT_NAMED: (0, 4)}
    assert satisfied(Asked(By.HALL)) == {"H1": (6, 10), "H2": (0, 2)}
    assert satisfied(Asked(By.HALL, within=Within(department="police"))) == {"H1": (6, 6), "H2": (0, 2)}
    assert satisfied(Asked(By.COUNTY, span=Span.DAY, until=clock.now().date() - timedelta(days=1))) == {}


groups = st.lists(st.lists(st.integers(0, 120), max_size=15), max_size=6)


@given(groups)
def test_a_group_of_groups_is_its_tickets_pooled(parts: list[list[int]]) -> None:
    def of(waits: list[int]) -> Figures:
        counts = {wait: waits.count(wait) for wait in waits}
        return Figures(Record(Tally(called=len(waits)), counts), Times(waited=sum(waits), walks=counts))

    whole, pooled = together(of(part) for part in parts), of([wait for part in parts for wait in part])
    assert whole.mean_wait == pooled.mean_wait
    for part in (0.5, 0.9):
        assert whole.record.wait_minutes(part) == pooled.record.wait_minutes(part)
        assert whole.walk_seconds(part) == pooled.walk_seconds(part)


def test_a_month_ends_where_the_days_do() -> None:
    over = MORNING.date() - timedelta(days=1)
    month = period_of(Span.MONTH, until=over, over=over)
    assert (month.first.day, month.last, month.cut) == (1, over, True)


# --- page, file and API ------------------------------------------------------------------------------


@pytest.mark.slow
async def test_a_county_leads_to_its_halls_and_the_file_says_what_the_api_says(
    sqlite_client: httpx2.AsyncClient, sqlite_parts: Parts, sqlite_city: SmallCity
) -> None:
    write(sqlite_parts.database, sqlite_city, made_up(sqlite_city, seed=3))
    sqlite_client.cookies.set(STAFF_COOKIE, sqlite_city.tokens["supervisor"])
    english = {"Accept-Language": "en"}
    page = (await sqlite_client.get("/staff/compare", headers=english)).text
    (way,) = {html.unescape(own) for own in re.findall(r'href="(/staff/compare\?by=hall[^"]*)"', page)}
    halls = (await sqlite_client.get(way, headers=english)).text
    assert "H1 Government Service Hall" in halls
    assert "Compared by hall · Jia" in halls
    (file,) = {own for own in re.findall(r'href="([^"]+\.csv[^"]*)"', halls)}
    export = await sqlite_client.get(html.unescape(file))
    rows = list(csv.DictReader(io.StringIO(export.text.lstrip("\ufeff"))))
    told = (await sqlite_client.get("/api/v1/comparison?by=hall&county=甲县")).json()
    assert [row["group"] for row in rows] == [*(own["key"] for own in told["groups"]), ""]
    for row, own in zip(rows, [*told["groups"], told["whole"]], strict=True):
        assert row["tickets"] == str(own["tickets"])
        assert row["walk_90_s"] == str(own["walk_nine_in_ten_s"])
        assert row["walk_over_count"] == str(own["walk_over"]["count"])
        assert row["wait_mean_min"] == str(own["wait_mean"])
        assert row["without_forms_services"] == str(own["four_free"]["forms"]["services"])
        assert row["without_forms_visits"] == str(own["four_free"]["forms"]["visits"]["count"])


async def test_few_tickets_tell_nothing_of_persons(
    sqlite_client: httpx2.AsyncClient, sqlite_parts: Parts, sqlite_city: SmallCity
) -> None:
    few = [own for own in made_up(sqlite_city, seed=4) if own.walk and own.service][:4]
    write(sqlite_parts.database, sqlite_city, [replace(own, hall="H1") for own in few])
    got = await sqlite_client.get(
        "/api/v1/comparison?by=county", headers=bearer(sqlite_city.tokens["supervisor"])
    )
    (own,) = got.json()["groups"]
    assert own["tickets"] == 4
    for name in ("wait_half", "wait_mean", "walk_half_s", "service_mean"):
        assert own[name] is None
    assert own["walk_over"]["count"] is own["four_free"]["any"]["visits"]["count"] is None


async def test_a_manager_compares_within_the_own_hall_only(
    sqlite_client: httpx2.AsyncClient, sqlite_parts: Parts, sqlite_city: SmallCity
) -> None:
    headers = bearer(sqlite_city.tokens["manager"])
    statuses = [
        (await sqlite_client.get(f"/api/v1/comparison{asked}", headers=headers)).status_code
        for asked in ("", "?county=H1区", "?hall=H2", "?by=department&hall=H1")
    ]
    assert statuses == [403, 403, 403, 200]
    with pytest.raises(WrongHall):
        sqlite_parts.database.read_now(
            group_report, Asked(), reader=sqlite_city.manager, now=sqlite_parts.clock.now()
        )
    sqlite_client.cookies.set(STAFF_COOKIE, sqlite_city.tokens["manager"])
    assert (await sqlite_client.get("/staff/compare")).status_code == 403
    sqlite_client.cookies.set(STAFF_COOKIE, sqlite_city.tokens["supervisor"])
    assert (await sqlite_client.get("/staff/compare?until=&county=&walk_over=3")).status_code == 200
