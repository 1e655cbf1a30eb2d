"""What history asks for on a day: arrivals per quarter hour, service times, how days differ.

``fit`` learns from past days; ``model_of`` makes the hall that the engine plays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from queueing.engine import Distribution, HallModel, QueueModel, empirical, exponential

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from queueing.plans.history import HallHistory, HistoryDay

    Floats = NDArray[np.float64]
    Booleans = NDArray[np.bool_]

QUARTER = 15.0
SMOOTHING = (0.25, 0.5, 0.25)  # neighbours lend half: a quarter hour has few tickets even in 45 days
SERVICE_POINTS = 199  # quantiles kept of a queue's service times
FEWEST_SERVED = 5  # below it the catalogue's usual minutes stand in for a queue's service times
DEFAULT_MINUTES = 10.0
SETUP_MINUTES = 1.0  # lost when a window's list changes: the clerk opens other forms, the sign turns
TARGET_MINUTES = 20.0  # waits above it are the ones people complain about; shown as a share
PRIORITY_MINUTES = 1.0  # an effective arrival so much before the arrival is a credit


@dataclass(frozen=True, slots=True)
class Demand:
    """Expected citizens of the day planned for.

    ``arrivals_per_quarter[queue, quarter]`` from opening on; ``service_minutes[queue]`` quantiles of
    call to finish; ``hall_cv`` and ``queue_cv[queue]`` how much whole days differ beyond chance.
    """

    opens_minute: int
    arrivals_per_quarter: Floats
    service_minutes: tuple[Floats, ...]
    hall_cv: float
    queue_cv: Floats
    priority_share: Floats
    absent_share: Floats
    patience_minutes: Floats  # mean of an exponential, inf for queues in which nobody gave up

    @property
    def load(self) -> Floats:
        """Offered load ``[queue, quarter]`` in busy windows."""
        mean = np.array([values.mean() for values in self.service_minutes])
        load: Floats = self.arrivals_per_quarter * mean[:, None] / QUARTER
        return load


def fit(hall: HallHistory, days: Sequence[HistoryDay]) -> Demand:
    """Learn the demand of ``hall.for_day`` from past days.

    The shape of the day is that of all days; its level is the weekday's, shrunk towards all days by as
    much as weekdays do not differ.
    """
    queues = len(hall.queues)
    counts = np.stack([_per_quarter(hall, day) for day in days])  # [day, queue, quarter]
    by_day = counts.sum(axis=2)
    level = _weekday_level(hall, days, by_day.sum(axis=1))
    rates = _smoothed(counts.mean(axis=0), _open_quarters(hall)) * level
    hall_cv, queue_cv = _day_variation(by_day)
    joined = np.maximum(by_day.sum(axis=0), 1.0)
    return Demand(
        opens_minute=hall.sessions[0][0],
        arrivals_per_quarter=rates,
        service_minutes=tuple(_service(hall, days, queue) for queue in range(queues)),
        hall_cv=hall_cv,
        queue_cv=queue_cv,
        priority_share=_count(days, queues, _early) / joined,
        absent_share=_count(days, queues, lambda day: day.absent) / joined,
        patience_minutes=_patience(days, queues),
    )


def _per_quarter(hall: HallHistory, day: HistoryDay) -> Floats:
    opens, closes = hall.sessions[0][0], hall.sessions[-1][1]
    edges = np.append(np.arange(opens, closes, QUARTER), closes)
    inside = np.clip(day.joined_minutes, opens, closes - 1e-6)
    return np.stack(
        [np.histogram(inside[day.queue == queue], edges)[0] for queue in range(len(hall.queues))]
    ).astype(np.float64)


def _open_quarters(hall: HallHistory) -> Floats:
    """Return the open share of each quarter."""
    opens, closes = hall.sessions[0][0], hall.sessions[-1][1]
    starts = np.arange(opens, closes, QUARTER)
    shares = [
        np.clip(np.minimum(starts + QUARTER, to) - np.maximum(starts, start), 0, QUARTER) / QUARTER
        for start, to in hall.sessions
    ]
    total: Floats = np.sum(shares, axis=0)
    return total


def _smoothed(counts: Floats, opened: Floats) -> Floats:
    """Smooth along the day inside the opening hours, keeping each queue's total."""
    weights = np.convolve(opened, SMOOTHING, mode="same")
    smooth = np.stack([np.convolve(row, SMOOTHING, mode="same") for row in counts])
    smooth = np.where(opened > 0, smooth / np.where(weights > 0, weights, 1.0), 0.0) * opened
    totals = np.where(smooth.sum(axis=1) > 0, smooth.sum(axis=1), 1.0)
    scaled: Floats = smooth * (counts.sum(axis=1) / totals)[:, None]
    return scaled


def _weekday_level(hall: HallHistory, days: Sequence[HistoryDay], totals: Floats) -> float:
    """Return how many times the usual citizens come on the weekday that is planned for.

    Bühlmann and Straub's credibility (1970): weekdays differ by a variance that is estimated from all of
    them (one-way random effects, method of moments), and a weekday's own mean counts by it. A fixed weight
    took the luck of seven days for a difference where there was none.
    """
    relative = totals / (float(totals.mean()) or 1.0)
    weekdays = np.array([hall.weekday(day.day) for day in days])
    groups = [relative[weekdays == weekday] for weekday in np.unique(weekdays)]
    own = relative[weekdays == hall.weekday(hall.for_day)]
    spare, between = len(relative) - len(groups), len(groups) - 1
    if not len(own) or not between or spare <= 0:
        return 1.0
    within = float(sum(((group - group.mean()) ** 2).sum() for group in groups)) / spare
    across = float(sum(len(group) * (group.mean() - 1.0) ** 2 for group in groups)) / between
    typical = (len(relative) - sum(len(group) ** 2 for group in groups) / len(relative)) / between
    differ = max(0.0, across - within) / typical
    credible = len(own) * differ / max(len(own) * differ + within, 1e-12)
    return float(1.0 + credible * (own.mean() - 1.0))


def _day_variation(by_day: Floats) -> tuple[float, Floats]:
    """Return the coefficients of variation of whole days beyond Poisson chance, of the hall and by queue."""

    def excess(totals: Floats) -> float:
        mean = float(totals.mean())
        if mean <= 0 or len(totals) < 2:
            return 0.0
        return max(0.0, float(totals.var(ddof=1)) / mean**2 - 1.0 / mean)

    common = excess(by_day.sum(axis=1))
    own = np.array([max(0.0, excess(by_day[:, queue]) - common) for queue in range(by_day.shape[1])])
    return min(float(np.sqrt(common)), 0.5), np.minimum(np.sqrt(own), 0.5)


def _service(hall: HallHistory, days: Sequence[HistoryDay], queue: int) -> Floats:
    seen = np.concatenate([day.busy_minutes[day.queue == queue] for day in days])
    seen = seen[~np.isnan(seen)]
    if len(seen) < FEWEST_SERVED:
        usual = hall.usual_minutes[queue] if hall.usual_minutes else DEFAULT_MINUTES
        # Exponential quantiles: without data, the widest of the usual shapes.
        widest: Floats = -np.log1p(-(np.arange(20) + 0.5) / 20) * usual
        return widest
    points = min(SERVICE_POINTS, len(seen))
    quantiles: Floats = np.quantile(seen, (np.arange(points) + 0.5) / points)
    return quantiles


def _early(day: HistoryDay) -> Booleans:
    """Whoever is ordered before their arrival: legal priority and punctual appointments."""
    early: Booleans = day.effective_minutes < day.joined_minutes - PRIORITY_MINUTES
    return early


def _count(days: Sequence[HistoryDay], queues: int, which: Callable[[HistoryDay], Booleans]) -> Floats:
    """Return the number of such tickets by queue."""
    by_day = [np.bincount(day.queue[which(day)], minlength=queues) for day in days]
    counts: Floats = np.sum(by_day, axis=0).astype(np.float64)
    return counts


def _patience(days: Sequence[HistoryDay], queues: int) -> Floats:
    """Return the mean patience by queue: all minutes waited over the number of people who gave up.

    The maximum-likelihood estimate of an exponential when the wait of everybody else is censored.
    """
    left = _count(days, queues, lambda day: day.gave_up)
    waited = np.zeros(queues)
    for day in days:
        np.add.at(waited, day.queue, day.waited_minutes)
    mean: Floats = np.where(left > 0, waited / np.maximum(left, 1.0), np.inf)
    return mean


def model_of(hall: HallHistory, demand: Demand) -> HallModel:
    """Return the hall as the engine plays it; appointments are citizens who count earlier, like priority."""
    queues = tuple(
        QueueModel(
            name=facts.prefix,
            walk_ins_per_interval=tuple(demand.arrivals_per_quarter[queue]),
            service=empirical(demand.service_minutes[queue]),
            day_cv=float(demand.queue_cv[queue]),
            patience=_patience_distribution(float(demand.patience_minutes[queue])),
            priority_share=min(float(demand.priority_share[queue]), 1.0),
            missed_share=min(float(demand.absent_share[queue]), 1.0),
        )
        for queue, facts in enumerate(hall.queues)
    )
    return HallModel(
        queues=queues,
        windows=tuple(window.label for window in hall.windows),
        sessions=hall.sessions,
        interval_minutes=QUARTER,
        day_cv=demand.hall_cv,
        setup_minutes=SETUP_MINUTES,
        policy=hall.policy,
        target_minutes=TARGET_MINUTES,
    )


def _patience_distribution(mean: float) -> Distribution | None:
    return exponential(max(mean, 1.0)) if np.isfinite(mean) else None
