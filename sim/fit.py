"""Fit a hall's demand from ticket history, and say how well it fits.

Arrival profiles are means by kind of day (weekday, holiday, make-up workday); the day factor's
variation is what the daily totals vary beyond Poisson counts; services are lognormal or the observed
values, whichever lies nearer (Kolmogorov distance).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from queueing.engine import Distribution, QueueModel, empirical, lognormal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import date, datetime

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MIN_SERVICES = 20  # below this a distribution is a guess
MAX_TABLE = 1000  # quantiles kept of an observed distribution
NEAR_ENOUGH = 0.03  # Kolmogorov distance up to which the smooth curve is preferred


@dataclass(frozen=True, slots=True)
class TicketFact:
    """What fitting needs of one ticket; minutes are None when the history cannot tell.

    ``waited_minutes``: until the call, or until it gave up. ``missed``: called and absent.
    """

    queue: str
    joined_at: datetime
    service_minutes: float | None
    waited_minutes: float | None = None
    walk_minutes: float | None = None
    gave_up: bool = False
    missed: bool = False


@dataclass(frozen=True, slots=True)
class QueueFit:
    """One queue's demand. ``profiles[kind of day]``: mean walk-ins per interval.

    Goodness of fit: ``service_distance`` is the Kolmogorov distance of the fitted service distribution
    to the observed; ``dispersion`` the variance of interval counts over what the fitted model expects,
    near 1 when it fits; ``lognormal_distance`` is shown even when the observed values were kept.
    """

    queue: str
    profiles: Mapping[str, tuple[float, ...]]
    days: Mapping[str, int]
    day_cv: float
    service: Distribution | None
    services: int
    service_distance: float
    lognormal_distance: float
    dispersion: float

    def model(self, kind: str) -> QueueModel:
        """Return the queue for the engine on one kind of day."""
        if self.service is None:
            raise ValueError(f"queue {self.queue}: the history has too few service times")
        return QueueModel(self.queue, self.profiles[kind], self.service, day_cv=self.day_cv)


def kind_of_weekday(day: date) -> str:
    """Return the weekday's name; calendars with holidays and make-up workdays pass their own function."""
    return ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")[day.weekday()]


def fit_queues(
    facts: Iterable[TicketFact],
    *,
    opens_minutes: float,
    closes_minutes: float,
    interval_minutes: float,
    kind_of_day: Callable[[date], str] = kind_of_weekday,
) -> dict[str, QueueFit]:
    """Fit every queue. Days on which the hall issued no ticket at all do not count as days.

    ``facts`` carry local times. Tickets outside opening hours count to the first or last interval.
    """
    intervals = round((closes_minutes - opens_minutes) / interval_minutes)
    counts: dict[str, dict[date, Floats]] = defaultdict(dict)
    services: dict[str, list[float]] = defaultdict(list)
    days: set[date] = set()
    for fact in facts:
        day = fact.joined_at.date()
        days.add(day)
        minute = fact.joined_at.hour * 60 + fact.joined_at.minute + fact.joined_at.second / 60
        interval = int((minute - opens_minutes) // interval_minutes)
        row = counts[fact.queue].setdefault(day, np.zeros(intervals))
        row[min(max(interval, 0), intervals - 1)] += 1
        if fact.service_minutes is not None and fact.service_minutes > 0:
            services[fact.queue].append(fact.service_minutes)
    return {
        queue: _fit_queue(queue, rows, sorted(days), services[queue], intervals, kind_of_day)
        for queue, rows in counts.items()
    }


def _fit_queue(
    queue: str,
    rows: Mapping[date, Floats],
    days: list[date],
    services: list[float],
    intervals: int,
    kind_of_day: Callable[[date], str],
) -> QueueFit:
    by_kind: dict[str, list[Floats]] = defaultdict(list)
    for day in days:
        by_kind[kind_of_day(day)].append(rows.get(day, np.zeros(intervals)))
    profiles = {kind: np.mean(found, axis=0) for kind, found in by_kind.items()}
    day_cv = _day_cv(by_kind, profiles)
    service, distance, lognormal_distance = fit_service(services)
    return QueueFit(
        queue=queue,
        profiles={kind: tuple(map(float, profile)) for kind, profile in profiles.items()},
        days={kind: len(found) for kind, found in by_kind.items()},
        day_cv=day_cv,
        service=service,
        services=len(services),
        service_distance=distance,
        lognormal_distance=lognormal_distance,
        dispersion=_dispersion(by_kind, profiles, day_cv),
    )


def _day_cv(by_kind: Mapping[str, list[Floats]], profiles: Mapping[str, Floats]) -> float:
    """Return the day factor's variation: Var(total) = mean + cv² mean² for a mixed Poisson count."""
    excess = weight = 0.0
    for kind, found in by_kind.items():
        mean = float(profiles[kind].sum())
        if len(found) > 1:
            totals = [float(row.sum()) for row in found]
            excess += (len(found) - 1) * (float(np.var(totals, ddof=1)) - mean)
            weight += (len(found) - 1) * mean**2
    return float(np.sqrt(max(excess, 0.0) / weight)) if weight > 0 else 0.0


def _dispersion(by_kind: Mapping[str, list[Floats]], profiles: Mapping[str, Floats], day_cv: float) -> float:
    """Return observed over expected variance of the interval counts; corrected for the fitted means."""
    observed = expected = 0.0
    for kind, found in by_kind.items():
        if len(found) > 1:
            mean = profiles[kind]
            observed += float(sum(((row - mean) ** 2).sum() for row in found))
            expected += (len(found) - 1) * float((mean + (day_cv * mean) ** 2).sum())
    return observed / expected if expected > 0 else float("nan")


def fit_service(services: list[float]) -> tuple[Distribution | None, float, float]:
    """Return the distribution, its Kolmogorov distance to the observed, and the lognormal's distance."""
    if len(services) < MIN_SERVICES:
        return None, float("nan"), float("nan")
    values = np.sort(np.array(services))
    logs = np.log(values)
    mu, sigma = float(logs.mean()), max(float(logs.std(ddof=1)), 1e-6)
    smooth = float(stats.kstest(logs, stats.norm(mu, sigma).cdf).statistic)
    mean, cv = float(np.exp(mu + sigma**2 / 2)), float(np.sqrt(np.expm1(sigma**2)))
    if smooth <= NEAR_ENOUGH:
        return lognormal(mean, cv), smooth, smooth
    table = (
        values if len(values) <= MAX_TABLE else np.quantile(values, (np.arange(MAX_TABLE) + 0.5) / MAX_TABLE)
    )
    kept = float(stats.ks_2samp(values, table).statistic)
    return empirical(map(float, table)), kept, smooth
