"""Which days of the bank's log are ordinary, who was there, and what a roster says of its calls."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from sim.bench.bank_days import BankDay, is_ordinary, staffed_hours, usual_quarters
from sim.bench.bank_hall import Learned, expected_on

MINUTES = np.arange(420.0, 1440.0, 0.75)  # twenty calls a quarter of an hour
CALLS = len(MINUTES)


def day_of(joined, presence=None) -> BankDay:
    nothing = np.zeros(len(joined))
    return BankDay(
        date(1999, 1, 3), (), np.sort(joined), nothing, nothing.astype(int), nothing, presence or {}
    )


def test_a_day_like_the_others_is_ordinary_and_one_with_dead_lines_is_not() -> None:
    usual = usual_quarters([day_of(MINUTES)] * 3)
    assert usual == pytest.approx(np.full(68, 1 / 68))
    assert is_ordinary(day_of(MINUTES), usual)
    assert is_ordinary(day_of(MINUTES[::2]), usual), "half as many all day are ordinary"
    dead = MINUTES[(MINUTES < 600) | (MINUTES >= 660)]
    assert not is_ordinary(day_of(dead), usual)
    early = MINUTES[MINUTES >= 480]
    assert is_ordinary(day_of(early), usual), "nobody need call before eight"


@pytest.mark.parametrize(("more", "ordinary"), [(30, True), (70, False)])
def test_a_flooded_quarter_makes_a_day_extraordinary(more: int, ordinary: bool) -> None:
    usual = usual_quarters([day_of(MINUTES)] * 3)
    flooded = np.concatenate([MINUTES, np.linspace(900.1, 914.9, more)])
    assert is_ordinary(day_of(flooded), usual) is ordinary


def test_servers_are_counted_for_the_part_of_an_hour_that_they_are_there() -> None:
    presence = {"A": ((420.0, 510.0),), "B": ((450.0, 480.0), (600.0, 660.0))}
    there = staffed_hours(day_of(MINUTES, presence))
    assert there[:5] == pytest.approx([1.5, 0.5, 0.0, 1.0, 0.0])
    assert there.sum() == pytest.approx(3.0)


def test_a_roster_twice_as_large_was_made_for_twice_the_calls() -> None:
    usual = {"A": ((420.0, 1440.0),)}
    rates = np.full((6, 68), 2.0)
    learned = Learned({}, {}, {}, {}, rates, {}, staffed_hours(day_of(MINUTES, usual)))
    twice = {"A": ((420.0, 1440.0),), "B": ((420.0, 1440.0),)}
    assert expected_on(day_of(MINUTES, twice), learned).rates == pytest.approx(2 * rates)
    morning = expected_on(day_of(MINUTES, {"A": ((420.0, 930.0),)}), replace(learned)).rates[0]
    assert morning[0] == pytest.approx(2.0 * (0.5 + 0.25))
    assert morning[-1] == pytest.approx(2.0 * 0.25)
