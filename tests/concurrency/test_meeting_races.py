"""Nobody who is called elsewhere has two tickets, and no place has two holders whatever the kind."""

from __future__ import annotations

from functools import partial
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select, update

from booking import service
from booking.errors import SlotTaken
from booking.rules.appointments import AppointmentStatus
from booking.rules.meeting import AppointmentKind
from booking.tables import AppointmentRow
from kernel.errors import Refusal
from kernel.identity import SYSTEM
from queueing import service as queueing
from queueing.tables import TicketRow
from tests.booking.booking_city import build_city, local
from tests.booking.desk import TEN
from tests.concurrency.test_booking_races import claims_at
from tests.meeting.caller import HOME, PHONE, VIDEO, Caller
from tests.support.races import answers_of

if TYPE_CHECKING:
    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.secrets import Vault

HALL = AppointmentKind.HALL
KINDS = (PHONE, VIDEO, HOME, PHONE)
APPOINTMENTS = AppointmentRow.__table__  # type: ignore[attr-defined]


@pytest.fixture
def caller(database: Database, clock: ManualClock, vault: Vault) -> Caller:
    made = Caller(database, clock, vault, database.write_now(build_city))
    made.offer(PHONE, VIDEO, HOME)
    return made


def test_one_place_has_one_holder_whatever_the_kind(caller: Caller) -> None:
    outcomes = answers_of(lambda n: caller.hold_as(KINDS[n], number=n), rivals=len(KINDS))
    held = [each for each in outcomes if isinstance(each, service.HeldAppointment)]
    refused = [each for each in outcomes if isinstance(each, SlotTaken)]
    assert (len(held), len(refused)) == (2, 2), outcomes
    assert claims_at(caller.database, TEN) == 2


def enter(caller: Caller, own: Any, _number: int) -> Any:
    return caller.database.write_now(service.enter_remote, own, clock=caller.clock, vault=caller.vault)


def test_of_rounds_at_one_instant_one_lets_it_enter(caller: Caller) -> None:
    booked = caller.book_as(PHONE)
    caller.clock.set(TEN)
    outcomes = answers_of(partial(enter, caller, booked.appointment.id), rivals=4)
    assert sum(isinstance(each, queueing.IssuedTicket) for each in outcomes) == 1, outcomes
    assert outcomes.count(None) == 3
    assert len(caller.rows(TicketRow)) == 1


def test_of_a_round_and_a_cancellation_one_finds_how_the_other_left_it(caller: Caller) -> None:
    bookings = [caller.book_as(PHONE, at, number=n) for n, at in enumerate((TEN, TEN, local(11), local(11)))]
    caller.clock.set(local(11))
    for booked in bookings:
        works = [
            partial(enter, caller, booked.appointment.id, 0),
            partial(caller.do, service.cancel, booked.token),
        ]
        outcomes = answers_of(lambda n, both=works: both[n](), rivals=2)
        status = caller.look_up(booked.token).status
        entered = isinstance(outcomes[0], queueing.IssuedTicket)
        expected = AppointmentStatus.CHECKED_IN if entered else AppointmentStatus.CANCELLED_BY_CITIZEN
        assert status is expected, outcomes
        assert isinstance(outcomes[1], Refusal) == entered


def test_of_a_round_and_a_change_to_come_one_finds_how_the_other_left_it(caller: Caller) -> None:
    """Nobody waits for a call who is to come to the hall, and nobody is to come whose call is due."""
    bookings = [caller.book_as(PHONE, TEN, number=number) for number in range(2)]
    caller.clock.set(TEN)
    for booked, later in zip(bookings, (local(11), local(11, 30)), strict=True):
        works = [
            partial(enter, caller, booked.appointment.id, 0),
            partial(caller.do, service.reschedule, booked.token, later, service.OtherKind(HALL)),
        ]
        outcomes = answers_of(lambda n, both=works: both[n](), rivals=2)
        found = caller.look_up(booked.token)
        entered = isinstance(outcomes[0], queueing.IssuedTicket)
        assert found.meeting.kind is (PHONE if entered else HALL), outcomes
        assert found.starts_at == (TEN if entered else later)
        assert isinstance(outcomes[1], Refusal) == entered
        assert claims_at(caller.database, later) == (0 if entered else 1)


def test_without_the_lock_somebody_is_called_at_home_who_is_to_come(caller: Caller) -> None:
    """Both look before either writes: a ticket waits for a call, and the appointment is in the hall."""
    booked = caller.book_as(PHONE)
    caller.clock.set(TEN)
    due = queueing.Due(TEN, TEN, booked.appointment.id, remote=True)
    looked = Barrier(2)
    mine = APPOINTMENTS.c.id == booked.appointment.id

    def naive(number: int) -> None:
        before = caller.database.read_now(
            lambda session: session.execute(select(APPOINTMENTS.c.kind).where(mine)).scalar_one()
        )
        looked.wait(10)
        if number == 0 and before == PHONE:
            caller.database.write_now(
                queueing.issue_ticket, caller.city.halls["city"], [caller.city.services["elder-benefit"]],
                priority=False, by=SYSTEM, clock=caller.clock, vault=caller.vault, due=due,
            )  # fmt: skip
        elif before == PHONE:
            caller.database.write_now(
                lambda session: session.execute(update(APPOINTMENTS).where(mine).values(kind=HALL))
            )

    answers_of(naive, rivals=2)
    assert caller.look_up(booked.token).meeting.kind is HALL
    assert len(caller.rows(TicketRow)) == 1


def test_of_two_who_change_to_the_last_place_of_a_time_one_has_it(caller: Caller) -> None:
    """The other keeps what there was, time and kind."""
    caller.book_as(PHONE, local(11), number=9)
    bookings = [caller.book_as(HALL, number=number) for number in range(2)]

    def change(number: int) -> Any:
        return caller.do(
            service.reschedule, bookings[number].token, local(11), service.OtherKind((PHONE, VIDEO)[number])
        )

    outcomes = answers_of(change, rivals=2)
    assert sum(isinstance(each, SlotTaken) for each in outcomes) == 1, outcomes
    for booked, outcome in zip(bookings, outcomes, strict=True):
        own = caller.look_up(booked.token)
        lost = isinstance(outcome, SlotTaken)
        assert (own.meeting.kind is HALL, own.starts_at == TEN) == (lost, lost)
    assert (claims_at(caller.database, TEN), claims_at(caller.database, local(11))) == (1, 2)


def test_one_call_is_made_from_one_window(caller: Caller) -> None:
    caller.book_as(PHONE)
    caller.open()
    other = caller.city.windows["city/2"]
    caller.database.write_now(queueing.open_window, other, by=caller.manager, clock=caller.clock)
    caller.clock.set(TEN)
    caller.round()
    calls = [(caller.window, caller.clerk), (other, caller.manager)]

    def call(number: int) -> Any:
        window, by = calls[number]
        return caller.database.write_now(queueing.call_next, window, by=by, clock=caller.clock)

    outcomes = answers_of(call, rivals=2)
    assert sorted(getattr(each, "code", "called") for each in outcomes) == ["called", "nobody-waiting"]


def test_without_the_lock_two_rounds_let_one_person_enter_twice(caller: Caller) -> None:
    """Each looks before either has written, and the tickets have no key in common."""
    booked = caller.book_as(PHONE)
    caller.clock.set(TEN)
    due = queueing.Due(TEN, TEN, booked.appointment.id, remote=True)
    looked = Barrier(2)
    status = select(APPOINTMENTS.c.status).where(APPOINTMENTS.c.id == booked.appointment.id)

    def naive(_number: int) -> Any:
        before = caller.database.read_now(lambda session: session.execute(status).scalar_one())
        looked.wait(10)
        if before != "confirmed":
            return None
        return caller.database.write_now(
            queueing.issue_ticket, caller.city.halls["city"], [caller.city.services["elder-benefit"]],
            priority=False, by=SYSTEM, clock=caller.clock, vault=caller.vault, due=due,
        )  # fmt: skip

    answers_of(naive, rivals=2)
    assert len(caller.rows(TicketRow)) == 2
