"""Replays the bank's telephone log: learn from the calls up to a date, predict each later caller's wait."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from queueing.prediction.calibration import Promises, calibrate, size_group
from queueing.prediction.pool_features import pool_features
from queueing.prediction.wait_model import ModelShape, WaitModel

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from queueing.prediction.tickets import TicketLog

    Floats = NDArray[np.float64]

SHAPE = ModelShape(
    constant=10.0,
    zero_waits=False,
    rounds=250,
    seeds=4,
    forest_trees=80,
    forest_leaf=15,
    ridge_share=0.2,
    forest_share=(0.5, 0.2, 0.35),
)
LEAST_TRAINING_DAYS = 3
LEAST_TRAINING_CALLS = 500
SEED_SHARE = 0.3
SIZE_EDGES = (20.0, 50.0, 100.0, 200.0)
STEP_SECONDS = 600.0
UNTRAINED_BAND = (0.15, 0.8, 2.2)


@dataclass(frozen=True, slots=True)
class CallPredictions:
    """``rows`` are the tickets predicted, all that queued on test days; quantiles are seconds."""

    log: TicketLog
    columns: dict[str, Floats]
    training_rows: NDArray[np.int64]
    rows: NDArray[np.int64]
    quantiles: Floats
    model: WaitModel | None


def predict_calls(log: TicketLog, train_until: int, progress: Callable[[str], None]) -> CallPredictions:
    """Learn from tickets of days up to ``train_until`` (an ordinal), predict every queued ticket after it."""
    progress("replaying the pool call by call")
    learned = log.day <= train_until
    columns = pool_features(log, np.where(learned, log.finished - log.started, np.nan))
    matrix = np.stack(list(columns.values()), axis=1)
    waits, estimate = log.waits(), columns["paced_p50"]
    training = np.flatnonzero(learned & np.isfinite(waits))
    test = np.flatnonzero(~learned & log.queued)
    if len(np.unique(log.day[training])) < LEAST_TRAINING_DAYS or len(training) < LEAST_TRAINING_CALLS:
        raw = np.nan_to_num(estimate[test])[:, None] * np.array(UNTRAINED_BAND)
        seeds = _promises(log, test[:0], raw[:0])
        return CallPredictions(
            log, columns, training, test, calibrate(seeds, _promises(log, test, raw), STEP_SECONDS), None
        )
    progress(f"learning from {len(training):,} waits")
    model = WaitModel(SHAPE).fit(matrix[training], estimate[training], waits[training], log.day[training])
    progress("seeding the calibration")
    seeds = _seeds(log, matrix, estimate, training)
    raw = model.predict(matrix[test], estimate[test])
    return CallPredictions(
        log, columns, training, test, calibrate(seeds, _promises(log, test, raw), STEP_SECONDS), model
    )


def _seeds(log: TicketLog, matrix: Floats, estimate: Floats, training: NDArray[np.int64]) -> Promises:
    """Predict the last training calls from those before them: promises whose outcomes are all known."""
    days = np.unique(log.day[training])
    cut = days[int(len(days) * (1 - SEED_SHARE))]
    earlier, last = training[log.day[training] < cut], training[log.day[training] >= cut]
    model = WaitModel(SHAPE).fit(matrix[earlier], estimate[earlier], log.waits()[earlier], log.day[earlier])
    return _promises(log, last, model.predict(matrix[last], estimate[last]))


def _promises(log: TicketLog, rows: NDArray[np.int64], quantiles: Floats) -> Promises:
    groups = np.stack([log.priority[rows], size_group(quantiles[:, 1], SIZE_EDGES)], axis=1)
    joined, waits = log.joined[rows], log.waits()[rows]
    gave_up = np.where(np.isfinite(waits), np.nan, log.left[rows])
    return Promises(joined, joined, quantiles, waits, gave_up, groups)
