"""Whoever was called to the last and does not come is marked as missed, if the hall says so."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import update

from kernel.tables import HallRow
from queueing import service
from queueing.errors import NotPossibleNow
from queueing.rules.tickets import RECALL_AFTER, RECALLS
from queueing.store.ticket_writes import log
from tests.support.walk_ins import walk_in

if TYPE_CHECKING:
    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.secrets import Vault
    from tests.support.small_city import SmallCity

HALLS = HallRow.__table__
AFTER = timedelta(minutes=1)


class Window:
    """The first window, and one person called to it as often as can be."""

    def __init__(self, database: Database, city: SmallCity, vault: Vault, clock: ManualClock) -> None:
        self.database, self.city, self.vault, self.clock = database, city, vault, clock
        self.by: dict[str, Any] = {"by": city.clerks[0], "clock": clock}
        database.write_now(service.open_window, city.windows[0], **self.by)

    def switch(self, minutes: float) -> None:
        row = update(HALLS).where(HALLS.c.id == self.city.hall)
        policy = {"miss_after_minutes": minutes}
        self.database.write_now(lambda session: session.execute(row.values(policy=policy)) and None)

    def call(self, times: int = RECALLS + 1) -> Any:
        walk_in(self.database, self.city, clock=self.clock, vault=self.vault)
        ticket = self.database.write_now(service.call_next, self.city.windows[0], **self.by)
        for _ in range(times - 1):
            self.clock.advance(RECALL_AFTER)
            ticket = self.do(service.recall, ticket.id)
        return ticket

    def do(self, use_case: Any, ticket_id: Any) -> Any:
        return self.database.write_now(use_case, ticket_id, **self.by)

    def due(self) -> list[Any]:
        return self.database.read_now(service.missed_by_now, now=self.clock.now())

    def goes_round(self) -> list[bool]:
        return [self.database.write_now(service.miss_by_itself, own, clock=self.clock) for own in self.due()]

    def here(self) -> Any:
        seen = self.database.read_now(
            service.desk, self.city.windows[0], by=self.city.clerks[0], now=self.clock.now()
        )
        return seen.window.ticket


@pytest.fixture
def window(database: Database, city: SmallCity, vault: Vault, clock: ManualClock) -> Window:
    made = Window(database, city, vault, clock)
    made.switch(1)
    return made


def test_nothing_is_marked_unless_the_hall_says_so(window: Window) -> None:
    window.switch(0)
    ticket = window.call()
    assert ticket.misses_at is None
    window.clock.advance(timedelta(hours=1))
    assert window.goes_round() == []
    assert window.database.write_now(service.miss_by_itself, ticket.id, clock=window.clock) is False


def test_after_the_last_call_and_the_published_time_the_ticket_is_missed(window: Window) -> None:
    ticket = window.call()
    assert ticket.misses_at == window.clock.now() + AFTER
    window.clock.advance(AFTER - timedelta(seconds=1))
    assert window.goes_round() == []
    window.clock.advance(timedelta(seconds=1))
    assert window.goes_round() == [True]
    assert window.here() is None
    assert window.goes_round() == []
    seen = window.database.read_now(
        service.desk, window.city.windows[0], by=window.city.clerks[0], now=window.clock.now()
    )
    assert [own.label for own in seen.missed] == [ticket.label]
    last = window.database.read_now(lambda session: session.execute(log.select().order_by(log.c.id)).all())[
        -1
    ]
    assert (last.what, last.role, last.actor_id) == ("miss", "system", None)


def test_calls_that_are_left_keep_a_ticket_called(window: Window) -> None:
    ticket = window.call(times=RECALLS)
    assert ticket.misses_at is None
    window.clock.advance(timedelta(hours=1))
    assert window.goes_round() == []


def test_the_clerk_holds_a_ticket_and_marks_it_by_hand(window: Window) -> None:
    ticket = window.call()
    held = window.do(service.hold_call, ticket.id)
    assert (held.misses_at, held.changed_at) == (None, ticket.changed_at)
    window.clock.advance(timedelta(hours=1))
    assert window.goes_round() == []
    with pytest.raises(NotPossibleNow):
        window.do(service.hold_call, ticket.id)
    assert window.do(service.miss, ticket.id).status.value == "missed"


def test_what_is_taken_back_is_not_marked_again_by_itself(window: Window) -> None:
    ticket = window.call()
    window.clock.advance(AFTER)
    window.goes_round()
    assert window.do(service.undo, ticket.id).misses_at is None
    window.clock.advance(timedelta(hours=1))
    assert window.goes_round() == []
    window.do(service.start, ticket.id)
    assert window.do(service.undo, ticket.id).misses_at is None
    window.do(service.miss, ticket.id)
    window.do(service.reinstate, ticket.id)
    again = window.database.write_now(service.call_next, window.city.windows[0], **window.by)
    for _ in range(RECALLS):
        window.clock.advance(RECALL_AFTER)
        again = window.do(service.recall, again.id)
    assert again.misses_at == window.clock.now() + AFTER, "called anew, it counts anew"


def test_a_start_before_it_wins_and_one_after_it_is_told(window: Window) -> None:
    first = window.call()
    window.clock.advance(AFTER)
    assert window.due() == [first.id]
    window.do(service.start, first.id)
    assert window.database.write_now(service.miss_by_itself, first.id, clock=window.clock) is False
    assert window.here().status.value == "serving"
    window.do(service.finish, first.id)
    second = window.call()
    window.clock.advance(AFTER)
    assert window.database.write_now(service.miss_by_itself, second.id, clock=window.clock) is True
    with pytest.raises(NotPossibleNow):
        window.do(service.start, second.id)
    window.do(service.undo, second.id)
    assert window.do(service.start, second.id).status.value == "serving"
