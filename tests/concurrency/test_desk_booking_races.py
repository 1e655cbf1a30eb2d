"""The help desk books and moves beside citizens who do: a place has one holder, an appointment one time."""

from __future__ import annotations

from dataclasses import replace
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import delete, func, insert, select
from sqlmodel import Session

from booking import service
from booking.desk import booking
from booking.desk.booking import Wish
from booking.errors import SlotTaken
from booking.tables import SlotClaimRow, SlotRow
from kernel.clock import ManualClock
from kernel.identity import Role, Staff
from kernel.ids import StaffId, uuid7
from tests.booking.booking_city import BookingCity, build_city, client, local, person
from tests.concurrency.test_booking_races import claims_at
from tests.support.races import answers_of

if TYPE_CHECKING:
    from datetime import datetime

    from kernel.database import Database
    from kernel.secrets import Vault

CLAIMS, SLOTS = SlotClaimRow.__table__, SlotRow.__table__
ELDER = ("elder-benefit",)


class Rivals:
    """A clerk of the city hall and citizens, who all want the same."""

    def __init__(self, database: Database, clock: ManualClock, vault: Vault, city: BookingCity) -> None:
        self.database, self.parts = database, {"clock": clock, "vault": vault}
        self.clerk = Staff(StaffId(uuid7()), "Clerk", Role.CLERK, city.halls["city"])

    def book(self, starts_at: datetime, number: int) -> service.HeldAppointment:
        held = self.database.write_now(
            service.hold, "city", ELDER, starts_at, client=client(number), **self.parts
        )
        booked = self.database.write_now(service.confirm, held.token, person(number), **self.parts)
        return service.HeldAppointment(booked, held.token)

    def book_for(self, starts_at: datetime, number: int) -> service.HeldAppointment:
        who = person(number) if number % 2 else replace(person(), phone="")
        return self.act(booking.book_for, Wish("city", ELDER, starts_at), who, "")

    def act(self, use_case: Any, *args: Any) -> Any:
        return self.database.write_now(use_case, "city", *args, by=self.clerk, **self.parts)


@pytest.fixture
def rivals(database: Database, clock: ManualClock, vault: Vault) -> Rivals:
    return Rivals(database, clock, vault, database.write_now(build_city))


def test_desk_citizens_and_those_who_are_moved_share_the_places_of_a_time(rivals: Rivals) -> None:
    for turn, starts_at in enumerate((local(10, 30), local(11), local(14), local(14, 30))):
        first = turn * 10
        others = [rivals.book(local(15, 30, days=(1, 2, 5, 6)[turn]), first + n) for n in (6, 7)]

        def work(n: int, at: datetime = starts_at, first: int = first, own: Any = others) -> Any:
            if n < 2:
                return rivals.book(at, first + n)
            if n < 4:
                return rivals.book_for(at, first + n)
            return rivals.act(booking.move_at_wish, own[n - 4].appointment.id, at)

        outcomes = answers_of(work, rivals=6)
        won = [each for each in outcomes if not isinstance(each, Exception)]
        lost = [each for each in outcomes if isinstance(each, SlotTaken)]
        assert (len(won), len(lost)) == (2, 4), outcomes
        assert claims_at(rivals.database, starts_at) == 2


def test_an_appointment_moved_at_the_desk_and_by_its_holder_has_one_time(rivals: Rivals) -> None:
    for day in (0, 1, 2, 5):
        own = rivals.book(local(11, days=day), day)
        desk_at, own_at = local(14, days=day), local(15, days=day)

        def work(n: int, own: Any = own, times: Any = (desk_at, own_at)) -> Any:
            if n == 0:
                return rivals.act(booking.move_at_wish, own.appointment.id, times[0])
            return rivals.database.write_now(service.reschedule, own.token, times[1], **rivals.parts)

        moved = answers_of(work, rivals=2)
        assert not [each for each in moved if isinstance(each, Exception)], moved
        held = [claims_at(rivals.database, at) for at in (own.appointment.starts_at, desk_at, own_at)]
        assert sorted(held) == [0, 0, 1]


def test_without_the_lock_an_appointment_that_is_moved_twice_keeps_two_places(rivals: Rivals) -> None:
    own = rivals.book(local(11), 0)
    times = (local(14), local(15))
    for number, at in enumerate(times):
        rivals.book(at, 10 + number)  # so that the slots are there
    engine, looked = rivals.database.engine, Barrier(2)
    mine = CLAIMS.c.appointment_id == own.appointment.id

    def naive(n: int) -> None:
        with Session(engine) as looking:
            before = list(looking.execute(select(CLAIMS.c.slot_id).where(mine)).scalars())
            slot = looking.execute(select(SLOTS.c.id).where(SLOTS.c.starts_at == times[n])).scalar_one()
            looking.rollback()
        looked.wait()
        with Session(engine) as writing:
            writing.execute(
                insert(CLAIMS).values(slot_id=slot, seat=50 + n, appointment_id=own.appointment.id)
            )
            writing.execute(delete(CLAIMS).where(mine, CLAIMS.c.slot_id.in_(before)))
            writing.commit()

    answers_of(naive, rivals=2)
    with Session(engine) as looking:
        assert looking.execute(select(func.count()).select_from(CLAIMS).where(mine)).scalar_one() == 2


def test_one_form_pressed_twice_books_once(rivals: Rivals) -> None:
    """Pressed twice, a hold is confirmed once: the second finds it booked, so no second place is taken."""
    held = rivals.act(booking.hold_for, Wish("city", ELDER, local(16)))
    who = replace(person(), phone="")
    outcomes = answers_of(lambda _: rivals.act(booking.confirm_for, held.token, who, ""), rivals=3)
    assert sum(not isinstance(each, Exception) for each in outcomes) == 1
    assert claims_at(rivals.database, local(16)) == 1
