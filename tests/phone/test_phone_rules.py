"""Codes and marks: what they say, of which hall, to which browser, and for how long."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from displays.rules.closing import lasting
from kernel.ids import HallId, uuid7
from kernel.secrets import Vault
from queueing.phone.proofs import Code, Seen, present_code
from queueing.phone.rules import CODE_LASTS, MAY_CHOOSE, read_code, spoken_code
from queueing.rules.steady import Band

VAULT = Vault({1: b"f" * 32}, b"t" * 32)
HALL, OTHER = HallId(uuid7()), HallId(uuid7())
NOW = datetime(2026, 11, 18, 1, 40, tzinfo=UTC)
instants = st.integers(0, 10**9).map(lambda seconds: NOW + timedelta(seconds=seconds))
moments = st.integers(0, 3600).map(lambda seconds: timedelta(seconds=seconds))


def holds(code: str, hall: HallId, now: datetime) -> bool:
    return Code(code).holds(hall, "any", now=now, vault=VAULT)


@given(instants, moments)
def test_a_code_is_taken_for_as_long_as_it_stands_there_and_once_again(
    shown: datetime, later: timedelta
) -> None:
    code = present_code(HALL, now=shown, vault=VAULT)
    taken = holds(code, HALL, shown + later)
    assert taken or later > CODE_LASTS, "nobody who reads it now is too slow for three minutes"
    assert not taken or later <= 2 * CODE_LASTS, "nor is it any good afterwards"


def test_a_code_opens_its_own_hall_alone_and_not_before_its_time() -> None:
    code = present_code(HALL, now=NOW, vault=VAULT)
    assert holds(spoken_code(code), HALL, NOW)
    assert not holds(code, OTHER, NOW)
    assert not holds(code, HALL, NOW - CODE_LASTS)
    assert not any(holds(wrong, HALL, NOW) for wrong in ("", "0", code[:-1], code + "0", "no digits"))


def test_another_key_makes_other_codes() -> None:
    assert present_code(HALL, now=NOW, vault=VAULT) != present_code(
        HALL, now=NOW, vault=Vault({1: b"f" * 32}, b"u" * 32)
    )


@given(st.text(max_size=24))
def test_whatever_is_typed_is_read_as_digits_or_as_nothing(typed: str) -> None:
    assert all(letter in "0123456789" for letter in read_code(typed))


def test_a_mark_is_good_for_its_browser_its_hall_and_its_time() -> None:
    mark = Seen.now(HALL, "mine", now=NOW, vault=VAULT)
    again = Seen.read(str(mark))
    assert again == mark
    late = NOW + MAY_CHOOSE
    assert again.holds(HALL, "mine", now=late - timedelta(seconds=1), vault=VAULT)
    for hall, browser, now in ((HALL, "theirs", NOW), (OTHER, "mine", NOW), (HALL, "mine", late)):
        assert not again.holds(hall, browser, now=now, vault=VAULT)
    later = Seen(mark.until + timedelta(hours=8), mark.mark)
    assert not later.holds(HALL, "mine", now=NOW, vault=VAULT)


@given(st.text(max_size=90))
def test_a_made_up_mark_opens_nothing(text: str) -> None:
    mark = Seen.read(text)
    assert mark is None or not mark.holds(HALL, "mine", now=NOW, vault=VAULT)


def test_a_wait_that_reaches_the_end_of_the_day_is_said_and_no_other() -> None:
    band = Band(20, 35)
    said = {left: lasting(band, now=NOW, closes_at=NOW + timedelta(minutes=left)) for left in (15, 30, 60)}
    assert [found and found.surely for found in said.values()] == [True, False, None]
    assert lasting(None, now=NOW, closes_at=NOW) is None
