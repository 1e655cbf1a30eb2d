"""A leak shows itself as an error that falls as the horizon grows; checked on the shipped real log."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import sim
from queueing.prediction.queue_features import HORIZONS, Replay
from sim.backtest import halls_replay
from sim.backtest.halls_log import queue_indices, read_halls_log, read_queue_list
from sim.backtest.halls_replay import HallPredictions, predict_halls
from sim.backtest.log_report import LogReport

DATA = Path(sim.__file__).parent / "data" / "warsaw_halls"
QUEUES = 8


@pytest.mark.slow
def test_error_does_not_fall_as_the_horizon_grows(monkeypatch: pytest.MonkeyPatch) -> None:
    shape = replace(halls_replay.AHEAD_SHAPE, rounds=30, seeds=1, forest_trees=4, forest_rows=3000)
    monkeypatch.setattr(halls_replay, "AHEAD_SHAPE", shape)
    log = read_halls_log([DATA / "queue_snapshots.csv.gz"], LogReport())
    listed, _ = queue_indices(log, read_queue_list(DATA / "clean_queues.csv"))
    busiest = sorted(listed, key=lambda queue: -float(log.waiting[log.queue == queue].mean()))[:QUEUES]
    replay = Replay(log.take(np.isin(log.queue, busiest)), busiest)
    days = [int(day) for day in replay.days]
    made = predict_halls(replay, days[:5], days[5:8], lambda _: None, horizons=HORIZONS)
    by_horizon = [_error_by_arrival(made, horizon) for horizon in HORIZONS]
    asked_at_all = set.intersection(*(set(errors) for errors in by_horizon))
    assert len(asked_at_all) > 500
    means = [float(np.mean([errors[arrival] for arrival in asked_at_all])) for errors in by_horizon]
    assert means == sorted(means), means
    assert means[-1] > 1.15 * means[0]


def _error_by_arrival(made: HallPredictions, horizon: float) -> dict[tuple[int, int, float], float]:
    """Return the error for each (queue, day, minute of arrival): the same arrivals, seen from further off."""
    log, replay = made.replay.log, made.replay
    errors: dict[tuple[int, int, float], float] = {}
    for row in made.judged(horizon).tolist():
        arrival = int(log.queue[row]), int(log.day[row]), float(replay.begins[horizon][row])
        errors[arrival] = abs(float(made.quantiles[horizon][row, 1] - replay.outcomes[horizon][row]))
    return errors
