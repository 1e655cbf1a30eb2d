"""A code to the number that was left: same answer for every number, few guesses, used once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from booking.errors import PhoneInvalid
from booking.messages import sending
from booking.messages.errors import NoMessagesHere
from booking.messages.tables import MessageContactRow
from booking.messages.tickets import tell_me_soon
from booking.mine import opening
from booking.mine.errors import CodeEnded
from booking.mine.sessions import tidy_lists
from booking.rules.own_list import CODE_LASTS, CODE_TRIES, CODES_PER_DAY, FOUND_LASTS, About
from booking.service import Client
from kernel.errors import NotSignedIn
from kernel.identity import CITIZEN
from queueing import service as queueing
from tests.booking.booking_city import PHONES, local
from tests.mine.owners import Owners

TOMORROW = local(10, 30, days=1)
STRANGER = PHONES[99]


def test_whoever_has_the_telephone_finds_what_was_booked_with_it(owners: Owners) -> None:
    link = owners.book_as(None, TOMORROW)
    owners.book_as(None, TOMORROW, number=1)
    token = owners.found()
    (own,) = owners.list_of(token)["coming"]
    assert (own.starts_at, own.opens, own.listed) == (TOMORROW, True, False)
    assert owners.way_to(own.id, token) == f"/a/{link}"
    owners.clock.advance(FOUND_LASTS)
    assert owners.known(token) is None


def test_waits_and_tickets_that_the_number_was_left_for_are_found_too(owners: Owners) -> None:
    owners.taken(number=3)
    link = owners.join(0)
    issued = owners.database.write_now(
        queueing.issue_ticket, owners.city.halls["city"], [owners.city.services["elder-benefit"]],
        priority=False, by=CITIZEN, clock=owners.clock, vault=owners.vault,
    )  # fmt: skip
    owners.do(tell_me_soon, issued.token, PHONES[0], "zh")
    token = owners.found()
    seen = owners.list_of(token)
    (wait,), (ticket,) = seen["waiting"], seen["today"]
    assert owners.way_to(wait.id, token) == f"/w/{link}"
    assert (ticket.label, owners.way_to(ticket.id, token)) == ("A001", f"/t/{issued.token}")


def test_a_number_without_anything_gets_no_code_and_the_same_answer(owners: Owners) -> None:
    owners.book_as(None, TOMORROW)
    known, unknown = owners.ask(), owners.ask(STRANGER)
    assert (len(known.token), known.expires_at) == (len(unknown.token), unknown.expires_at)
    assert len(owners.sent()) == 1
    rows = sorted(owners.code_rows(), key=lambda row: row.phone_hash is None)
    assert [(row.tries_left, row.phone_hash is None) for row in rows] == [
        (CODE_TRIES, False),
        (CODE_TRIES, True),
    ]
    for _ in range(CODE_TRIES):
        assert owners.redeem(unknown, "000000") is None
    with pytest.raises(CodeEnded):
        owners.redeem(unknown, "000000")


def test_a_code_counts_once(owners: Owners) -> None:
    owners.book_as(None, TOMORROW)
    asked = owners.ask()
    (code,) = owners.sent()
    assert owners.redeem(asked, code) is not None
    with pytest.raises(CodeEnded):
        owners.redeem(asked, code)
    assert owners.code_rows() == []
    assert owners.contacts("code") == [], "nothing more is kept of where it went"


def test_five_wrong_codes_end_the_right_one_too(owners: Owners) -> None:
    owners.book_as(None, TOMORROW)
    asked = owners.ask()
    (code,) = owners.sent()
    wrong = "000000" if code != "000000" else "111111"
    for _ in range(CODE_TRIES):
        assert owners.redeem(asked, wrong) is None
    with pytest.raises(CodeEnded):
        owners.redeem(asked, code)


def test_a_code_is_typed_as_people_type_it(sqlite_owners: Owners) -> None:
    sqlite_owners.book_as(None, TOMORROW)
    asked = sqlite_owners.ask()
    (code,) = sqlite_owners.sent()
    assert sqlite_owners.redeem(asked, f" {code[:3]} {code[3:]} ") is not None


def test_ten_minutes_are_too_late(sqlite_owners: Owners) -> None:
    sqlite_owners.book_as(None, TOMORROW)
    asked = sqlite_owners.ask()
    sqlite_owners.clock.advance(CODE_LASTS)
    with pytest.raises(CodeEnded):
        sqlite_owners.redeem(asked, sqlite_owners.sent()[0])


def test_a_code_counts_only_for_whoever_asked_for_it(sqlite_owners: Owners) -> None:
    owners = sqlite_owners
    owners.book_as(None, TOMORROW)
    owners.book_as(None, TOMORROW, number=1)
    first, second = owners.ask(), owners.ask(PHONES[1])
    ours, theirs = owners.sent()
    if ours != theirs:
        assert owners.redeem(second, ours) is None
        assert owners.redeem(first, theirs) is None


def test_a_number_gets_three_codes_a_day(owners: Owners) -> None:
    owners.book_as(None, TOMORROW)
    for _ in range(CODES_PER_DAY + 2):
        owners.ask()
    assert len(owners.sent()) == CODES_PER_DAY
    owners.clock.advance(timedelta(days=1))
    owners.ask()
    assert len(owners.sent()) == CODES_PER_DAY + 1


def test_codes_leave_half_of_a_days_messages_to_the_appointments(owners: Owners) -> None:
    """Six a day and number: the confirmation, two codes; the third code is held back, the reminders go."""
    owners.book_as(None, TOMORROW)
    for _ in range(CODES_PER_DAY):
        owners.ask()
    claimed = owners.database.write_now(sending.claim_due, clock=owners.clock, vault=owners.vault, limit=20)
    assert sum("验证码" in own.text for own in claimed) == 2
    assert all(own.phone == f"+86{PHONES[0]}" for own in claimed)


def test_who_said_stop_still_gets_a_code_that_is_asked_for(sqlite_owners: Owners) -> None:
    owners = sqlite_owners
    owners.book_as(None, TOMORROW)
    stop = update(MessageContactRow.__table__).values(stopped_at=owners.clock.now())  # type: ignore[attr-defined]
    owners.database.write_now(lambda session: session.execute(stop) and None)
    owners.ask()
    claimed = owners.database.write_now(sending.claim_due, clock=owners.clock, vault=owners.vault, limit=20)
    assert ["验证码" in own.text for own in claimed] == [True]


def test_what_is_no_number_is_told_and_without_messages_there_is_no_code(sqlite_owners: Owners) -> None:
    with pytest.raises(PhoneInvalid):
        sqlite_owners.ask("12345")
    sqlite_owners.database.carry(messages=None)
    with pytest.raises(NoMessagesHere):
        sqlite_owners.ask()


def test_an_appointment_from_before_there_were_messages_is_shown_without_a_way(
    sqlite_owners: Owners,
) -> None:
    owners = sqlite_owners
    terms = owners.database.carried["messages"]
    owners.database.carry(messages=None)
    owners.book_as(None, TOMORROW)
    owners.database.carry(messages=terms)
    (own,) = owners.list_of(owners.found())["coming"]
    assert not own.opens


def test_a_code_that_nobody_used_goes_with_its_number(owners: Owners) -> None:
    owners.book_as(None, TOMORROW)
    owners.ask()
    assert len(owners.contacts("code")) == 1
    owners.clock.advance(CODE_LASTS)
    owners.database.write_now(tidy_lists, owners.clock.now(), wall=owners.clock.now())
    assert (owners.code_rows(), owners.contacts("code"), owners.sent()) == ([], [], [])
    assert len(owners.contacts(About.APPOINTMENT)) == 1


def test_signed_in_and_found_are_one_list(owners: Owners) -> None:
    owners.book_as("person-1", TOMORROW)
    owners.book_as(None, local(11, days=1), number=1)
    both = owners.list_of(owners.sign_in(), owners.found(PHONES[1]))
    assert [own.listed for own in both["coming"]] == [True, False]


def test_what_was_found_is_kept_by_who_is_signed_in(owners: Owners) -> None:
    link = owners.book_as(None, TOMORROW)
    owners.taken(number=3)
    owners.join(0)
    token, found = owners.sign_in(), owners.found()
    known = owners.known(token, found)
    keep = {"clock": owners.clock, "vault": owners.vault}
    assert owners.database.write_now(opening.add_found, known, **keep) == 2
    assert owners.database.write_now(opening.add_found, known, **keep) == 0
    seen = owners.list_of(token)
    assert list(seen) == ["coming", "waiting"]
    assert owners.way_to(seen["coming"][0].id, token) == f"/a/{link}"
    for alone in (token, found):
        with pytest.raises(NotSignedIn):
            owners.database.write_now(opening.add_found, owners.known(alone), **keep)


def test_nobody_keeps_what_was_found_by_a_number_of_others(sqlite_owners: Owners) -> None:
    owners = sqlite_owners
    owners.book_as(None, TOMORROW, number=1)
    owners.book_as(None, TOMORROW)
    known = owners.known(owners.sign_in(), owners.found())
    assert owners.database.write_now(opening.add_found, known, clock=owners.clock, vault=owners.vault) == 1


def test_whoever_is_signed_in_shares_no_limit_with_the_address(sqlite_owners: Owners) -> None:
    first, second = sqlite_owners.person(), sqlite_owners.person("person-2")
    crowd = Client.of("b", "203.0.113.1", None)
    assert crowd == Client("b", "203.0.113.1")
    own = Client.of("b", "203.0.113.1", first)
    assert own == Client.of("another browser", "203.0.113.2", first) != Client.of("b", "203.0.113.1", second)
    assert "203.0.113.1" not in repr(own)
