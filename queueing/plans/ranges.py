"""Figures with ranges from played days: days, not tickets, are what varies independently."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import stdtrit

from queueing.engine import tally
from queueing.engine.result import merged
from queueing.engine.run import draw_days, play

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from queueing.engine import HallModel
    from queueing.engine.arrays import PlanArrays
    from queueing.engine.result import Summary
    from queueing.engine.run import Days

    Floats = NDArray[np.float64]

CONFIDENCE = 0.95
TOLD_DAYS = 120  # four times 30 halve its interval; beyond, the demand itself is the greater doubt
TOLD_SEED = 3  # others than proposals and layouts are searched on
BATCHES = 12  # for percentiles, which have no sum over days: one value per batch, Student's t over them


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure and its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Played:
    """The same citizens under one plan: all days, and the same days in batches."""

    total: Summary
    batches: tuple[Summary, ...]


def draw_batches(model: HallModel, *, seed: int, days: int) -> tuple[Days, ...]:
    """Return the citizens of ``days`` days in ``BATCHES`` parts (rounded up to whole parts)."""
    size = -(-days // BATCHES)
    return tuple(draw_days(model, seed=seed, days=size, first_day=number * size) for number in range(BATCHES))


def told_days(model: HallModel) -> tuple[Days, ...]:
    """Return the citizens of the drawn days on which a day's waits are told, the same ones on every page."""
    return draw_batches(model, seed=TOLD_SEED, days=TOLD_DAYS)


def play_batches(model: HallModel, plan: PlanArrays, batches: tuple[Days, ...]) -> Played:
    """Send the batches through one plan."""
    parts = [play(model, plan, days) for days in batches]
    return Played(merged(parts), tuple(parts))


def waited(summary: Summary, queue: int | None = None) -> Floats:
    """Return minutes waited by day, of the called and of those who left."""
    daily = summary.daily.sum(axis=1) if queue is None else summary.daily[:, queue]
    minutes: Floats = daily[:, tally.WAIT_SUM] + daily[:, tally.LEFT_WAIT_SUM]
    return minutes


def column(summary: Summary, number: int, queue: int | None = None) -> Floats:
    """Return one of the tally's columns by day."""
    daily = summary.daily.sum(axis=1) if queue is None else summary.daily[:, queue]
    values: Floats = daily[:, number]
    return values


def ratio(numerator: Floats, denominator: Floats) -> Estimate:
    """Return sum/sum with its interval: the ratio estimator over days (Cochran 1977, §2.11)."""
    total, days = float(denominator.sum()), len(denominator)
    if total == 0.0:
        return Estimate(0.0, 0.0, 0.0)
    value = float(numerator.sum()) / total
    residual = numerator - value * denominator
    error = float(np.sqrt(days / max(days - 1, 1) * np.sum(residual**2))) / total
    half = t_of(days) * error
    return Estimate(value, value - half, value + half)


def mean_wait(summary: Summary, queue: int | None = None) -> Estimate:
    """Return the mean wait of all who joined, in minutes."""
    return ratio(waited(summary, queue), column(summary, tally.JOINED, queue))


def wait_difference(before: Summary, after: Summary, queue: int | None = None) -> Estimate:
    """Return the difference of mean waits, after minus before, on the same citizens."""
    change = waited(after, queue) - waited(before, queue)
    return ratio(change, column(before, tally.JOINED, queue))


def over_target(summary: Summary, queue: int | None = None) -> Estimate:
    """Return the share of those who joined and waited beyond the model's target."""
    estimate = ratio(column(summary, tally.OVER_TARGET, queue), column(summary, tally.JOINED, queue))
    return Estimate(estimate.value, max(estimate.low, 0.0), min(estimate.high, 1.0))


def percentile(played: Played, share: float, queue: int | None = None) -> Estimate:
    """Return a percentile of the waits of the called, in minutes, with the spread of batches."""
    value = _quantile(played.total, share, queue)
    by_batch = np.array([_quantile(part, share, queue) for part in played.batches])
    half = t_of(len(by_batch)) * float(by_batch.std(ddof=1)) / float(np.sqrt(len(by_batch)))
    return Estimate(value, max(0.0, value - half), value + half)


def percentile_difference(before: Played, after: Played, share: float) -> Estimate:
    """Return the difference of percentiles, after minus before, with the spread of batches."""
    value = _quantile(after.total, share) - _quantile(before.total, share)
    by_batch = np.array(
        [
            _quantile(late, share) - _quantile(early, share)
            for early, late in zip(before.batches, after.batches, strict=True)
        ]
    )
    half = t_of(len(by_batch)) * float(by_batch.std(ddof=1)) / float(np.sqrt(len(by_batch)))
    return Estimate(value, value - half, value + half)


def _quantile(summary: Summary, share: float, queue: int | None = None) -> float:
    value = summary.wait_quantile(share, queue)
    return 0.0 if np.isnan(value) else value


def t_of(days: int) -> float:
    """Return Student's t of the 95 % interval for so many days."""
    return float(stdtrit(max(days - 1, 1), 0.5 + CONFIDENCE / 2))
