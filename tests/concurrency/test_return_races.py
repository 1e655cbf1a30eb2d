"""One return code at two kiosks at once, beside the twin that shows the race is real."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import update

from kernel.ids import uuid7
from queueing.returns import store
from queueing.returns.tables import ReturnRow
from tests.queueing.test_returns import Hall
from tests.support.races import at_once, behind_the_writer

if TYPE_CHECKING:
    from sqlmodel import Session

    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.secrets import Vault
    from tests.support.small_city import SmallCity

_returns = ReturnRow.__table__


@pytest.fixture
def hall(database: Database, city: SmallCity, vault: Vault, clock: ManualClock) -> Hall:
    return Hall(database, city, vault, clock)


def test_one_code_at_four_kiosks_gives_one_number(hall: Hall) -> None:
    hall.issue()
    code = hall.sent_away().back.code
    answers = at_once(*[lambda: hall.back(code).ticket.label] * 4)
    assert sorted(answers) == ["A002", *["return-used"] * 3]
    assert hall.list(0) == ["A002"]


def test_the_conditional_update_holds_even_without_the_hall_s_lock(hall: Hall) -> None:
    hall.issue()
    ended = hall.sent_away()
    own = hall.database.read_now(store.of_ticket, ended.ticket.id)

    def mark(session: Session) -> bool:
        return store.mark_used(session, own, uuid7(), at=hall.clock.now())  # type: ignore[arg-type]

    assert sorted(at_once(*[lambda: behind_the_writer(hall.database, mark)] * 2)) == [False, True]


def test_without_lock_and_condition_one_code_gives_two(hall: Hall) -> None:
    hall.issue()
    ended = hall.sent_away()
    both_read = threading.Barrier(2)

    def naive(session: Session) -> Any:
        own = store.of_ticket(session, ended.ticket.id)
        assert own is not None
        both_read.wait(5)
        if own.used_ticket_id is None:
            session.execute(update(_returns).where(_returns.c.id == own.id).values(used_ticket_id=uuid7()))
        return own.used_ticket_id is None

    assert at_once(*[lambda: behind_the_writer(hall.database, naive)] * 2) == [True, True]
