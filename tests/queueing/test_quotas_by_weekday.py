"""A quota with other numbers on some weekdays; what a date counts as, its hall's calendar says."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import insert, select

from kernel.audit_tables import AuditRow
from kernel.tables import ClosureRow
from queueing.quotas import service
from queueing.quotas.errors import QuotaChangedMeanwhile, QuotaInvalid, QuotaUsedUp
from tests.conftest import MORNING, bearer
from tests.queueing.test_quotas import Hall
from tests.support.races import at_once

if TYPE_CHECKING:
    import httpx2

    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.secrets import Vault
    from tests.support.small_city import SmallCity

WEDNESDAY, THURSDAY = 2, 3  # the tests' morning is a Wednesday
DAY = timedelta(days=1)
AUDIT = AuditRow.__table__


@pytest.fixture
def hall(database: Database, city: SmallCity, vault: Vault, clock: ManualClock) -> Hall:
    return Hall(database, city, vault, clock)


def test_a_weekday_has_its_own_number_and_the_others_the_usual_one(hall: Hall) -> None:
    hall.set(2, week={WEDNESDAY: 1})
    hall.issue()
    assert hall.left().again_at == MORNING.replace(day=19, hour=8, minute=30)
    with pytest.raises(QuotaUsedUp) as refused:
        hall.issue()
    assert refused.value.facts["most"] == 1
    hall.clock.advance(DAY)
    hall.issue()
    hall.issue()
    with pytest.raises(QuotaUsedUp) as refused:
        hall.issue()
    assert refused.value.facts["most"] == 2


def test_a_day_without_numbers_is_not_promised(hall: Hall) -> None:
    hall.set(1, week={THURSDAY: 0})
    hall.issue()
    assert hall.left().again_at == MORNING.replace(day=20, hour=8, minute=30)


def test_a_usual_number_of_none_gives_numbers_on_its_own_weekday(hall: Hall) -> None:
    hall.set(0, week={THURSDAY: 1})
    assert hall.left().again_at == MORNING.replace(day=19, hour=8, minute=30)
    hall.clock.advance(DAY)
    hall.issue()
    with pytest.raises(QuotaUsedUp):
        hall.issue()


def test_a_band_has_a_number_of_its_own_on_a_weekday_too(hall: Hall) -> None:
    hall.set(5, ends=12 * 60, week={WEDNESDAY: 1})
    hall.issue()
    assert hall.left().later_today
    with pytest.raises(QuotaUsedUp):
        hall.issue()


def test_a_day_that_works_as_another_weekday_has_that_one_s_number(hall: Hall) -> None:
    hall.set(9, week={THURSDAY: 1})
    row = {"hall_id": hall.city.hall, "day": date(2026, 11, 18), "opens_as_weekday": THURSDAY}
    hall.database.write_now(lambda session: session.execute(insert(ClosureRow.__table__).values(row)))
    hall.issue()
    with pytest.raises(QuotaUsedUp):
        hall.issue()


def test_four_kiosks_and_the_last_number_of_a_weekday(hall: Hall) -> None:
    hall.set(50, week={WEDNESDAY: 5})
    for _ in range(4):
        hall.issue()
    answers = at_once(*[lambda: hall.issue().ticket.label] * 4)
    assert sorted(answers) == ["A005", *["quota-used-up"] * 3]
    assert hall.given() == [5]


def test_of_a_change_and_a_number_at_one_instant_no_more_are_given_than_one_of_them_says(hall: Hall) -> None:
    own = hall.set(1, week={THURSDAY: 7})

    def change() -> Any:
        hall.database.write_now(
            service.change_quota, own.id, 1, before=1, by_weekday={WEDNESDAY: 0, THURSDAY: 7},
            by_weekday_before={THURSDAY: 7}, by=hall.city.manager, clock=hall.clock,
        )  # fmt: skip
        return "changed"

    answers = at_once(change, *[lambda: hall.issue().ticket.label] * 3)
    assert answers.count("changed") == 1
    given = hall.given()[0]
    assert given == answers.count("A001") <= 1
    with pytest.raises(QuotaUsedUp):
        hall.issue()


def test_a_manager_changes_the_week_and_the_trail_says_so(hall: Hall) -> None:
    own, by = hall.set(6, week={5: 2, 6: 6}), {"by": hall.city.manager, "clock": hall.clock}
    assert own.by_weekday == {5: 2}, "a day with the usual number is no exception"
    write = hall.database.write_now
    write(service.change_quota, own.id, 8, before=6, **by)
    with pytest.raises(QuotaChangedMeanwhile):
        write(service.change_quota, own.id, 8, before=8, by_weekday={5: 3}, **by)
    for wrong in (-1, 5001):
        with pytest.raises(QuotaInvalid):
            write(
                service.change_quota,
                own.id,
                8,
                before=8,
                by_weekday={5: wrong},
                by_weekday_before={5: 2},
                **by,
            )
    found = write(
        service.change_quota, own.id, 8, before=8, by_weekday={4: 3}, by_weekday_before={5: 2}, **by
    )
    assert found.quotas[0].now.quota.by_weekday == {4: 3}
    trail = hall.database.read_now(lambda session: session.execute(select(AUDIT).order_by(AUDIT.c.id)).all())
    assert [
        (row.detail.get("before"), row.detail["after"]) for row in trail if row.what == "quota.set"
    ] == [
        (None, {"most": 6, "weekday 6": 2}),
        ({"most": 6, "weekday 6": 2}, {"most": 8, "weekday 6": 2}),
        ({"most": 8, "weekday 6": 2}, {"most": 8, "weekday 5": 3}),
    ]  # fmt: skip


async def test_a_program_sets_and_reads_the_week(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity
) -> None:
    async def post(path: str, wanted: Any) -> Any:
        headers = bearer(sqlite_city.tokens["manager"])
        return (await sqlite_client.post(f"/api/v1/{path}", json=wanted, headers=headers)).json()

    week = [{"weekday": 2, "most": 4}]
    wanted = {"queue": "A", "most": 9, "by_weekday": week}
    (own,) = (await post("halls/H1/ticket-quotas", wanted))["quotas"]
    assert (own["most"], own["by_weekday"], own["most_today"], own["left"]) == (9, week, 4, 4)
    wrong = await post(
        "halls/H1/ticket-quotas", {"queue": "B", "most": 9, "by_weekday": [{"weekday": 7, "most": 4}]}
    )
    assert wrong["code"] == "request-invalid"
    change = {"most": 9, "before": 9, "by_weekday": [], "by_weekday_before": week}
    await post(f"ticket-quotas/{own['id']}", change)
    (read,) = (await sqlite_client.get("/api/v1/halls/H1/ticket-quotas")).json()["quotas"]
    assert (read["by_weekday"], read["most_today"]) == ([], 9)
