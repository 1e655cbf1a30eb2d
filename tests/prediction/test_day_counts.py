from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from queueing.prediction.live_features import DayState, live_features
from queueing.prediction.outcomes import day_waits
from queueing.prediction.snapshots import calls_so_far

NAN = float("nan")


@pytest.mark.parametrize(
    ("shown", "calls"),
    [
        ([NAN, 1, 2, NAN, 4], [0, 1, 2, 2, 4]),
        ([301, 302, 305], [1, 2, 5]),
        ([5, 7, 6, 8], [5, 7, 7, 8]),
        ([60, 3, 4], [60, 60, 61]),
        ([NAN, NAN], [0, 0]),
    ],
    ids=["blanks", "begins at 301", "a number shown again", "yesterday's number stood there", "never shown"],
)
def test_calls_are_counted_from_the_numbers_shown(shown: list[float], calls: list[float]) -> None:
    assert calls_so_far(np.array(shown)).tolist() == calls


def test_the_wait_ends_where_the_straight_line_between_snapshots_passes_the_last_person() -> None:
    minute = np.array([0.0, 5, 10, 15])
    calls = np.array([0.0, 2, 2, 6])
    waiting = np.array([3.0, 1, 4, 0])
    windows = np.array([1.0, 1, 1, 0])
    waits = day_waits(minute, calls, waiting, windows)
    np.testing.assert_allclose(waits[:3], [11.25, 6.25, 5.0])
    assert np.isnan(waits[3]), "nobody waits behind closed windows: there is no wait to know"


def test_nobody_waiting_at_an_open_window_is_a_wait_of_zero() -> None:
    assert day_waits(np.zeros(1), np.zeros(1), np.zeros(1), np.ones(1)).tolist() == [0.0]


def day_of(steps: list[tuple[int, int, bool]]) -> DayState:
    """Build a day of snapshots every five minutes from (issued, called, blank) steps."""
    issued, called = 0, 0
    shown, waiting = [], []
    for more, calls, blank in steps:
        issued += more
        called = min(issued, called + calls)
        shown.append(NAN if blank or called == 0 else float(called))
        waiting.append(float(issued - called))
    minute = 480 + 5.0 * np.arange(len(steps))
    return DayState.of(
        minute,
        np.ones(len(steps)),
        np.array(waiting),
        np.full(len(steps), 10.0),
        calls_so_far(np.array(shown)),
    )


days = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 5), st.booleans()), min_size=2, max_size=40)


@settings(deadline=None)
@given(days, st.data())
@pytest.mark.slow
def test_features_of_a_row_do_not_depend_on_later_rows(
    steps: list[tuple[int, int, bool]], data: st.DataObject
) -> None:
    upto = data.draw(st.integers(1, len(steps)))
    whole, part = live_features(day_of(steps)), live_features(day_of(steps[:upto]))
    for name, column in part.items():
        np.testing.assert_allclose(column, whole[name][:upto], atol=1e-9, err_msg=name)


@settings(deadline=None)
@given(days)
@pytest.mark.slow
def test_earlier_waits_are_never_negative(steps: list[tuple[int, int, bool]]) -> None:
    features = live_features(day_of(steps))
    for name in ("les", "hol", "waited_mean_5"):
        assert (np.nan_to_num(features[name]) >= -1e-9).all()
