"""One phone presses twice at once: on both databases, beside a twin without the guard."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import func, select
from sqlmodel import Session

from kernel.clock import ManualClock
from kernel.database import Database
from kernel.secrets import Vault
from queueing.phone import store
from queueing.phone.proofs import browser_hash
from queueing.phone.service import number_of
from queueing.store.tickets import tickets
from tests.phone.standing import Standing, a_phone
from tests.support.races import behind_the_writer, side_by_side
from tests.support.small_city import SmallCity


@pytest.fixture
def standing(database: Database, city: SmallCity, vault: Vault, clock: ManualClock) -> Standing:
    return Standing(database, city, vault, clock)


def test_two_presses_at_once_from_one_phone_make_one_ticket(standing: Standing) -> None:
    mine = a_phone()
    issued = side_by_side(lambda _: standing.take(mine), 6)
    assert {(own.token, own.ticket.label) for own in issued} == {(issued[0].token, "A001")}
    count = select(func.count()).select_from(tickets)
    assert standing.database.read_now(lambda session: session.execute(count).scalar_one()) == 1


def test_phones_at_once_get_a_number_each(standing: Standing) -> None:
    labels = side_by_side(lambda _: standing.take(a_phone()).ticket.label, 6)
    assert sorted(labels) == [f"A00{number}" for number in range(1, 7)]


def test_without_the_lock_both_presses_find_no_number(standing: Standing, vault: Vault) -> None:
    mine, both_looked = a_phone(), threading.Barrier(2)

    def naive() -> bool:
        def unit(session: Session) -> bool:
            held = number_of(session, standing.city.hall, mine, clock=standing.clock, vault=vault)
            both_looked.wait(5)
            return held is None

        return bool(behind_the_writer(standing.database, unit))

    assert side_by_side(lambda _: naive()) == [True, True], "both would issue"


def test_the_schema_refuses_a_browser_twice_in_a_hall(standing: Standing, vault: Vault) -> None:
    own, day = browser_hash(a_phone(), vault), standing.clock.now().date()

    def count(session: Session) -> None:
        session.execute(
            store.phones.insert().values(hall_id=standing.city.hall, browser=own, day=day, taken=1)
        )

    standing.database.write_now(count)
    with pytest.raises(Exception, match=r"(?i)unique"):
        standing.database.write_now(count)
