"""A clerk sees who is next before the bell: it reserves nobody, and the call takes whom the clerk saw."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from kernel.audit_tables import AuditRow
from kernel.identity import WrongHall
from queueing import service
from queueing.errors import NextChanged, NobodyWaiting
from queueing.next_schemas import NextOut
from queueing.service.views import Told
from queueing.store.ticket_writes import log
from tests.conftest import MORNING, bearer
from tests.queueing.test_returns import Hall

if TYPE_CHECKING:
    import httpx2

    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.secrets import Vault
    from tests.support.small_city import SmallCity


class Ahead(Hall):
    def look(self, place: int = 0) -> Any:
        return self.database.read_now(
            service.look_next, self.city.windows[place], by=self.city.clerks[place], now=self.clock.now()
        )

    def call_seen(self, seen: Any, place: int = 0) -> Any:
        return self.database.write_now(
            service.call_next, self.city.windows[place],
            by=self.city.clerks[place], clock=self.clock, seen=seen,
        )  # fmt: skip


@pytest.fixture
def hall(database: Database, city: SmallCity, vault: Vault, clock: ManualClock) -> Ahead:
    return Ahead(database, city, vault, clock)


def test_a_clerk_sees_whom_the_window_would_call_and_nothing_moves(hall: Ahead) -> None:
    hall.issue()
    hall.clock.advance(timedelta(minutes=7))
    seen = hall.look()
    assert (seen.ticket.label, seen.ticket.service.code, seen.waited_minutes) == ("A001", "id-card", 7)
    assert hall.look().ticket.id == hall.look(1).ticket.id == seen.ticket.id, "it is kept for nobody"
    assert hall.list(0) == ["A001"]
    assert hall.call_seen(seen.ticket.id).id == seen.ticket.id


def test_whoever_calls_second_is_told_who_is_next_by_now(hall: Ahead) -> None:
    hall.issue()
    hall.issue()
    seen = hall.look(1).ticket
    assert hall.call_seen(hall.look(0).ticket.id).id == seen.id
    with pytest.raises(NextChanged) as refused:
        hall.call_seen(seen.id, 1)
    assert refused.value.facts["next"] == "A002"
    assert hall.call_seen(hall.look(1).ticket.id, 1).label == "A002"


def test_a_look_does_not_let_anybody_jump_the_order(hall: Ahead) -> None:
    hall.issue()
    hall.clock.advance(timedelta(minutes=5))
    seen = hall.look().ticket
    first = hall.database.write_now(
        service.issue_ticket, hall.city.hall, [hall.city.services["id-card"]], priority=True,
        by=hall.city.clerks[0].actor, clock=hall.clock, vault=hall.vault,
    ).ticket  # fmt: skip
    with pytest.raises(NextChanged):
        hall.call_seen(seen.id)
    assert hall.call(0).id == first.id


def test_it_says_why_somebody_comes_back_and_whether_they_wait_too_long(hall: Ahead) -> None:
    hall.issue()
    code = hall.sent_away("居住证原件", (MORNING + timedelta(days=2)).date()).back.code
    hall.clock.advance(timedelta(days=1))
    hall.back(code)
    seen = hall.look()
    assert (seen.note, seen.ticket.came_back) == ("居住证原件", True)
    hall.clock.advance(timedelta(hours=3))
    seen = hall.look()
    assert seen.over_told == (seen.ticket.told.p90 is not None)


@pytest.mark.parametrize(
    ("told", "read", "still_as_told"),
    [
        (Told(3, 2.0, 6.0, 11.0), (0, 15), 15),
        (Told(0, 0.0, 0.0, 2.0), (0, 0), 5),
        (Told(9, 60.0, 80.0, 95.0), (60, 95), 180),
        (Told(1, None, None, None), (None, None), 180),
    ],
    ids=["a range", "no wait", "more than 90 minutes, without a figure", "nothing"],
)
def test_a_clerk_reads_the_range_that_the_person_read(
    hall: Ahead, told: Told, read: tuple[int | None, int | None], still_as_told: int
) -> None:
    hall.issue()
    seen = hall.look()
    seen = replace(seen, ticket=replace(seen.ticket, told=told), waited_minutes=still_as_told)
    out = NextOut.of(seen)
    assert (out.told_low, out.told_high, out.over_told) == (*read, False)
    assert NextOut.of(replace(seen, waited_minutes=181)).over_told == (still_as_told < 180)


def test_nobody_to_see_and_nobody_elsewhere(hall: Ahead) -> None:
    with pytest.raises(NobodyWaiting):
        hall.look()
    hall.issue()
    with pytest.raises(WrongHall):
        hall.database.read_now(
            service.look_next, hall.city.windows[0], by=hall.city.other_clerk, now=hall.clock.now()
        )


async def test_a_look_is_in_the_trail_and_the_call_names_whom_it_saw(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity, sqlite_database: Database, vault: Vault,
    clock: ManualClock,
) -> None:  # fmt: skip
    hall = Ahead(sqlite_database, sqlite_city, vault, clock)
    first, second = hall.issue(), hall.issue()
    at, clerk = f"/api/v1/windows/{sqlite_city.windows[0]}", sqlite_city.tokens["clerk1"]
    seen = (await sqlite_client.get(f"{at}/next", headers=bearer(clerk))).json()
    assert (seen["ticket"]["label"], seen["note"], seen["over_told"]) == ("A001", "", False)
    wrong = await sqlite_client.post(f"{at}/call-next", json={"seen": str(second.id)}, headers=bearer(clerk))
    assert (wrong.status_code, wrong.json()["code"], wrong.json()["next"]) == (409, "next-changed", "A001")
    called = await sqlite_client.post(f"{at}/call-next", json={"seen": str(first.id)}, headers=bearer(clerk))
    assert called.json()["status"] == "called"
    trail = AuditRow.__table__
    looks = sqlite_database.read_now(
        lambda session: (
            session.execute(select(trail.c.detail).where(trail.c.what == "look.next")).scalars().all()
        )
    )
    assert [own["number"] for own in looks] == ["A001"]


async def test_a_clerk_calls_a_chosen_ticket_by_the_api(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity, sqlite_database: Database, vault: Vault,
    clock: ManualClock,
) -> None:  # fmt: skip
    hall = Ahead(sqlite_database, sqlite_city, vault, clock)
    hall.issue()
    chosen, at = hall.issue(), f"/api/v1/windows/{sqlite_city.windows[0]}/call"
    asked = {"json": {"ticket_id": str(chosen.id)}}
    called = await sqlite_client.post(at, **asked, headers=bearer(sqlite_city.tokens["clerk1"]))
    assert (called.json()["label"], called.json()["status"]) == ("A002", "called")
    again = await sqlite_client.post(at, **asked, headers=bearer(sqlite_city.tokens["clerk1"]))
    assert again.json()["code"] == "window-busy"
    lines = sqlite_database.read_now(
        lambda session: session.execute(select(log).where(log.c.what == "call")).all()
    )
    assert [(own.ticket_id, own.window_id) for own in lines] == [(chosen.id, sqlite_city.windows[0])]
