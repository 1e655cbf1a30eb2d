"""Encrypted fields, keyed hashes, ids and clocks."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from cryptography.exceptions import InvalidTag
from hypothesis import given
from hypothesis import strategies as st

from kernel.clock import ShiftedClock
from kernel.ids import uuid7
from kernel.secrets import Vault

OLD = Vault({1: b"1" * 32}, b"t" * 32)
ROTATED = Vault({1: b"1" * 32, 2: b"2" * 32}, b"t" * 32)


@given(st.text())
def test_a_field_opens_to_what_was_sealed(text: str) -> None:
    assert OLD.open(OLD.seal(text, field="name"), field="name") == text


def test_after_a_rotation_old_fields_still_open_and_new_ones_name_the_new_key() -> None:
    assert ROTATED.open(OLD.seal("李雷", field="name"), field="name") == "李雷"
    assert ROTATED.seal("x", field="name")[0] == 2


def test_sealed_bytes_belong_to_their_field_and_are_never_the_same_twice() -> None:
    sealed = OLD.seal("13800000000", field="phone")
    assert sealed != OLD.seal("13800000000", field="phone")
    assert b"13800000000" not in sealed
    with pytest.raises(InvalidTag):
        OLD.open(sealed, field="name")


def test_a_hash_is_found_again_only_in_its_own_field() -> None:
    assert OLD.digest("x", field="a") == ROTATED.digest("x", field="a")
    assert OLD.digest("x", field="a") != OLD.digest("x", field="b")


@pytest.mark.parametrize("keys", [{}, {0: b"1" * 32}, {1: b"short"}])
def test_a_vault_without_sound_keys_is_refused(keys: dict[int, bytes]) -> None:
    with pytest.raises(ValueError, match="key"):
        Vault(keys, b"t" * 32)


@pytest.mark.slow
def test_a_password_is_as_dear_to_guess_as_its_hash_says() -> None:
    """In a process of its own, since these tests hash with little work; RFC 9106, second choice."""
    program = (
        "from kernel.secrets import hash_password, no_password, try_password as tried\n"
        "hashes = hash_password('x'), no_password()\n"
        "print(*hashes, *(tried('x', own).right for own in hashes))"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True).stdout
    own, nobodys, *right = said.split()
    assert own.split("$")[1:4] == nobodys.split("$")[1:4] == ["argon2id", "v=19", "m=65536,t=3,p=4"]
    assert [len(part) for part in own.split("$")] == [len(part) for part in nobodys.split("$")]
    assert right == ["True", "False"]


@pytest.mark.slow
def test_ids_of_one_process_rise_whatever_the_thread() -> None:
    made = [uuid7() for _ in range(5_000)]
    assert made == sorted(made)
    assert {one.version for one in made} == {7}
    with ThreadPoolExecutor(8) as pool:
        many = list(pool.map(lambda _: uuid7(), range(5_000)))
    assert len(set(many)) == 5_000


def test_a_shifted_clock_starts_where_it_was_told_and_runs_at_its_speed() -> None:
    start = datetime(2026, 11, 18, 1, 40, tzinfo=UTC)
    slow, fast = ShiftedClock(start), ShiftedClock(start, speed=100_000)
    assert (slow.now() - start).total_seconds() < 5
    assert fast.now() > slow.now()
    with pytest.raises(ValueError, match="speed"):
        ShiftedClock(start, speed=0)
