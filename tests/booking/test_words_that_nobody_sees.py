"""What people and staff type is read on lists, slips and in messages: nothing invisible passes for words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from booking.meeting.errors import AddressInvalid, KindInvalid
from booking.no_shows.appealing import Proof
from booking.no_shows.errors import AppealWordsMissing
from booking.rules.cancelling import CancelReason, Why, says_enough
from booking.rules.meeting import normal_address
from queueing.rules.help import plain_words
from tests.booking.booking_city import build_city
from tests.meeting.caller import ADDRESS, HOME, TERMS, Caller

if TYPE_CHECKING:
    from kernel.clock import ManualClock
    from kernel.database import Database
    from kernel.secrets import Vault

UNSEEN = "\u200b\u2060\ufeff\u202e" * 3
TURNED = "\u202e"  # what follows is read from right to left


@pytest.fixture
def caller(database: Database, clock: ManualClock, vault: Vault) -> Caller:
    return Caller(database, clock, vault, database.write_now(build_city))


def test_nobody_is_sent_to_an_address_that_cannot_be_seen(caller: Caller) -> None:
    caller.offer(HOME)
    held = caller.hold_as(HOME)
    with pytest.raises(AddressInvalid):
        caller.confirm(held.token, address=UNSEEN)
    assert caller.confirm(held.token, address=TURNED + ADDRESS).address_masked == "汕尾大道12*******"
    assert normal_address(f"{ADDRESS}{TURNED}\x00") == ADDRESS


def test_a_kind_is_not_offered_with_words_that_cannot_be_seen(caller: Caller) -> None:
    unseen = type(TERMS[HOME])(HOME, offered=True, words_zh=UNSEEN, words_en=UNSEEN)
    with pytest.raises(KindInvalid):
        caller.set(unseen)


def test_an_appeal_says_something_that_can_be_read(caller: Caller) -> None:
    caller.publish()
    missed = caller.miss()
    with pytest.raises(AppealWordsMissing):
        caller.appeal(Proof(token=missed.token), UNSEEN)
    caller.appeal(Proof(token=missed.token), f"{TURNED}孩子急病\n去了医院\u200b")
    (appeal,) = caller.appeals().appeals
    assert appeal.words == "孩子急病\n去了医院"


def test_a_reason_and_a_call_for_help_are_words() -> None:
    assert not says_enough(Why(CancelReason.OTHER, UNSEEN))
    assert plain_words(f" 打印机{TURNED} 卡纸\n") == "打印机 卡纸"
