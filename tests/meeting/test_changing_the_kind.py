"""An appointment is held in another way than it was booked; on both databases."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from booking import service
from booking.desk.booking import Wish, book_for, move_at_wish
from booking.errors import AppointmentNotPossible, PhoneInvalid, SlotNotBookable, SlotTaken
from booking.meeting.errors import AddressInvalid, KindNotOffered
from booking.rules.meeting import AppointmentKind
from booking.service import OtherKind
from booking.tables import AppointmentRow, QuotaClaimRow
from kernel.audit_tables import AuditRow
from kernel.identity import CITIZEN
from kernel.work_tables import OutboxRow
from queueing.tables import ExpectedArrivalRow, TicketRow
from tests.booking.booking_city import local, person
from tests.booking.desk import ELDER, TEN
from tests.meeting.caller import ADDRESS, HOME, PHONE, VIDEO

if TYPE_CHECKING:
    from datetime import datetime

    from tests.meeting.caller import Caller

HALL = AppointmentKind.HALL
ELEVEN = local(11)


def change(caller: Caller, booked: Any, kind: AppointmentKind, at: datetime = TEN, **needed: str) -> Any:
    return caller.do(service.reschedule, booked.token, at, OtherKind(kind, **needed))


def at_desk(caller: Caller, booked: Any, kind: AppointmentKind, **needed: str) -> Any:
    return caller.database.write_now(
        move_at_wish, "city", booked.appointment.id, TEN, OtherKind(kind, **needed),
        by=caller.clerk, clock=caller.clock, vault=caller.vault,
    )  # fmt: skip


def without_number(caller: Caller) -> Any:
    return caller.database.write_now(
        book_for, "city", Wish("city", tuple(ELDER), TEN), person(0, phone=""),
        by=caller.clerk, clock=caller.clock, vault=caller.vault,
    )  # fmt: skip


def moves(caller: Caller) -> list[dict[str, Any]]:
    events = caller.rows(OutboxRow, OutboxRow.__table__.c.kind == "appointment_moved")  # type: ignore[attr-defined]
    return [own.payload for own in events]


def test_who_keeps_the_time_keeps_the_place_link_and_reference(caller: Caller) -> None:
    caller.offer(PHONE, VIDEO)
    booked, other = caller.book_as(HALL), caller.book_as(HALL, number=1)
    changed = change(caller, booked, PHONE)
    assert (changed.meeting.kind, changed.starts_at) == (PHONE, TEN)
    assert (changed.code, changed.ics_sequence) == (booked.appointment.code, 1)
    assert caller.look_up(other.token).meeting.kind is HALL
    with pytest.raises(SlotTaken):  # both places are held as before: nothing was given back or taken
        caller.hold_as(HALL, number=2)
    (moved,) = moves(caller)
    assert (moved["from_meeting"], moved["meeting"]) == ("hall", "phone")
    assert moved["from_starts_at"] == moved["starts_at"]


def test_time_and_kind_change_in_one_piece_or_not_at_all(caller: Caller) -> None:
    caller.offer(PHONE)
    booked = caller.book_as(HALL)
    for number in (1, 2):
        caller.book_as(HALL, ELEVEN, number=number)
    with pytest.raises(SlotTaken):
        change(caller, booked, PHONE, ELEVEN)
    kept = caller.look_up(booked.token)
    assert (kept.meeting.kind, kept.starts_at, kept.ics_sequence) == (HALL, TEN, 0)
    moved = change(caller, booked, PHONE, local(10, 30))
    assert (moved.meeting.kind, moved.starts_at) == (PHONE, local(10, 30))


def test_only_what_is_offered_can_be_had_and_the_hall_always_can(caller: Caller) -> None:
    caller.offer(PHONE)
    booked = caller.book_as(PHONE)
    with pytest.raises(KindNotOffered):
        change(caller, booked, VIDEO)
    assert change(caller, booked, HALL).meeting.kind is HALL
    assert len(caller.rows(ExpectedArrivalRow)) == 1


def test_an_address_is_asked_for_kept_sealed_and_gone_when_nobody_comes_there(caller: Caller) -> None:
    caller.offer(HOME)
    booked = caller.book_as(HALL)
    with pytest.raises(AddressInvalid):
        change(caller, booked, HOME)
    changed = change(caller, booked, HOME, address=ADDRESS)
    assert changed.address_masked is not None
    assert changed.address_masked.startswith(ADDRESS[:6])
    assert caller.rows(ExpectedArrivalRow) == []  # nobody comes to the hall
    back = change(caller, booked, HALL)
    assert back.address_masked is None
    (row,) = caller.rows(AppointmentRow)
    assert row.address_sealed is None
    assert len(caller.rows(ExpectedArrivalRow)) == 1


def test_who_left_no_number_leaves_one_to_be_called_and_it_counts_from_then_on(caller: Caller) -> None:
    caller.offer(PHONE)
    booked = without_number(caller)
    with pytest.raises(PhoneInvalid):
        change(caller, booked, PHONE)
    changed = change(caller, booked, PHONE, phone="13800138000")
    assert changed.phone_masked == "138****8000"
    (row,) = caller.rows(AppointmentRow)
    assert row.phone_hash is not None
    claims = [own for own in caller.rows(QuotaClaimRow) if own.appointment_id == row.id]
    assert claims, "the appointment is one of the two of that number's day"
    caller.clock.set(TEN)
    caller.round()
    assert len(caller.rows(TicketRow)) == 1


def test_the_desk_changes_it_too_and_it_is_in_the_trail(caller: Caller) -> None:
    caller.offer(PHONE, HOME)
    booked = without_number(caller)
    assert at_desk(caller, booked, HOME, address=ADDRESS).meeting.kind is HOME
    assert at_desk(caller, booked, PHONE, phone="13800138000").phone_masked == "138****8000"
    lines = caller.rows(AuditRow, AuditRow.__table__.c.what == "appointment.moved_at_wish")  # type: ignore[attr-defined]
    kinds = [(own.detail["from_kind"], own.detail["to_kind"]) for own in lines]
    assert kinds == [("hall", "home"), ("home", "phone")]


def test_it_is_called_by_telephone_at_its_time_as_if_booked_so(caller: Caller) -> None:
    caller.offer(PHONE)
    booked = caller.book_as(HALL)
    change(caller, booked, PHONE)
    caller.clock.set(TEN)
    assert len(caller.round()) == 1
    with pytest.raises(AppointmentNotPossible):
        change(caller, booked, HALL)


def test_who_comes_after_all_is_not_called(caller: Caller) -> None:
    caller.offer(PHONE)
    booked = caller.book_as(PHONE)
    change(caller, booked, HALL)
    caller.clock.set(TEN)
    assert caller.round() == []
    caller.do(service.check_in, booked.token, by=CITIZEN)
    assert len(caller.rows(TicketRow)) == 1


def test_a_time_that_is_over_stays_what_it_was_and_nobody_comes_home_at_once(caller: Caller) -> None:
    caller.offer(PHONE, HOME)
    booked = caller.book_as(HALL)
    caller.clock.set(TEN - timedelta(minutes=1))
    with pytest.raises(SlotNotBookable):
        change(caller, booked, HOME, address=ADDRESS)
    assert change(caller, booked, PHONE).meeting.kind is PHONE
    caller.clock.set(TEN)
    with pytest.raises(SlotNotBookable):
        change(caller, booked, HALL)


def test_a_kept_place_changes_its_kind_before_anybody_is_asked_who_comes(caller: Caller) -> None:
    caller.offer(HOME)
    held = caller.hold_as(HALL)
    assert change(caller, held, HOME).meeting.kind is HOME
    with pytest.raises(AddressInvalid):
        caller.do(service.confirm, held.token, person(0))
    assert caller.do(service.confirm, held.token, person(0, address=ADDRESS)).address_masked


def test_moving_without_a_word_about_the_kind_keeps_it(caller: Caller) -> None:
    caller.offer(PHONE)
    booked = caller.book_as(PHONE)
    assert caller.do(service.reschedule, booked.token, ELEVEN).meeting.kind is PHONE
    (moved,) = moves(caller)
    assert moved["from_meeting"] == moved["meeting"] == "phone"
