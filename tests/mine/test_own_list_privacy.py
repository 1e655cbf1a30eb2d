"""After its time no line of a list leads to a person; what is kept of a number is told and erased."""

from __future__ import annotations

import json
from datetime import timedelta

from booking import service
from booking.mine import opening
from booking.rules.own_list import About
from booking.service.requests import erase_for_phone, export_for_phone
from kernel.audit_tables import AuditRow
from kernel.identity import CITIZEN
from queueing import service as queueing
from tests.booking.booking_city import PHONES, local
from tests.booking.test_booking_erasure import SUPERVISOR, everything
from tests.mine.owners import Owners

TOMORROW = local(10, 30, days=1)


def test_number_person_link_and_code_are_found_nowhere_in_the_clear(owners: Owners) -> None:
    link = owners.book_as("person-1", TOMORROW)
    token = owners.sign_in()
    asked = owners.ask()
    found = owners.redeem(asked, owners.sent()[0])
    asked = owners.ask()
    held = owners.database.read_now(everything)
    for plain in ("person-1", PHONES[0], link, token, found or "", asked.token, owners.sent()[-1]):
        assert not [table for table, text in held.items() if plain in text], plain


def test_lines_of_the_list_go_with_what_they_lead_to(owners: Owners) -> None:
    link = owners.book_as("person-1", local(10, 30))
    issued = owners.database.write_now(
        queueing.issue_ticket, owners.city.halls["city"], [owners.city.services["elder-benefit"]],
        priority=False, by=CITIZEN, clock=owners.clock, vault=owners.vault,
    )  # fmt: skip
    owners.add(owners.sign_in(), About.VISIT, issued.token)
    owners.do(queueing.give_up, issued.token)
    owners.do(service.cancel, link)
    assert len(owners.items()) == 2
    hall = owners.city.halls["city"]
    owners.clock.advance(timedelta(days=29))
    owners.database.write_now(service.erase_due, hall, clock=owners.clock)
    assert len(owners.items()) == 2
    owners.clock.advance(timedelta(days=3))
    owners.database.write_now(service.erase_due, hall, clock=owners.clock)
    assert owners.items() == []


def test_who_has_the_data_erased_has_it_off_every_list(owners: Owners) -> None:
    link = owners.book_as("person-1", TOMORROW)
    owners.add(owners.sign_in("person-2"), About.APPOINTMENT, link)
    owners.do(service.cancel, link)
    owners.do(service.erase_mine, link)
    assert owners.items() == []


def test_a_request_tells_and_erases_the_lines_of_a_numbers_things(owners: Owners) -> None:
    link = owners.book_as("person-1", TOMORROW)
    owners.ask()
    by = {"by": SUPERVISOR, "reason": "file 7", "clock": owners.clock, "vault": owners.vault}
    kept = owners.database.write_now(export_for_phone, PHONES[0], **by)
    assert [own.get("on_own_lists") for own in kept if "reference" in own] == [1]
    assert [own["about"] for own in kept if "reference" not in own] == ["code"]
    owners.do(service.cancel, link)
    owners.database.write_now(erase_for_phone, PHONES[0], **by)
    assert (owners.items(), owners.contacts("code")) == ([], [])


def test_a_code_dies_with_the_number_it_was_sent_to(owners: Owners) -> None:
    """Erased on request while a code is open: it opens a list on which nothing stands."""
    link = owners.book_as(None, TOMORROW)
    asked = owners.ask()
    (code,) = owners.sent()
    owners.do(service.cancel, link)
    owners.do(service.erase_mine, link)
    token = owners.redeem(asked, code)
    assert token is not None
    assert owners.list_of(token) == {}


def test_forgetting_the_list_is_in_the_trail_without_a_person(owners: Owners) -> None:
    owners.book_as("person-1", TOMORROW)
    token, other = owners.sign_in(), owners.sign_in()
    gone = owners.database.write_now(opening.forget_list, owners.known(token), clock=owners.clock)
    assert (gone, owners.items(), owners.session_rows()) == (1, [], [])
    assert owners.known(other) is None
    (line,) = [row for row in owners.rows(AuditRow) if row.what == "privacy.forget_list"]
    assert (line.role, line.subject, line.detail) == ("citizen", "", {"things": 1})
    assert owners.person().hex() not in json.dumps(line.detail)
