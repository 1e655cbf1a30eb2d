"""What somebody does while signed in is theirs, found again on every device, and leads to its own page."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from cryptography.exceptions import InvalidTag

from booking import service
from booking.errors import AppointmentNotFound, NameInvalid
from booking.meeting.store import KindTerms, write_terms
from booking.mine import listing, opening, owned, sessions, store
from booking.mine.errors import OwnThingNotFound
from booking.rules.cancelling import CancelReason, Why
from booking.rules.meeting import AppointmentKind
from booking.rules.own_list import SIGNED_IN_LASTS, About
from booking.service.arrived import ticket_token
from booking.waitlist import service as waitlist
from kernel import catalogue
from kernel.errors import NotSignedIn
from kernel.identity import CITIZEN, SYSTEM, signed_in
from kernel.ids import AppointmentId, uuid7
from queueing import service as queueing
from queueing.errors import TicketNotFound
from tests.booking.booking_city import client, local, person
from tests.booking.desk import ELDER, TEN
from tests.mine.owners import Owners
from tests.support.statements import statements_of
from tests.waitlist.waiters import times

if TYPE_CHECKING:
    from sqlmodel import Session

PHONE = AppointmentKind.PHONE
TOMORROW = local(10, 30, days=1)


def test_what_is_booked_while_signed_in_stands_on_the_list(owners: Owners) -> None:
    link = owners.book_as("person-1", TOMORROW)
    owners.book_as(None, TOMORROW, number=1)
    owners.book_as("person-2", local(15, days=1), number=2)
    (own,) = owners.list_of(owners.sign_in())["coming"]
    assert (own.starts_at, own.listed, own.opens) == (TOMORROW, True, True)
    assert [each.name_en for each in own.services] == ["Old-age allowance"]
    assert owners.way_to(own.id, owners.sign_in()) == f"/a/{quote(link)}"


def test_a_booking_that_fails_leaves_nothing_on_the_list(sqlite_owners: Owners) -> None:
    owners = sqlite_owners
    with pytest.raises(NameInvalid):
        owners.do(owned.confirm, owners.hold(TOMORROW).token, person(0, name=" "), owner=owners.person())
    assert owners.items() == []


def test_another_device_sees_the_same_and_another_person_does_not(owners: Owners) -> None:
    owners.book_as("person-1", TOMORROW)
    (own,) = owners.list_of(owners.sign_in())["coming"]
    assert owners.list_of(owners.sign_in())["coming"][0].id == own.id
    other = owners.sign_in("person-2")
    assert owners.list_of(other) == {}
    with pytest.raises(OwnThingNotFound):
        owners.way_to(own.id, other)
    with pytest.raises(OwnThingNotFound):
        owners.way_to(uuid7(), other)


def test_a_link_that_is_copied_to_another_list_does_not_open(sqlite_owners: Owners) -> None:
    owners = sqlite_owners
    owners.book_as("person-1", TOMORROW)
    (row,) = owners.items()
    owners.database.write_now(
        store.add_item, owners.person("person-2"), row.subject, about=row.about, hall_id=row.hall_id,
        path_sealed=row.path_sealed, added_at=row.added_at,
    )  # fmt: skip
    with pytest.raises(InvalidTag):
        owners.way_to(row.subject, owners.sign_in("person-2"))


def test_who_has_checked_in_is_led_to_the_ticket(owners: Owners) -> None:
    link = owners.book_as("person-1", local(10, 30))
    token = owners.sign_in()
    owners.clock.set(local(10, 20))
    owners.do(service.check_in, link, by=CITIZEN)
    (own,) = owners.list_of(token)["today"]
    assert own.label == "A001"
    assert owners.way_to(own.id, token) == f"/t/{quote(ticket_token(AppointmentId(own.id), owners.vault))}"


def test_a_ticket_that_is_alive_stands_under_today_then_under_past(owners: Owners) -> None:
    issued = owners.database.write_now(
        queueing.issue_ticket, owners.city.halls["city"], [owners.city.services["elder-benefit"]],
        priority=False, by=CITIZEN, clock=owners.clock, vault=owners.vault,
    )  # fmt: skip
    token = owners.sign_in()
    owners.add(token, About.VISIT, issued.token)
    (own,) = owners.list_of(token)["today"]
    assert (own.label, own.status, own.services[0].name_en) == ("A001", "waiting", "Old-age allowance")
    assert owners.way_to(own.id, token) == f"/t/{quote(issued.token)}"
    owners.do(queueing.give_up, issued.token)
    assert owners.list_of(token)["past"][0].status == "given_up"


def test_who_is_cancelled_by_the_hall_reads_it_where_the_appointment_stood(owners: Owners) -> None:
    owners.book_as("person-1", TOMORROW)
    mine = owners.book_as("person-1", TOMORROW, number=1)
    token = owners.sign_in()
    first = owners.list_of(token)["coming"][0]
    owners.do(service.cancel, mine)
    why = Why(CancelReason.SYSTEM_DOWN)
    owners.do(service.cancel_by_hall, owners.city.halls["city"], [first.id], why, by=SYSTEM)
    seen = owners.list_of(token)
    assert [own.status for own in seen["coming"]] == ["cancelled_by_hall"]
    assert [own.status for own in seen["past"]] == ["cancelled_by_citizen"]


def test_a_wait_stands_on_the_list_until_its_place_does(owners: Owners) -> None:
    full = owners.taken()
    link = owners.join_as("person-1", 1)
    token = owners.sign_in()
    (wait,) = owners.list_of(token)["waiting"]
    assert owners.way_to(wait.id, token) == f"/w/{quote(link)}"
    owners.do(service.cancel, full)
    owners.round()
    assert owners.list_of(token)["waiting"][0].offered
    owners.take(link)
    seen = owners.list_of(token)
    assert list(seen) == ["coming"]
    assert owners.way_to(seen["coming"][0].id, token).startswith("/a/")
    assert owners.look_up(owners.way_to(seen["coming"][0].id, token)[3:]).status.value == "confirmed"


def test_leaving_the_waiting_list_takes_it_off(owners: Owners) -> None:
    owners.taken()
    link = owners.join_as("person-1", 1)
    owners.do(waitlist.leave, link)
    assert (owners.list_of(owners.sign_in()), owners.items()) == ({}, [])


def test_what_was_booked_before_is_added_by_its_link_once(owners: Owners) -> None:
    link = owners.book_as(None, TOMORROW)
    token = owners.sign_in()
    assert owners.list_of(token) == {}
    first = owners.add(token, About.APPOINTMENT, link)
    assert owners.add(token, About.APPOINTMENT, link) == first
    assert [own.id for own in owners.list_of(token)["coming"]] == [first]
    assert len(owners.items()) == 1
    with pytest.raises(AppointmentNotFound):
        owners.add(token, About.APPOINTMENT, "a-token-of-nobody")
    with pytest.raises(TicketNotFound):
        owners.add(token, About.VISIT, link)


def test_a_hold_is_nobodys_yet(sqlite_owners: Owners) -> None:
    held = sqlite_owners.hold(TOMORROW)
    with pytest.raises(AppointmentNotFound):
        sqlite_owners.add(sqlite_owners.sign_in(), About.APPOINTMENT, held.token)


def test_who_came_by_a_number_has_no_list_to_add_to(sqlite_owners: Owners) -> None:
    link = sqlite_owners.book_as(None, TOMORROW)
    with pytest.raises(NotSignedIn):
        sqlite_owners.add(sqlite_owners.found(), About.APPOINTMENT, link)


def test_taken_off_it_stays_booked(owners: Owners) -> None:
    link = owners.book_as("person-1", TOMORROW)
    token = owners.sign_in()
    own = owners.list_of(token)["coming"][0].id
    owners.database.write_now(opening.take_off, owners.known(token), own)
    assert owners.list_of(token) == {}
    assert owners.look_up(link).status.value == "confirmed"
    with pytest.raises(OwnThingNotFound):
        owners.database.write_now(opening.take_off, owners.known(token), own)


def test_a_list_closes_by_itself_and_at_signing_out(owners: Owners) -> None:
    token, other = owners.sign_in(), owners.sign_in()
    owners.database.write_now(sessions.sign_out, [token], vault=owners.vault)
    assert (owners.known(token), owners.known(other) is None) == (None, False)
    owners.clock.advance(SIGNED_IN_LASTS)
    assert owners.known(other) is None
    owners.clock.advance(timedelta(seconds=1))
    owners.database.write_now(sessions.tidy_lists, owners.clock.now(), wall=owners.clock.now())
    assert owners.session_rows() == []


def test_signing_in_gives_a_new_token_and_ends_the_old_one(sqlite_owners: Owners) -> None:
    planted = sqlite_owners.sign_in("person-2")
    token = sqlite_owners.sign_in(instead_of=planted)
    assert token != planted
    assert sqlite_owners.known(planted) is None


def test_an_open_list_is_no_session_of_staff(sqlite_owners: Owners) -> None:
    owners = sqlite_owners
    found = owners.database.read_now(signed_in, owners.sign_in(), vault=owners.vault, now=owners.clock.now())
    assert found is None


def test_a_wait_for_an_earlier_time_stands_beside_its_appointment(owners: Owners) -> None:
    link = owners.book_as("person-1", local(11, days=2))
    for number in (1, 2):
        owners.book(local(10, days=1), number=number)
    owners.do(owned.join_for_earlier, link, times(), owner=owners.person())
    seen = owners.list_of(owners.sign_in())
    assert list(seen) == ["coming", "waiting"]


def test_a_long_list_asks_the_database_no_more_than_a_short_one(owners: Owners) -> None:
    owners.taken()
    token = owners.sign_in()
    counts = []
    for number in range(1, 5):
        owners.join_as("person-1", number)
        owners.book_as("person-1", TEN + timedelta(hours=4, minutes=30 * number), number=number)
        known = owners.known(token)
        asked = statements_of(owners.database, listing.own_list, known, now=owners.clock.now())
        counts.append(len(asked))
    seen = owners.list_of(token)
    assert (len(seen["waiting"]), len(seen["coming"])) == (4, 4)
    assert counts == counts[:1] * 4


def test_who_is_called_elsewhere_stays_with_the_appointment(owners: Owners) -> None:
    """No screen shows their number, so the list does not lead to a ticket to watch."""

    def offer(session: Session) -> None:
        (ours,) = catalogue.services_by_code(session, ELDER)
        terms = KindTerms(ours.id, PHONE, offered=True, link="", words_zh="", words_en="")
        write_terms(session, catalogue.hall_by_code(session, "city").id, terms, at=owners.clock.now())

    write, parts = owners.database.write_now, {"clock": owners.clock, "vault": owners.vault}
    write(offer)
    held = write(service.hold, "city", ELDER, TEN, client=client(), kind=PHONE, **parts)
    owners.do(owned.confirm, held.token, person(), owner=owners.person())
    owners.clock.set(TEN)
    write(service.enter_remote, held.appointment.id, **parts)
    (own,) = owners.list_of(owners.sign_in())["today"]
    assert (own.status, own.label) == ("waiting", "")
    assert owners.way_to(own.id, owners.sign_in()) == f"/a/{quote(held.token)}"
