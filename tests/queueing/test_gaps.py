"""Windows against demand: the fairest split, gaps worth telling, and what would help."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queueing.rules.gaps import Gap, Hint, PlannedWindow, gaps, hints, shares

QUEUES = "ABCD"


@given(
    st.lists(st.frozensets(st.sampled_from(QUEUES), min_size=1), min_size=1, max_size=12),
    st.fixed_dictionaries({queue: st.floats(0, 20) for queue in QUEUES}),
)
def test_every_window_is_given_away_once_and_only_to_what_it_lists(
    windows: list[frozenset[str]], needs: dict[str, float]
) -> None:
    got = shares(needs, windows)
    assert sum(got.values()) == pytest.approx(len(windows))
    for queue in QUEUES:
        assert got[queue] <= sum(queue in lists for lists in windows) + 1e-9


@given(st.floats(0.1, 5), st.floats(0.1, 5))
def test_a_shared_window_evens_out_what_each_queue_gets(first: float, second: float) -> None:
    got = shares({"A": first, "B": second}, [frozenset("AB")] * 3)
    assert got["A"] / first == pytest.approx(got["B"] / second, rel=0.02)


def test_a_single_short_quarter_is_not_told_and_a_long_one_is_told_once() -> None:
    short = [0.0] * 10 + [1.2] + [0.0] * 5 + [1.2, 1.4, 1.1] + [0.0] * 5
    assert gaps({"A": short}, from_quarter=0) == [Gap("A", 16, 19, 1, pytest.approx(3.7 / 3))]
    assert gaps({"A": short}, from_quarter=18) == []
    assert gaps({"A": [1.3] * 4}, from_quarter=0) == [Gap("A", 0, 4, 2, pytest.approx(1.3))]


def test_queues_that_lack_half_a_window_each_say_so_before_it_is_rounded() -> None:
    found = gaps({"A": [0.5] * 4, "B": [0.6] * 4}, from_quarter=0)
    assert [gap.windows for gap in found] == [1, 1]
    assert sum(gap.lacking for gap in found) == pytest.approx(1.1)


def test_a_window_with_time_helps_before_a_closed_one_is_opened() -> None:
    windows = [
        PlannedWindow("1", frozenset("A"), frozenset("AB"), 3),
        PlannedWindow("2", frozenset("B"), frozenset("AB"), 3),  # idle enough
        PlannedWindow("3", frozenset("C"), frozenset("AC"), 3),  # its own queue is short
        PlannedWindow("4", frozenset("B"), frozenset("AB"), 1),  # may list one queue only
        PlannedWindow("5", frozenset(), frozenset("A"), 3),
        PlannedWindow("6", frozenset(), frozenset("B"), 3),  # not equipped
    ]
    found = hints("A", windows, {"A": 1.6, "B": 0.4, "C": 1.2})
    assert found == [Hint("help", "2", frozenset("B")), Hint("open", "5", frozenset())]
