from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from queueing.prediction.model_file import UnusableModel, card_of, load_models, save_models
from queueing.prediction.quantile_forest import QuantileForest
from queueing.prediction.wait_model import ModelShape, WaitModel

SMALL = ModelShape(constant=3.0, zero_waits=False, rounds=60, seeds=1, forest_trees=15, forest_leaf=20)


def waits_of(rng: np.random.Generator, rows: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Waits that are the estimate times a factor seen in a feature, with log-normal noise."""
    estimate = rng.uniform(5, 60, rows)
    pace = rng.uniform(0.5, 2.0, rows)
    wait = estimate * pace * np.exp(rng.normal(0, 0.3, rows))
    features = np.column_stack([estimate, pace, rng.normal(size=rows)])
    features[rng.random(rows) < 0.05, 2] = np.nan
    return features, estimate, wait, np.arange(rows) * 6 // rows


@pytest.mark.slow
def test_learned_quantiles_hold_and_beat_the_bare_estimate() -> None:
    rng = np.random.default_rng(1)
    features, estimate, wait, day = waits_of(rng, 6000)
    model = WaitModel(SMALL).fit(features, estimate, wait, day)
    test, bare, truth, _ = waits_of(rng, 3000)
    p10, p50, p90 = model.predict(test, bare).T
    assert abs((truth <= p90).mean() - 0.9) < 0.03
    assert abs((truth <= p10).mean() - 0.1) < 0.03
    assert np.abs(truth - p50).mean() < 0.75 * np.abs(truth - bare).mean()


@pytest.mark.slow
def test_where_most_do_not_wait_the_median_is_zero_and_the_p90_is_not() -> None:
    rng = np.random.default_rng(2)
    busy = rng.random(6000) < 0.5
    wait = np.where(rng.random(6000) < np.where(busy, 0.1, 0.7), 0.0, rng.gamma(4, 5, 6000))
    features = np.column_stack([busy, rng.normal(size=6000)]).astype(np.float64)
    shape = ModelShape(constant=3.0, zero_waits=True, rounds=40, seeds=1, forest_trees=15, forest_leaf=30)
    model = WaitModel(shape).fit(features, np.full(6000, 15.0), wait, np.arange(6000) // 1000)
    quiet, crowded = model.predict(np.array([[0.0, 0.0], [1.0, 0.0]]), np.full(2, 15.0))
    assert quiet[1] < 2 < quiet[2]
    assert crowded[1] > 10


def test_the_forest_reads_conditional_quantiles() -> None:
    rng = np.random.default_rng(3)
    x = rng.uniform(0, 1, (5000, 1))
    y = 10 * x[:, 0] + rng.uniform(0, 1 + x[:, 0], 5000)
    forest = QuantileForest(trees=30, least_leaf=25, feature_share=1.0, seed=0).fit(x, y)
    low, high = forest.quantiles(np.array([[0.5]]), (0.1, 0.9))[0]
    assert low == pytest.approx(5.15, abs=0.35)
    assert high == pytest.approx(6.35, abs=0.35)


@pytest.mark.slow
def test_models_come_back_from_their_file_as_they_were(tmp_path: Path) -> None:
    features, estimate, wait, day = waits_of(np.random.default_rng(4), 1500)
    model = WaitModel(SMALL).fit(features, estimate, wait, day)
    path = tmp_path / "waits.model"
    card = save_models(
        path,
        {0.0: model},
        span=("2024-01-01", "2024-01-06"),
        days=6,
        unit="minutes",
        features={"0": ["estimate", "pace", "noise"]},
        metrics={"mae": 1.0},
    )
    loaded, read = load_models(path)
    assert read == card
    np.testing.assert_array_equal(loaded[0.0].predict(features, estimate), model.predict(features, estimate))


def test_a_file_that_is_not_what_its_card_says_is_refused(tmp_path: Path) -> None:
    features, estimate, wait, day = waits_of(np.random.default_rng(5), 600)
    path = tmp_path / "waits.model"
    fitted = {0.0: WaitModel(SMALL).fit(features, estimate, wait, day)}
    save_models(path, fitted, span=("a", "b"), days=6, unit="minutes", features={}, metrics={})
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(UnusableModel, match="not the file"):
        load_models(path)
    card_of(path).unlink()
    with pytest.raises(UnusableModel):
        load_models(path)
