"""Services that a person books once in the whole city, and places that rest after they were given back."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from booking import service
from booking.errors import AlreadyBooked
from booking.rules.appointments import AppointmentStatus
from booking.service.deciding import lock_by_token
from booking.service.holding import promise
from kernel.identity import CITIZEN
from kernel.tables import ServiceRow
from tests.booking.booking_city import local, person
from tests.booking.desk import ELDER, TEN
from tests.messages.conftest import TERMS

if TYPE_CHECKING:
    from sqlmodel import Session

    from tests.booking.desk import Desk

S = AppointmentStatus


@pytest.fixture
def once(desk: Desk) -> Desk:
    """The city where a person has one open appointment for the old-age allowance, and messages go out."""
    desk.database.carry(messages=TERMS)
    services = ServiceRow.__table__  # type: ignore[attr-defined]
    single = update(services).where(services.c.code == "elder-benefit").values(single=True)
    desk.database.write_now(lambda session: session.execute(single) and None)
    return desk


def test_the_same_service_is_not_booked_again_in_another_hall_on_another_day(once: Desk) -> None:
    once.book(local(10, days=1))
    other = once.hold(local(10, days=5), hall="town", number=1)
    with pytest.raises(AlreadyBooked) as refused:
        once.confirm(other.token)
    assert refused.value.facts == {"services": ["elder-benefit"]}, "neither hall nor time is told"
    assert once.look_up(other.token).status is S.HELD, "the place waits for somebody else, or another number"
    assert once.confirm(other.token, number=1).status is S.CONFIRMED


def test_another_service_is(once: Desk) -> None:
    once.book(local(10, days=1))
    assert once.book(local(10, days=1), ["social-card"], number=0).appointment.status is S.CONFIRMED


def test_whoever_cancels_books_again(once: Desk) -> None:
    token = once.book(local(10, days=1)).token
    once.do(service.cancel, token)
    assert once.book(local(11, days=1)).appointment.status is S.CONFIRMED


def test_it_moves_with_the_appointment_and_ends_with_it(once: Desk) -> None:
    token = once.book(local(10, days=1)).token
    once.do(service.reschedule, token, local(10, days=5))
    once.clock.set(local(10, days=2))
    with pytest.raises(AlreadyBooked):
        once.book(local(11, days=6), number=0)
    once.clock.set(local(10, days=5) + timedelta(minutes=9))
    assert once.book(local(14, days=6)).appointment.status is S.CONFIRMED


def test_whoever_has_come_books_the_next_visit(once: Desk) -> None:
    token = once.book(local(10, 30)).token
    once.do(service.check_in, token, by=CITIZEN)
    assert once.book(local(10, days=1)).appointment.status is S.CONFIRMED


def test_for_others_it_holds_for_each_name(once: Desk) -> None:
    names = iter(("王奶奶", "王爷爷", "王 奶奶", "王奶奶"))
    for hour in (9, 10):
        held = once.hold(local(hour, days=1), number=hour)
        assert once.confirm(held.token, name=next(names), for_other=True).for_other
    next(names)
    held = once.hold(local(10, days=2), number=3)
    with pytest.raises(AlreadyBooked):
        once.confirm(held.token, name=next(names), for_other=True)


def at_the_desk(once: Desk, token: str) -> service.AppointmentView:
    def unit(session: Session) -> service.AppointmentView:
        hall, own, now = lock_by_token(session, token, clock=once.clock, vault=once.vault)
        return promise(session, hall, own, token, person(), now=now, vault=once.vault, needs_phone=False)

    return once.database.write_now(unit)


def test_staff_who_see_the_person_book_a_second_one(once: Desk) -> None:
    once.book(local(10, days=1))
    held = once.hold(local(10, days=2), number=1)
    assert at_the_desk(once, held.token).status is S.CONFIRMED


def test_what_staff_booked_first_is_the_persons_only_one(once: Desk) -> None:
    first = once.hold(local(10, days=1))
    at_the_desk(once, first.token)
    with pytest.raises(AlreadyBooked):
        once.book(local(10, days=5))
    once.do(service.cancel, first.token)
    assert once.book(local(10, days=5)).appointment.status is S.CONFIRMED


@pytest.mark.parametrize("swept", [False, True])
def test_one_whose_time_was_over_is_not_moved_to_stand_beside_another(once: Desk, swept: bool) -> None:
    missed = once.book(TEN).token
    once.clock.set(TEN + timedelta(hours=1))
    if swept:
        once.database.write_now(service.sweep_holds, clock=once.clock)
    anew = once.book(local(10, days=1)).token
    with pytest.raises(AlreadyBooked):
        once.do(service.reschedule, missed, local(10, days=2))
    assert once.look_up(missed).starts_at == TEN, "it stays as it was"
    once.do(service.cancel, anew)
    once.do(service.reschedule, missed, local(10, days=2))
    with pytest.raises(AlreadyBooked):
        once.book(local(10, days=5))


def test_a_place_that_rests_is_nobodys_until_its_time_whoever_asks(desk: Desk, booking_city: object) -> None:
    desk.set_policy(booking_city, freed_slot_rest_minutes=10)  # type: ignore[arg-type]
    start = local(10, days=1)
    before = desk.free_at(start, ELDER)
    token = desk.book(start).token
    desk.do(service.reschedule, token, local(11, days=1))
    assert desk.free_at(start) == before - 1, "a place that somebody moved away from rests too"
    desk.clock.advance(timedelta(minutes=10))
    assert desk.free_at(start) == before
