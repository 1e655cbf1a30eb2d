"""Who will come: arrivals of a day by queue and quarter hour, with ranges that follow the day.

A queue's expected walk-ins are its learned rates for the weekday, times what marks the date (month-end,
before and after holidays, make-up workdays), times today's ratio. The booked come on top, each with the
probability that they show. Counts vary by chance (Poisson, times a learned dispersion), and whole days
vary in common: by the hall (``hall_cv``) and by the queue (``own_cv``). As the day goes on, what came is
weighed against what was expected by the linear Bayes estimator (Bühlmann's credibility), first for the
hall and then for each queue, so ten people more than expected early in a quiet queue change little.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from math import exp, lgamma, log
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from kernel.calendar import is_workday
from queueing.rules.drain import QUARTER_MINUTES, QUARTERS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Key = TypeVar("Key")

MONTH_EDGE_WORKDAYS = 3  # the last and the first workdays of a month, when reports and payments fall due
HOLIDAY_DAYS = 3  # so many days without work in a row are a holiday; a weekend alone is none
LOW, HIGH = 0.1, 0.9  # the range that is shown: eight in ten quarters fall within
LEAST_MEAN = 1e-9


@dataclass(frozen=True, slots=True)
class DayKind:
    """What is known of a date beforehand: the weekday it works as (0 = Monday) and its marks."""

    weekday: int
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DemandProfile:
    """What history teaches about a queue's walk-ins.

    ``rates[weekday][quarter]``: people expected in a quarter hour that is open throughout, on an
    unmarked day; ``usual_rates`` the same for a weekday never seen. ``marks``: factor of each mark.
    ``hall_cv``, ``own_cv``: how much whole days differ beyond chance. ``dispersion``: variance of a
    quarter's count over its mean, at least 1. ``minutes``: a window's minutes for one of them.
    """

    rates: Mapping[int, Sequence[float]]
    usual_rates: Sequence[float]
    marks: Mapping[str, float]
    hall_cv: float
    own_cv: float
    dispersion: float
    minutes: float
    days: int

    def expected(self, kind: DayKind, open_share: Sequence[float]) -> tuple[float, ...]:
        """Return the walk-ins of each quarter of such a day, known the evening before."""
        factor = 1.0
        for mark in kind.marks:
            factor *= self.marks.get(mark, 1.0)
        rates = self.rates.get(kind.weekday, self.usual_rates)
        return tuple(rate * share * factor for rate, share in zip(rates, open_share, strict=True))


@dataclass(frozen=True, slots=True)
class Range:
    """A count to come: its mean, and the range that holds eight in ten."""

    mean: float
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class QueueDemand:
    """A queue's day, one value a quarter hour.

    ``walk_ins_before`` and ``booked_before``: as expected before the day began. ``walk_ins`` and
    ``booked``: what is expected now, booked people who came already left out. ``ratio``: today's
    walk-ins against what was expected. The variances and ``dispersion`` make its ranges.
    """

    walk_ins_before: tuple[float, ...]
    booked_before: tuple[float, ...]
    walk_ins: tuple[float, ...]
    booked: tuple[float, ...]
    ratio: float
    own_variance: float
    dispersion: float
    prior_own_variance: float

    def mean(self, quarter: int) -> float:
        """Return the people expected in a quarter as far as is known now."""
        return self.walk_ins[quarter] + self.booked[quarter]


@dataclass(frozen=True, slots=True)
class DayDemand(Generic[Key]):
    """A hall's day; ``minute`` is the local minute up to which arrivals are known (0: none)."""

    queues: Mapping[Key, QueueDemand]
    minute: float
    hall_variance: float
    prior_hall_variance: float
    ratio: float

    def range_of(self, keys: Sequence[Key], quarters: Sequence[int]) -> Range:
        """Return how many come to these queues in these quarters together, as far as is known now."""
        chosen = [self.queues[key] for key in keys]
        walk = [sum(queue.walk_ins[q] for q in quarters) for queue in chosen]
        booked = sum(queue.booked[q] for queue in chosen for q in quarters)
        own = [queue.own_variance for queue in chosen]
        return _range(booked, walk, [queue.dispersion for queue in chosen], self.hall_variance, own)

    def range_before(self, keys: Sequence[Key], quarters: Sequence[int]) -> Range:
        """Return what was expected of these quarters before the day began."""
        chosen = [self.queues[key] for key in keys]
        walk = [sum(queue.walk_ins_before[q] for q in quarters) for queue in chosen]
        booked = sum(queue.booked_before[q] for queue in chosen for q in quarters)
        own = [queue.prior_own_variance for queue in chosen]
        return _range(booked, walk, [queue.dispersion for queue in chosen], self.prior_hall_variance, own)

    def until_now(self, keys: Sequence[Key]) -> tuple[float, float]:
        """Return (mean, standard deviation) of the walk-ins that were expected until ``minute``."""
        chosen = [self.queues[key] for key in keys]
        walk = [expected_until(queue.walk_ins_before, self.minute) for queue in chosen]
        own = [queue.prior_own_variance for queue in chosen]
        dispersion = [queue.dispersion for queue in chosen]
        variance = _variance(0.0, walk, dispersion, self.prior_hall_variance, own)
        return sum(walk), max(variance, 1.0) ** 0.5


def kind_of(day: date, *, workday: Mapping[date, bool] | None = None) -> DayKind:
    """Return what marks a date by the national calendar, or by ``workday`` where that is given.

    >>> kind_of(date(2026, 2, 14)).marks  # a Saturday worked for the Spring Festival, which begins next
    ('make_up', 'before_holiday')
    """

    def works(other: date) -> bool:
        return is_workday(other) if workday is None else workday.get(other, other.weekday() < 5)

    days = [timedelta(days=back) for back in range(1, HOLIDAY_DAYS + 1)]
    made_up = day.weekday() >= 5 and works(day)
    marks = {
        "make_up": made_up,
        "month_end": _workdays_to_edge(day, 1, works) < MONTH_EDGE_WORKDAYS,
        "month_start": _workdays_to_edge(day, -1, works) < MONTH_EDGE_WORKDAYS,
        "after_holiday": not any(works(day - back) for back in days),
        "before_holiday": not any(works(day + ahead) for ahead in days),
    }
    weekday = 0 if made_up else day.weekday()  # a make-up day keeps Monday's hours, see the calendar
    return DayKind(weekday, tuple(mark for mark, holds in marks.items() if holds))


def _workdays_to_edge(day: date, step: int, works: Callable[[date], bool]) -> int:
    """Return how many workdays of the month lie beyond a date, in one direction; counting stops at 3."""
    count, other = 0, day + timedelta(days=step)
    while other.month == day.month and count < MONTH_EDGE_WORKDAYS:
        count += works(other)
        other += timedelta(days=step)
    return count


def forecast_day(
    profiles: Mapping[Key, DemandProfile],
    kind: DayKind,
    open_share: Sequence[float],
    *,
    booked: Mapping[Key, Sequence[float]],
    came: Mapping[Key, float] | None = None,
    minute: float = 0.0,
    was_booked: Mapping[Key, Sequence[float]] | None = None,
) -> DayDemand[Key]:
    """Return a day's demand; with ``came`` (walk-ins until ``minute``, by queue) as it is known by then.

    ``open_share[quarter]``: how much of each quarter the doors are open. ``booked[queue][quarter]``:
    people expected by appointment from now on, show probability included; ``was_booked`` those of the
    whole day, if some have come already.
    """
    nobody = (0.0,) * QUARTERS
    prior = {key: profile.expected(kind, open_share) for key, profile in profiles.items()}
    hall_cv = max((profile.hall_cv for profile in profiles.values()), default=0.0)
    hall_ratio, hall_variance = 1.0, hall_cv**2
    if came is not None:
        hall_ratio, hall_variance = _hall_ratio(profiles, prior, came, minute, hall_cv**2)
    queues: dict[Key, QueueDemand] = {}
    for key, profile in profiles.items():
        own_ratio, own_variance = 1.0, profile.own_cv**2
        if came is not None:
            seen = expected_until(prior[key], minute) * hall_ratio
            own_ratio, own_variance = _credible(
                came.get(key, 0.0), seen, profile.dispersion * seen, own_variance
            )
        planned = (was_booked or booked).get(key, nobody)
        ratio = hall_ratio * own_ratio
        queues[key] = QueueDemand(
            walk_ins_before=prior[key],
            booked_before=tuple(planned),
            walk_ins=tuple(walk * ratio for walk in prior[key]),
            booked=tuple(booked.get(key, nobody)),
            ratio=ratio,
            own_variance=own_variance,
            dispersion=profile.dispersion,
            prior_own_variance=profile.own_cv**2,
        )
    return DayDemand(queues, minute, hall_variance, hall_cv**2, hall_ratio)


def _hall_ratio(
    profiles: Mapping[Key, DemandProfile],
    prior: Mapping[Key, Sequence[float]],
    came: Mapping[Key, float],
    minute: float,
    variance: float,
) -> tuple[float, float]:
    seen = {key: expected_until(row, minute) for key, row in prior.items()}
    chance = sum(
        profile.dispersion * seen[key] + (seen[key] * profile.own_cv) ** 2
        for key, profile in profiles.items()
    )
    return _credible(sum(came.values()), sum(seen.values()), chance, variance)


def _credible(came: float, expected: float, chance: float, variance: float) -> tuple[float, float]:
    """Return (ratio, its variance left) of a factor with mean 1, after ``came`` against ``expected``.

    Linear Bayes: the ratio moves from 1 by the share ``variance / (variance + chance / expected²)``.
    """
    if expected <= LEAST_MEAN or variance <= 0:
        return 1.0, variance
    weight = variance / (variance + chance / expected**2)
    return 1.0 + weight * (came / expected - 1.0), variance * (1.0 - weight)


def expected_until(row: Sequence[float], minute: float) -> float:
    """Return the sum of a row of quarters up to a local minute; a quarter begun counts in part."""
    full = min(int(minute // QUARTER_MINUTES), QUARTERS)
    part = minute / QUARTER_MINUTES - full
    return sum(row[:full]) + (row[full] * part if full < QUARTERS else 0.0)


def _variance(
    booked: float, walk: Sequence[float], dispersion: Sequence[float], hall: float, own: Sequence[float]
) -> float:
    """Return the variance of a count: chance, the queues' own days, the hall's day in common."""
    chance = booked + sum(mean * times for mean, times in zip(walk, dispersion, strict=True))
    apart = sum(mean**2 * variance for mean, variance in zip(walk, own, strict=True))
    return chance + apart + sum(walk) ** 2 * hall


def _range(
    booked: float, walk: Sequence[float], dispersion: Sequence[float], hall: float, own: Sequence[float]
) -> Range:
    mean = booked + sum(walk)
    low, high = count_quantiles(mean, _variance(booked, walk, dispersion, hall, own), (LOW, HIGH))
    return Range(mean, low, high)


def count_quantiles(mean: float, variance: float, shares: Sequence[float]) -> list[int]:
    """Return quantiles of a negative binomial count with this mean and variance (Poisson where equal).

    ``shares`` rise. The quantile is the smallest count that at least such a share does not exceed.

    >>> count_quantiles(4.0, 4.0, (0.1, 0.5, 0.9))
    [2, 4, 7]
    """
    if mean <= LEAST_MEAN:
        return [0] * len(shares)
    over = max(variance / mean, 1.0 + 1e-6)
    size, chance = mean / (over - 1.0), 1.0 - 1.0 / over
    count, total, found = 0, 0.0, []
    mass = exp(size * log(1.0 - chance))
    if mass < 1e-280:  # far from zero: begin eight standard deviations below the mean
        count = max(0, int(mean - 8.0 * (mean * over) ** 0.5))
        mass = exp(
            lgamma(count + size) - lgamma(size) - lgamma(count + 1.0)
            + size * log(1.0 - chance) + count * log(chance)
        )  # fmt: skip
    for share in shares:
        while total + mass < share and mass > 1e-300:
            total += mass
            mass *= chance * (count + size) / (count + 1.0)
            count += 1
        found.append(count)
    return found


def profile_from(stored: Mapping[str, Any]) -> DemandProfile:
    """Return a profile from its stored JSON; raises KeyError or TypeError when it is not one."""
    rates: Mapping[str, Sequence[float]] = stored["rates"]
    return DemandProfile(
        rates={int(weekday): tuple(row) for weekday, row in rates.items()},
        usual_rates=tuple(stored["usual_rates"]),
        marks=dict(stored["marks"]),
        hall_cv=float(stored["hall_cv"]),
        own_cv=float(stored["own_cv"]),
        dispersion=float(stored["dispersion"]),
        minutes=float(stored["minutes"]),
        days=int(stored["days"]),
    )
