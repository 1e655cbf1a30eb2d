from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from queueing.prediction.queue_features import NOW, Replay
from queueing.prediction.wait_model import ModelShape
from sim.backtest import halls_replay
from sim.backtest.halls_log import read_halls_log
from sim.backtest.halls_replay import predict_halls
from sim.backtest.log_report import LogReport

HORIZONS = (15.0, 60.0)
Key = tuple[float, int, int, float]
SMALL: dict[str, int] = {"rounds": 25, "seeds": 1, "forest_trees": 5, "forest_rows": 3000}


def quiet(_: str) -> None:
    return None


@pytest.fixture(autouse=True)
def _small_models(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NOW_SHAPE", "AHEAD_SHAPE"):
        shape: ModelShape = getattr(halls_replay, name)
        monkeypatch.setattr(halls_replay, name, replace(shape, **SMALL))
    monkeypatch.setattr(halls_replay, "SEED_SHAPE_SAVINGS", SMALL)
    monkeypatch.setattr(halls_replay, "SEED_DAYS", 1)


def predictions(path: Path, until: tuple[int, float] | None = None) -> dict[Key, tuple[float, ...]]:
    """Return each prediction by (horizon, queue, day, minute); with ``until``, of a log cut off there."""
    log = read_halls_log([path], LogReport())
    if until is not None:
        log = log.take((log.day < until[0]) | ((log.day == until[0]) & (log.minute <= until[1])))
    replay = Replay(log, range(len(log.queue_names)), HORIZONS)
    days = [int(day) for day in replay.days]
    made = predict_halls(replay, days[:4], days[4:], quiet)
    return {
        (horizon, int(log.queue[row]), int(log.day[row]), float(log.minute[row])): tuple(
            quantiles[row].tolist()
        )
        for horizon, quantiles in made.quantiles.items()
        for row in np.flatnonzero(np.isfinite(quantiles[:, 1]))
    }


@pytest.mark.slow
def test_cutting_the_log_off_at_t_leaves_every_prediction_up_to_t_as_it_was(
    write_log: Callable[..., Path], halls_rows: list[str]
) -> None:
    path = write_log(halls_rows)
    whole = predictions(path)
    last_day = max(day for _, _, day, _ in whole)
    cut = predictions(path, until=(last_day, 11 * 60.0))
    assert any(day == last_day for _, _, day, _ in cut)
    assert all(0 <= p10 <= p50 <= p90 < 600 for p10, p50, p90 in whole.values())
    assert {horizon for horizon, *_ in cut} == {NOW, *HORIZONS}
    for key, quantiles in cut.items():
        assert quantiles == pytest.approx(whole[key], abs=1e-9), key


def test_a_leaking_column_would_be_seen(write_log: Callable[..., Path], halls_rows: list[str]) -> None:
    """The twin of the test above: let one feature hold the outcome, and the cut changes predictions."""
    path = write_log(halls_rows)
    log = read_halls_log([path], LogReport())
    cut_log = log.take((log.day < log.day.max()) | (log.minute <= 11 * 60.0))
    whole, cut = (Replay(each, range(len(each.queue_names)), HORIZONS) for each in (log, cut_log))
    leaked = whole.outcomes[60.0][np.flatnonzero(np.isin(log.day, cut_log.day) & (log.minute == 11 * 60.0))]
    honest = cut.outcomes[60.0][np.flatnonzero(cut_log.minute == 11 * 60.0)]
    assert not np.array_equal(leaked, honest, equal_nan=True)
