"""Coming back with papers: a code gives one number on a later day, in the published place."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from kernel.identity import Actor, Role, WrongHall
from kernel.readable import ALPHABET, code_from, normal_code
from queueing import service as queueing
from queueing.errors import NotPossibleNow
from queueing.facts import facts
from queueing.quotas import service as quotas
from queueing.reports import city_report
from queueing.returns import service
from queueing.returns.errors import ReturnInvalid, ReturnNotFound, ReturnOver, ReturnUsed
from queueing.rules.call_order import Arrival, CallPolicy, effective_arrival
from queueing.rules.quotas import DAY_MINUTES
from queueing.store.ticket_writes import log
from tests.conftest import MORNING, bearer
from tests.queueing.test_sent_to_a_window import Hall as Windows

if TYPE_CHECKING:
    import httpx2

    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.secrets import Vault
    from tests.support.small_city import SmallCity

DAY, MINUTES = timedelta(days=1), timedelta(minutes=1)
TODAY = date(2026, 11, 18)


class Hall(Windows):
    """The same windows; somebody is sent for papers and comes back."""

    def sent_away(self, note: str = "居住证原件", until: date = TODAY + 7 * DAY, place: int = 0) -> Any:
        """Serve the first who waits and send them for papers."""
        called = self.call(place)
        self.do(queueing.start, called.id, by=place)
        return self.end(called.id, note, until, place)

    def end(self, ticket_id: Any, note: str, until: date, place: int = 0) -> Any:
        return self.database.write_now(
            service.finish_coming_back, ticket_id, note, until,
            by=self.city.clerks[place], clock=self.clock, vault=self.vault,
        )  # fmt: skip

    def back(self, code: str, hall: str = "H1") -> Any:
        return self.database.write_now(
            service.number_for_return, hall, code, by=Actor(Role.DEVICE), clock=self.clock, vault=self.vault
        )

    def page(self, ticket_id: Any) -> Any:
        return self.database.read_now(service.coming_back, ticket_id, now=self.clock.now(), vault=self.vault)


@pytest.fixture
def hall(database: Database, city: SmallCity, vault: Vault, clock: ManualClock) -> Hall:
    return Hall(database, city, vault, clock)


@given(st.binary(min_size=16, max_size=32))
def test_a_code_is_eight_letters_that_are_read_as_they_are_written(digest: bytes) -> None:
    code = code_from(digest)
    assert (len(code), set(code) <= set(ALPHABET)) == (8, True)
    assert normal_code(f" {code[:4].lower()}-{code[4:]} ") == code


def test_whoever_comes_back_counts_as_having_come_the_published_time_earlier() -> None:
    policy = CallPolicy(return_credit=20 * MINUTES, priority_credit=15 * MINUTES)
    assert effective_arrival(Arrival(MORNING, comes_back=True), policy) == MORNING - 20 * MINUTES
    both = Arrival(MORNING, priority=True, comes_back=True)
    assert effective_arrival(both, policy) == MORNING - 35 * MINUTES


def test_a_visit_ends_with_what_is_missing_and_a_code_gives_a_number_on_a_later_day(hall: Hall) -> None:
    hall.issue()
    ended = hall.sent_away()
    assert (ended.ticket.status.value, ended.back.note, ended.back.credit_minutes) == (
        "finished", "居住证原件", 20,
    )  # fmt: skip
    assert hall.page(ended.ticket.id) == ended.back, "the ticket's page says the same later"
    hall.clock.advance(DAY)
    early, late = hall.issue(), None
    hall.clock.advance(10 * MINUTES)
    back = hall.back(ended.back.code.lower())
    assert back.ticket.effective_at == hall.clock.now() - 20 * MINUTES
    late = hall.issue()
    order = [own for own in hall.list(0) if own in (early.label, back.ticket.label, late.label)]
    assert order == [back.ticket.label, early.label, late.label]
    assert hall.page(ended.ticket.id).used_as == back.ticket.label


def test_nobody_is_overtaken_who_came_more_than_the_credit_before(hall: Hall) -> None:
    hall.issue()
    code = hall.sent_away().back.code
    waits = hall.issue()
    hall.clock.advance(21 * MINUTES)
    back = hall.back(code)
    assert hall.list(0) == [waits.label, back.ticket.label]


def test_a_code_is_used_once_and_in_its_own_hall(hall: Hall) -> None:
    hall.issue()
    code = hall.sent_away().back.code
    with pytest.raises(ReturnNotFound):
        hall.back(code, "H2")
    with pytest.raises(ReturnNotFound):
        hall.back("3333 3333")
    first = hall.back(code)
    with pytest.raises(ReturnUsed) as refused:
        hall.back(code)
    assert refused.value.facts["number"] == first.ticket.label


def test_a_code_ends_after_its_last_day(hall: Hall) -> None:
    hall.issue()
    code = hall.sent_away(until=TODAY + DAY).back.code
    hall.clock.advance(2 * DAY)
    with pytest.raises(ReturnOver) as refused:
        hall.back(code)
    assert refused.value.facts["until_on"] == TODAY + DAY


def test_a_number_that_nobody_served_leaves_the_code_to_another_day(hall: Hall) -> None:
    hall.issue()
    code = hall.sent_away().back.code
    taken = hall.back(code)
    hall.database.write_now(queueing.give_up, taken.token, clock=hall.clock, vault=hall.vault)
    with pytest.raises(ReturnUsed):
        hall.back(code)
    hall.clock.advance(timedelta(seconds=61))
    again = hall.back(code)
    assert again.ticket.label != taken.ticket.label
    hall.clock.advance(DAY)
    hall.database.write_now(queueing.close_day, hall.city.hall, clock=hall.clock)
    assert hall.back(code).ticket.effective_at == hall.clock.now() - 20 * MINUTES, "the hall closed before it"


def test_no_quota_holds_up_what_was_promised(hall: Hall) -> None:
    hall.issue()
    code = hall.sent_away().back.code
    found = hall.database.write_now(
        quotas.add_quota, "H1", queue="A", service=None, from_minute=0, to_minute=DAY_MINUTES, most=0,
        by=hall.city.manager, clock=hall.clock,
    )  # fmt: skip
    before = found.quotas[0].now.given
    taken = hall.back(code)
    hall.database.write_now(queueing.give_up, taken.token, clock=hall.clock, vault=hall.vault)
    found = hall.database.read_now(quotas.quotas_of, "H1", now=hall.clock.now())
    assert found.quotas[0].now.given == before


def test_what_cannot_be_told_is_refused_and_the_person_stays_at_the_window(hall: Hall) -> None:
    ticket = hall.issue()
    hall.call(0)
    with pytest.raises(NotPossibleNow):
        hall.end(ticket.id, "户口簿", TODAY)
    hall.do(queueing.start, ticket.id)
    for note, until in (("", TODAY), (" \u200b", TODAY), ("字" * 121, TODAY), ("户口簿", TODAY - DAY),
                        ("户口簿", TODAY + 61 * DAY)):  # fmt: skip
        with pytest.raises(ReturnInvalid):
            hall.end(ticket.id, note, until)
    assert hall.end(ticket.id, "户口簿", TODAY).back.until_on == TODAY


def test_a_finish_taken_back_takes_the_code_back_unless_it_was_used(hall: Hall) -> None:
    hall.issue()
    ended = hall.sent_away()
    hall.do(queueing.undo, ended.ticket.id)
    with pytest.raises(ReturnNotFound):
        hall.back(ended.back.code)
    ended = hall.end(ended.ticket.id, "户口簿", TODAY + DAY)
    hall.back(ended.back.code)
    with pytest.raises(NotPossibleNow):
        hall.do(queueing.undo, ended.ticket.id)


def test_reports_count_visits_done_at_once(hall: Hall) -> None:
    for _ in range(6):
        hall.issue()
    for _ in range(5):
        called = hall.call(0)
        hall.do(queueing.start, called.id)
        hall.do(queueing.finish, called.id)
    hall.sent_away()
    today = hall.database.read_now(city_report, days=1, now=hall.clock.now()).city_today
    assert (today.at_once.count, today.at_once.of) == (5, 6)
    hall.clock.advance(DAY)
    hall.database.write_now(queueing.close_day, hall.city.hall, clock=hall.clock)
    kept = hall.database.read_now(lambda session: session.execute(select(facts.c.comes_back)).scalars().all())
    assert sorted(kept) == [False] * 5 + [True]
    past = hall.database.read_now(city_report, days=1, now=hall.clock.now()).city_history
    assert (past.at_once.count, past.at_once.of) == (5, 6)


def test_what_was_missing_is_erased_when_it_is_over(hall: Hall) -> None:
    hall.issue()
    ended = hall.sent_away(until=TODAY + DAY)
    for day in (1, 2):
        hall.clock.advance(DAY)
        hall.database.write_now(queueing.close_day, hall.city.hall, clock=hall.clock)
        assert bool(hall.page(ended.ticket.id).note) == (day == 1)


async def test_a_clerk_ends_and_the_kiosk_and_the_desk_give_the_number(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity, sqlite_database: Database, vault: Vault,
    clock: ManualClock,
) -> None:  # fmt: skip
    windows = Hall(sqlite_database, sqlite_city, vault, clock)
    ticket = windows.issue()
    windows.do(queueing.start, windows.call(0).id)
    clerk = sqlite_city.tokens["clerk1"]
    wanted = {"note": "户口簿", "until_on": "2026-11-20"}
    ended = await sqlite_client.post(
        f"/api/v1/tickets/{ticket.id}/finish-coming-back", json=wanted, headers=bearer(clerk)
    )
    assert (ended.status_code, ended.json()["status"]) == (200, "finished")
    code = {"code": ended.json()["back"]["code"]}
    at_kiosk = await sqlite_client.post(
        "/api/v1/halls/H1/returns", json=code, headers=bearer(sqlite_city.tokens["kiosk"])
    )
    assert at_kiosk.json()["ticket"]["label"] == "A002"
    at_desk = await sqlite_client.post("/api/v1/halls/H1/desk-returns", json=code, headers=bearer(clerk))
    assert (at_desk.status_code, at_desk.json()["code"]) == (409, "return-used")
    with pytest.raises(WrongHall):
        sqlite_database.write_now(
            service.number_at, "H1", "3333", staff=sqlite_city.other_clerk, clock=clock, vault=vault
        )


async def test_a_desk_gives_the_number_of_a_code(
    sqlite_client: httpx2.AsyncClient, sqlite_city: SmallCity, sqlite_database: Database, vault: Vault,
    clock: ManualClock,
) -> None:  # fmt: skip
    windows = Hall(sqlite_database, sqlite_city, vault, clock)
    windows.issue()
    code = {"code": windows.sent_away().back.code}
    clerk = sqlite_city.clerks[0]
    given = await sqlite_client.post(
        "/api/v1/halls/H1/desk-returns", json=code, headers=bearer(sqlite_city.tokens["clerk1"])
    )
    assert (given.status_code, given.json()["ticket"]["label"]) == (200, "A002")
    line = sqlite_database.read_now(
        lambda session: session.execute(select(log).order_by(log.c.id.desc())).first()
    )
    assert (line.what, str(line.ticket_id), line.actor_id) == (
        "issue", given.json()["ticket"]["id"], clerk.id,
    )  # fmt: skip
