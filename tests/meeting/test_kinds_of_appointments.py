"""Appointments by telephone, by video and at home: offered, booked, kept and erased; on both databases."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from booking import service
from booking.desk import reaching
from booking.desk.booking import Wish, book_for
from booking.desk.errors import VisitNotYet
from booking.errors import AppointmentNotFound, PhoneInvalid, SlotTaken
from booking.meeting.errors import AddressInvalid, KindInvalid, KindNotOffered, NotInPerson
from booking.meeting.service import kinds_for
from booking.rules.appointments import AppointmentStatus
from booking.rules.cancelling import CancelReason
from booking.rules.meeting import AppointmentKind
from booking.tables import AppointmentRow
from kernel.audit_tables import AuditRow
from kernel.identity import CITIZEN, WrongHall
from queueing.tables import ExpectedArrivalRow, TicketRow
from tests.booking.booking_city import local, person
from tests.booking.desk import ELDER, TEN
from tests.meeting.caller import ADDRESS, HOME, PHONE, TERMS, VIDEO, WORDS

if TYPE_CHECKING:
    from tests.meeting.caller import Caller

APPOINTMENTS = AppointmentRow.__table__  # type: ignore[attr-defined]


def offered(caller: Caller, *codes: str) -> list[AppointmentKind]:
    found = caller.database.read_now(kinds_for, "city", codes or ELDER)
    return [own.kind for own in found]


def looks(caller: Caller, what: str) -> list[Any]:
    return caller.rows(AuditRow, AuditRow.__table__.c.what == what)  # type: ignore[attr-defined]


def test_a_hall_that_says_nothing_offers_the_hall_alone(caller: Caller) -> None:
    assert offered(caller) == [AppointmentKind.HALL]
    with pytest.raises(KindNotOffered) as refused:
        caller.hold_as(PHONE)
    assert refused.value.facts["offered"] == ["hall"]
    assert caller.book().appointment.meeting.kind is AppointmentKind.HALL


def test_several_services_are_offered_as_all_of_them_are(caller: Caller) -> None:
    caller.offer(PHONE, VIDEO)
    caller.offer(PHONE, service="social-card")
    assert offered(caller) == [AppointmentKind.HALL, PHONE, VIDEO]
    assert offered(caller, *ELDER, "social-card") == [AppointmentKind.HALL, PHONE]


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (replace(TERMS[VIDEO], link=""), "link"),
        (replace(TERMS[VIDEO], link="http://video.example/"), "link"),
        (replace(TERMS[VIDEO], link="javascript:alert(1)"), "link"),
        (replace(TERMS[HOME], words_zh="", words_en=""), "words_zh"),
        (replace(TERMS[PHONE], words_en=""), "words_en"),
        (replace(TERMS[PHONE], kind=AppointmentKind.HALL), "kind"),
    ],
)
def test_what_a_kind_needs_is_asked_for(caller: Caller, wanted: Any, field: str) -> None:
    with pytest.raises(KindInvalid) as refused:
        caller.set(wanted)
    assert refused.value.facts["field"] == field
    assert offered(caller) == [AppointmentKind.HALL]


def test_only_the_halls_own_manager_switches_kinds_and_it_is_in_the_trail(caller: Caller) -> None:
    with pytest.raises(WrongHall):
        caller.set(TERMS[PHONE], by=caller.stranger)
    caller.offer(PHONE)
    (line,) = looks(caller, "appointment.kind")
    assert line.detail == {"service": ELDER[0], "kind": "phone", "offered": True}


def test_what_was_promised_is_kept_when_it_is_offered_no_more(caller: Caller) -> None:
    caller.offer(VIDEO)
    booked = caller.book_as(VIDEO)
    link = booked.appointment.meeting.link
    assert link.startswith("https://video.example/")
    caller.set(replace(TERMS[VIDEO], offered=False))
    assert offered(caller) == [AppointmentKind.HALL]
    assert caller.look_up(booked.token).meeting.link == link
    caller.set(replace(TERMS[VIDEO], offered=False, link="https://other.example/"))
    assert caller.look_up(booked.token).meeting.link == "https://other.example/", (
        "a link that broke is mended"
    )


def test_each_video_appointment_has_a_room_that_nobody_guesses(caller: Caller) -> None:
    caller.offer(VIDEO)
    links = {caller.book_as(VIDEO, number=n).appointment.meeting.link for n in range(2)}
    assert len(links) == 2
    assert all(len(link.rsplit("/", 1)[1]) == 16 for link in links)


def test_a_place_is_a_place_whatever_the_kind(caller: Caller) -> None:
    caller.offer(PHONE, VIDEO, HOME)
    assert caller.free_at(TEN) == 2
    caller.book_as(PHONE, number=1)
    caller.book_as(HOME, number=2)
    assert caller.free_at(TEN) == 0
    with pytest.raises(SlotTaken):
        caller.hold_as(VIDEO, number=3)


def test_a_telephone_appointment_needs_a_number_even_at_the_desk(caller: Caller) -> None:
    caller.offer(PHONE, VIDEO)

    def book(kind: AppointmentKind) -> Any:
        wish, who = Wish("city", tuple(ELDER), TEN, kind=kind), person(phone="")
        return caller.clerk_does(book_for, "city", wish, who, vault=caller.vault)

    with pytest.raises(PhoneInvalid):
        book(PHONE)
    assert book(VIDEO).appointment.meeting.kind is VIDEO


def test_an_address_is_needed_kept_sealed_masked_and_erased(caller: Caller) -> None:
    caller.offer(HOME)
    held = caller.hold_as(HOME)
    with pytest.raises(AddressInvalid):
        caller.confirm(held.token)
    booked = caller.confirm(held.token, address=ADDRESS)
    assert booked.address_masked == "汕尾大道12*******"
    (row,) = caller.rows(AppointmentRow)
    assert ADDRESS.encode() not in row.address_sealed
    assert caller.rows(ExpectedArrivalRow) == [], "nobody waits in a queue for them"
    caller.do(service.cancel, held.token)
    caller.do(service.erase_mine, held.token)
    (row,) = caller.rows(AppointmentRow)
    assert (row.address_sealed, row.kind) == (None, "home")


def test_an_address_that_nobody_needs_is_not_kept(caller: Caller) -> None:
    caller.offer(PHONE)
    caller.book_as(PHONE, address=ADDRESS)
    (row,) = caller.rows(AppointmentRow)
    assert row.address_sealed is None


def test_whoever_is_called_does_not_check_in_but_who_stands_in_the_hall_may(caller: Caller) -> None:
    caller.offer(PHONE)
    booked = caller.book_as(PHONE)
    with pytest.raises(NotInPerson):
        caller.do(service.check_in, booked.token, by=CITIZEN)
    hall = caller.city.halls["city"]
    issued = caller.do(service.check_in, booked.token, by=CITIZEN, at_hall=hall)
    assert not issued.ticket.remote
    assert caller.look_up(booked.token).meeting.kind is AppointmentKind.HALL
    assert caller.round() == []


def test_a_hall_that_never_called_has_cancelled_and_nobody_missed_it(caller: Caller) -> None:
    caller.publish()
    caller.offer(PHONE, HOME)
    booked = caller.book_as(PHONE)
    visit = caller.book_as(HOME, number=1)
    caller.clock.set(local(11))
    caller.worked(caller.clock.now())
    assert caller.end_day() == []
    own = caller.look_up(booked.token)
    assert (own.status, own.cancel_reason) == (AppointmentStatus.CANCELLED_BY_HALL, CancelReason.NOT_CALLED)
    assert caller.look_up(visit.token).status is AppointmentStatus.CHECKED_IN
    assert caller.written() == []


def test_who_goes_out_sees_addresses_and_each_look_is_noted(caller: Caller) -> None:
    caller.offer(HOME)
    booked = caller.book_as(HOME)
    found = caller.database.read_now(
        reaching.home_visits, "city", None, by=caller.clerk, now=caller.clock.now(), vault=caller.vault
    )
    (visit,) = found.visits
    assert (visit.address, visit.name, visit.may_end) == (ADDRESS, "王小明", False)
    (look,) = reaching.looks_at_homes(found)
    assert look.subject == str(booked.appointment.id)
    with pytest.raises(WrongHall):
        caller.database.read_now(
            reaching.home_visits, "city", None, by=caller.stranger, now=caller.clock.now(), vault=caller.vault
        )


def test_a_visit_ends_as_done_or_with_nobody_there(caller: Caller) -> None:
    caller.publish()
    caller.offer(HOME)
    met, not_there = (caller.book_as(HOME, number=n).appointment.id for n in range(2))

    def end(own: Any, *, met: bool) -> Any:
        return caller.clerk_does(reaching.end_visit, "city", own, met=met, vault=caller.vault)

    with pytest.raises(VisitNotYet):
        end(met, met=True)
    caller.clock.set(local(10, 50))
    caller.worked(caller.clock.now())
    end(met, met=True)
    end(not_there, met=False)
    statuses = {row.id: row.status for row in caller.rows(AppointmentRow)}
    assert statuses == {met: "checked_in", not_there: "no_show"}
    assert [row.appointment_id for row in caller.written()] == [not_there]
    assert caller.rows(TicketRow) == []
    assert len(looks(caller, "appointment.visited")) == 2


def test_moving_and_cancelling_keep_the_kind(caller: Caller) -> None:
    caller.offer(PHONE)
    booked = caller.book_as(PHONE)
    moved = caller.do(service.reschedule, booked.token, local(11))
    assert (moved.meeting.kind, moved.meeting.words_zh) == (PHONE, WORDS[:1])
    gone = caller.do(service.cancel, booked.token)
    assert gone.meeting.kind is PHONE
    caller.clock.set(local(11, 5))
    assert caller.round() == []


def test_the_export_of_what_is_kept_names_the_address(caller: Caller) -> None:
    caller.offer(HOME)
    caller.book_as(HOME)
    kept = caller.database.write_now(
        service.export_for_phone, person().phone, by=caller.supervisor, reason="asked",
        clock=caller.clock, vault=caller.vault,
    )  # fmt: skip
    assert (kept[0]["kind"], kept[0]["address"]) == ("home", ADDRESS)


def test_the_number_is_for_staff_who_have_the_ticket(caller: Caller) -> None:
    caller.offer(PHONE)
    caller.book_as(PHONE)
    caller.clock.set(TEN)
    (issued,) = caller.round()

    def reach(by: Any, ticket_id: Any) -> Any:
        return caller.database.write_now(
            reaching.reach, "city", ticket_id, by=by, clock=caller.clock, vault=caller.vault
        )

    found = reach(caller.clerk, issued.ticket.id)
    assert (found.kind, found.phone, found.link) == (PHONE, f"+86{person().phone}", "")
    assert len(looks(caller, "appointment.number")) == 1
    with pytest.raises(WrongHall):
        reach(caller.stranger, issued.ticket.id)
    with pytest.raises(AppointmentNotFound):
        reach(caller.clerk, caller.walk_in().ticket.id)


def test_kinds_stand_in_the_schema_for_halls_that_never_heard_of_them(caller: Caller) -> None:
    caller.book()
    kinds = caller.database.read_now(
        lambda session: session.execute(select(APPOINTMENTS.c.kind)).scalars().all()
    )
    assert kinds == ["hall"]
