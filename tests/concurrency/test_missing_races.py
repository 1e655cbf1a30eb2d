"""The program marks a ticket as missed at the instant at which its clerk starts, or holds, it."""

from __future__ import annotations

import threading
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import update

import queueing.service.missing as missing
from kernel.errors import Refusal
from kernel.events import lock_hall
from queueing import service, store
from queueing.store.tickets import tickets
from tests.queueing.test_missed_by_itself import AFTER, Window
from tests.support.races import at_once, behind_the_writer

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlmodel import Session

    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.secrets import Vault
    from tests.support.small_city import SmallCity

ROUNDS = 6


@pytest.fixture
def window(database: Database, city: SmallCity, vault: Vault, clock: ManualClock) -> Window:
    made = Window(database, city, vault, clock)
    made.switch(1)
    return made


def pressed(window: Window, press: Any, ticket_id: Any) -> str:
    return str(window.do(press, ticket_id).status.value)


@pytest.mark.parametrize(("press", "stands"), [(service.start, "serving"), (service.hold_call, "called")])
@pytest.mark.slow
def test_of_program_and_clerk_at_one_instant_one_finds_how_the_other_left_it(
    window: Window, press: Any, stands: str
) -> None:
    for number in range(ROUNDS):
        ticket = window.call()
        window.clock.advance(AFTER)
        marks = partial(window.database.write_now, service.miss_by_itself, ticket.id, clock=window.clock)
        presses = partial(pressed, window, press, ticket.id)
        # Both orders of arrival at the gate, so that neither is the favoured one.
        answers = at_once(marks, presses) if number % 2 else at_once(presses, marks)[::-1]
        assert answers in ([True, "not-possible-now"], [False, stands])
        here = window.here()
        assert (here is None) == (answers[0] is True)
        if here is not None:
            window.do(service.park if stands == "serving" else service.miss, ticket.id)


def test_without_the_lock_a_person_who_is_served_is_marked_as_missed(window: Window) -> None:
    ticket = window.call()
    window.clock.advance(AFTER)
    both_read = threading.Barrier(2)

    def naive(status: str) -> Callable[[], str]:
        def unit(session: Session) -> str:
            own = store.ticket(session, ticket.id)
            both_read.wait(5)
            if own.status.value != "called":
                return "refused"
            session.execute(update(tickets).where(tickets.c.id == ticket.id).values(status=status))
            return status

        return lambda: str(behind_the_writer(window.database, unit))

    assert at_once(naive("missed"), naive("serving")) == ["missed", "serving"]


def test_the_conditional_update_is_a_guard_of_its_own(
    window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even with what was read before the clerk's start, nothing is marked."""
    ticket = window.call()
    window.clock.advance(AFTER)
    stale = window.database.read_now(store.ticket, ticket.id)
    window.do(service.start, ticket.id)
    monkeypatch.setattr(missing.store, "ticket", lambda _session, _ticket_id: stale)  # type: ignore[attr-defined]
    with pytest.raises(Refusal, match="not-possible-now"):
        window.database.write_now(service.miss_by_itself, ticket.id, clock=window.clock)
    monkeypatch.undo()
    assert window.here().status.value == "serving"


def test_the_hall_s_clock_and_not_the_reading_decides(window: Window) -> None:
    """What was due by a reading of before is looked at again under the lock."""
    ticket = window.call()
    window.clock.advance(AFTER - timedelta(seconds=1))

    def early(session: Session) -> bool:
        lock_hall(session, window.city.hall).tick(window.clock)
        return service.miss_by_itself(session, ticket.id, clock=window.clock)

    assert window.database.write_now(early) is False
