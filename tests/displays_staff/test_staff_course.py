"""The course over time: periods, what surely changed, the plans that began, and who may read it."""

from __future__ import annotations

import csv
import html
import io
import random
import re
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.identity import WrongHall
from kernel.web.access import STAFF_COOKIE
from queueing import reports, service, store
from queueing.course.rules import FEWEST_DAYS, Step, change, periods
from queueing.course.service import course
from queueing.rules.records import Share
from tests.displays_staff.test_staff_city import Past, made_up, plain_tally, write_past

if TYPE_CHECKING:
    import httpx2

    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.web.parts import Parts
    from tests.support.small_city import SmallCity

TODAY = date(2026, 11, 18)  # a Wednesday, as in the fixtures' clock


# --- periods and changes -----------------------------------------------------------------------------


@given(
    step=st.sampled_from(Step),
    until=st.dates(date(2023, 1, 1), date(2027, 12, 31)),
    later=st.integers(-40, 40),
    count=st.integers(1, 20),
)
def test_periods_follow_each_other_without_a_gap_and_end_with_what_is_over(
    step: Step, until: date, later: int, count: int
) -> None:
    over = until + timedelta(days=later)
    found = periods(step, until=until, count=count, over=over)
    assert len(found) == count
    assert all(one.first <= one.last <= over for one in found)
    assert [one.cut for one in found[:-1]] == [False] * (count - 1)
    for one, following in pairwise(found):
        assert one.last + timedelta(days=1) == following.first
    assert found[-1].first <= min(until, over) <= found[-1].last or found[-1].cut or later < 0


def test_a_week_begins_on_monday_and_a_month_on_its_first() -> None:
    (week,) = periods(Step.WEEK, until=TODAY, count=1, over=TODAY - timedelta(days=1))
    assert (week.first, week.last, week.cut) == (date(2026, 11, 16), date(2026, 11, 17), True)
    (month,) = periods(Step.MONTH, until=date(2024, 2, 10), count=1, over=TODAY)
    assert (month.first, month.last, month.cut) == (date(2024, 2, 1), date(2024, 2, 29), False)


def test_a_change_that_is_none_is_rarely_called_sure_though_days_differ() -> None:
    """Days differ by luck of their own: counted over tickets, far more than 5 % would be called sure."""
    chance = random.Random(4)

    def period() -> list[Share]:
        days = []
        for _ in range(5):
            level = chance.betavariate(6, 14)
            days.append(Share(sum(chance.random() < level for _ in range(200)), 200))
        return days

    found = [change(period(), period()) for _ in range(400)]
    sure = sum(one is not None and one.sure for one in found) / len(found)
    assert 0.02 < sure < 0.09


def test_what_is_too_little_is_not_compared() -> None:
    days = [Share(10, 50)] * FEWEST_DAYS
    assert change(days, days) is not None
    assert change(days[1:], days) is None
    assert change([*days[1:], Share(0, 0)], days) is None
    assert change(days, [Share(0, 1)] * FEWEST_DAYS) is None


# --- the figures -------------------------------------------------------------------------------------


def test_the_course_counts_what_the_report_of_the_same_days_counts(
    database: Database, city: SmallCity, clock: ManualClock
) -> None:
    tickets = made_up(city, seed=5)
    write_past(database, city, tickets)
    found = database.read_now(
        course, None, step=Step.DAY, until=None, count=7, reader=city.supervisor, now=clock.now()
    )
    report = database.read_now(reports.city_report, days=7, now=clock.now())
    assert sum(own.record.tally.issued for own in found.stages) == report.city_history.tally.issued
    for stage in found.stages:
        ago = (TODAY - stage.period.first).days
        assert stage.record.tally == plain_tally([own for own in tickets if own.days_ago == ago])
    own = database.read_now(
        course, "H1", step=Step.WEEK, until=None, count=2, reader=city.manager, now=clock.now()
    )
    in_last_week = [each for each in tickets if each.hall == city.hall and 3 <= each.days_ago <= 9]
    assert own.stages[0].record.tally == plain_tally(in_last_week)
    assert [stage.period.cut for stage in own.stages] == [False, True]


def test_a_plan_stands_in_the_period_in_which_it_began(
    database: Database, city: SmallCity, clock: ManualClock
) -> None:
    plan = database.read_now(store.plan_of, city.hall, 2)
    database.write_now(
        service.publish_plan, city.hall, plan.entries[:1],
        base_version=plan.version, weekday=2, only_weekday=False, by=city.manager, clock=clock,
    )  # fmt: skip
    clock.advance(timedelta(days=1))
    found = database.read_now(
        course, "H1", step=Step.DAY, until=None, count=3, reader=city.manager, now=clock.now()
    )
    began = {stage.period.first: [one.version for one in stage.plans] for stage in found.stages}
    assert began[TODAY] == [plan.version + 1]
    assert began[TODAY - timedelta(days=2)] == []


def test_a_manager_reads_the_own_hall_only(database: Database, city: SmallCity, clock: ManualClock) -> None:
    for code in (None, "H2"):
        with pytest.raises(WrongHall):
            database.read_now(
                course, code, step=Step.WEEK, until=None, count=None, reader=city.manager, now=clock.now()
            )


# --- the page and its file ---------------------------------------------------------------------------


async def test_a_better_week_is_named_with_its_interval_and_exported(
    sqlite_client: httpx2.AsyncClient, sqlite_parts: Parts, sqlite_city: SmallCity
) -> None:
    waits = {ago: 30.0 for ago in (16, 15, 14, 13, 12)} | {ago: 5.0 for ago in (9, 8, 7, 6, 5)}
    write_past(
        sqlite_parts.database,
        sqlite_city,
        [
            Past(sqlite_city.hall, ago, wait=wait + n, p10=0.0, p90=40.0, outcome="finished", source="live")
            for ago, wait in waits.items()
            for n in range(8)
        ],
    )
    sqlite_client.cookies.set(STAFF_COOKIE, sqlite_city.tokens["supervisor"])
    asked = "/staff/course?hall=H1&by=week&count=3&until=2026-11-13"
    page = (await sqlite_client.get(asked, headers={"Accept-Language": "en"})).text
    assert "Over 20 min -100.0 points" in page
    assert "Promises kept" in page
    (file,) = re.findall(r'href="([^"]+\.csv[^"]*)"', page)
    export = await sqlite_client.get(html.unescape(file))
    rows = list(csv.DictReader(io.StringIO(export.text.lstrip("\ufeff"))))
    assert [row["first_day"] for row in rows] == ["2026-10-26", "2026-11-02", "2026-11-09"]
    assert (rows[2]["over_long_count"], rows[2]["over_long_of"], rows[2]["over_long_change"]) == (
        "0", "40", "-1.0000",
    )  # fmt: skip
    told = (await sqlite_client.get("/api/v1/course?hall=H1&by=week&count=3&until=2026-11-13")).json()
    assert told["stages"][2]["over_long_change"]["sure"] is True


async def test_nobody_reads_a_course_who_may_not(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity
) -> None:
    sqlite_client.cookies.set(STAFF_COOKIE, sqlite_city.tokens["manager"])
    assert (await sqlite_client.get("/staff/course")).status_code == 403
    assert (await sqlite_client.get("/staff/halls/H1/course?until=")).status_code == 200
    assert (await sqlite_client.get("/staff/halls/H2/course")).status_code == 403
    assert (await sqlite_client.get("/api/v1/course")).status_code == 403
