"""Races of numbers without the server: on both databases, each beside a twin that removes the guard."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, inspect, select
from sqlmodel import Session

from app.migrate import migrate
from kernel.clock import ManualClock
from kernel.database import Database
from kernel.idempotency import Intention, once
from kernel.secrets import Vault
from queueing.provisional import service, store
from queueing.provisional.schemas import BlocksOut
from queueing.rules.provisional import BLOCK
from queueing.store.tickets import tickets
from tests.support.kiosks import CutOff, a_slip
from tests.support.migrations import downgrade
from tests.support.races import behind_the_writer, side_by_side


@pytest.fixture
def kiosks(database: Database, city: Any, vault: Vault, clock: ManualClock) -> list[CutOff]:
    return [CutOff.new(database, city, vault, clock, name) for name in ("left", "right")]


def labels(database: Database) -> list[str]:
    return sorted(database.read_now(lambda session: session.execute(select(tickets.c.label)).scalars().all()))


def test_two_kiosks_never_hold_the_same_number(kiosks: list[CutOff]) -> None:
    made = side_by_side(lambda index: [kiosks[index % 2].reserve()[0].first for _ in range(3)], 4)
    firsts = sorted(first for own in made for first in own)
    assert firsts == [1 + BLOCK * place for place in range(12)]


def test_without_the_lock_two_kiosks_hold_the_same_numbers(
    kiosks: list[CutOff], city: Any, clock: ManualClock
) -> None:
    both_read = threading.Barrier(2)

    def naive(_: int) -> int:
        def unit(session: Session) -> int:
            highest = store.last_reserved(session, city.hall, clock.now().date())
            both_read.wait(5)
            return highest + 1

        return int(behind_the_writer(kiosks[0].database, unit))

    assert side_by_side(naive) == [1, 1]


def test_a_reservation_whose_answer_got_lost_is_the_same_again(
    kiosks: list[CutOff], clock: ManualClock, vault: Vault
) -> None:
    own = kiosks[0]

    def reserve(_: int) -> bytes:
        def unit(session: Session) -> bytes:
            def work(inner: Session) -> bytes:
                made = service.reserve(inner, "H1", [clock.now().date()], device=own.device, clock=clock)
                return BlocksOut.of(made).model_dump_json().encode()

            return once(session, Intention("kiosk", "key", b"f" * 32), work, vault=vault, now=clock.now())

        return own.database.write_now(unit)

    assert len(set(side_by_side(reserve))) == 1
    assert own.reserve()[0].first == BLOCK + 1


def test_without_the_key_a_repeated_reservation_takes_further_numbers(kiosks: list[CutOff]) -> None:
    made = side_by_side(lambda _: kiosks[0].reserve()[0].first)
    assert sorted(made) == [1, BLOCK + 1]


def test_a_slip_handed_in_twice_at_once_becomes_one_ticket(kiosks: list[CutOff], clock: ManualClock) -> None:
    kiosks[0].reserve()
    slips = [a_slip(number, clock.now()) for number in range(1, 6)]
    answers = side_by_side(lambda _: kiosks[0].hand_in(*slips), 4)
    assert all(answer == answers[0] for answer in answers)
    assert labels(kiosks[0].database) == [f"X00{number}" for number in range(1, 6)]


def test_without_the_lock_both_would_issue_the_slips_ticket(
    kiosks: list[CutOff], city: Any, clock: ManualClock
) -> None:
    kiosks[0].reserve()
    slip = a_slip(1, clock.now())
    both_looked = threading.Barrier(2)

    def naive(_: int) -> bool:
        def unit(session: Session) -> bool:
            is_new = store.handed_in(session, slip.id) is None
            is_new &= not store.number_has_merged(session, city.hall, slip.day, slip.number)
            both_looked.wait(5)
            return is_new

        return bool(behind_the_writer(kiosks[0].database, unit))

    assert side_by_side(naive) == [True, True]


def test_two_kiosks_merge_at_once_and_each_number_is_there_once(
    kiosks: list[CutOff], clock: ManualClock
) -> None:
    firsts = [own.reserve()[0].first for own in kiosks]
    clock.advance(timedelta(minutes=10))

    def merge(index: int) -> list[bool]:
        slips = [a_slip(firsts[index] + place, clock.now()) for place in range(8)]
        return [own.ticket_id is not None for own in kiosks[index].hand_in(*slips)]

    assert side_by_side(merge) == [[True] * 8] * 2
    assert labels(kiosks[0].database) == sorted(
        f"X{first + place:03d}" for first in firsts for place in range(8)
    )


def test_the_schema_refuses_a_provisional_number_twice_whatever_the_queue(
    kiosks: list[CutOff], city: Any, clock: ManualClock
) -> None:
    kiosks[0].reserve()
    kiosks[0].hand_in(a_slip(1, clock.now()))

    def again(session: Session) -> None:
        row = dict(session.execute(select(tickets)).one()._mapping)
        other = {"id": city.queue_a, "issued_in": city.queue_b, "queue_id": city.queue_b}
        session.execute(insert(tickets).values(**{**row, **other}))

    with pytest.raises(Exception, match=r"(?i)unique"):
        kiosks[0].database.write_now(again)


@pytest.mark.slow
def test_the_migration_goes_back_and_forth_with_merged_tickets(
    kiosks: list[CutOff], clock: ManualClock
) -> None:
    kiosks[0].reserve()
    kiosks[0].hand_in(a_slip(1, clock.now()))
    database = kiosks[0].database
    downgrade(database, "0012")
    assert not {"slip", "number_block"} & set(inspect(database.engine).get_table_names())
    assert labels(database) == ["X001"]
    migrate(database)
    assert {"slip", "number_block"} <= set(inspect(database.engine).get_table_names())
