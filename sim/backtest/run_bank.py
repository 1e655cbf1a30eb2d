"""The backtest of the bank's telephone log."""

from __future__ import annotations

from datetime import date
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from queueing.prediction.model_file import save_models
from queueing.prediction.peers import pool_peers
from sim.backtest.bank_log import read_bank_log
from sim.backtest.bank_replay import CallPredictions, predict_calls
from sim.backtest.halls_report import HorizonResult, compare_with_peers, table_lines
from sim.backtest.log_report import UnusableLog
from sim.backtest.predictions_file import write_call_predictions
from sim.backtest.scores import score

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from sim.backtest.log_report import LogReport
    from sim.backtest.run import Outputs

    Say = Callable[[str], None]


def backtest_bank(
    paths: Sequence[Path], train_until: date, outputs: Outputs, report: LogReport, say: Say
) -> dict[str, object]:
    """Replay the bank's log and return its figures; raises :class:`UnusableLog` if no call is left."""
    begun = perf_counter()

    def progress(line: str) -> None:
        say(f"[{perf_counter() - begun:5.0f} s] {line}")

    progress(f"reading {', '.join(path.name for path in paths)}")
    log = read_bank_log(paths, report)
    for line in report.lines():
        say(line)
    predicted = predict_calls(log, train_until.toordinal(), progress)
    if not len(predicted.rows):
        raise UnusableLog(f"no call after {train_until} to predict")
    if outputs.predictions is not None:
        count = write_call_predictions(outputs.predictions, log, predicted.rows, predicted.quantiles)
        say(f"{count:,} predictions → {outputs.predictions}")
    result = score_calls(predicted)
    for line in table_lines(result, "s"):
        say(line)
    figures: dict[str, object] = {
        "format": "bank",
        "train_until": train_until.isoformat(),
        "horizons": [result.as_json()],
    }
    if outputs.model is not None and predicted.model is not None:
        _save(outputs.model, predicted, figures, say)
    figures["seconds"] = perf_counter() - begun
    return figures


def score_calls(predicted: CallPredictions) -> HorizonResult:
    """Score ours and every peer on the callers who were served; peers are helped by the training days."""
    waits = predicted.log.waits()
    served = np.isfinite(waits[predicted.rows])
    rows, quantiles = predicted.rows[served], predicted.quantiles[served]
    wait = waits[rows]
    result = HorizonResult(
        0.0, float(wait.mean()), score(wait, quantiles[:, 1], quantiles[:, 2], quantiles[:, 0])
    )
    announced = pool_peers(predicted.columns) | {"global quantiles": np.full(len(waits), np.nan)}
    hour = predicted.log.joined[rows] // 3600  # callers of one hour share their queue
    compare_with_peers(
        result, announced, (predicted.training_rows, rows), waits, quantiles, hour.astype(np.int64)
    )
    return result


def _save(path: Path, predicted: CallPredictions, figures: dict[str, object], say: Say) -> None:
    days = np.unique(predicted.log.day[predicted.training_rows])
    first, last = (date.fromordinal(int(days[k])).isoformat() for k in (0, -1))
    assert predicted.model is not None
    card = save_models(
        path,
        {0.0: predicted.model},
        span=(first, last),
        days=len(days),
        unit="seconds",
        features={"0": list(predicted.columns)},
        metrics={"horizons": figures["horizons"]},
    )
    say(f"model → {path}: {card.bytes / 1e6:.1f} MB")
