"""The look at all tickets with a number: what each holder reads, in a few statements for however many."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from booking.messages import tickets
from booking.messages.store import contacts_about
from booking.messages.tickets import Todo
from booking.rules.message_times import Soon
from kernel.clock import ManualClock, monotonic
from kernel.database import Database
from kernel.identity import Actor, Role
from kernel.secrets import Vault
from queueing import service
from queueing.rules.published import HallWaits, QueueWaits
from queueing.rules.waits import WaitRange
from queueing.served import served
from queueing.store import tickets_by_id
from queueing.visits import VisitNow, lines_of, visit_by_token, visit_now
from tests.messages.conftest import TERMS
from tests.support.statements import statements_of

LINE = tuple(WaitRange(4 * place, 6 * place, 9 * place) for place in range(1, 9))


@pytest.fixture(autouse=True)
def empty_shelf() -> Iterator[None]:
    served.clear()
    yield
    served.clear()


class Holders:
    """People with a ticket of the small city, each with a number to be told."""

    def __init__(self, database: Database, city: Any, vault: Vault, clock: ManualClock) -> None:
        self.database, self.city, self.vault, self.clock = database, city, vault, clock

    def come(self, count: int, code: str = "id-card") -> list[str]:
        parts = {"clock": self.clock, "vault": self.vault}
        made = [
            self.database.write_now(
                service.issue_ticket, self.city.hall, [self.city.services[code]],
                priority=number % 3 == 0, by=Actor(Role.DEVICE), **parts,
            )
            for number in range(count)
        ]  # fmt: skip
        for own in made:
            self.database.write_now(tickets.tell_me_soon, own.token, "13800138000", "zh", **parts)
        return [own.token for own in made]

    def visit(self, token: str) -> VisitNow:
        visit_id = self.database.read_now(visit_by_token, token, vault=self.vault)
        assert visit_id is not None
        found = self.database.read_now(visit_now, visit_id, now=self.clock.now())
        assert found is not None
        return found

    def found(self) -> dict[Any, Todo]:
        seen = self.database.read_now(tickets.look_round, now=self.clock.now())
        return {own.visit_id: own.todo for own in seen}


@pytest.fixture
def holders(database: Database, city: Any, vault: Vault, clock: ManualClock) -> Holders:
    database.carry(messages=TERMS)
    return Holders(database, city, vault, clock)


@pytest.mark.parametrize("published", [True, False])
@pytest.mark.slow
def test_a_look_at_many_finds_for_each_what_its_holder_reads(holders: Holders, published: bool) -> None:
    tokens = holders.come(6) + holders.come(2, "insurance")
    if published:
        waits = {holders.city.queue_a: QueueWaits(LINE, ())}
        told = HallWaits(holders.city.hall, holders.clock.now(), "physical", "", waits)
        served.put(told, at_s=monotonic())
    visits = [holders.visit(token) for token in tokens]
    own = holders.database.read_now(tickets_by_id, [visit.ticket.id for visit in visits])
    lines = holders.database.read_now(lines_of, own, now=holders.clock.now())
    assert [(lines[each.ticket.id].people_ahead, lines[each.ticket.id].wait) for each in visits] == [
        (each.ticket.people_ahead, each.ticket.wait) for each in visits
    ]
    assert len({line.people_ahead for line in lines.values()}) == 6


def test_a_look_says_whom_to_tell_whom_to_tell_nothing_and_whom_to_forget(holders: Holders) -> None:
    tokens, parts = holders.come(6), {"clock": holders.clock, "vault": holders.vault}
    visits = sorted((holders.visit(token) for token in tokens), key=lambda own: own.ticket.people_ahead or 0)
    by_id = {holders.visit(token).id: token for token in tokens}
    assert holders.found() == {own.id: Todo.TELL for own in visits[:4]}
    seen = holders.database.read_now(tickets.look_round, now=holders.clock.now())
    holders.database.write_now(tickets.follow_up, seen, **parts)
    assert holders.found() == {}, "each is told once"
    (still_waiting,) = holders.database.read_now(tickets_by_id, [visits[0].ticket.id])
    clerk = holders.city.clerks[0]
    holders.database.write_now(service.open_window, holders.city.windows[0], by=clerk, clock=holders.clock)
    called = holders.database.write_now(
        service.call_next, holders.city.windows[0], by=clerk, clock=holders.clock
    )
    assert called.id == visits[0].ticket.id
    late: dict[str, Any] = {"untold": {visits[0].id: still_waiting}, "asked": {visits[0].id: Soon()}}
    late["now"] = holders.clock.now()
    assert holders.database.read_now(tickets._soon_due, **late) == [], "called since it was found waiting"
    assert holders.found() == {visits[0].id: Todo.VOID, visits[4].id: Todo.TELL}
    holders.database.write_now(service.give_up, by_id[visits[5].id], **parts)
    holders.clock.advance(timedelta(minutes=2))
    assert holders.found()[visits[5].id] is Todo.FORGET


def test_the_numbers_of_tickets_that_ended_go_at_night_though_messages_were_switched_off(
    holders: Holders,
) -> None:
    ended, waiting = holders.come(2)
    holders.database.carry(messages=None)
    holders.database.write_now(service.give_up, ended, clock=holders.clock, vault=holders.vault)
    holders.clock.advance(timedelta(minutes=2))
    holders.database.write_now(tickets.forget_ended, holders.clock.now())
    kept = holders.database.read_now(contacts_about, tickets.ABOUT)
    assert [own.subject for own in kept] == [holders.visit(waiting).id]


def test_a_look_asks_the_database_as_often_for_many_as_for_few(holders: Holders) -> None:
    """It is done every five seconds in the whole city."""
    holders.come(1)
    now = holders.clock.now()
    statements_of(holders.database, tickets.look_round, now=now)  # what is worked out once
    few = statements_of(holders.database, tickets.look_round, now=now)
    holders.come(5)
    assert len(statements_of(holders.database, tickets.look_round, now=now)) == len(few)
