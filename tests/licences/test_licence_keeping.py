"""Companies as holders, consent at the desk, and how long whose licences they were is kept."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from booking import service
from booking.desk import booking as desk_booking
from booking.errors import CompanyCodeInvalid, IdNumberInvalid
from booking.licences import giving, looking, store
from booking.licences.errors import LicenceNumberNeeded, NoLicenceConsent, NoLicencePermission
from booking.licences.keeping import forget_over, kept_of
from booking.licences.port import HolderKind
from booking.licences.tables import LicenceConsentRow, LicenceLookRow
from booking.mine.sessions import subject_of
from booking.rules.own_list import Way
from booking.service import erasing
from booking.tables import AppointmentRow
from kernel.clock import wall
from kernel.identity import Role, Staff
from kernel.identity_tables import StaffRow
from kernel.ids import StaffId, uuid7
from tests.booking.booking_city import local, person
from tests.booking.desk import TEN, Desk

if TYPE_CHECKING:
    from sqlmodel import Session

    from tests.booking.booking_city import BookingCity

CODE, ID_NUMBER = "91350100M000100Y43", "11010519491231002X"


def clerk(desk: Desk, city: BookingCity, *, may_look: bool = True) -> Staff:
    who = Staff(StaffId(uuid7()), "Li", Role.CLERK, city.halls["city"])

    def unit(session: Session) -> None:
        named = {"username": "li", "display_name": "Li", "role": "clerk", "password_hash": "!"}
        row = StaffRow(id=who.id, hall_id=who.hall_id, **named)
        session.add(row)
        session.flush()
        if may_look:
            store.allow(session, who.id, by=who.id, at=desk.clock.now())  # type: ignore[arg-type]

    desk.database.write_now(unit)
    return who


def signed_in(desk: Desk) -> giving.SignedIn:
    from booking.mine.sessions import open_list  # noqa: PLC0415 - beside its only use

    person_hash, now = b"p" * 32, wall(desk.clock)
    token = desk.database.write_now(
        open_list, Way.SIGNED_IN, person_hash, subject="person-1", wall=now, vault=desk.vault
    )
    return giving.SignedIn(person_hash, token, now)


def book_at_desk(desk: Desk, by: Staff, *, agreed: bool, **who: object) -> service.AppointmentView:
    wish = desk_booking.Wish("city", ("elder-benefit",), TEN)
    parts = {"by": by, "clock": desk.clock, "vault": desk.vault}
    held = desk.database.write_now(desk_booking.hold_for, "city", wish, **parts)
    return desk.database.write_now(
        giving.confirm_for, "city", held.token, person(0, **who), agreed=agreed, **parts
    )


def test_a_company_may_be_the_holder_and_is_shown_masked(desk: Desk, booking_city: BookingCity) -> None:
    assert booking_city
    held = desk.hold()
    booked = desk.confirm(held.token, company="91350100m000100y43")
    assert booked.company_masked == "91************0Y43"
    (row,) = desk.rows(AppointmentRow)
    assert CODE.encode() not in row.company_sealed
    who = signed_in(desk)
    desk.do(giving.agree, held.token, who)
    asked = desk.do(looking.look_for_self, held.token, who)
    assert (asked.question.holder.kind, asked.question.holder.value) == (HolderKind.COMPANY, CODE)
    assert asked.question.holder.acting == "person-1"


def test_a_code_or_number_with_a_wrong_check_digit_keeps_the_place(
    desk: Desk, booking_city: BookingCity
) -> None:
    assert booking_city
    held = desk.hold()
    with pytest.raises(CompanyCodeInvalid):
        desk.confirm(held.token, company="91350100M000100Y44")
    with pytest.raises(IdNumberInvalid):
        desk.confirm(held.token, id_number="110105194912310021")
    assert desk.confirm(held.token, company=CODE).status == "confirmed"


def test_the_whole_number_gives_its_end_where_a_service_needs_that(
    desk: Desk, booking_city: BookingCity
) -> None:
    assert booking_city
    held = desk.hold(services=["minimum-living"])
    desk.confirm(held.token, id_number=ID_NUMBER)
    (row,) = desk.rows(AppointmentRow)
    assert row.id_tail_sealed is not None


def test_consent_at_the_desk_is_given_by_number_and_seen_by_that_desk_alone(
    desk: Desk, booking_city: BookingCity
) -> None:
    by = clerk(desk, booking_city)
    with pytest.raises(LicenceNumberNeeded):
        book_at_desk(desk, by, agreed=True)
    booked = book_at_desk(desk, by, agreed=True, id_number=ID_NUMBER, phone="13800138200")
    parts = {"clock": desk.clock, "vault": desk.vault}
    asked = desk.database.write_now(looking.look_at_desk, "city", booked.id, by=by, **parts)
    assert asked.question.holder.value == ID_NUMBER
    assert asked.question.papers == ("居民身份证", "申请表")
    other = Staff(StaffId(uuid7()), "Wu", Role.CLERK, by.hall_id)
    with pytest.raises(NoLicencePermission):
        desk.database.write_now(looking.look_at_desk, "city", booked.id, by=other, **parts)
    (look,) = desk.rows(LicenceLookRow)
    assert (look.who, look.staff_id) == ("desk", by.id)


def test_without_leave_nobody_agrees_for_anybody(desk: Desk, booking_city: BookingCity) -> None:
    by = clerk(desk, booking_city, may_look=False)
    with pytest.raises(NoLicencePermission):
        book_at_desk(desk, by, agreed=True, id_number=ID_NUMBER)
    assert desk.rows(LicenceConsentRow) == []


def test_whose_licences_is_forgotten_when_the_visit_is_over_or_cancelled(
    desk: Desk, booking_city: BookingCity
) -> None:
    by = clerk(desk, booking_city)
    booked = book_at_desk(desk, by, agreed=True, id_number=ID_NUMBER)

    def sealed() -> bytes | None:
        return desk.rows(LicenceConsentRow)[0].holder_sealed

    assert desk.database.write_now(forget_over, desk.clock.now()) == 0
    assert sealed() is not None
    assert desk.database.write_now(forget_over, booked.ends_at + timedelta(hours=13)) == 1
    assert sealed() is None
    with pytest.raises(NoLicenceConsent):
        desk.database.write_now(
            looking.look_at_desk, "city", booked.id, by=by, clock=desk.clock, vault=desk.vault
        )


def test_a_cancelled_appointment_is_looked_up_no_more(desk: Desk, booking_city: BookingCity) -> None:
    assert booking_city
    held = desk.book()
    who = signed_in(desk)
    desk.do(giving.agree, held.token, who)
    desk.do(service.cancel, held.token)
    with pytest.raises(NoLicenceConsent):
        desk.do(looking.look_for_self, held.token, who)


def test_erasing_takes_consent_and_looks_with_it(desk: Desk, booking_city: BookingCity) -> None:
    assert booking_city
    held = desk.book()
    who = signed_in(desk)
    desk.do(giving.agree, held.token, who)
    desk.do(looking.look_for_self, held.token, who)
    kept = desk.database.read_now(kept_of, held.appointment.id)
    assert kept is not None
    assert [look["who"] for look in kept["looks"]] == ["self"]
    desk.do(service.cancel, held.token)
    desk.do(erasing.erase_mine, held.token)
    assert desk.rows(LicenceConsentRow) == desk.rows(LicenceLookRow) == []


def test_the_subject_lies_sealed_under_its_own_list(desk: Desk, booking_city: BookingCity) -> None:
    assert booking_city
    who = signed_in(desk)

    def read(at: object) -> str | None:
        return desk.database.read_now(subject_of, who.token, wall=at, vault=desk.vault)

    assert read(who.wall) == "person-1"
    assert read(who.wall + timedelta(hours=2)) is None
    assert local(9)
