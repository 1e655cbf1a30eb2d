"""Two kiosks and the last number of a quota, beside the twin that shows the race is real."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import update

from queueing.quotas import store
from queueing.quotas.tables import TicketQuotaGivenRow
from tests.queueing.test_quotas import Hall
from tests.support.races import at_once, behind_the_writer

if TYPE_CHECKING:
    from sqlmodel import Session

    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.secrets import Vault
    from tests.support.small_city import SmallCity

_given = TicketQuotaGivenRow.__table__


@pytest.fixture
def hall(database: Database, city: SmallCity, vault: Vault, clock: ManualClock) -> Hall:
    return Hall(database, city, vault, clock)


def test_two_kiosks_and_the_last_number(hall: Hall) -> None:
    hall.set(5)
    for _ in range(4):
        hall.issue()
    answers = at_once(*[lambda: hall.issue().ticket.label] * 4)
    assert sorted(answers) == ["A005", *["quota-used-up"] * 3]
    assert hall.given() == [5]


def test_the_conditional_update_holds_even_without_the_hall_s_lock(hall: Hall) -> None:
    own, today = hall.set(1), hall.clock.now().date()

    def take(session: Session) -> bool:
        return store.take(session, own, today, 1, weekday=today.weekday())

    answers = at_once(*[lambda: behind_the_writer(hall.database, take)] * 2)
    assert sorted(answers) == [False, True]


def test_without_lock_and_condition_two_take_the_last_number(hall: Hall) -> None:
    own, today = hall.set(1), hall.clock.now().date()
    both_read = threading.Barrier(2)

    def naive(session: Session) -> Any:
        state = store.states_in(session, hall.city.hall, today)[0]
        both_read.wait(5)
        left = state.left(today.weekday())
        if left:
            session.execute(update(_given).where(_given.c.quota_id == own.id).values(given=state.given + 1))
        return bool(left)

    assert at_once(*[lambda: behind_the_writer(hall.database, naive)] * 2) == [True, True]
