"""All rules on the same days at every compliance: who is sooner done, and does the advice swing?"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import t as student

from sim.city import loop
from sim.city.hindsight import best_in_hindsight
from sim.city.model import draw_citizens
from sim.city.study import PUBLISHED_EVERY_S, RULES, lower_bound, rules_for, usual_inflow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.city.model import Citizens, City
    from sim.city.study import CityBoard, CityDay

FOLLOWERS_SEED = 5
NEAREST = "nearest hall"


@dataclass(frozen=True, slots=True)
class Figures:
    """One rule's days. ``means`` and what follows it have one value a day; see ``CityDay``."""

    means: tuple[float, ...]
    spread: float
    p90: float
    imbalance: float
    oscillation: float
    swing: float

    @classmethod
    def of(cls, days: Sequence[CityDay]) -> Figures:
        names = ("spread", "p90", "imbalance", "oscillation", "swing")
        rest = {name: float(np.mean([getattr(day, name) for day in days])) for name in names}
        return cls(means=tuple(day.mean for day in days), **rest)

    @property
    def mean(self) -> float:
        return float(np.mean(self.means))

    def first(self, days: int) -> float:
        return float(np.mean(self.means[:days]))


@dataclass(frozen=True, slots=True)
class Paired:
    """One rule less another on the same days, minutes: the mean and its 95 % interval between days."""

    difference: float
    half_width: float

    @property
    def is_lower(self) -> bool:
        return self.difference + self.half_width < 0


def paired(one: Figures, other: Figures) -> Paired:
    """Return the difference of two rules, day by day."""
    differences = np.subtract(one.means, other.means)
    days = len(differences)
    error = float(differences.std(ddof=1)) / np.sqrt(days)
    return Paired(float(differences.mean()), float(student.ppf(0.975, days - 1)) * float(error))


@dataclass(slots=True)
class Level:
    """One level of demand: rules by (name, compliance, age of the estimates in seconds).

    ``best`` and ``bound``: mean door-to-done of the best assignment found in hindsight and of the lower
    bound, over the first ``judged_days`` days.
    """

    name: str
    load: float
    seeds: Sequence[int]
    citizens: int
    judged_days: int
    best: float
    bound: float
    best_day: Figures
    rules: dict[tuple[str, float, float], Figures] = field(default_factory=dict)

    def figures(self, rule: str, share: float, age_s: float = PUBLISHED_EVERY_S) -> Figures:
        return self.rules[rule, share, age_s]

    def to_best(self, rule: str, share: float) -> float:
        return self.figures(rule, share).first(self.judged_days) / self.best

    def to_bound(self, rule: str, share: float) -> float:
        return self.figures(rule, share).first(self.judged_days) / self.bound

    @property
    def shares(self) -> list[float]:
        return sorted({share for _, share, age in self.rules if age == PUBLISHED_EVERY_S})

    @property
    def ages(self) -> list[float]:
        return sorted({age for _, _, age in self.rules})


def study_level(
    board: CityBoard,
    name: str,
    load: float,
    *,
    seeds: Sequence[int],
    history_seeds: Sequence[int],
    shares: Sequence[float],
    ages_s: Sequence[float],
    aged_shares: Sequence[float],
    judged_days: int,
    rounds: int,
) -> Level:
    """Play every rule on the days of ``seeds`` at every share of followers, and search for the best.

    Estimates are as old as the product's; at ``aged_shares`` also as old as ``ages_s``.
    """
    city = board.city
    history = [draw_citizens(city, seed=seed, load=load) for seed in history_seeds]
    days = [draw_citizens(city, seed=seed, load=load) for seed in seeds]
    judged = days[:judged_days]
    best = [_best(board, city, history, day, seed, rounds) for day, seed in zip(judged, seeds, strict=False)]
    level = Level(
        name=name,
        load=load,
        seeds=seeds,
        citizens=sum(len(day.need) for day in days),
        judged_days=judged_days,
        best=float(np.mean([day.mean for day in best])),
        bound=float(np.mean([lower_bound(city, day) for day in judged])),
        best_day=Figures.of(best),
    )
    asked = [(share, PUBLISHED_EVERY_S) for share in shares]
    asked += [(share, age) for share in aged_shares for age in ages_s if age != PUBLISHED_EVERY_S]
    for share, age in asked:
        for rule in RULES:
            level.rules[rule, share, age] = _played(board, history, days, rule, share, age, level)
    return level


def _played(
    board: CityBoard,
    history: Sequence[Citizens],
    days: Sequence[Citizens],
    rule: str,
    share: float,
    age_s: float,
    level: Level,
) -> Figures:
    if rule == NEAREST and level.rules:  # asks nobody, so share and age change nothing
        return next(figures for (name, _, _), figures in level.rules.items() if name == NEAREST)
    inflow = usual_inflow(board.city, history, share)
    return Figures.of(
        [
            board.play(day, rules_for(len(day.need), RULES[rule], share, FOLLOWERS_SEED), inflow, age_s=age_s)
            for day in days
        ]
    )


def _best(
    board: CityBoard, city: City, history: Sequence[Citizens], day: Citizens, seed: int, rounds: int
) -> CityDay:
    everybody = rules_for(len(day.need), loop.PREDICTED, 1.0, FOLLOWERS_SEED)
    start = board.play(day, everybody, usual_inflow(city, history, 1.0))
    return best_in_hindsight(board, day, start, seed=seed, rounds=rounds)
