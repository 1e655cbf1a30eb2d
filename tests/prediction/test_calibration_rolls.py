from __future__ import annotations

import numpy as np
import pytest

from queueing.prediction.calibration import Promises, calibrate


def promises(
    rng: np.random.Generator, count: int, *, start: float, spread: float, halls: int = 2
) -> Promises:
    """Promises that believe in a spread of 10 while waits spread by 10 × ``spread`` (hall 1: twice that)."""
    made = start + np.arange(count, dtype=float)
    hall = rng.integers(0, halls, count)
    wait = 60 + rng.normal(0, 10 * spread, count) * np.where(hall == 1, 2.0, 1.0)
    quantiles = np.tile([60 - 12.8, 60.0, 60 + 12.8], (count, 1))
    nobody = np.full(count, np.nan)
    return Promises(made, made, quantiles, np.maximum(wait, 0.0), nobody, hall[:, None])


@pytest.mark.slow
def test_bands_widen_until_nine_in_ten_hold_in_every_hall() -> None:
    rng = np.random.default_rng(1)
    past = promises(rng, 5000, start=0, spread=1.5)
    new = promises(rng, 20_000, start=6000, spread=1.5)
    out = calibrate(past, new, 50.0)
    for hall in (0, 1):
        mine = new.groups[:, 0] == hall
        before = (new.wait <= new.quantiles[:, 2])[mine].mean()
        after = (new.wait <= out[:, 2])[mine].mean()
        assert abs(after - 0.9) < 0.03 < abs(before - 0.9) + 0.01
        assert abs((new.wait < out[:, 0])[mine].mean() - 0.1) < 0.03


def test_the_median_is_left_alone_and_the_order_kept() -> None:
    rng = np.random.default_rng(2)
    past, new = promises(rng, 500, start=0, spread=2), promises(rng, 500, start=600, spread=0.2)
    out = calibrate(past, new, 50.0)
    np.testing.assert_array_equal(out[:, 1], 60.0)
    assert (np.diff(out, axis=1) >= 0).all()


def test_an_outcome_changes_nothing_before_it_was_known() -> None:
    rng = np.random.default_rng(3)
    past, new = promises(rng, 800, start=0, spread=1), promises(rng, 800, start=1000, spread=1)
    changed = new.wait.copy()
    changed[400:] = 300.0
    other = Promises(new.made_at, new.due_at, new.quantiles, changed, new.gone_at, new.groups)
    first, second = calibrate(past, new, 20.0), calibrate(past, other, 20.0)
    np.testing.assert_array_equal(first[:400], second[:400])
    assert (second[600:, 2] > first[600:, 2]).any()


def test_people_still_waiting_beyond_their_p90_count_at_once() -> None:
    rng = np.random.default_rng(4)
    past = promises(rng, 600, start=0, spread=1)
    new = promises(rng, 300, start=1000, spread=1)
    stuck = np.full(300, 280.0)  # nobody is called for hours: no outcome is known before 1280
    late = Promises(new.made_at, new.due_at, new.quantiles, stuck, new.gone_at, new.groups)
    out = calibrate(past, late, 10.0)
    known_only = new.made_at < 1280
    assert out[known_only][-1, 2] > out[0, 2] + 5


def test_somebody_who_gave_up_is_not_waiting_any_more() -> None:
    rng = np.random.default_rng(5)
    past = promises(rng, 600, start=0, spread=1)
    new = promises(rng, 300, start=1000, spread=1)
    nobody_served = np.full(300, np.nan)
    left = Promises(new.made_at, new.due_at, new.quantiles, nobody_served, new.made_at + 5.0, new.groups)
    out = calibrate(past, left, 10.0)
    np.testing.assert_allclose(out[-1], out[0])


def test_a_p10_of_zero_stays_and_does_not_narrow_the_lower_band_of_others() -> None:
    rng = np.random.default_rng(5)
    past, new = promises(rng, 4000, start=0, spread=1.5), promises(rng, 4000, start=5000, spread=1.5)
    mixed = []
    for each in (past, new):
        quantiles, wait = each.quantiles.copy(), each.wait.copy()
        quantiles[::2] = [0.0, 5.0, 40.0]
        wait[::2] = np.where(rng.random(2000) < 0.5, 0.0, rng.uniform(0, 44, 2000))
        mixed.append(Promises(each.made_at, each.due_at, quantiles, wait, each.gone_at, each.groups * 0))
    out = calibrate(mixed[0], mixed[1], 50.0)
    assert (out[::2, 0] == 0).all()
    assert abs((mixed[1].wait < out[:, 0])[1::2].mean() - 0.1) < 0.02
