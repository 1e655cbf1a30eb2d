"""A ticket is sent to a window at the instant at which that window closes, beside the twin."""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select, update

from queueing import service, store
from queueing.store.tickets import tickets
from queueing.store.windows import windows
from tests.queueing.test_sent_to_a_window import Hall
from tests.support.races import at_once, behind_the_writer

if TYPE_CHECKING:
    from sqlmodel import Session

    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.secrets import Vault
    from tests.support.small_city import SmallCity


@pytest.fixture
def hall(database: Database, city: SmallCity, vault: Vault, clock: ManualClock) -> Hall:
    return Hall(database, city, vault, clock)


def kept_by_closed(hall: Hall) -> int:
    """Return how many wait for a window that is closed: nobody would call them."""
    lost = (
        select(tickets.c.id)
        .join(windows, windows.c.id == tickets.c.for_window_id)
        .where(windows.c.status == "closed", tickets.c.status == "waiting")
    )
    return len(hall.database.read_now(lambda session: session.execute(lost).all()))


def sent(hall: Hall, ticket: Any) -> str:
    return str(hall.send(ticket, 1).for_window)


def shut(hall: Hall) -> str:
    return str(hall.do(service.close_window, hall.city.windows[1], by=1).status.value)


@pytest.mark.slow
def test_nobody_waits_for_a_window_that_closes_at_the_same_instant(hall: Hall) -> None:
    there = hall.city.windows[1]
    for number in range(6):
        ticket = hall.issue()
        hall.call(0)
        sends, closes = partial(sent, hall, ticket), partial(shut, hall)
        answers = at_once(sends, closes) if number % 2 else at_once(closes, sends)[::-1]
        assert answers in (["2", "closed"], ["window-not-open", "closed"])
        assert kept_by_closed(hall) == 0
        if answers[0] == "2":
            assert hall.call(0).id == ticket.id
        hall.do(service.miss, ticket.id)
        hall.do(service.open_window, there, by=1)


def test_without_the_lock_somebody_waits_for_a_closed_window(hall: Hall) -> None:
    there, ticket = hall.city.windows[1], hall.issue()
    both_read = threading.Barrier(2)

    def sends(session: Session) -> str:
        assert store.window(session, there).status.value == "open"
        both_read.wait(5)
        closed.wait(5)
        session.execute(update(tickets).where(tickets.c.id == ticket.id).values(for_window_id=there))
        return "sent"

    closed = threading.Event()

    def closes(session: Session) -> str:
        both_read.wait(5)
        store.set_window(session, there, hall.clock.now(), status="closed", clerk_id=None)
        store.let_others_call(session, there)
        return "closed"

    def close_it() -> Any:
        answer = behind_the_writer(hall.database, closes)
        closed.set()
        return answer

    answers = at_once(lambda: behind_the_writer(hall.database, sends), close_it)
    assert answers == ["sent", "closed"]
    assert kept_by_closed(hall) == 1


@pytest.mark.slow
def test_two_windows_and_one_that_is_meant_for_one_of_them(hall: Hall) -> None:
    for _ in range(6):
        ticket = hall.issue()
        hall.call(0)
        hall.send(ticket, 1)
        answers = at_once(lambda: hall.call(0).label, lambda: hall.call(1).label)
        assert answers == ["nobody-waiting", ticket.label]
        hall.do(service.miss, ticket.id, by=1)
