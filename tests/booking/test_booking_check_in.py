"""Check-in: from an appointment to a ticket, and what becomes of those who never came; on both databases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from booking import service
from booking.errors import (
    AppointmentNotPossible,
    CheckInElsewhere,
    CheckInNotRecognised,
    CheckInOver,
    CheckInTooEarly,
)
from booking.rules.appointments import AppointmentStatus
from kernel.identity import CITIZEN
from queueing.tables import ExpectedArrivalRow, TicketRow, VisitRow
from tests.booking.booking_city import local
from tests.booking.desk import TEN, Desk

if TYPE_CHECKING:
    from tests.booking.desk import TEN, Desk
from tests.booking.booking_city import BookingCity


def test_check_in_makes_a_ticket_that_is_due_at_the_slot(desk: Desk, booking_city: BookingCity) -> None:
    booked = desk.book()
    issued = desk.do(service.check_in, booked.token, by=CITIZEN)
    assert issued.ticket.due_at == TEN
    assert issued.ticket.queue_id == booking_city.queues["city/A"]
    assert desk.look_up(booked.token).status is AppointmentStatus.CHECKED_IN
    (visit,) = desk.rows(VisitRow)
    assert visit.reference == booked.appointment.id
    assert desk.rows(ExpectedArrivalRow) == []


def test_check_in_begins_an_hour_before_and_ends_with_the_day(desk: Desk) -> None:
    booked = desk.book(local(11, 30))
    with pytest.raises(CheckInTooEarly) as refused:
        desk.do(service.check_in, booked.token, by=CITIZEN)
    assert refused.value.facts["opens_at"] == local(10, 30)
    desk.clock.set(local(9, 30, days=1))
    with pytest.raises(CheckInOver):
        desk.do(service.check_in, booked.token, by=CITIZEN)


def test_a_late_check_in_still_makes_a_ticket_that_counts_from_now(desk: Desk) -> None:
    booked = desk.book()
    desk.clock.set(local(11, 20))
    issued = desk.do(service.check_in, booked.token, by=CITIZEN)
    assert issued.ticket.effective_at == local(11, 20)


def test_nobody_checks_in_twice_or_after_cancelling(desk: Desk) -> None:
    came = desk.book(number=1)
    desk.do(service.check_in, came.token, by=CITIZEN)
    gone = desk.book(number=2)
    desk.do(service.cancel, gone.token)
    for token in (came.token, gone.token):
        with pytest.raises(AppointmentNotPossible):
            desk.do(service.check_in, token, by=CITIZEN)
    assert len(desk.rows(TicketRow)) == 1


def test_at_the_kiosk_the_reference_and_the_end_of_the_number_are_enough(
    desk: Desk, booking_city: BookingCity
) -> None:
    booked = desk.book()
    typed = f"{booked.appointment.code[:4].lower()}-{booked.appointment.code[4:]}"

    def try_it(hall: str, reference: str, tail: str) -> Any:
        return desk.database.write_now(
            service.check_in_at_kiosk, booking_city.halls[hall], reference, tail,
            by=CITIZEN, clock=desk.clock, vault=desk.vault,
        )  # fmt: skip

    for reference, tail in ((typed, "8001"), (typed, ""), ("AAAAAAAA", "8000")):
        with pytest.raises(CheckInNotRecognised):
            try_it("city", reference, tail)
    with pytest.raises(CheckInElsewhere):
        try_it("town", typed, "8000")
    assert try_it("city", typed, "8000").ticket.due_at == TEN


def test_who_never_came_is_a_no_show_at_the_end_of_the_day(desk: Desk, booking_city: BookingCity) -> None:
    absent, came, later = desk.book(number=1), desk.book(number=2), desk.book(local(14, days=1), number=3)
    desk.do(service.check_in, came.token, by=CITIZEN)
    day = local(12, days=1).date()
    desk.clock.set(local(0, 5, days=1))
    marked = desk.database.write_now(
        service.mark_no_shows, booking_city.halls["city"], before=day, clock=desk.clock, vault=desk.vault
    )
    assert marked == [absent.appointment.id]
    assert desk.look_up(absent.token).status is AppointmentStatus.NO_SHOW
    assert desk.look_up(later.token).status is AppointmentStatus.CONFIRMED
    assert [row.reference for row in desk.rows(ExpectedArrivalRow)] == [later.appointment.id]
