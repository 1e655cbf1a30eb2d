"""Distributions of minutes that the engine can draw by inversion: one uniform in, one value out."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from enum import IntEnum
from itertools import accumulate
from math import exp, isfinite, log, log1p, sqrt
from statistics import NormalDist
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


MOST_LOGARITHM = 690.0  # e to more than this is no finite number


class Kind(IntEnum):
    """How a value comes from a uniform; the compiled core knows these numbers."""

    CONSTANT = 0
    EXPONENTIAL = 1
    LOGNORMAL = 2
    NORMAL = 3
    EMPIRICAL = 4
    DISCRETE = 5


@dataclass(frozen=True, slots=True)
class Distribution:
    """A distribution by kind and parameters; make it with the functions below.

    ``first`` and ``second`` are value | mean | (mu, sigma of the logarithm) | (mean, deviation) |
    unused | (unit). ``table`` holds sorted values (EMPIRICAL) or cumulative probabilities of 0, 1, 2 …
    units (DISCRETE). With probability ``zero_share`` the value is 0 whatever the rest says.
    """

    kind: Kind
    first: float
    second: float = 0.0
    table: tuple[float, ...] = ()
    zero_share: float = 0.0

    def quantile(self, uniform: float) -> float:
        """Return the value at ``uniform`` in [0, 1); the plain twin of the compiled inversion."""
        if self.zero_share > 0:
            if uniform < self.zero_share:
                return 0.0
            uniform = (uniform - self.zero_share) / (1.0 - self.zero_share)
        if self.kind is Kind.EXPONENTIAL:
            return -self.first * log1p(-uniform)
        if self.kind is Kind.LOGNORMAL:
            return exp(self.first + self.second * _normal(uniform))
        if self.kind is Kind.NORMAL:
            return self.first + self.second * _normal(uniform)
        if self.kind is Kind.EMPIRICAL:
            return self.table[min(int(uniform * len(self.table)), len(self.table) - 1)]
        if self.kind is Kind.DISCRETE:
            return self.second * min(bisect_right(self.table, uniform), len(self.table) - 1)
        return self.first

    @property
    def mean(self) -> float:
        """The mean in minutes."""
        if self.kind is Kind.LOGNORMAL:
            plain = exp(self.first + self.second**2 / 2)
        elif self.kind is Kind.EMPIRICAL:
            plain = sum(self.table) / len(self.table)
        elif self.kind is Kind.DISCRETE:
            masses = (after - before for before, after in zip((0.0, *self.table), self.table, strict=False))
            plain = self.second * sum(count * mass for count, mass in enumerate(masses))
        else:
            plain = self.first
        return (1.0 - self.zero_share) * plain


def _normal(uniform: float) -> float:
    return NormalDist().inv_cdf(min(max(uniform, 2.0**-54), 1.0 - 2.0**-53))


def constant(value: float) -> Distribution:
    """Return the distribution that is always ``value`` minutes."""
    return Distribution(Kind.CONSTANT, value)


def exponential(mean: float, *, zero_share: float = 0.0) -> Distribution:
    """Return the exponential distribution with ``mean`` minutes (of those that are not zero)."""
    return Distribution(Kind.EXPONENTIAL, _positive(mean, "mean"), zero_share=zero_share)


def lognormal(mean: float, cv: float) -> Distribution:
    """Return the lognormal distribution with ``mean`` minutes and coefficient of variation ``cv``."""
    variance = log(1.0 + _positive(cv, "cv") ** 2)
    if abs(log(_positive(mean, "mean"))) + 9 * sqrt(variance) + variance > MOST_LOGARITHM:
        raise ValueError(f"a lognormal of mean {mean} and cv {cv} is wider than numbers reach")
    return Distribution(Kind.LOGNORMAL, log(_positive(mean, "mean")) - variance / 2, sqrt(variance))


def normal(mean: float, deviation: float) -> Distribution:
    """Return the normal distribution, for punctuality: minutes after the slot start."""
    if deviation < 0:
        raise ValueError(f"deviation must not be negative, not {deviation}")
    return Distribution(Kind.NORMAL, mean, deviation)


def empirical(minutes: Iterable[float]) -> Distribution:
    """Return the distribution that draws one of the observed ``minutes``, each alike."""
    values = tuple(sorted(minutes))
    if not values or not all(isfinite(value) for value in values):
        raise ValueError("an empirical distribution needs at least one finite value")
    return Distribution(Kind.EMPIRICAL, 0.0, table=values)


def discretised_poisson(mean: float, *, cut: float = 1.0) -> Distribution:
    """Return a Poisson count of minutes with ``mean``, cut where its mass reaches ``cut``.

    With ``cut`` < 1 the counts kept are those whose cumulative mass stays below ``cut`` and the first
    that reaches it, weighted anew to 1, as published appointment studies do.
    """
    masses = [exp(-_positive(mean, "mean"))]
    while sum(masses) < min(cut, 1.0 - 1e-15) and len(masses) < 10_000:
        masses.append(masses[-1] * mean / len(masses))
    total = sum(masses)
    return Distribution(Kind.DISCRETE, mean, 1.0, tuple(accumulate(mass / total for mass in masses)))


def _positive(value: float, name: str) -> float:
    if not (value > 0 and isfinite(value)):
        raise ValueError(f"{name} must be positive and finite, not {value}")
    return value
