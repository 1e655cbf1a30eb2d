"""Replays the halls' log day by day: learn from the days up to a date, predict each later day as it went.

On every test day the history holds all days before it and the calibration every outcome before the quarter
hour; the models themselves stay those of the training days.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from queueing.prediction.calibration import Promises, calibrate, size_group
from queueing.prediction.queue_features import NOW, QueueFeatures, Replay
from queueing.prediction.wait_model import ModelShape, WaitModel

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Progress = Callable[[str], None]

FROM_MINUTE, TO_MINUTE = 7.5 * 60, 18.5 * 60  # the window in which truth is judged
LEAST_TRAINING_DAYS = 3
SEED_DAYS = 3  # the last training days, predicted by a model of the days before, seed the calibration
SIZE_EDGES = (5.0, 15.0, 40.0, 80.0)
CALIBRATION_STEP = 15.0
WORKERS = 2
UNTRAINED_BAND = (0.4, 1.0, 2.2)  # of the estimate; the rolling calibration takes over within the first day
NOW_SHAPE = ModelShape(constant=3.0, zero_waits=False, forest_share=(0.4, 0.2, 0.5))
AHEAD_SHAPE = ModelShape(
    constant=3.0,
    zero_waits=True,
    seeds=2,
    forest_trees=40,
    forest_leaf=30,
    forest_share=(0.5, 0.6, 0.3),
    forest_rows=40_000,
)
SEED_SHAPE_SAVINGS = {"rounds": 120, "seeds": 1, "forest_trees": 25, "forest_rows": 25_000}


@dataclass(frozen=True, slots=True)
class HallPredictions:
    """``quantiles[horizon][row, (P10, P50, P90)]`` in minutes, NaN where nothing was predicted."""

    replay: Replay
    features: QueueFeatures
    training: tuple[int, ...]
    test: tuple[int, ...]
    quantiles: dict[float, Floats]
    models: dict[float, WaitModel]

    def judged(self, horizon: float, days: Sequence[int] | None = None) -> NDArray[np.int64]:
        """Return the rows of ``days`` (else: the test days) whose outcome is known and within the window."""
        return judged_rows(self.replay, horizon, self.test if days is None else days)


def judged_rows(replay: Replay, horizon: float, days: Sequence[int]) -> NDArray[np.int64]:
    """Return the trusted queues' rows of ``days`` in the judged window whose outcome was seen."""
    return np.flatnonzero(_in_scope(replay, days) & np.isfinite(replay.outcomes[horizon]))


def _in_scope(replay: Replay, days: Sequence[int]) -> NDArray[np.bool_]:
    log = replay.log
    in_window = (log.minute >= FROM_MINUTE) & (log.minute <= TO_MINUTE)
    return in_window & np.isin(log.queue, sorted(replay.queues)) & np.isin(log.day, list(days))


def asked_rows(replay: Replay, horizon: float, days: Sequence[int]) -> NDArray[np.int64]:
    """Return the rows a prediction is made for: somebody waits (now), or any row (ahead)."""
    asked = _in_scope(replay, days)
    return np.flatnonzero(asked & (replay.log.waiting > 0) if horizon == NOW else asked)


def predict_halls(
    replay: Replay,
    training: Sequence[int],
    test: Sequence[int],
    progress: Progress,
    horizons: Sequence[float] | None = None,
) -> HallPredictions:
    """Learn from ``training`` days, predict every row of ``test`` days, calibrated as outcomes came in."""
    wanted = (NOW, *replay.horizons) if horizons is None else tuple(horizons)
    progress(f"features of {len(training)} training days")
    learned_from = replay.features(training, training or test[:1])
    models = _fit_all(replay, learned_from, training, wanted, progress)
    seeds = _seed_promises(replay, training, wanted, progress)
    features = learned_from
    raw = {horizon: np.full((len(replay.log), 3), np.nan) for horizon in wanted}
    for day in test:
        today = replay.features([d for d in (*training, *test) if d < day], [day])
        _merge(features, today, replay.log.day == day)
        for horizon in wanted:
            rows = asked_rows(replay, horizon, [day])
            raw[horizon][rows] = predict_rows(models.get(horizon), today, horizon, rows)
    quantiles = {}
    for horizon in wanted:
        progress(f"calibration {horizon:.0f} minutes ahead")
        quantiles[horizon] = _calibrated(replay, horizon, raw[horizon], test, seeds.get(horizon))
    return HallPredictions(replay, features, tuple(training), tuple(test), quantiles, models)


def predict_rows(
    model: WaitModel | None, features: QueueFeatures, horizon: float, rows: NDArray[np.int64]
) -> Floats:
    """Return ``[row, (P10, P50, P90)]`` before calibration; without a model, the estimate and a wide band."""
    estimate = features.estimate(horizon)[rows]
    if model is None:
        return np.asarray(np.nan_to_num(estimate)[:, None] * np.array(UNTRAINED_BAND), np.float64)
    return model.predict(features.matrix(horizon)[1][rows], estimate)


def _fit_all(
    replay: Replay,
    features: QueueFeatures,
    days: Sequence[int],
    horizons: Sequence[float],
    progress: Progress,
    *,
    light: bool = False,
) -> dict[float, WaitModel]:
    if len(days) < LEAST_TRAINING_DAYS:
        progress("too few training days to learn from: the physical estimate stands alone")
        return {}
    progress(f"learning {len(horizons)} models from {len(days)} days")
    with ThreadPoolExecutor(WORKERS) as pool:  # the libraries learn outside Python's lock
        fitted = pool.map(lambda horizon: _fit(replay, features, days, horizon, light), horizons)
        return dict(zip(horizons, fitted, strict=True))


def _fit(
    replay: Replay, features: QueueFeatures, days: Sequence[int], horizon: float, light: bool
) -> WaitModel:
    shape = NOW_SHAPE if horizon == NOW else AHEAD_SHAPE
    if light:
        kept = {name: getattr(shape, name) for name in shape.__slots__}
        shape = ModelShape(**(kept | SEED_SHAPE_SAVINGS))
    rows = judged_rows(replay, horizon, days)
    return WaitModel(shape).fit(
        features.matrix(horizon)[1][rows],
        features.estimate(horizon)[rows],
        replay.outcomes[horizon][rows],
        replay.log.day[rows],
    )


def _seed_promises(
    replay: Replay, training: Sequence[int], horizons: Sequence[float], progress: Progress
) -> dict[float, Promises]:
    """Predict the last training days from the days before them: promises whose outcomes are all known."""
    earlier, last = training[:-SEED_DAYS], training[-SEED_DAYS:]
    if len(earlier) < LEAST_TRAINING_DAYS:
        return {}
    progress("seeding the calibration")
    models = _fit_all(replay, replay.features(earlier, earlier), earlier, horizons, progress, light=True)
    features = replay.features(earlier, last)
    seeds = {}
    for horizon in horizons:
        rows = judged_rows(replay, horizon, last)
        seeds[horizon] = _promises(
            replay, horizon, rows, predict_rows(models[horizon], features, horizon, rows)
        )
    return seeds


def _promises(replay: Replay, horizon: float, rows: NDArray[np.int64], quantiles: Floats) -> Promises:
    log = replay.log
    midnight = log.day[rows] * 1440.0
    made_at = midnight + log.minute[rows]
    order = np.argsort(made_at, kind="stable")
    groups = np.stack([log.hall[log.queue[rows]], size_group(quantiles[:, 1], SIZE_EDGES)], axis=1)
    return Promises(
        made_at[order],
        (midnight + replay.begins[horizon][rows])[order],
        quantiles[order],
        replay.outcomes[horizon][rows][order],
        np.full(len(rows), np.nan),
        groups[order],
    )


def _calibrated(
    replay: Replay, horizon: float, raw: Floats, test: Sequence[int], seeds: Promises | None
) -> Floats:
    rows = asked_rows(replay, horizon, test)
    rows = rows[np.argsort(replay.log.day[rows] * 1440.0 + replay.log.minute[rows], kind="stable")]
    made = _promises(replay, horizon, rows, raw[rows])
    if seeds is None:
        nothing = rows[:0]
        seeds = _promises(replay, horizon, nothing, raw[nothing])
    out = raw.copy()
    out[rows] = calibrate(seeds, made, CALIBRATION_STEP)
    return out


def _merge(into: QueueFeatures, day: QueueFeatures, rows: NDArray[np.bool_]) -> None:
    for name, column in day.columns.items():
        if name in into.columns and into.columns[name] is not column:
            into.columns[name][rows] = column[rows]
    for horizon, columns in day.ahead.items():
        for name, column in columns.items():
            into.ahead[horizon][name][rows] = column[rows]
