"""How fast a new hall's predictions become good: the same last day after 0, 1, 3, 5 and 10 training days."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from queueing.prediction.queue_features import NOW
from sim.backtest.halls_replay import predict_halls
from sim.backtest.scores import score

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from queueing.prediction.queue_features import Replay

TRAINING_DAYS = (0, 1, 3, 5, 10)


@dataclass(frozen=True, slots=True)
class ColdStartPoint:
    """Error of "now" in minutes on the last test day after so many days of history; of LES beside it."""

    days: int
    mae: float
    pin90: float
    coverage: float
    les_mae: float


def cold_start_curve(
    replay: Replay, training: Sequence[int], test: Sequence[int], progress: Callable[[str], None]
) -> list[ColdStartPoint]:
    """Return the curve for the last day of ``test``, with all days before it as possible training days."""
    before, last = [*training, *test[:-1]], test[-1]
    points = []
    for days in TRAINING_DAYS:
        if days > len(before):
            break
        progress(f"cold start: {days} training days")
        known = before[len(before) - days :]
        predicted = predict_halls(replay, known, [last], progress, horizons=(NOW,))
        rows = predicted.judged(NOW)
        wait, quantiles = replay.outcomes[NOW][rows], predicted.quantiles[NOW][rows]
        scored = score(wait, quantiles[:, 1], quantiles[:, 2])
        les = np.nan_to_num(replay.live["les"][rows])
        points.append(
            ColdStartPoint(
                days,
                scored.mae,
                scored.pin90 or 0.0,
                scored.coverage or 0.0,
                float(np.abs(les - wait).mean()),
            )
        )
    return points
