"""A range that surely does not hold is withheld, and nothing less is."""

from __future__ import annotations

import random

import pytest
from scipy.stats import t as students

from queueing.rules.trust import Fault, ToldDay, judge, student_t, surely_above


def days(count: int, *, inside: float, above: float, tickets: int = 25) -> list[ToldDay]:
    return [ToldDay(tickets, round(inside * tickets), round(above * tickets)) for _ in range(count)]


def test_a_band_that_holds_is_told() -> None:
    assert judge(days(20, inside=0.80, above=0.12)).fault is None


def test_too_many_above_the_top_withholds() -> None:
    assert judge(days(20, inside=0.68, above=0.28)).fault is Fault.ABOVE


def test_too_few_inside_withholds_even_when_nobody_waited_longer() -> None:
    assert judge(days(20, inside=0.60, above=0.08)).fault is Fault.INSIDE


def test_a_band_that_is_too_wide_is_no_ground() -> None:
    assert judge(days(20, inside=1.0, above=0.0)).fault is None


@pytest.mark.parametrize("few", [days(4, inside=0.2, above=0.8), days(20, inside=0.0, above=1.0, tickets=1)])
def test_few_days_or_tickets_are_no_ground(few: list[ToldDay]) -> None:
    assert judge(few).fault is None


def test_one_bad_day_is_no_ground_though_its_tickets_are_many() -> None:
    """Sixty people on the day of a failure are one piece of news, not sixty."""
    told = [*days(19, inside=0.84, above=0.08), ToldDay(150, 0, 150)]
    people = sum(day.tickets for day in told)
    assert sum(day.above for day in told) / people > 0.25
    assert judge(told).fault is None


def test_counting_people_instead_of_days_would_withhold_good_bands() -> None:
    """Days of equal mean and shared luck: by days hardly one in a hundred is withheld, by people many."""
    chance = random.Random(7)
    by_days = by_people = 0
    for _ in range(300):
        told = [_a_day_of(chance) for _ in range(20)]
        by_days += surely_above([day.above for day in told], [day.tickets for day in told], 0.13)
        above, people = sum(day.above for day in told), sum(day.tickets for day in told)
        by_people += above / people - 0.13 > 2.33 * (0.13 * 0.87 / people) ** 0.5
    assert by_days <= 12
    assert by_people > 3 * by_days


def _a_day_of(chance: random.Random) -> ToldDay:
    share = chance.choice([0.03, 0.03, 0.33])  # mean 0.13, in lumps
    above = sum(chance.random() < share for _ in range(30))
    return ToldDay(30, 30 - above, above)


@pytest.mark.parametrize("freedom", [4, 8, 19, 27])
def test_the_quantile_is_students(freedom: int) -> None:
    assert student_t(0.99, freedom) == pytest.approx(students.ppf(0.99, freedom), rel=0.02)
