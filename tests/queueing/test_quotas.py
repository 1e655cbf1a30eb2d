"""Ticket quotas: at most so many walk-in numbers, told with what would help, never overstepped."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from kernel.audit_tables import AuditRow
from kernel.identity import Actor, Role, WrongHall
from kernel.ids import uuid7
from queueing import service as queueing
from queueing.errors import QueueNotFound
from queueing.quotas import service
from queueing.quotas.errors import (
    QuotaChangedMeanwhile,
    QuotaClashes,
    QuotaInvalid,
    QuotaNotFound,
    QuotaUsedUp,
    TooManyQuotas,
)
from queueing.rules.quotas import DAY_MINUTES, MOST_QUOTAS
from queueing.service.issuing import Due
from tests.conftest import MORNING, bearer
from tests.support.kiosks import CutOff, a_slip
from tests.support.trail import noted

if TYPE_CHECKING:
    import httpx2

    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.secrets import Vault
    from tests.support.small_city import SmallCity

AUDIT = AuditRow.__table__
NOON, ONE = 12 * 60, 13 * 60
TO_NOON = timedelta(hours=2, minutes=20)  # from the tests' morning, 9:40


class Hall:
    """The first hall, its manager, and who takes numbers there."""

    def __init__(self, database: Database, city: SmallCity, vault: Vault, clock: ManualClock) -> None:
        self.database, self.city, self.vault, self.clock = database, city, vault, clock

    def set(self, most: int, *, queue: str | None = "A", service_code: str | None = None,
            begins: int = 0, ends: int = DAY_MINUTES, week: dict[int, int] | None = None) -> Any:  # fmt: skip
        found = self.database.write_now(
            service.add_quota, "H1", queue=queue, service=service_code, from_minute=begins, to_minute=ends,
            most=most, by_weekday=week or {}, by=self.city.manager, clock=self.clock,
        )  # fmt: skip
        same = [
            own for own in found.quotas if (own.now.quota.from_minute, own.now.quota.most) == (begins, most)
        ]
        return same[0].now.quota

    def issue(self, *codes: str, due: Due | None = None) -> Any:
        return self.database.write_now(
            queueing.issue_ticket, self.city.hall,
            [self.city.services[code] for code in codes or ("id-card",)],
            priority=False, by=Actor(Role.DEVICE), clock=self.clock, vault=self.vault, due=due,
        )  # fmt: skip

    def left(self, *codes: str) -> Any:
        found = self.database.read_now(service.numbers_now, self.city.hall, now=self.clock.now())
        return found.for_services([self.city.services[code] for code in codes or ("id-card",)])

    def given(self) -> list[int]:
        found = self.database.read_now(service.quotas_of, "H1", now=self.clock.now())
        return [own.now.given for own in found.quotas]


@pytest.fixture
def hall(database: Database, city: SmallCity, vault: Vault, clock: ManualClock) -> Hall:
    return Hall(database, city, vault, clock)


def test_no_more_numbers_than_the_day_s_quota_and_it_is_told_before_and_at_issuing(hall: Hall) -> None:
    hall.set(2)
    assert hall.left() is None
    hall.issue()
    hall.issue("household")
    told = hall.left()
    tomorrow = MORNING.replace(day=19, hour=8, minute=30)
    assert (told.again_at, told.later_today) == (tomorrow, False)
    with pytest.raises(QuotaUsedUp) as refused:
        hall.issue()
    assert dict(refused.value.facts) == {"again_at": tomorrow, "today": False, "most": 2}
    assert hall.left("insurance") is None, "the other queue has no quota"
    hall.issue("insurance")
    assert hall.given() == [2]


def test_a_band_s_quota_ends_with_the_band(hall: Hall) -> None:
    hall.set(1, begins=0, ends=NOON)
    hall.set(1, begins=NOON, ends=ONE)
    hall.issue()
    told = hall.left()
    assert (told.again_at - hall.clock.now(), told.later_today) == (TO_NOON, True)
    with pytest.raises(QuotaUsedUp):
        hall.issue()
    hall.clock.advance(TO_NOON)
    hall.issue()
    with pytest.raises(QuotaUsedUp) as refused:
        hall.issue()
    assert refused.value.facts["again_at"] == hall.clock.now() + timedelta(hours=1)
    hall.clock.advance(timedelta(hours=1))
    hall.issue()
    assert hall.given() == [1, 1]


def test_the_day_s_quota_says_it_where_the_band_s_would_promise_too_much(hall: Hall) -> None:
    hall.set(1)
    hall.set(1, begins=0, ends=NOON)
    hall.issue()
    assert not hall.left().later_today
    hall.clock.advance(timedelta(days=1))
    assert hall.left() is None, "a new day has its own numbers"
    hall.issue()


def test_a_queue_that_gives_none_says_no_instant(hall: Hall) -> None:
    hall.set(0)
    told = hall.left()
    assert told is not None
    assert told.again_at is None


def test_a_service_s_quota_spares_its_queue(hall: Hall) -> None:
    hall.set(1, queue=None, service_code="id-card")
    hall.issue()
    with pytest.raises(QuotaUsedUp):
        hall.issue()
    hall.issue("household")
    with pytest.raises(QuotaUsedUp):
        hall.issue("household", "id-card")
    assert hall.given() == [1], "of a visit that is refused nothing is taken"


def test_a_visit_of_several_services_takes_a_number_for_each(hall: Hall) -> None:
    hall.set(3)
    hall.issue("id-card", "household", "insurance")
    with pytest.raises(QuotaUsedUp):
        hall.issue("id-card", "household")
    hall.issue()
    assert hall.given() == [3]


def test_whoever_booked_gets_a_number_in_any_case(hall: Hall) -> None:
    hall.set(0)
    now = hall.clock.now()
    hall.issue(due=Due(now, now - timedelta(days=1), uuid7()))
    assert hall.given() == [0]


def test_a_number_given_back_unserved_is_given_again_and_may_be_taken_back(hall: Hall) -> None:
    hall.set(1)
    issued = hall.issue()
    by = {"clock": hall.clock, "vault": hall.vault}
    hall.database.write_now(queueing.give_up, issued.token, **by)
    assert hall.given() == [0]
    hall.issue()
    hall.database.write_now(queueing.undo_give_up, issued.token, **by)
    assert hall.given() == [2], "what was promised for a minute holds"
    with pytest.raises(QuotaUsedUp):
        hall.issue()


def test_a_number_given_back_goes_to_the_band_it_was_taken_of(hall: Hall) -> None:
    hall.set(1, begins=0, ends=NOON)
    hall.set(1, begins=NOON, ends=ONE)
    early = hall.issue()
    hall.clock.advance(TO_NOON)
    hall.issue()
    hall.database.write_now(queueing.give_up, early.token, clock=hall.clock, vault=hall.vault)
    assert hall.given() == [0, 1]
    with pytest.raises(QuotaUsedUp):
        hall.issue()


def test_a_number_that_was_served_is_not_given_again(hall: Hall) -> None:
    hall.set(1)
    issued = hall.issue()
    window, clerk = hall.city.windows[0], {"by": hall.city.clerks[0], "clock": hall.clock}
    hall.database.write_now(queueing.open_window, window, **clerk)
    hall.database.write_now(queueing.call_next, window, **clerk)
    for step in (queueing.start, queueing.park):
        hall.database.write_now(step, issued.ticket.id, **clerk)
    hall.database.write_now(queueing.give_up, issued.token, clock=hall.clock, vault=hall.vault)
    assert hall.given() == [1]


def test_what_was_given_before_there_was_a_quota_counts(hall: Hall) -> None:
    hall.issue("id-card", "household")
    back = hall.issue("household")
    hall.database.write_now(queueing.give_up, back.token, clock=hall.clock, vault=hall.vault)
    hall.issue("insurance")
    hall.set(2)
    assert hall.given() == [2]
    with pytest.raises(QuotaUsedUp):
        hall.issue()


def test_what_a_kiosk_printed_without_its_server_counts_and_is_never_refused(hall: Hall) -> None:
    hall.set(1)
    hall.issue()
    kiosk = CutOff.new(hall.database, hall.city, hall.vault, hall.clock)
    block = kiosk.reserve()[0]
    kiosk.hand_in(a_slip(block.first, hall.clock.now()))
    assert hall.given() == [2]


def test_a_manager_changes_and_takes_away_and_the_trail_says_so(hall: Hall) -> None:
    own, by = hall.set(1), {"by": hall.city.manager, "clock": hall.clock}
    hall.issue()
    write = hall.database.write_now
    write(service.change_quota, own.id, 2, before=1, **by)
    hall.issue()
    with pytest.raises(QuotaChangedMeanwhile):
        write(service.change_quota, own.id, 9, before=1, **by)
    with pytest.raises(QuotaInvalid):
        write(service.change_quota, own.id, -1, before=2, **by)
    with pytest.raises(WrongHall):
        write(service.change_quota, own.id, 9, before=2, by=hall.city.other_clerk, clock=hall.clock)
    write(service.remove_quota, own.id, **by)
    hall.issue()
    with pytest.raises(QuotaNotFound):
        write(service.remove_quota, own.id, **by)
    trail = hall.database.read_now(lambda session: session.execute(select(AUDIT).order_by(AUDIT.c.id)).all())
    assert [
        (row.what, row.detail["subject"], row.detail.get("before"), row.detail.get("after"))
        for row in trail if row.what.startswith("quota.")
    ] == [("quota.set", "A", None, 1), ("quota.set", "A", 1, 2), ("quota.removed", "A", 2, None)]  # fmt: skip


@pytest.mark.slow
def test_what_cannot_be_a_quota_is_refused(hall: Hall) -> None:
    for wrong in ({"begins": ONE, "ends": NOON}, {"ends": DAY_MINUTES + 1}, {"service_code": "id-card"},
                  {"queue": None}):  # fmt: skip
        with pytest.raises(QuotaInvalid):
            hall.set(1, **wrong)
    with pytest.raises(QueueNotFound):
        hall.set(1, queue="Z")
    hall.set(1, begins=0, ends=NOON)
    with pytest.raises(QuotaClashes):
        hall.set(1, begins=NOON - 1, ends=ONE)
    hall.set(1, begins=NOON, ends=ONE)
    hall.set(1)
    hall.set(1, queue="B")
    for minute in range(ONE, ONE + MOST_QUOTAS - 4):
        hall.set(1, begins=minute, ends=minute + 1)
    with pytest.raises(TooManyQuotas):
        hall.set(1, queue="B", begins=1, ends=2)


@pytest.mark.slow
async def test_a_program_sets_a_quota_and_everybody_reads_what_is_left(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity
) -> None:
    manager = bearer(sqlite_city.tokens["manager"])
    made = await sqlite_client.post(
        "/api/v1/halls/H1/ticket-quotas", json={"queue": "A", "most": 1}, headers=manager
    )
    (own,) = made.json()["quotas"]
    assert (own["most"], own["left"], own["set_by"]) == (1, 1, "Manager")
    kiosk = bearer(sqlite_city.tokens["kiosk"])
    issued = [
        await sqlite_client.post("/api/v1/halls/H1/tickets", json={"services": ["id-card"]}, headers=kiosk)
        for _ in range(2)
    ]
    assert [answer.status_code for answer in issued] == [200, 200], "pressed twice is one number"
    refused = await sqlite_client.post(
        "/api/v1/halls/H1/tickets",
        json={"services": ["household"]},
        headers=bearer(sqlite_city.tokens["kiosk"]),
    )
    assert (refused.status_code, refused.json()["code"]) == (409, "quota-used-up")
    assert refused.json()["again_at"].startswith("2026-11-19T00:30")
    read = (await sqlite_client.get("/api/v1/halls/H1/ticket-quotas")).json()["quotas"]
    assert [(each["queue"], each["given"], each["left"]) for each in read] == [("A", 1, 0)]
    assert "set_by" not in read[0]
    gone = await sqlite_client.post(
        f"/api/v1/ticket-quotas/{own['id']}/remove", headers=bearer(sqlite_city.tokens["manager"])
    )
    assert gone.json()["quotas"] == []


async def test_a_manager_changes_a_quota_by_the_api(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity, sqlite_database: Database
) -> None:
    async def post(path: str, wanted: Any) -> Any:
        headers = bearer(sqlite_city.tokens["manager"])
        return (await sqlite_client.post(f"/api/v1/{path}", json=wanted, headers=headers)).json()

    (own,) = (await post("halls/H1/ticket-quotas", {"queue": "A", "most": 1}))["quotas"]
    changed = {"most": 3, "before": 1}
    (seen,) = (await post(f"ticket-quotas/{own['id']}", changed))["quotas"]
    assert (seen["most"], seen["left"]) == (3, 3)
    assert (await post(f"ticket-quotas/{own['id']}", changed))["code"] == "quota-changed-meanwhile"
    assert noted(sqlite_database, "quota.") == [(sqlite_city.manager.id, "quota.set")] * 2
