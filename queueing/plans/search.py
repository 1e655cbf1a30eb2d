"""Search on the engine: change a layout a little, keep what waits less on the very same citizens.

Two chains of annealing over layouts that keep every rule (``chains.py``), in rounds of the same number
of played days. Every few rounds the chain that is behind goes on from the other's best. How many days
are played and what a queue over its ceiling costs changes in parts (``search_parts.py``). With common random
numbers the difference of neighbours has some 500 times less variance than with fresh ones, which is
what makes small moves worth trying at all. The same seed and number of evaluations give the same plan,
however many cores there are; a time box or a stop only ends earlier.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kernel.clock import monotonic
from queueing.plans.chains import CHAINS, EXCHANGE_ROUNDS, Chains
from queueing.plans.moves import fill_up, put_back
from queueing.plans.rules import violations
from queueing.plans.scoring import Scorer, ceilings, over_ceiling
from queueing.plans.search_parts import (
    CEILING_WEIGHT,
    Standing,
    change_minutes,
    conditions_of,
    moved_weights,
    temperature_of,
    turn_of,
    weighed,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from queueing.engine import HallModel
    from queueing.engine.run import Days
    from queueing.plans.rules import Layout, PlanHall
    from queueing.plans.scoring import PlanCompiler, Score
    from queueing.plans.search_parts import Conditions

ROUND_TICKETS = 1_000_000  # a quarter of a second: how soon a stop is heard
FINISHING_ROUNDS = 4  # a second, after a stop
KEEP_WITHIN = 0.004  # share of the objective given up to leave windows as they are


@dataclass(frozen=True, slots=True)
class Budget:
    """How long to search: plays of all days, and at most so many seconds (None: no time box)."""

    evaluations: int = 8_000
    seconds: float | None = 30.0


@dataclass(frozen=True, slots=True)
class BestSoFar:
    """How a search stands: ``done`` from 0 to 1, and objectives in minutes (``scoring.Score``)."""

    done: float
    now: float
    best: float


@dataclass(frozen=True, slots=True)
class Found:
    """The best layout, its score on the training days, and how the search went."""

    layout: Layout
    score: Score
    evaluations: int
    stopped_by_time: bool
    stopped_by_hand: bool


class Search:
    """One search in one hall.

    ``watch`` hears after every round how the search stands; the search ends early when ``stopped``
    says so. ``clock`` is what the time box counts (the benchmark counts processor seconds, since its
    machine may be shared).
    """

    def __init__(
        self,
        hall: PlanHall,
        present: Layout,
        model: HallModel,
        compiler: PlanCompiler,
        days: Days,
        *,
        seed: int,
        budget: Budget,
        watch: Callable[[BestSoFar], None] = lambda _: None,
        stopped: Callable[[], bool] = lambda: False,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._hall, self._present, self._model, self._days = hall, present, model, days
        self._scorer = Scorer(model, compiler, days, hall.weights)
        self._budget, self._watch, self._stopped, self._clock = budget, watch, stopped, clock
        self._compiler, self._seed = compiler, seed
        self._began = clock()
        self.now = self._scorer.score(present)
        self._ceiling = ceilings(self.now, hall)

    def run(self, starts: Sequence[Layout]) -> Found:
        """Anneal from the best of the starts, then put back what was changed for nothing."""
        legal = [start for start in starts if self._keeps_rules(start)]
        filled = [fill_up(start, self._hall) for start in legal]
        scored = [(self.cost(start), start) for start in (*legal, *filled) if self._keeps_rules(start)]
        scored.sort(key=lambda pair: pair[0])
        present = [found for found, layout in scored if layout == self._present]
        standing = Standing(self.cost, *scored[0], now=present[0] if present else scored[0][0])
        played = self._anneal(self._apart(scored), standing)
        # Never dearer than the present plan, also after changes were put back.
        allowed = min([standing.cost * (1.0 + KEEP_WITHIN), *present])
        layout = put_back(
            standing.layout, self._present,
            lambda tried: self._keeps_rules(tried) and self.cost(tried) <= allowed,
        )  # fmt: skip
        return Found(
            layout, self._scorer.score(layout), played + self._scorer.evaluations,
            self._out_of_time(), self._stopped(),
        )  # fmt: skip

    def cost(self, layout: Layout) -> float:
        """Return what is held against a layout, in minutes on all days searched on."""
        score = self._scorer.score(layout)
        over = CEILING_WEIGHT * over_ceiling(score, self._ceiling)
        return score.objective + over + change_minutes(self._hall, layout, self._present)

    def _apart(self, scored: Sequence[tuple[float, Layout]]) -> list[Layout]:
        """Return where the chains begin: at the best start, and at the best one of another origin."""
        best = scored[0][1]
        others = [layout for _, layout in scored if layout.primary != best.primary]
        return [best, *(others or [best])][:CHAINS]

    def _anneal(self, starts: Sequence[Layout], standing: Standing) -> int:
        """Improve what stands; return the number of plays of all days."""
        conditions = conditions_of(self._hall, self._present, self._model, self._compiler, self._days)
        per_round, weights, turn = self._days_per_round(), np.ones(len(self._hall.queues)), (0, 0)
        with Chains(self._hall, starts, self._days, conditions[0], seed=self._seed) as chains:
            self._began = self._clock()  # compiled code is loaded by now
            for number in range(1 << 30):
                done = self._done(chains)
                before, turn = turn, turn_of(done)
                if number % EXCHANGE_ROUNDS == 0 or turn != before or done >= 1.0:
                    standing.hear(chains.layout)
                self._watch(BestSoFar(min(done, 1.0), standing.now, standing.cost))
                if done >= 1.0:
                    break
                if self._stopped():
                    self._finish(chains, conditions[-1], per_round, standing)
                    break
                if turn != before:
                    weights = moved_weights(weights, self._scorer.score(chains.layout), self._ceiling)
                    chains.go_on(weighed(conditions, turn[0], weights))
                chains.round(per_round, max(chains.cost, 0.1) * temperature_of(done))
            return round(chains.plays)

    def _finish(self, chains: Chains, conditions: Conditions, per_round: float, standing: Standing) -> None:
        """Bring queues under their ceilings as far as a moment allows, after a stop."""
        standing.hear(chains.layout)
        chains.go_on(conditions)
        for _ in range(FINISHING_ROUNDS):
            chains.round(per_round, max(chains.cost, 0.1) * temperature_of(1.0))
        standing.hear(chains.layout)
        self._watch(BestSoFar(1.0, standing.now, standing.cost))

    def _days_per_round(self) -> float:
        """Return the days that a chain plays in a round: so many tickets, but not beyond the budget."""
        tickets = max(1.0, float(self._days.starts[-1]) / self._days.count)
        share = self._budget.evaluations * self._days.count / CHAINS
        return float(max(self._days.count, min(ROUND_TICKETS / tickets, share / 16)))

    def _keeps_rules(self, layout: Layout) -> bool:
        return next(violations(self._hall, layout, self._present), None) is None

    def _done(self, chains: Chains) -> float:
        """Return how much of the budget is used, by days played or by time."""
        used = chains.plays / self._budget.evaluations
        if self._budget.seconds is not None:
            used = max(used, (self._clock() - self._began) / self._budget.seconds)
        return used

    def _out_of_time(self) -> bool:
        return self._budget.seconds is not None and self._clock() - self._began >= self._budget.seconds
