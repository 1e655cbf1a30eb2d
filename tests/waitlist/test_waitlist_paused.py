"""The waiting list and the pause that follows from the no-show rule, on each database."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from booking import service as booking
from booking.no_shows import helping
from booking.no_shows.errors import BookingPaused
from booking.rules.waitlist import WaitingStatus
from tests.booking.booking_city import PHONES, build_city, local
from tests.no_shows.absentees import THREE, Absentees
from tests.waitlist.waiters import AT_TEN, TOMORROW, Waiters, times

if TYPE_CHECKING:
    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.secrets import Vault


class Both(Waiters, Absentees):
    """People who wait, some of whom did not come."""

    def __init__(self, database: Database, clock: ManualClock, vault: Vault) -> None:
        Absentees.__init__(self, database, clock, vault, database.write_now(build_city))

    def pause(self, number: int) -> None:
        """Book and cancel too late, three times within the hour."""
        for hour in (9, 10, 11):
            start = local(hour, 30)
            booked = self.book(start, number=number)
            self.clock.set(start + timedelta(minutes=1))
            self.do(booking.cancel, booked.token)
        self.clock.set(local(13))


@pytest.fixture
def people(database: Database, clock: ManualClock, vault: Vault) -> Both:
    made = Both(database, clock, vault)
    made.clock.set(local(9))
    made.publish(THREE)
    return made


def leave_for(people: Both, number: int) -> None:
    people.at_hall(helping.grant_exception, PHONES[number], "替老人预约", by=people.clerk)


def test_who_is_paused_joins_no_list_unless_staff_let_them(people: Both) -> None:
    people.pause(1)
    people.taken(number=2)
    with pytest.raises(BookingPaused):
        people.join(1)
    leave_for(people, 1)
    people.join(1)


def test_who_is_paused_while_waiting_is_passed_over_for_the_next(people: Both) -> None:
    holder = people.taken(number=2)
    first, second = people.join(1), people.join(3)
    people.pause(1)
    people.do(booking.cancel, holder)
    people.round()
    assert people.seen(first).offer is None
    assert people.seen(second).offer is not None


def test_leave_to_book_is_used_up_by_the_place_that_is_taken(people: Both) -> None:
    holder = people.taken(number=2)
    people.pause(1)
    leave_for(people, 1)
    token = people.join(1)
    people.do(booking.cancel, holder)
    people.round()
    assert people.take(token).status is WaitingStatus.BOOKED
    with pytest.raises(BookingPaused):
        people.book(local(15, days=1), number=1)


def test_an_offer_made_before_the_pause_is_refused(people: Both) -> None:
    people.pause(1)
    holder = people.taken(number=2)
    leave_for(people, 1)
    token = people.join(1)
    people.do(booking.cancel, holder)
    people.round()
    people.book(local(15, days=1), number=1)
    with pytest.raises(BookingPaused):
        people.take(token)
    assert people.seen(token).status is WaitingStatus.WAITING


def test_an_appointment_is_brought_forward_in_spite_of_a_pause(people: Both) -> None:
    holder = people.taken(number=2)
    own = people.taken(AT_TEN + timedelta(hours=1), number=1)
    people.pause(1)
    token = people.earlier(own, times(TOMORROW))
    people.do(booking.cancel, holder)
    people.round()
    assert people.take(token).status is WaitingStatus.BOOKED
