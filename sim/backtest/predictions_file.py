"""Writes predictions as CSV, local times as in the log: one format for halls, one for the bank."""

from __future__ import annotations

import csv
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from queueing.prediction.queue_features import NOW

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from queueing.prediction.tickets import TicketLog
    from sim.backtest.halls_replay import HallPredictions

HALL_COLUMNS = ("hall", "queue_id", "date", "time", "horizon_minutes", "p10", "p50", "p90")
CALL_COLUMNS = ("call_row", "p10", "p50", "p90")


def write_hall_predictions(path: Path, predicted: HallPredictions) -> int:
    """Write every prediction in minutes and return how many; ``horizon_minutes`` 0 is now."""
    with path.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines)
        writer.writerow(HALL_COLUMNS)
        count = 0
        for row in _hall_rows(predicted):
            writer.writerow(row)
            count += 1
    return count


def _hall_rows(predicted: HallPredictions) -> Iterator[tuple[object, ...]]:
    log = predicted.replay.log
    for horizon, quantiles in predicted.quantiles.items():
        shown = np.isfinite(quantiles[:, 1])
        if horizon == NOW:  # nobody waiting and a window open is a wait of zero: nothing to learn
            empty = (log.waiting == 0) & ~(log.windows_open == 0) & np.isin(log.day, predicted.test)
            shown |= empty & np.isin(log.queue, sorted(predicted.replay.queues))
        for row in np.flatnonzero(shown):
            hall, queue_id = log.queue_names[log.queue[row]]
            minute = int(log.minute[row])
            yield (
                hall,
                queue_id,
                date.fromordinal(int(log.day[row])).isoformat(),
                f"{minute // 60:02}:{minute % 60:02}",
                f"{horizon:.0f}",
                *(f"{value:.2f}" for value in np.nan_to_num(quantiles[row])),
            )


def write_call_predictions(
    path: Path, log: TicketLog, rows: NDArray[np.int64], quantiles: NDArray[np.float64]
) -> int:
    """Write the predictions of the tickets ``rows`` in seconds and return how many."""
    with path.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines)
        writer.writerow(CALL_COLUMNS)
        for place, row in enumerate(rows):
            writer.writerow((int(log.row[row]), *(f"{value:.1f}" for value in quantiles[place])))
    return len(rows)
