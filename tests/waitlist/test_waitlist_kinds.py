"""Whoever waits says by which kind of appointment, and is offered times of that kind; on both databases."""

from __future__ import annotations

from dataclasses import replace

import pytest

from booking import service
from booking.meeting.errors import AddressInvalid, KindNotOffered
from booking.meeting.service import set_kind
from booking.rules.meeting import AppointmentKind
from booking.service import OtherKind
from booking.tables import AppointmentRow
from booking.waitlist.personal import waits_of_phone
from kernel.identity import Role, Staff
from kernel.ids import StaffId, uuid7
from tests.booking.booking_city import local
from tests.meeting.caller import ADDRESS, HOME, PHONE, TERMS, VIDEO
from tests.waitlist.waiters import AT_TEN, SOCIAL, Waiters, times

HALL = AppointmentKind.HALL


def offer(waiters: Waiters, *kinds: AppointmentKind, offered: bool = True) -> None:
    manager = Staff(StaffId(uuid7()), "Manager", Role.MANAGER, waiters.city.halls["city"])
    for kind in kinds:
        wanted = replace(TERMS[kind], offered=offered)
        waiters.database.write_now(set_kind, "city", SOCIAL[0], wanted, by=manager, clock=waiters.clock)


def test_what_is_offered_is_of_the_kind_that_was_waited_for(waiters: Waiters) -> None:
    offer(waiters, PHONE)
    early = waiters.taken()
    token = waiters.join(1, kind=PHONE)
    assert waiters.seen(token).kind is PHONE
    waiters.do(service.cancel, early)
    assert waiters.round().made == 1
    done = waiters.take(token)
    assert done.booked_token is not None
    booked = waiters.look_up(done.booked_token)
    assert (booked.meeting.kind, booked.starts_at) == (PHONE, AT_TEN)


def test_only_what_each_hall_offers_can_be_waited_for(waiters: Waiters) -> None:
    waiters.taken()
    with pytest.raises(KindNotOffered) as refused:
        waiters.join(1, kind=VIDEO)
    assert (refused.value.facts["field"], refused.value.facts["hall"]) == ("kind", "city")


def test_a_visit_needs_an_address_which_leaves_the_list_with_the_wait(waiters: Waiters) -> None:
    offer(waiters, HOME)
    early = waiters.taken()
    with pytest.raises(AddressInvalid):
        waiters.join(1, kind=HOME)
    token = waiters.join(1, kind=HOME, address=ADDRESS)
    (kept,) = waiters.database.read_now(waits_of_phone, "13800138001", waiters.vault)
    assert (kept["kind"], kept["address"]) == ("home", ADDRESS)
    waiters.do(service.cancel, early)
    waiters.round()
    done = waiters.take(token)
    assert done.booked_token is not None
    assert waiters.look_up(done.booked_token).address_masked
    (entry,) = waiters.entries()
    assert entry.address_sealed is None


def test_what_a_hall_offers_no_more_is_offered_to_nobody(waiters: Waiters) -> None:
    offer(waiters, PHONE)
    early = waiters.taken()
    waiters.join(1, kind=PHONE)
    behind = waiters.join(2)
    offer(waiters, PHONE, offered=False)
    waiters.do(service.cancel, early)
    assert waiters.round().made == 1
    assert waiters.seen(behind).offer is not None


def test_an_earlier_time_is_held_as_the_appointment_is_then(waiters: Waiters) -> None:
    offer(waiters, PHONE, VIDEO)
    late, early = waiters.taken(local(11, days=1), number=1), waiters.taken()
    token = waiters.earlier(late, times())
    assert waiters.seen(token).kind is HALL
    waiters.do(service.reschedule, late, local(11, days=1), OtherKind(PHONE))
    assert waiters.seen(token).kind is PHONE
    waiters.do(service.cancel, early)
    waiters.round()
    holds = waiters.rows(AppointmentRow, AppointmentRow.__table__.c.status == "held")  # type: ignore[attr-defined]
    assert [own.kind for own in holds] == ["phone"]
    waiters.take(token)
    own = waiters.look_up(late)
    assert (own.meeting.kind, own.starts_at) == (PHONE, AT_TEN)
