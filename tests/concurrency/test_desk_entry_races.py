"""Desks hand in at one instant what they did alone: on both databases, beside twins without the guard."""

from __future__ import annotations

import threading
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import inspect, select

from app.migrate import migrate
from queueing import service, store
from queueing.desk_entries.service import hand_in
from queueing.desk_entries.store import entries
from queueing.store.ticket_writes import log
from tests.support.cut_off_desks import CutOffDesk
from tests.support.kiosks import CutOff, a_slip
from tests.support.migrations import downgrade
from tests.support.races import at_once, behind_the_writer

if TYPE_CHECKING:
    from sqlmodel import Session

    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.secrets import Vault
    from tests.support.small_city import SmallCity

MIN = timedelta(minutes=1)


@pytest.fixture
def desks(database: Database, city: SmallCity, vault: Vault, clock: ManualClock) -> list[CutOffDesk]:
    made = [CutOffDesk(database, city, vault, clock, place) for place in (0, 1)]
    for own in made:
        own.sits_down()
    return made


def moves_of(desk: CutOffDesk, ticket: Any) -> list[str]:
    asked = select(log.c.what).where(log.c.ticket_id == ticket.id).order_by(log.c.id)
    return desk.database.read_now(lambda session: list(session.execute(asked).scalars()))


def test_what_is_handed_in_twice_at_once_is_taken_once(desks: list[CutOffDesk]) -> None:
    own = desks[0]
    own.issue()
    ticket = own.calls()
    kept = [own.entry(what, own.clock.now(), ticket) for what in ("start", "finish")]
    answers = at_once(*[partial(own.hands_in, *kept)] * 4)
    assert all(answer == answers[0] for answer in answers)
    assert moves_of(own, ticket) == ["issue", "call", "start", "finish"]


def test_of_two_desks_that_wrote_one_number_down_one_is_taken_over(desks: list[CutOffDesk]) -> None:
    for _ in range(6):
        ticket = desks[0].issue()
        begins = desks[0].clock.now()
        desks[0].clock.advance(5 * MIN)
        answers = at_once(*(partial(own.hands_in, own.paper(ticket.label, begins, MIN)) for own in desks))
        assert sorted(own[0].state for own in answers) == ["refused", "taken"]
        assert moves_of(desks[0], ticket) == ["issue", "serve_on_paper"]


def test_without_the_lock_both_would_be_taken_over(desks: list[CutOffDesk]) -> None:
    ticket = desks[0].issue()
    both_read = threading.Barrier(2)

    def naive() -> Any:
        def unit(session: Session) -> str:
            status = store.ticket(session, ticket.id).status
            both_read.wait(5)
            return str(status.value)

        return behind_the_writer(desks[0].database, unit)

    assert at_once(naive, naive) == ["waiting", "waiting"]


@pytest.mark.slow
def test_a_call_and_a_handing_in_of_one_instant_never_leave_two_windows_with_one_ticket(
    desks: list[CutOffDesk],
) -> None:
    alone, calling = desks
    for number in range(6):
        ticket = alone.issue()
        begins = alone.clock.now()
        alone.clock.advance(5 * MIN)
        both = (partial(alone.hands_in, alone.paper(ticket.label, begins, MIN)), calling.calls)
        at_once(*(both if number % 2 else both[::-1]))
        assert alone.stands(ticket) == "served_on_paper"
        view = alone.database.read_now(service.desk, calling.window, by=calling.clerk, now=alone.clock.now())
        assert view.window.ticket is None  # called before, it left; called after, it waited no more


def test_a_kiosk_and_a_desk_that_hand_in_at_once_agree(desks: list[CutOffDesk]) -> None:
    own = desks[0]
    kiosk = CutOff.new(own.database, own.city, own.vault, own.clock)
    kiosk.reserve()
    for number in range(1, 7):
        begins = own.clock.now()
        own.clock.advance(5 * MIN)
        both = (
            partial(own.hands_in, own.paper(f"X{number:03d}", begins, MIN)),
            partial(kiosk.hand_in, a_slip(number, begins)),
        )
        at_once(*(both if number % 2 else both[::-1]))
    states = own.database.read_now(lambda session: session.execute(select(entries.c.state)).scalars().all())
    assert states == ["taken"] * 6


def test_without_the_desks_own_id_a_repeated_entry_is_a_second_one(desks: list[CutOffDesk]) -> None:
    own = desks[0]
    ticket = own.issue()
    begins = own.clock.now()
    own.clock.advance(5 * MIN)
    answers = [own.hands_in(own.paper(ticket.label, begins, MIN))[0].state for _ in range(2)]
    assert answers == ["taken", "refused"]


@pytest.mark.slow
def test_the_migration_goes_back_and_forth(desks: list[CutOffDesk]) -> None:
    own = desks[0]
    ticket = own.issue()
    own.hands_in(own.paper(ticket.label, own.clock.now(), MIN))
    downgrade(own.database, "0031")
    assert "desk_entry" not in inspect(own.database.engine).get_table_names()
    migrate(own.database)
    assert "desk_entry" in inspect(own.database.engine).get_table_names()
    assert own.stands(ticket) == "served_on_paper"
    own.database.write_now(
        hand_in, own.window, [own.paper("A099", own.clock.now(), MIN)],
        sent_at=own.clock.now(), by=own.clerk, clock=own.clock,
    )  # fmt: skip
