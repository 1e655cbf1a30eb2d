"""Staff book and move for somebody at the help desk, on each database."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from booking import service as bookings
from booking.desk import booking, choosing
from booking.desk.booking import Wish
from booking.errors import (
    AppointmentNotFound,
    AppointmentNotPossible,
    CheckInNotRecognised,
    IdTailNeeded,
    NameInvalid,
    PersonLimit,
    PhoneInvalid,
    SlotTaken,
)
from booking.no_shows.errors import AppealWordsMissing, BookingPaused, NotPaused
from booking.rules.appointments import AppointmentStatus
from booking.tables import AppointmentRow, QuotaClaimRow
from kernel.audit_tables import AuditRow
from kernel.catalogue import NotOfferedHere
from kernel.identity import SYSTEM, WrongHall
from queueing.tables import ExpectedArrivalRow
from tests.booking.booking_city import PHONES, build_city, local, person
from tests.no_shows.absentees import THREE, Absentees

if TYPE_CHECKING:
    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.secrets import Vault

TEN = local(10, 30)
NO_PHONE = {"phone": ""}


class HelpDesk(Absentees):
    """The clerk of the city hall, who books for people."""

    def wish(self, starts_at: Any = TEN, *services: str, at: str = "city") -> Wish:
        return Wish(at, services or ("elder-benefit",), starts_at)

    def book_for(self, wish: Wish | None = None, leave: str = "", **who: Any) -> bookings.HeldAppointment:
        number = who.pop("number", 0)
        return self.act(booking.book_for, wish or self.wish(), person(number, **who), leave)

    def act(self, use_case: Any, *args: Any, by: Any = None) -> Any:
        return self.database.write_now(
            use_case, "city", *args, by=by or self.clerk, clock=self.clock, vault=self.vault
        )

    def see(self, use_case: Any, *args: Any, **more: Any) -> Any:
        return self.database.read_now(
            use_case, "city", *args, by=more.pop("by", self.clerk), now=self.clock.now(), **more
        )

    def terms(self, own: bookings.HeldAppointment) -> Any:
        return self.see(booking.terms_for, own.appointment.id)

    def trail(self, what: str) -> list[dict[str, Any]]:
        return [row.detail for row in self.rows(AuditRow) if row.what == what]  # type: ignore[attr-defined]


@pytest.fixture
def desk(database: Database, clock: ManualClock, vault: Vault) -> HelpDesk:
    made = HelpDesk(database, clock, vault, database.write_now(build_city))
    made.clock.set(local(9))
    return made


def test_a_clerk_books_as_the_person_would_and_the_trail_says_so(desk: HelpDesk) -> None:
    before = desk.free_at(TEN)
    booked = desk.book_for()
    own = desk.look_up(booked.token)
    assert (own.status, own.phone_masked) == (AppointmentStatus.CONFIRMED, "138****8000")
    assert desk.free_at(TEN) == before - 1
    assert [row.reference for row in desk.rows(ExpectedArrivalRow)] == [own.id]  # type: ignore[attr-defined]
    assert desk.trail("appointment.booked_for") == [{"at": "city", "phone": True, "in_spite": False}]


def test_who_has_no_phone_is_booked_and_the_code_of_the_slip_is_the_proof(desk: HelpDesk) -> None:
    booked = desk.book_for(**NO_PHONE)
    own = desk.look_up(booked.token)
    assert (own.status, own.name_masked, own.phone_masked) == (AppointmentStatus.CONFIRMED, "王*明", None)
    row: Any = desk.rows(AppointmentRow)[0]
    assert (row.phone_sealed, row.phone_hash) == (None, None)
    desk.clock.set(TEN - timedelta(minutes=5))
    for tail in ("", "8000"):
        with pytest.raises(CheckInNotRecognised):
            desk.database.write_now(
                bookings.check_in_at_kiosk, desk.city.halls["city"], own.code, tail,
                by=SYSTEM, clock=desk.clock, vault=desk.vault,
            )  # fmt: skip
    issued: Any = desk.do(bookings.check_in, booked.token, by=SYSTEM, at_hall=desk.city.halls["city"])
    assert issued.ticket.due_at == TEN


def test_the_public_cannot_leave_the_number_out(desk: HelpDesk) -> None:
    held = desk.hold()
    with pytest.raises(PhoneInvalid):
        desk.confirm(held.token, **NO_PHONE)
    assert desk.look_up(held.token).status is AppointmentStatus.HELD


@pytest.mark.parametrize(
    ("who", "refusal"),
    [({"phone": "12"}, PhoneInvalid), ({"name": " "}, NameInvalid), ({"id_tail": "1"}, IdTailNeeded)],
)
@pytest.mark.slow
def test_what_cannot_be_right_is_refused_and_keeps_no_place(
    desk: HelpDesk, who: dict[str, Any], refusal: type[Exception]
) -> None:
    start = local(14)
    before = desk.free_at(start, ["minimum-living"])
    with pytest.raises(refusal):
        desk.book_for(desk.wish(start, "minimum-living"), **{"id_tail": "012X", **who})
    assert desk.free_at(start, ["minimum-living"]) == before
    assert desk.rows(AppointmentRow) == []


def test_a_number_has_its_limit_of_a_day_also_at_the_desk(desk: HelpDesk) -> None:
    desk.book()
    desk.book_for(desk.wish(local(11)))
    with pytest.raises(PersonLimit):
        desk.book_for(desk.wish(local(14)))
    for hour in (14, 15, 16):
        desk.book_for(desk.wish(local(hour)), **NO_PHONE)
    scopes: Any = desk.rows(QuotaClaimRow)
    assert len(scopes) == 2, "who has no number takes no number's day"


def test_who_is_paused_is_booked_once_for_a_reason_and_not_otherwise(desk: HelpDesk) -> None:
    desk.publish(THREE)
    for hour in (9, 10, 11):
        start = local(hour, 30)
        late = desk.book(start, number=1)
        desk.clock.set(start + timedelta(minutes=1))
        desk.do(bookings.cancel, late.token)
    desk.clock.set(local(13))
    wish = desk.wish(local(15))
    with pytest.raises(BookingPaused):
        desk.book_for(wish, number=1)
    with pytest.raises(AppealWordsMissing):
        desk.book_for(wish, "x", number=1)
    booked = desk.book_for(wish, "替行动不便的父亲办理", number=1)
    assert booked.appointment.status is AppointmentStatus.CONFIRMED
    assert [own["in_spite"] for own in desk.trail("appointment.booked_for")] == [True]
    assert [own["reason"] for own in desk.trail("no-show.exception")] == ["替行动不便的父亲办理"]
    with pytest.raises(BookingPaused):
        desk.book_for(desk.wish(local(16)), number=1)
    with pytest.raises(NotPaused):
        desk.book_for(desk.wish(local(16)), "没有暂停", number=2)


def test_the_desk_books_in_another_hall_and_strangers_book_nowhere_here(desk: HelpDesk) -> None:
    booked = desk.book_for(desk.wish(local(15), at="town"))
    assert booked.appointment.hall.code == "town"
    trail: Any = [row for row in desk.rows(AuditRow) if row.what == "appointment.booked_for"]  # type: ignore[attr-defined]
    assert [(row.hall_id, row.detail["at"]) for row in trail] == [(desk.city.halls["city"], "town")]
    with pytest.raises(WrongHall):
        desk.act(booking.book_for, desk.wish(), person(), "", by=desk.stranger)
    with pytest.raises(WrongHall):
        desk.see(choosing.times_for, ["elder-benefit"], first_day=None, by=desk.stranger)


def test_the_soonest_time_of_other_halls_stands_beside_the_own_ones(desk: HelpDesk) -> None:
    found = desk.see(choosing.times_for, ["elder-benefit"], first_day=None)
    assert (found.at.code, found.offered) == ("city", True)
    assert found.days[0].slots
    assert [own.hall.code for own in found.others] == ["town"]
    assert 20_000 < found.others[0].metres < 22_000
    town = desk.see(choosing.times_for, ["elder-benefit"], "town", first_day=None)
    assert found.others[0].soonest == town.days[0].slots[0].starts_at
    assert [own.hall.code for own in town.others] == ["city"]
    with pytest.raises(NotOfferedHere):
        desk.see(choosing.times_for, ["social-card"], "town", first_day=None)


def test_an_appointment_is_moved_at_a_persons_wish(desk: HelpDesk) -> None:
    own, before = desk.book(), desk.free_at(TEN)
    moved = desk.act(booking.move_at_wish, own.appointment.id, local(14))
    assert (moved.starts_at, moved.code) == (local(14), own.appointment.code)
    assert desk.free_at(TEN) == before + 1
    assert desk.trail("appointment.moved_at_wish") == [{"from": TEN.isoformat(), "to": local(14).isoformat()}]
    again = desk.act(booking.move_at_wish, own.appointment.id, local(14))
    assert (again.starts_at, len(desk.trail("appointment.moved_at_wish"))) == (local(14), 1)


def test_what_is_taken_moves_nothing_and_what_is_not_theirs_is_not_moved(desk: HelpDesk) -> None:
    own = desk.book(number=5)
    for number in range(desk.free_at(local(11))):
        desk.book_for(desk.wish(local(11)), number=number)
    with pytest.raises(SlotTaken):
        desk.act(booking.move_at_wish, own.appointment.id, local(11))
    assert desk.look_up(own.token).starts_at == TEN
    elsewhere = desk.book(local(15), hall="town", number=6)
    with pytest.raises(AppointmentNotFound):
        desk.act(booking.move_at_wish, elsewhere.appointment.id, local(16))
    with pytest.raises(AppointmentNotPossible):
        desk.act(booking.move_at_wish, desk.hold(local(16), number=7).appointment.id, local(14))
    with pytest.raises(WrongHall):
        desk.act(booking.move_at_wish, own.appointment.id, local(14), by=desk.stranger)


def test_staff_know_before_they_press_whether_it_counts(desk: HelpDesk) -> None:
    early, unknown = desk.book(local(15)), desk.book_for(desk.wish(local(16)), **NO_PHONE)
    assert desk.terms(early) is None, "no rule is in force"
    desk.publish(THREE)
    assert (desk.terms(early).too_late, desk.terms(early).cancel_by) == (False, local(14))
    desk.clock.set(local(14, 30))
    assert desk.terms(early).too_late
    assert desk.terms(unknown) is None, "nobody is there against whom it could count"
    desk.act(booking.move_at_wish, early.appointment.id, local(16, 30))
    assert PHONES[0] not in str(desk.trail("appointment.moved_at_wish"))
