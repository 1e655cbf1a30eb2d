"""A ticket is sent to one window: it alone calls it, in its turn, and everybody does once it closes."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from kernel.identity import Actor, Role
from queueing import service
from queueing.errors import NobodyWaiting, NotServedHere, NotYourWindow, WindowNotFound, WindowNotOpen

if TYPE_CHECKING:
    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.secrets import Vault
    from tests.support.small_city import SmallCity


class Hall:
    """Windows 1 (queue A), 2 (helps A, serves B) and 3 (B), each with its clerk; 3 is closed at first."""

    def __init__(self, database: Database, city: SmallCity, vault: Vault, clock: ManualClock) -> None:
        self.database, self.city, self.vault, self.clock = database, city, vault, clock
        for place in (0, 1):
            self.do(service.open_window, city.windows[place], by=place)

    def do(self, use_case: Any, *more: Any, by: int = 0) -> Any:
        return self.database.write_now(use_case, *more, by=self.city.clerks[by], clock=self.clock)

    def issue(self, code: str = "id-card") -> Any:
        issued = self.database.write_now(
            service.issue_ticket, self.city.hall, [self.city.services[code]],
            priority=False, by=Actor(Role.DEVICE), clock=self.clock, vault=self.vault,
        )  # fmt: skip
        return issued.ticket

    def call(self, place: int) -> Any:
        return self.do(service.call_next, self.city.windows[place], by=place)

    def send(self, ticket: Any, place: int, by: int = 0) -> Any:
        return self.do(service.send_to_window, ticket.id, self.city.windows[place], by=by)

    def list(self, place: int) -> list[str]:
        seen = self.database.read_now(
            service.desk, self.city.windows[place], by=self.city.clerks[place], now=self.clock.now()
        )
        return [own.label for own in seen.waiting]


@pytest.fixture
def hall(database: Database, city: SmallCity, vault: Vault, clock: ManualClock) -> Hall:
    return Hall(database, city, vault, clock)


def test_that_window_alone_calls_it_and_in_its_turn(hall: Hall) -> None:
    first, second = hall.issue(), hall.issue()
    hall.call(0)
    sent = hall.send(first, 1)
    assert (sent.label, sent.status.value, sent.for_window) == ("A001", "waiting", "2")
    assert hall.list(0) == ["A002"]
    assert hall.list(1)[0] == "A001"
    assert hall.call(0).id == second.id, "whoever came later goes first at the other window"
    assert hall.call(1).id == first.id
    hall.do(service.miss, second.id)
    with pytest.raises(NobodyWaiting):
        hall.call(0)


def test_whoever_is_sent_goes_behind_those_who_came_before(hall: Hall) -> None:
    """Window 2 serves B itself; somebody of B came first, somebody else after."""
    codes = ("insurance", "id-card", "insurance")
    labels = []
    for code in codes:
        labels.append(hall.issue(code).label)
        hall.clock.advance(timedelta(seconds=30))
    hall.send(hall.call(0), 1)
    assert hall.list(1) == labels == ["B001", "A001", "B002"]
    for label in labels:
        called = hall.call(1)
        assert called.label == label
        hall.do(service.miss, called.id, by=1)


def test_once_the_window_closes_all_that_serve_the_queue_call_it(hall: Hall) -> None:
    ticket = hall.issue()
    hall.call(0)
    hall.send(ticket, 1)
    with pytest.raises(NobodyWaiting):
        hall.call(0)
    hall.do(service.pause_window, hall.city.windows[1], by=1)
    with pytest.raises(NobodyWaiting):
        hall.call(0)  # a pause ends: the person goes on waiting for it
    hall.do(service.close_window, hall.city.windows[1], by=1)
    called = hall.call(0)
    assert (called.id, called.for_window) == (ticket.id, None)


def test_a_closed_window_or_one_of_another_hall_gets_nobody(hall: Hall) -> None:
    ticket = hall.issue()
    hall.call(0)
    with pytest.raises(WindowNotOpen):
        hall.send(ticket, 2)
    with pytest.raises(WindowNotFound):
        hall.do(service.send_to_window, ticket.id, hall.city.other_window)
    with pytest.raises(NotYourWindow):
        hall.send(ticket, 1, by=1)


def test_a_window_without_the_equipment_gets_it_in_a_queue_of_its_own(hall: Hall) -> None:
    hall.do(service.open_window, hall.city.windows[2], by=2)
    ticket = hall.issue()
    hall.call(0)
    sent = hall.send(ticket, 2)
    assert (sent.queue_id, sent.label, sent.effective_at) == (
        *(hall.city.queue_b, ticket.label),
        ticket.effective_at,
    )
    assert hall.call(2).id == ticket.id


def test_a_window_that_serves_nothing_now_gets_nobody(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    hall.do(service.open_window, hall.city.windows[2], by=2)
    ticket = hall.issue()
    hall.call(0)
    monkeypatch.setattr("queueing.service.sending.served_at", lambda *_: {})
    with pytest.raises(NotServedHere):
        hall.send(ticket, 2)


def test_sending_is_taken_back_to_where_the_person_stood(hall: Hall) -> None:
    ticket = hall.issue()
    hall.call(0)
    hall.do(service.start, ticket.id)
    hall.send(ticket, 1)
    back = hall.do(service.undo, ticket.id)
    assert (back.status.value, back.window, back.for_window) == ("serving", "1", None)
    hall.do(service.park, ticket.id)
    hall.do(service.resume, ticket.id)
    assert hall.list(0) == [ticket.label]


def test_colleagues_are_the_windows_that_are_not_closed(hall: Hall) -> None:
    ticket = hall.issue()
    hall.call(0)
    hall.send(ticket, 1)
    found = hall.database.read_now(
        service.colleagues, hall.city.windows[0], by=hall.city.clerks[0], now=hall.clock.now()
    )
    assert [(own.label, own.meant_for) for own in found] == [("1", 0), ("2", 1)]
    assert all(own.clerk_name for own in found)
