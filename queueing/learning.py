"""Wait profiles from history: busy call rates, arrival rates, and bands of real waits.

The busy call rate of a quarter hour is calls / minutes counted over the quarters of history in which
somebody waited at both ends, smoothed over its neighbours. The bands are empirical P10/P50/P90 of the
real waits within bins of equal size of the drained minutes, for each horizon (evidence: recalibrating
a simple estimate on history is worth as much as changing it).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from queueing.rules.drain import HORIZONS, QUARTER_MINUTES, QUARTERS, drain_minutes, people_at

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from numpy.typing import NDArray

    from kernel.ids import QueueId

    Floats = NDArray[np.float64]

LEAST_QUARTERS = 3  # busy quarters needed before a measured rate is believed over the typical minutes
LEAST_WAITS = 60  # real waits needed for bands of a horizon
BANDS = 14
CALLED_AT_ONCE = 0.2  # minutes
SAMPLES = 1_500  # waits replayed per hall and horizon; more moved no band by a minute when tried


@dataclass(frozen=True, slots=True)
class QueueDays:
    """A queue's history: day -> array of (arrived, called) minutes of the local day, by arrival.

    ``called`` is NaN for those who left uncalled.
    """

    days: Mapping[date, Floats]


def learn_hall(
    history: Mapping[QueueId, QueueDays],
    windows: Mapping[QueueId, Floats],
    typical_minutes: Mapping[QueueId, float],
    *,
    horizons: Sequence[int] = HORIZONS,
) -> dict[QueueId, dict[str, Any]]:
    """Return each queue's profile as stored; bands are pooled over the hall, so quiet queues have some."""
    rates = {
        queue_id: _rates(own, windows[queue_id], typical_minutes[queue_id])
        for queue_id, own in history.items()
        if queue_id in windows
    }
    bands = _bands(history, rates, horizons)
    return {
        queue_id: {
            "calls": [round(float(rate), 5) for rate in calls],
            "arrivals": [round(float(rate), 5) for rate in arrivals],
            "windows": [round(float(share), 4) for share in windows[queue_id]],
            "bands": bands,
        }
        for queue_id, (calls, arrivals) in rates.items()
    }


def _rates(own: QueueDays, windows: Floats, typical_minutes: float) -> tuple[Floats, Floats]:
    """Return (calls per busy minute, arrivals per minute) for each quarter hour."""
    edges = np.arange(QUARTERS + 1, dtype=np.float64) * QUARTER_MINUTES
    arrived, called, busy = np.zeros(QUARTERS), np.zeros(QUARTERS), np.zeros(QUARTERS)
    for pairs in own.days.values():
        arrivals, calls = pairs[:, 0], pairs[~np.isnan(pairs[:, 1]), 1]
        waiting = _waiting(pairs, edges)
        both = (waiting[:-1] > 0) & (waiting[1:] > 0)
        arrived += np.histogram(arrivals, edges)[0]
        called += np.where(both, np.histogram(calls, edges)[0], 0)
        busy += both
    measured = _smooth(called) / np.maximum(_smooth(busy), 1e-9) / QUARTER_MINUTES
    by_plan = windows / typical_minutes
    known = (_smooth(busy) * 3 >= LEAST_QUARTERS) & (by_plan > 0)
    return np.where(known, measured, by_plan), arrived / len(own.days) / QUARTER_MINUTES


def _smooth(values: Floats) -> Floats:
    padded = np.pad(values, 1, mode="edge")
    smoothed: Floats = (padded[:-2] + padded[1:-1] + padded[2:]) / 3
    return smoothed


def _waiting(pairs: Floats, at: Floats) -> Floats:
    """Return how many wait at each minute of ``at``; who left uncalled counts until the day's last call."""
    left = np.sort(np.where(np.isnan(pairs[:, 1]), np.inf, pairs[:, 1]))
    here = np.searchsorted(pairs[:, 0], at, side="right") - np.searchsorted(left, at, side="right")
    return here.astype(np.float64)


def _bands(
    history: Mapping[QueueId, QueueDays],
    rates: Mapping[QueueId, tuple[Floats, Floats]],
    horizons: Sequence[int],
) -> dict[str, list[list[float]]]:
    """Return bands for each horizon that has enough waits."""
    bands = {}
    for horizon in horizons:
        seen = np.array(list(_replayed(history, rates, horizon)))
        if len(seen) >= LEAST_WAITS:
            bands[str(horizon)] = _quantiles(seen[:, 0], seen[:, 1])
    return bands


def _replayed(
    history: Mapping[QueueId, QueueDays], rates: Mapping[QueueId, tuple[Floats, Floats]], horizon: int
) -> Iterator[tuple[float, float]]:
    """Yield (drained minutes as they would have been told, real wait) for a sample of tickets."""
    tickets = sum(len(pairs) for queue_id in rates for pairs in history[queue_id].days.values())
    step = max(1, tickets // SAMPLES)
    count = 0
    for queue_id, (calls, arrivals) in rates.items():
        calls_list, arrivals_list = calls.tolist(), arrivals.tolist()
        for pairs in history[queue_id].days.values():
            waiting = _waiting(pairs, pairs[:, 0] - horizon - 1e-6)
            opened = pairs[0, 0]
            for (arrived, called), people in zip(pairs.tolist(), waiting.tolist(), strict=True):
                count += 1
                if count % step or np.isnan(called) or arrived - horizon < opened:
                    continue
                # Called at once means that a window was idle, which the live estimate sees directly.
                idle = called - arrived < CALLED_AT_ONCE
                told = _told(people, arrived, horizon, calls_list, arrivals_list, idle=idle)
                if told is not None:
                    yield told, called - arrived


def _told(
    people: float, arrived: float, horizon: int, calls: list[float], arrivals: list[float], *, idle: bool
) -> float | None:
    """Return the drained minutes, by the same steps as the live estimate (``queueing.estimate``)."""
    ahead = (
        people_at(people, arrived - horizon, arrived, calls=calls, arrivals=arrivals) if horizon else people
    )
    work = ahead + (0.0 if ahead < 1 and (idle or horizon > 0) else 1.0)
    return drain_minutes(work, arrived, calls)


def _quantiles(told: Floats, real: Floats) -> list[list[float]]:
    """Return [upto, p10, p50, p90] rows over bins of equal size, each quantile rising with ``upto``."""
    order = np.argsort(told, kind="stable")
    rows = []
    for part in np.array_split(order, min(BANDS, len(order) // 20)):
        rows.append([told[part].max(), *np.quantile(real[part], (0.1, 0.5, 0.9))])
    table = np.maximum.accumulate(np.array(rows), axis=0)
    return [[round(float(value), 2) for value in row] for row in np.maximum(table, 0)]
