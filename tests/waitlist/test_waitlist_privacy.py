"""When a wait ends nothing on the list leads to a person; a request finds and ends what is live."""

from __future__ import annotations

from datetime import timedelta

import pytest

from booking import service
from booking.waitlist import service as waitlist
from kernel.erasure import LinkErased
from kernel.identity import Role, Staff
from kernel.ids import StaffId, uuid7
from kernel.settings import MessageSettings
from tests.booking.booking_city import PHONES, local
from tests.booking.test_booking_erasure import everything
from tests.waitlist.waiters import Waiters, times

SUPERVISOR = Staff(StaffId(uuid7()), "S", Role.SUPERVISOR, None)
GONE = ("name_sealed", "phone_sealed", "id_tail_sealed", "phone_hash", "person_seat")


def test_name_and_number_lie_sealed_and_go_with_the_wait(waiters: Waiters) -> None:
    waiters.taken()
    token = waiters.join(1, name="欧阳候补")
    held = waiters.database.read_now(everything)
    assert not [table for table, text in held.items() if "欧阳候补" in text or PHONES[1] in text]
    row = waiters.entries()[0]
    traces = [value.hex() for value in (row.name_sealed, row.phone_sealed, row.phone_hash)]
    assert all(any(trace in text for text in held.values()) for trace in traces)
    waiters.do(waitlist.leave, token)
    held = waiters.database.read_now(everything)
    assert not [trace for trace in traces if any(trace in text for text in held.values())]


def test_the_link_is_erased_after_the_halls_days_and_says_so(waiters: Waiters) -> None:
    waiters.taken()
    token, hall = waiters.join(1), waiters.city.halls["city"]
    waiters.do(waitlist.leave, token)
    waiters.clock.advance(timedelta(days=29))
    waiters.database.write_now(service.erase_due, hall, clock=waiters.clock)
    assert waiters.seen(token).status == "left"
    waiters.clock.advance(timedelta(days=3))
    assert waiters.database.read_now(service.anything_due, hall, now=waiters.clock.now())
    assert waiters.database.write_now(service.erase_due, hall, clock=waiters.clock).waits == 1
    with pytest.raises(LinkErased):
        waiters.seen(token)
    assert waiters.database.write_now(service.erase_due, hall, clock=waiters.clock).waits == 0


def test_a_live_wait_is_never_touched_by_the_retention(waiters: Waiters) -> None:
    waiters.taken()
    token = waiters.join(1)
    waiters.clock.advance(timedelta(days=90))
    waiters.database.write_now(service.erase_due, waiters.city.halls["city"], clock=waiters.clock)
    assert waiters.entries()[0].token_hash is not None
    waiters.round()
    assert waiters.seen(token).status == "passed"


def test_a_request_finds_live_waits_and_ends_them(waiters: Waiters) -> None:
    own, freed = waiters.taken(number=1), waiters.taken(local(11, days=1), number=2)
    waiters.database.carry(messages=MessageSettings(kind="log", origin="https://jb.example.cn"))
    new = waiters.join(1, times(minutes=(660, 690)))
    waiters.do(service.cancel, freed)
    waiters.round()
    parts = {"by": SUPERVISOR, "reason": "7/2026", "clock": waiters.clock, "vault": waiters.vault}
    kept = waiters.database.write_now(service.export_for_phone, PHONES[1], **parts)
    assert [each.get("status") for each in kept] == ["confirmed", "waiting"]
    assert (kept[1]["name"], kept[1]["phone"], kept[1]["hall"]) == ("王小明", "+86" + PHONES[1], "city")
    told = [(each["kind"], each["status"]) for each in kept[1]["messages"]["list"]]
    assert (kept[1]["messages"]["language"], told) == ("zh", [("time_free", "planned")])
    waiters.do(service.cancel, own)
    done = waiters.database.write_now(service.erase_for_phone, PHONES[1], **parts)
    assert (done.erased, done.kept) == (2, ())
    with pytest.raises(LinkErased):
        waiters.seen(new)
    row = waiters.entries()[0]
    assert [getattr(row, name) for name in (*GONE, "token_hash")] == [None] * 6
    assert [each.status for each in waiters.offers()] == ["withdrawn"]
