"""Where the hall asks for a code, a place is held until it is typed, and lapses by itself."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from booking import service
from booking.activation.errors import CodeJustSent, CodesUsedUp
from booking.activation.keeping import tidy_activations
from booking.errors import HoldExpired, PersonLimit, PhoneInvalid
from booking.messages.tables import MessageContactRow
from booking.mine import owned
from booking.mine.errors import CodeEnded
from booking.rules.activation import (
    CODE_TRIES,
    CODES_PER_BOOKING,
    CODES_PER_NUMBER_DAY,
    SEND_AGAIN_AFTER,
)
from booking.rules.appointments import AppointmentStatus
from booking.tables import AppointmentRow
from tests.activation.bookers import wrong_for
from tests.booking.booking_city import PHONES, local, person
from tests.booking.desk import TEN

if TYPE_CHECKING:
    from tests.activation.bookers import Bookers

S = AppointmentStatus
TEN_MINUTES = timedelta(minutes=10)


def test_without_the_code_the_place_is_held_and_not_booked(bookers: Bookers) -> None:
    before = bookers.free_at(TEN)
    token = bookers.asked()
    seen = bookers.look_up(token)
    assert (seen.status, seen.expires_at) == (S.HELD, bookers.clock.now() + TEN_MINUTES)
    assert seen.waits_for_code is not None
    assert seen.waits_for_code.phone_masked == "138****8000"
    assert bookers.free_at(TEN) == before - 1
    (row,) = bookers.rows(AppointmentRow)
    assert (row.phone_hash, row.name_sealed) == (None, None), "it is nobody's yet"


def test_the_right_code_books_with_all_that_was_filled_in(bookers: Bookers) -> None:
    token = bookers.asked()
    (code,) = bookers.codes()
    booked = bookers.type(token, f" {code[:3]} {code[3:]} ").appointment
    assert booked is not None
    assert (booked.status, booked.name_masked, booked.phone_masked) == (S.CONFIRMED, "王*明", "138****8000")
    assert bookers.look_up(token).waits_for_code is None
    assert bookers.waiting() == []
    contacts = [row.about for row in bookers.rows(MessageContactRow)]
    assert contacts == ["appointment"], "nothing more is kept of where the code went"


def test_a_code_typed_twice_books_once(bookers: Bookers) -> None:
    token = bookers.asked()
    (code,) = bookers.codes()
    first, second = bookers.type(token, code).appointment, bookers.type(token, code).appointment
    assert first is not None
    assert second is not None
    assert (first.id, first.status) == (second.id, second.status)


def test_without_the_code_in_time_the_place_is_free_again(bookers: Bookers) -> None:
    before = bookers.free_at(TEN)
    token = bookers.asked()
    bookers.clock.advance(TEN_MINUTES)
    assert bookers.free_at(TEN) == before
    with pytest.raises(HoldExpired):
        bookers.type(token, bookers.codes()[0])
    bookers.database.write_now(tidy_activations, bookers.clock.now())
    assert bookers.waiting() == []
    assert bookers.rows(MessageContactRow) == [], "a number that confirmed nothing is not kept"


def test_who_lets_the_place_go_leaves_nothing(bookers: Bookers) -> None:
    token = bookers.asked()
    bookers.do(service.cancel, token)
    assert bookers.waiting() == []
    assert bookers.rows(MessageContactRow) == []
    assert bookers.codes() == [], "a code that is not yet sent is not sent any more"


def test_wrong_codes_are_counted_and_another_code_has_its_own_tries(bookers: Bookers) -> None:
    token = bookers.asked()
    (code,) = bookers.codes()
    left = [bookers.type(token, wrong_for(code)).tries_left for _ in range(CODE_TRIES)]
    assert left == [4, 3, 2, 1, 0]
    with pytest.raises(CodeEnded):
        bookers.type(token, code)
    bookers.clock.advance(SEND_AGAIN_AFTER)
    bookers.again(token)
    assert bookers.type(token, bookers.codes()[-1]).appointment is not None


def test_the_code_before_the_newest_counts_no_more(sqlite_bookers: Bookers) -> None:
    token = sqlite_bookers.asked()
    (first,) = sqlite_bookers.codes()
    sqlite_bookers.clock.advance(SEND_AGAIN_AFTER)
    sqlite_bookers.again(token)
    (newest,) = sqlite_bookers.codes()
    assert first == newest or sqlite_bookers.type(token, first).appointment is None


def test_codes_are_a_minute_apart_and_three_a_booking(sqlite_bookers: Bookers) -> None:
    bookers = sqlite_bookers
    token = bookers.asked()
    ends_at = bookers.look_up(token).expires_at
    with pytest.raises(CodeJustSent):
        bookers.again(token)
    for _ in range(CODES_PER_BOOKING - 1):
        bookers.clock.advance(SEND_AGAIN_AFTER)
        bookers.again(token)
    bookers.clock.advance(SEND_AGAIN_AFTER)
    with pytest.raises(CodesUsedUp):
        bookers.again(token)
    assert bookers.look_up(token).expires_at == ends_at, "asking again keeps the place no longer"


def test_a_number_gets_four_codes_a_day_whoever_asks(sqlite_bookers: Bookers) -> None:
    bookers = sqlite_bookers
    tokens = [bookers.hold(local(15), number=number).token for number in (1,)]
    tokens += [
        bookers.hold(local(10, 30 * n, days=1), number=10 + n).token for n in range(CODES_PER_NUMBER_DAY)
    ]
    for token in tokens[:CODES_PER_NUMBER_DAY]:
        bookers.fill_in(token)
    with pytest.raises(CodesUsedUp):
        bookers.fill_in(tokens[CODES_PER_NUMBER_DAY])


def test_a_corrected_number_gets_the_code_at_once(sqlite_bookers: Bookers) -> None:
    token = sqlite_bookers.asked()
    (first,) = sqlite_bookers.codes()
    sqlite_bookers.fill_in(token, 1)
    (newest,) = sqlite_bookers.codes()
    assert newest is not first, "the one to the wrong number is not sent any more"
    booked = sqlite_bookers.type(token, newest).appointment
    assert booked is not None
    assert booked.phone_masked == f"138****{PHONES[1][-4:]}"


def test_who_is_signed_in_needs_no_code(sqlite_bookers: Bookers) -> None:
    token = sqlite_bookers.hold().token
    assert sqlite_bookers.fill_in(token, owner=b"p" * 32).status is S.CONFIRMED
    assert sqlite_bookers.codes() == []


def test_where_no_messages_are_set_up_no_code_is_asked_for(sqlite_bookers: Bookers) -> None:
    sqlite_bookers.database.carry(messages=None)
    token = sqlite_bookers.hold().token
    assert sqlite_bookers.fill_in(token).status is S.CONFIRMED


def test_staff_book_without_a_code(sqlite_bookers: Bookers) -> None:
    token = sqlite_bookers.hold().token
    assert sqlite_bookers.confirm(token).status is S.CONFIRMED


def test_what_cannot_be_right_sends_no_code(sqlite_bookers: Bookers) -> None:
    bookers = sqlite_bookers
    for number, hour in enumerate((9, 10)):
        bookers.confirm(bookers.hold(local(hour, days=1), number=number).token)
    third = bookers.hold(local(11, days=1), number=5).token
    with pytest.raises(PersonLimit):
        bookers.fill_in(third)
    with pytest.raises(PhoneInvalid):
        bookers.do(owned.confirm, third, person(phone="12"), owner=None)
    assert bookers.codes() == []


def test_a_place_waits_no_longer_than_until_its_start(sqlite_bookers: Bookers) -> None:
    bookers = sqlite_bookers
    bookers.clock.set(TEN - timedelta(minutes=31))
    token = bookers.hold(TEN).token
    bookers.clock.set(TEN - timedelta(minutes=28))
    assert bookers.fill_in(token).expires_at == TEN - timedelta(minutes=18)


def test_a_move_while_the_code_is_on_its_way_keeps_it(sqlite_bookers: Bookers) -> None:
    token = sqlite_bookers.asked()
    sqlite_bookers.do(service.reschedule, token, local(11))
    booked = sqlite_bookers.type(token, sqlite_bookers.codes()[0]).appointment
    assert booked is not None
    assert (booked.status, booked.starts_at) == (S.CONFIRMED, local(11))
