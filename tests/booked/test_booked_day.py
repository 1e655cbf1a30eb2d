"""The hall's appointments in the hands of its staff, on each database."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import update

from app.migrate import migrate
from app.schema import revisions
from booking import service as booking
from booking.desk import service
from booking.desk.errors import CancelWordsMissing, NobodyToCancel
from booking.errors import AppointmentNotFound, AppointmentNotPossible, CheckInTooEarly
from booking.messages import stopping
from booking.rules.appointments import AppointmentStatus
from booking.rules.cancelling import CancelReason, Told, Why
from booking.tables import AppointmentRow, SlotClaimRow
from kernel.audit_tables import AuditRow
from kernel.identity import Role, Staff, WrongHall
from kernel.ids import StaffId, uuid7
from kernel.settings import MessageSettings
from kernel.tables import ClosureRow, HallServiceRow, ServiceRow
from kernel.work_tables import OutboxRow
from queueing.tables import ExpectedArrivalRow
from tests.booking.booking_city import BookingCity, build_city, local
from tests.messages.post import Post
from tests.support.migrations import check_in_step, downgrade

if TYPE_CHECKING:
    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.secrets import Vault

TEN = local(10, 30)
STORM = Why(CancelReason.WEATHER, "台风红色预警")
_rows = AppointmentRow.__table__


class Hall(Post):
    """The city hall's manager and clerk before its appointments."""

    def __init__(self, database: Database, clock: ManualClock, vault: Vault, city: BookingCity) -> None:
        super().__init__(database, clock, vault, city)
        self.manager = Staff(StaffId(uuid7()), "Manager", Role.MANAGER, city.halls["city"])
        self.stranger = replace(self.manager, hall_id=city.halls["town"])

    def day(self, day: Any = None, by: Staff | None = None) -> service.ExpectedDay:
        return self.database.read_now(
            service.expected_day, "city", day, by=by or self.manager, now=self.clock.now(), vault=self.vault
        )

    def act(self, use_case: Any, *args: Any, by: Staff | None = None) -> Any:
        return self.database.write_now(
            use_case, "city", *args, by=by or self.manager, clock=self.clock, vault=self.vault
        )

    def cancel(self, *booked: booking.HeldAppointment, why: Why = STORM) -> service.Cancelled:
        found: service.Cancelled = self.act(
            service.cancel_for_hall, [own.appointment.id for own in booked], why
        )
        return found

    def trail(self) -> list[tuple[str, str, dict[str, Any]]]:
        rows: list[Any] = sorted(self.rows(AuditRow), key=lambda row: row.id)  # type: ignore[attr-defined]
        return [(row.what, row.subject, row.detail) for row in rows]


@pytest.fixture
def hall(database: Database, clock: ManualClock, vault: Vault) -> Hall:
    database.carry(messages=MessageSettings(kind="log", origin="https://jb.example.cn"))
    return Hall(database, clock, vault, database.write_now(build_city))


def test_a_day_lists_who_is_expected_masked_and_in_order_of_time(hall: Hall) -> None:
    later, first = hall.book(local(14), number=1), hall.book(TEN)
    hall.book(local(10, 30, days=1), number=2)
    hall.hold(local(11), number=3)
    found = hall.day()
    assert [own.id for own in found.appointments] == [first.appointment.id, later.appointment.id]
    own = found.appointments[0]
    assert (own.name_masked, own.phone_masked) == ("王*明", "138****8000")
    assert (own.may_cancel, own.by_message, own.outside, own.told) == (True, True, False, None)
    assert len(hall.day(local(9, days=1).date()).appointments) == 1
    with pytest.raises(WrongHall):
        hall.day(by=hall.stranger)


def test_what_the_hall_cancels_is_told_kept_from_others_and_noted(hall: Hall) -> None:
    first, second, other = hall.book(TEN), hall.book(TEN, number=1), hall.book(local(14), number=2)
    before = hall.free_at(TEN)
    hall.do(stopping.want_appointment_messages, second.token, False)
    done = hall.cancel(first, second)
    assert (done.cancelled, done.left_as_they_are, done.to_call) == (2, 0, (second.appointment.id,))
    seen = hall.look_up(first.token)
    assert (seen.status, seen.cancel_reason) == (AppointmentStatus.CANCELLED_BY_HALL, CancelReason.WEATHER)
    assert seen.cancel_note == "台风红色预警"
    assert hall.free_at(TEN) == before, "what the hall cannot keep nobody else is promised"
    news = [row for row in hall.messages(first.appointment.id) if row.status == "planned"]
    assert [row.kind for row in news] == ["cancelled_by_hall"]
    assert [own.told for own in hall.day().appointments] == [Told.ON_ITS_WAY, Told.ON_ITS_WAY, None]
    detail = {"before": "confirmed", "after": "cancelled_by_hall", "reason": "weather"}
    cancelled = {subject: what for what, subject, held in hall.trail() if held == detail}
    assert cancelled == dict.fromkeys(
        (str(own.appointment.id) for own in (first, second)), "appointment.cancelled"
    )
    expected: list[Any] = hall.rows(ExpectedArrivalRow)
    assert [row.reference for row in expected] == [other.appointment.id]
    outbox: list[Any] = hall.rows(OutboxRow)
    assert [row.payload["by"] for row in outbox if row.kind == "appointment_cancelled"] == ["hall"] * 2


def test_the_places_are_offered_again_where_the_manager_says_so(hall: Hall) -> None:
    booked, before = hall.book(TEN), hall.free_at(TEN)
    hall.cancel(booked, why=replace(STORM, offer_again=True))
    assert hall.free_at(TEN) == before + 1
    assert hall.rows(SlotClaimRow) == []


def test_who_is_cancelled_may_book_another_time_on_that_day(hall: Hall) -> None:
    booked = [hall.book(TEN), hall.book(local(11))]
    hall.cancel(*booked)
    again = hall.book(local(14))
    assert again.appointment.status is AppointmentStatus.CONFIRMED


def test_what_changed_since_the_manager_looked_is_left_as_it_is(hall: Hall) -> None:
    stays, gone = hall.book(TEN), hall.book(local(11), number=1)
    hall.do(booking.cancel, gone.token)
    done = hall.cancel(stays, gone)
    assert (done.cancelled, done.left_as_they_are) == (1, 1)
    assert hall.look_up(gone.token).status is AppointmentStatus.CANCELLED_BY_CITIZEN
    with pytest.raises(NobodyToCancel):
        hall.cancel(stays)


def test_another_reason_needs_words_and_strangers_cancel_nothing(hall: Hall) -> None:
    booked = hall.book(TEN)
    with pytest.raises(CancelWordsMissing):
        hall.cancel(booked, why=Why(CancelReason.OTHER, " "))
    ids = [booked.appointment.id]
    with pytest.raises(WrongHall):
        hall.act(service.cancel_for_hall, ids, STORM, by=hall.stranger)
    for use_case in (service.cancel_at_wish, service.check_in, service.number_of):
        with pytest.raises(WrongHall):
            hall.act(use_case, booked.appointment.id, by=hall.stranger)
        town = replace(hall.stranger, role=Role.MANAGER)
        with pytest.raises(AppointmentNotFound):
            hall.database.write_now(
                use_case, "town", booked.appointment.id, by=town, clock=hall.clock, vault=hall.vault
            )
    assert hall.look_up(booked.token).status is AppointmentStatus.CONFIRMED


def test_at_the_persons_wish_the_place_is_given_back_and_no_message_comes(hall: Hall) -> None:
    booked, before = hall.book(TEN), hall.free_at(TEN)
    hall.act(service.cancel_at_wish, booked.appointment.id)
    assert hall.look_up(booked.token).status is AppointmentStatus.CANCELLED_BY_CITIZEN
    assert hall.free_at(TEN) == before + 1
    assert {row.status for row in hall.messages(booked.appointment.id)} == {"void"}
    with pytest.raises(AppointmentNotPossible):
        hall.act(service.cancel_at_wish, booked.appointment.id)
    assert [what for what, _, _ in hall.trail()] == ["appointment.cancelled_at_wish"]


def test_somebody_without_a_telephone_is_checked_in_at_the_desk(hall: Hall) -> None:
    booked = hall.book(local(11))
    with pytest.raises(CheckInTooEarly):
        hall.act(service.check_in, booked.appointment.id)
    assert not hall.day().appointments[0].may_check_in
    hall.clock.set(local(10, 30))
    assert hall.day().appointments[0].may_check_in
    hall.act(service.number_of, booked.appointment.id)
    issued = hall.act(service.check_in, booked.appointment.id)
    assert issued.ticket.due_at == local(11)
    assert hall.day().appointments[0].status is AppointmentStatus.CHECKED_IN
    done = [what for what, subject, _ in hall.trail() if subject == str(booked.appointment.id)]
    assert done == ["appointment.number", "check_in"], "what is done is noted, whatever was looked at before"


def test_each_look_at_a_number_is_in_the_trail_and_none_is_left_after_erasure(hall: Hall) -> None:
    booked = hall.book(TEN)
    for _ in range(2):
        assert hall.act(service.number_of, booked.appointment.id) == "+8613800138000"
    assert [what for what, _, _ in hall.trail()] == ["appointment.number"] * 2
    hall.cancel(booked)
    hall.database.write_now(booking.erase_mine, booked.token, clock=hall.clock, vault=hall.vault)
    with pytest.raises(AppointmentNotFound):
        hall.act(service.number_of, booked.appointment.id)
    own = hall.day().appointments[0]
    assert (own.name_masked, own.phone_masked, own.code, own.cancel_note) == (None, None, None, None)
    assert own.cancel_reason is CancelReason.WEATHER, "why stays counted"


def test_appointments_for_what_is_not_offered_any_more_are_found(hall: Hall, clock: ManualClock) -> None:
    tomorrow = local(10, 30, days=1)
    hall.book(tomorrow)
    hall.book(TEN, number=1)
    assert hall.day().dropped == ()
    assert not hall.day().appointments[0].dropped
    offers = HallServiceRow.__table__  # type: ignore[attr-defined]

    def offer(queue_id: Any) -> None:
        service_id = hall.city.services["elder-benefit"]
        which = (offers.c.hall_id == hall.city.halls["city"]) & (offers.c.service_id == service_id)
        hall.database.write_now(
            lambda session: session.execute(update(offers).where(which).values(queue_id=queue_id)) and None
        )

    before = hall.day().appointments[0].services[0].queue_id
    offer(None)
    assert hall.day().dropped == (TEN, tomorrow)
    assert [own.dropped for own in hall.day().appointments] == [True]
    clock.set(TEN + timedelta(minutes=5))
    assert hall.day().dropped == (TEN, tomorrow), "who waits in vain for a call is to be called"
    assert [own.dropped for own in hall.day(tomorrow.date()).appointments] == [True]
    offer(before)
    assert hall.day().dropped == ()


def test_who_types_a_number_is_told_nothing_where_it_is_proved_by_nobody_and_staff_see_both(
    hall: Hall, clock: ManualClock
) -> None:
    """Without messages a refusal would tell a stranger what the number's holder has booked."""
    hall.database.carry(messages=None)
    services = ServiceRow.__table__  # type: ignore[attr-defined]
    single = update(services).where(services.c.code == "elder-benefit").values(single=True)
    hall.database.write_now(lambda session: session.execute(single) and None)
    first = hall.book(TEN)
    assert [own.twice for own in hall.day().appointments] == [False]
    second = hall.book(local(14), number=0)
    hall.book(local(11), number=1)
    twice = {own.id: own.twice for own in hall.day().appointments}
    assert {own for own, said in twice.items() if said} == {first.appointment.id, second.appointment.id}
    hall.database.write_now(booking.cancel, first.token, clock=clock, vault=hall.vault)
    assert not any(own.twice for own in hall.day().appointments)


def test_appointments_at_which_the_hall_is_closed_are_found(hall: Hall, clock: ManualClock) -> None:
    tomorrow = local(10, 30, days=1)
    hall.book(tomorrow)
    hall.book(TEN, number=1)
    assert hall.day().outside == ()

    def close(session: Any) -> None:
        own = ClosureRow(hall_id=hall.city.halls["city"], day=tomorrow.date(), reason_zh="台风")
        session.add(own)

    hall.database.write_now(close)
    assert hall.day().outside == (tomorrow,)
    found = hall.day(tomorrow.date())
    assert (found.open, found.appointments[0].outside) == (False, True)
    clock.advance(timedelta(days=2))
    assert hall.day().outside == (), "what is over is nobody's way in vain any more"


def test_why_is_told_to_whoever_asks_what_is_kept(hall: Hall) -> None:
    booked = hall.book(TEN)
    hall.cancel(booked)
    boss = Staff(StaffId(uuid7()), "Supervisor", Role.SUPERVISOR, None)
    (kept,) = hall.database.write_now(
        booking.export_for_phone, "13800138000", by=boss, reason="1", clock=hall.clock, vault=hall.vault
    )
    assert (kept["cancelled_because"], kept["cancelled_with_words"]) == ("weather", "台风红色预警")


@pytest.mark.slow
def test_the_columns_of_a_cancellation_come_and_go(hall: Hall) -> None:
    booked = hall.book(TEN)
    hall.cancel(booked)
    downgrade(hall.database, revisions()[revisions().index("0017") - 1])
    migrate(hall.database)
    check_in_step(hall.database)
    seen = hall.look_up(booked.token)
    assert (seen.status, seen.cancel_reason) == (AppointmentStatus.CANCELLED_BY_HALL, None)
    hall.database.write_now(
        lambda session: session.execute(update(_rows).values(cancel_reason="closed")) and None
    )
    assert hall.look_up(booked.token).cancel_reason is CancelReason.CLOSED
