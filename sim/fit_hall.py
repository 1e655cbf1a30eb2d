"""Fit a whole hall: what the queues share, and how the fit does on days that it has not seen.

The hall's day factor is what totals of different queues have in common; a queue keeps what is left of
its own. Patience is exponential, by maximum likelihood with those who were called as censored. The last
third of the days judges a fit of the days before it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from queueing.engine import Distribution, exponential
from sim.fit import MIN_SERVICES, fit_queues, fit_service, kind_of_weekday

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

    from numpy.typing import NDArray

    from sim.fit import QueueFit, TicketFact

    Floats = NDArray[np.float64]

MIN_GIVEN_UP = 20  # below this patience is a guess
KEPT_DAYS = 2 / 3  # the first days fit, the last ones judge
INSIDE = 0.9  # of the interval counts of unseen days should lie in their 90 % range


@dataclass(frozen=True, slots=True)
class HeldOut:
    """The last days against a fit of the days before them.

    ``came``, ``expected``: tickets. ``inside``: share of interval counts in their 90 % range.
    ``by_hour``: hour of the day to (came, expected) a day. Days of a kind not seen before are left out.
    """

    days: int
    came: float
    expected: float
    inside: float
    by_hour: Mapping[int, tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Serving:
    """What one queue's tickets did beyond coming: P50, P90 and P99 of services, seen and fitted."""

    quantiles: tuple[tuple[float, float], ...]
    anderson: float
    patience: Distribution | None
    patience_distance: float
    given_up: int
    missed_share: float


@dataclass(frozen=True, slots=True)
class HallFit:
    """The fit of every queue, the day factor that they share, and the evidence for it."""

    opens_minutes: float
    closes_minutes: float
    interval_minutes: float
    hall_cv: float
    queues: Mapping[str, QueueFit]
    serving: Mapping[str, Serving]
    walk: Distribution | None
    held_out: HeldOut | None

    @property
    def days(self) -> Mapping[str, int]:
        """How many days of each kind the history has."""
        return next(iter(self.queues.values())).days


def fit_hall(
    facts: Sequence[TicketFact],
    *,
    opens_minutes: float,
    closes_minutes: float,
    interval_minutes: float,
    kind_of_day: Callable[[date], str] = kind_of_weekday,
) -> HallFit:
    """Fit a hall; ``facts`` carry local times. Raises ValueError without any."""
    if not facts:
        raise ValueError("there is no ticket to fit to")
    hours = (opens_minutes, closes_minutes, interval_minutes)
    fits = _fitted(facts, hours, kind_of_day)
    hall_cv = _hall_cv(facts, kind_of_day)
    own = {name: replace(fit, day_cv=_own_cv(fit.day_cv, hall_cv)) for name, fit in sorted(fits.items())}
    by_queue: dict[str, list[TicketFact]] = defaultdict(list)
    for fact in facts:
        by_queue[fact.queue].append(fact)
    walks = [fact.walk_minutes for fact in facts if fact.walk_minutes]
    return HallFit(
        *hours,
        hall_cv=hall_cv,
        queues=own,
        serving={name: _serving(by_queue[name], fit) for name, fit in own.items()},
        walk=fit_service(walks)[0],
        held_out=_held_out(facts, hours, kind_of_day),
    )


Hours = tuple[float, float, float]


def _fitted(
    facts: Sequence[TicketFact], hours: Hours, kind_of_day: Callable[[date], str]
) -> dict[str, QueueFit]:
    opens, closes, interval = hours
    return fit_queues(
        facts, opens_minutes=opens, closes_minutes=closes, interval_minutes=interval, kind_of_day=kind_of_day
    )


def _hall_cv(facts: Sequence[TicketFact], kind_of_day: Callable[[date], str]) -> float:
    """Return the shared factor's variation: Cov(total of i, total of j) = cv² mean_i mean_j."""
    queues = sorted({fact.queue for fact in facts})
    days = sorted({fact.joined_at.date() for fact in facts})
    place = {day: index for index, day in enumerate(days)}
    totals = np.zeros((len(queues), len(days)))
    for fact in facts:
        totals[queues.index(fact.queue), place[fact.joined_at.date()]] += 1
    kinds = np.array([kind_of_day(day) for day in days])
    shared = weight = 0.0
    for kind in set(kinds):
        rows = totals[:, kinds == kind]
        if rows.shape[1] < 2:
            continue
        mean, spread = rows.mean(axis=1), np.atleast_2d(np.cov(rows))
        for one, other in combinations(range(len(queues)), 2):
            shared += (rows.shape[1] - 1) * float(spread[one, other])
            weight += (rows.shape[1] - 1) * float(mean[one] * mean[other])
    return float(np.sqrt(max(shared, 0.0) / weight)) if weight > 0 else 0.0


def _own_cv(whole: float, shared: float) -> float:
    """Return what is left for the queue: (1 + whole²) = (1 + shared²) (1 + own²)."""
    return float(np.sqrt(max((1 + whole**2) / (1 + shared**2) - 1, 0.0)))


def _serving(facts: Sequence[TicketFact], fit: QueueFit) -> Serving:
    services = np.sort([fact.service_minutes for fact in facts if fact.service_minutes])
    quantiles: tuple[tuple[float, float], ...] = ()
    anderson = float("nan")
    if fit.service is not None:
        shares = (0.5, 0.9, 0.99)
        quantiles = tuple(
            (float(np.quantile(services, share)), fit.service.quantile(share)) for share in shares
        )
        anderson = _anderson(services)
    patience, distance, given_up = _patience(facts)
    called = sum(not fact.gave_up for fact in facts)
    missed = sum(fact.missed for fact in facts)
    return Serving(quantiles, anderson, patience, distance, given_up, missed / called if called else 0.0)


def _anderson(services: Floats) -> float:
    """Return the Anderson-Darling statistic of the services against the lognormal of their own moments."""
    logs = np.log(services)
    spread = float(logs.std(ddof=1))
    if spread <= 0:
        return float("nan")
    law = stats.norm(float(logs.mean()), spread)
    count = len(logs)
    weights = 2 * np.arange(1, count + 1) - 1
    return float(-count - np.mean(weights * (law.logcdf(logs) + law.logsf(logs[::-1]))))


def _patience(facts: Sequence[TicketFact]) -> tuple[Distribution | None, float, int]:
    """Return the exponential patience, its distance from Kaplan and Meier's curve, and who gave up.

    The distance is taken where at least 1 % of the tickets still wait.
    """
    known = sorted((fact.waited_minutes, fact.gave_up) for fact in facts if fact.waited_minutes is not None)
    given_up = sum(gone for _, gone in known)
    waited = sum(minutes for minutes, _ in known)
    if given_up < MIN_GIVEN_UP or waited <= 0:
        return None, float("nan"), given_up
    mean = waited / given_up
    survival, distance = 1.0, 0.0
    for place, (minutes, gone) in enumerate(known):
        at_risk = len(known) - place
        if gone and at_risk >= 0.01 * len(known):
            survival *= 1 - 1 / at_risk
            distance = max(distance, abs(survival - float(np.exp(-minutes / mean))))
    return exponential(mean), distance, given_up


def _held_out(
    facts: Sequence[TicketFact], hours: Hours, kind_of_day: Callable[[date], str]
) -> HeldOut | None:
    days = sorted({fact.joined_at.date() for fact in facts})
    cut = round(KEPT_DAYS * len(days))
    if cut < 2 or cut == len(days):
        return None
    first = days[cut]
    before = [fact for fact in facts if fact.joined_at.date() < first]
    after = [fact for fact in facts if fact.joined_at.date() >= first]
    known, judged = (
        _fitted(before, hours, kind_of_day),
        [day for day in days[cut:] if kind_of_day(day) in {kind_of_day(other) for other in days[:cut]}],
    )
    if not judged:
        return None
    opens, _, interval = hours
    came: dict[tuple[str, date], Floats] = {}
    for fact in after:
        row = came.setdefault((fact.queue, fact.joined_at.date()), np.zeros(_intervals(hours)))
        row[_interval_of(fact, hours)] += 1
    seen, wanted = np.zeros(_intervals(hours)), np.zeros(_intervals(hours))
    inside: list[float] = []
    for name, fit in known.items():
        for day in judged:
            counts = came.get((name, day), np.zeros(_intervals(hours)))
            expected = np.array(fit.profiles[kind_of_day(day)])
            seen += counts
            wanted += expected
            inside.append(_inside(counts, expected, fit.day_cv))
    by_hour: dict[int, tuple[float, float]] = {}
    for place in range(_intervals(hours)):
        hour = int((opens + place * interval) // 60)
        was = by_hour.get(hour, (0.0, 0.0))
        by_hour[hour] = (was[0] + seen[place] / len(judged), was[1] + wanted[place] / len(judged))
    return HeldOut(len(judged), float(seen.sum()), float(wanted.sum()), float(np.mean(inside)), by_hour)


def _inside(counts: Floats, expected: Floats, day_cv: float) -> float:
    """Return the share of counts within the 5 % and 95 % points of their (mixed) Poisson law."""
    open_intervals = expected > 0
    if not open_intervals.any():
        return 1.0
    mean, seen = expected[open_intervals], counts[open_intervals]
    tail = (1 - INSIDE) / 2
    if day_cv > 0:
        size = 1 / day_cv**2
        law = stats.nbinom(size, size / (size + mean))
    else:
        law = stats.poisson(mean)
    return float(np.mean((seen >= law.ppf(tail)) & (seen <= law.ppf(1 - tail))))


def _intervals(hours: Hours) -> int:
    opens, closes, interval = hours
    return round((closes - opens) / interval)


def _interval_of(fact: TicketFact, hours: Hours) -> int:
    opens, _, interval = hours
    minute = fact.joined_at.hour * 60 + fact.joined_at.minute + fact.joined_at.second / 60
    return min(max(int((minute - opens) // interval), 0), _intervals(hours) - 1)


__all__ = ["MIN_SERVICES", "HallFit", "HeldOut", "Serving", "fit_hall"]
