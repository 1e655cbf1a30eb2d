"""The life of one appointment, on both databases."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from booking import service
from booking.errors import (
    AppointmentNotFound,
    HoldExpired,
    IdTailNeeded,
    NameInvalid,
    PersonLimit,
    PhoneInvalid,
    SlotNotBookable,
    SlotTaken,
    TooManyHolds,
)
from booking.rules.appointments import AppointmentStatus
from booking.tables import AppointmentRow, SlotClaimRow
from kernel.catalogue import NotOfferedHere, ServiceNotFound
from kernel.work_tables import OutboxRow
from queueing.tables import ExpectedArrivalRow
from tests.booking.booking_city import client, local
from tests.booking.desk import ELDER, TEN, Desk

if TYPE_CHECKING:
    from datetime import datetime

    from tests.booking.booking_city import BookingCity


def test_a_hold_takes_a_place_until_it_expires(desk: Desk) -> None:
    before = desk.free_at(TEN)
    held = desk.hold()
    assert held.appointment.status is AppointmentStatus.HELD
    assert desk.free_at(TEN) == before - 1
    desk.clock.advance(timedelta(minutes=5))
    assert desk.free_at(TEN) == before
    assert desk.look_up(held.token).status is AppointmentStatus.EXPIRED


def test_three_windows_of_ten_minute_services_give_two_places_a_slot(desk: Desk) -> None:
    assert desk.free_at(TEN) == 2  # 0.3 x 3 windows x 30 min / 10 min


def test_a_confirmed_appointment_keeps_its_place_for_good(desk: Desk) -> None:
    booked = desk.book()
    desk.clock.advance(timedelta(minutes=20))
    assert desk.free_at(TEN) == 1
    assert desk.look_up(booked.token).status is AppointmentStatus.CONFIRMED


def test_a_hold_cannot_be_confirmed_in_the_instant_it_expires(desk: Desk) -> None:
    held = desk.hold()
    desk.clock.advance(timedelta(minutes=5))
    with pytest.raises(HoldExpired):
        desk.confirm(held.token)


def test_an_expired_hold_gives_its_seat_to_the_next_citizen(desk: Desk) -> None:
    first, second = desk.hold(number=1), desk.hold(number=2)
    with pytest.raises(SlotTaken):
        desk.hold(number=3)
    desk.clock.advance(timedelta(minutes=5))
    third, fourth = desk.hold(number=3), desk.hold(number=4)
    for held in (first, second):
        with pytest.raises(HoldExpired):
            desk.confirm(held.token)
    assert desk.confirm(third.token, number=3).status is AppointmentStatus.CONFIRMED
    assert desk.confirm(fourth.token, number=4).status is AppointmentStatus.CONFIRMED


def test_a_full_time_names_the_three_nearest_free_ones(desk: Desk) -> None:
    desk.book(number=1)
    desk.book(number=2)
    with pytest.raises(SlotTaken) as refused:
        desk.hold(number=3)
    assert refused.value.facts["next_free"] == [
        start.isoformat() for start in (local(11), local(11, 30), local(14))
    ]


def test_name_and_number_are_masked_and_lie_encrypted(desk: Desk) -> None:
    booked = desk.book()
    seen = desk.look_up(booked.token)
    assert (seen.name_masked, seen.phone_masked) == ("王*明", "138****8000")
    (row,) = desk.rows(AppointmentRow)
    for sealed in (row.name_sealed, row.phone_sealed, row.phone_hash, row.token_hash):
        assert "王小明".encode() not in sealed
        assert b"13800138000" not in sealed
        assert booked.token.encode() not in sealed
    assert row.name_sealed[0] == desk.vault.key_version


def test_the_id_tail_is_asked_for_only_by_services_that_need_it(desk: Desk) -> None:
    desk.confirm(desk.hold(number=1).token, number=1, id_tail="012X")
    assert desk.rows(AppointmentRow)[0].id_tail_sealed is None
    held = desk.hold(services=["minimum-living"], number=2)
    with pytest.raises(IdTailNeeded):
        desk.confirm(held.token, number=2)
    desk.confirm(held.token, number=2, id_tail="012x")
    sealed = {row.id: row.id_tail_sealed for row in desk.rows(AppointmentRow)}[held.appointment.id]
    assert desk.vault.open(sealed, field="appointment.id_tail") == "012X"


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [({"phone": "12345"}, PhoneInvalid), ({"name": "  "}, NameInvalid), ({"name": "王" * 41}, NameInvalid)],
)
def test_a_person_who_cannot_be_right_leaves_the_hold_as_it_was(
    desk: Desk, changes: dict[str, str], refusal: type[Exception]
) -> None:
    held = desk.hold()
    with pytest.raises(refusal):
        desk.confirm(held.token, **changes)
    assert desk.confirm(held.token).status is AppointmentStatus.CONFIRMED


def test_a_phone_number_has_two_appointments_a_day_in_the_whole_city(desk: Desk) -> None:
    desk.book(local(10, 30))
    desk.book(local(15), hall="town")
    third = desk.hold(local(16))
    with pytest.raises(PersonLimit):
        desk.confirm(third.token, phone="+86 138 0013 8000")
    desk.book(local(10, 30, days=1))


def test_cancelling_gives_the_place_and_the_days_count_back(desk: Desk) -> None:
    first = desk.book(local(10, 30))
    desk.book(local(15))
    gone = desk.do(service.cancel, first.token)
    assert gone.status is AppointmentStatus.CANCELLED_BY_CITIZEN
    assert desk.free_at(local(10, 30)) == 2
    desk.book(local(16))


def test_a_cancelled_place_rests_where_the_hall_says_so(desk: Desk, booking_city: BookingCity) -> None:
    desk.set_policy(booking_city, freed_slot_rest_minutes=10)
    booked = desk.book()
    desk.do(service.cancel, booked.token)
    assert desk.free_at(TEN) == 1
    desk.clock.advance(timedelta(minutes=10))
    assert desk.free_at(TEN) == 2


def test_moving_an_appointment_swaps_its_places_and_counts_the_calendar_file_up(desk: Desk) -> None:
    booked = desk.book()
    moved = desk.do(service.reschedule, booked.token, local(14, 30, days=1))
    assert (moved.starts_at, moved.status) == (local(14, 30, days=1), AppointmentStatus.CONFIRMED)
    assert moved.ics_sequence == booked.appointment.ics_sequence + 1
    assert (desk.free_at(TEN), desk.free_at(local(14, 30, days=1))) == (2, 1)
    (expected,) = desk.rows(ExpectedArrivalRow)
    assert expected.due_at == local(14, 30, days=1)


def test_a_move_to_a_full_time_keeps_the_old_one(desk: Desk) -> None:
    mine = desk.book()
    desk.book(local(14), number=1)
    desk.book(local(14), number=2)
    with pytest.raises(SlotTaken):
        desk.do(service.reschedule, mine.token, local(14))
    assert desk.look_up(mine.token).starts_at == TEN
    assert desk.free_at(TEN) == 1


def test_a_move_by_one_slot_may_keep_half_of_its_own_places(desk: Desk) -> None:
    company = ["company-start"]  # 40 minutes: two slots; queue B has one place a slot
    booked = desk.book(local(10, 30), company)
    assert desk.free_at(local(11), company) == 0
    desk.do(service.reschedule, booked.token, local(11))
    assert desk.free_at(local(10, 30), ["social-card"]) == 1
    assert desk.free_at(local(11), ["social-card"]) == 0


def test_a_move_to_another_day_counts_there(desk: Desk) -> None:
    for start in (local(10, 30, days=1), local(14, days=1)):
        desk.book(start)
    today = desk.book(local(10, 30))
    with pytest.raises(PersonLimit):
        desk.do(service.reschedule, today.token, local(15, days=1))
    desk.do(service.reschedule, today.token, local(15, days=2))
    desk.book(local(10, 30))
    desk.book(local(14))


def test_services_in_two_queues_claim_a_place_in_each(desk: Desk) -> None:
    held = desk.hold(services=["elder-benefit", "social-card"])
    assert held.appointment.ends_at - held.appointment.starts_at == timedelta(minutes=21)
    assert desk.free_at(TEN, ["social-card"]) == 0
    assert desk.free_at(TEN, ELDER) == 1


@pytest.mark.parametrize(
    "starts_at",
    [local(9), local(10), local(10, 10), local(13), local(17), local(10, 30, days=3), local(10, 30, days=20)],
    ids=["past", "too soon", "off the grid", "at noon", "after hours", "Saturday", "too far ahead"],
)
def test_times_that_nobody_offers_cannot_be_held(desk: Desk, starts_at: datetime) -> None:
    with pytest.raises(SlotNotBookable):
        desk.hold(starts_at)


def test_a_long_service_does_not_begin_in_the_last_slot_before_noon(desk: Desk) -> None:
    with pytest.raises(SlotNotBookable):
        desk.hold(local(11, 30), ["company-start"])
    desk.hold(local(11), ["company-start"])


def test_services_are_refused_where_they_are_not_offered(desk: Desk) -> None:
    with pytest.raises(NotOfferedHere):
        desk.hold(services=["social-card"], hall="town")
    with pytest.raises(ServiceNotFound):
        desk.hold(services=["no-such-thing"])
    with pytest.raises(NotOfferedHere):
        desk.hold(services=["social-card"], hall="bank")


def test_one_browser_keeps_three_places_at_a_time_and_its_neighbour_still_gets_one(desk: Desk) -> None:
    for start in (local(11), local(14), local(15)):
        desk.hold(start)
    with pytest.raises(TooManyHolds):
        desk.hold(local(16))
    neighbour = service.Client(browser="another", address=client(0).address)
    desk.database.write_now(
        service.hold, "city", ELDER, local(16), client=neighbour, clock=desk.clock, vault=desk.vault
    )
    desk.clock.advance(timedelta(minutes=5))
    desk.hold(local(16))


def test_sweeping_changes_nothing_that_anybody_sees(desk: Desk) -> None:
    booked, held = desk.book(number=1), desk.hold(local(14), number=2)
    desk.clock.advance(timedelta(minutes=6))
    before = (desk.free_at(TEN), desk.free_at(local(14)), desk.look_up(held.token).status)
    assert desk.database.write_now(service.sweep_holds, clock=desk.clock) == 1
    assert (desk.free_at(TEN), desk.free_at(local(14)), desk.look_up(held.token).status) == before
    assert {row.appointment_id for row in desk.rows(SlotClaimRow)} == {booked.appointment.id}


def test_events_tell_what_happened_and_no_person(desk: Desk, booking_city: BookingCity) -> None:
    booked = desk.book()
    desk.do(service.reschedule, booked.token, local(11))
    desk.do(service.cancel, booked.token)
    rows = sorted(desk.rows(OutboxRow), key=lambda row: row.seq)
    assert [row.kind for row in rows] == [
        "appointment_confirmed", "appointment_moved", "appointment_cancelled"
    ]  # fmt: skip
    for row in rows:
        times, kinds = {"starts_at", "from_starts_at"}, {"meeting", "from_meeting"}
        assert set(row.payload) <= {"appointment_id", "by"} | times | kinds


def test_a_foreign_token_finds_nothing(desk: Desk) -> None:
    desk.book()
    with pytest.raises(AppointmentNotFound):
        desk.look_up("not-a-token-of-anybody")
