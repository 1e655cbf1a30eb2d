"""Search on the engine: change a layout a little, keep what waits less on the very same citizens.

Two chains of annealing over layouts that keep every rule, each on a core of its own (the compiled code
of ``chain.py`` needs no interpreter lock), in rounds of the same number of played days. Every few
rounds the chain that is behind goes on from the other's best. How many days are played and what a
queue over its ceiling costs changes in phases (``phases.py``). With common random numbers the
difference of neighbours has some 500 times less variance than with fresh ones, which is what makes
small moves worth trying at all. The same seed and number of evaluations give the same plan, however
many cores there are; a time box or a stop only ends earlier.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from kernel.clock import monotonic
from queueing.plans import chain
from queueing.plans.chain_room import chain_at, layout_in, room_for, stand_at
from queueing.plans.moves import fill_up
from queueing.plans.phases import CEILING_WEIGHT, Standing, change_minutes, phases_of, place_of
from queueing.plans.rules import violations
from queueing.plans.scoring import Scorer, ceilings, over_ceiling

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from queueing.engine import HallModel
    from queueing.engine.run import Days
    from queueing.plans.chain_plays import Room
    from queueing.plans.phases import Phase
    from queueing.plans.rules import Layout, Masks, PlanHall
    from queueing.plans.scoring import PlanCompiler, Score

    Floats = NDArray[np.float64]

CHAINS = 2
ROUND_TICKETS = 1_000_000  # a quarter of a second: how soon a stop is heard
EXCHANGE_ROUNDS = 8  # rounds after which the chain that is behind may go on from the other's best
BEHIND = 4.0  # temperatures by which it must be behind
HOT, COLD = 0.006, 0.0003  # temperature as a share of the best objective so far
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
        self._ceiling = ceilings(self.now, hall.limits)

    def run(self, starts: Sequence[Layout]) -> Found:
        """Anneal from the best of the starts, then put back what was changed for nothing."""
        legal = [start for start in starts if self._keeps_rules(start)]
        filled = [fill_up(start, self._hall) for start in legal]
        scored = [(self._cost(start), start) for start in (*legal, *filled) if self._keeps_rules(start)]
        scored.sort(key=lambda pair: pair[0])
        present = [found for found, layout in scored if layout == self._present]
        standing = Standing(self._cost, *scored[0], now=present[0] if present else scored[0][0])
        played = self._anneal(self._apart(scored), standing)
        # Never dearer than the present plan, also after changes were put back.
        allowed = min([standing.cost * (1.0 + KEEP_WITHIN), *present])
        layout = self._put_back(standing.layout, allowed)
        return Found(
            layout, self._scorer.score(layout), played + self._scorer.evaluations,
            self._out_of_time(), self._stopped(),
        )  # fmt: skip

    def _apart(self, scored: Sequence[tuple[float, Layout]]) -> list[Layout]:
        """Return where the chains begin: at the best start, and at the best one of another origin."""
        best = scored[0][1]
        others = [layout for _, layout in scored if layout.primary != best.primary]
        return [best, *(others or [best])][:CHAINS]

    def _anneal(self, starts: Sequence[Layout], standing: Standing) -> int:
        """Improve what stands; return the number of plays of all days."""
        phases = phases_of(self._hall, self._present, self._model, self._compiler, self._days)
        chains = [
            chain_at(self._hall, start, phases[-1].citizens, seed=self._seed * CHAINS + number)
            for number, start in enumerate(starts)
        ]
        for one in chains:
            chain.count_all(phases[0].hall, one.state)
            chain.count_all(phases[0].hall, one.best)
        rooms = [room_for(self._hall, self._days) for _ in chains]
        self._go_on(chains, rooms, phases[0])  # loads compiled code before the time runs
        self._began, phase, per_round = self._clock(), phases[0], self._days_per_round()
        with ThreadPoolExecutor(CHAINS) as pool:
            for number in range(1 << 30):
                done = 1.0 if self._stopped() else self._done(chains)
                before, phase = phase, phases[place_of(done)]
                if number % EXCHANGE_ROUNDS == 0 or phase is not before or done >= 1.0:
                    standing.hear(layout_in(min(chains, key=_best).best))
                self._watch(BestSoFar(min(done, 1.0), standing.now, standing.cost))
                if done >= 1.0:
                    break
                if phase is not before:
                    self._go_on(chains, rooms, phase)
                temperature = max(min(map(_best, chains)), 0.1) * HOT * (COLD / HOT) ** done
                self._round(pool, chains, rooms, phase, per_round, temperature)
                if number % EXCHANGE_ROUNDS == EXCHANGE_ROUNDS - 1:
                    _catch_up(chains, BEHIND * temperature)
        return round(sum(float(one.numbers[chain.PLAYED]) for one in chains) / self._days.count)

    def _round(
        self, pool: ThreadPoolExecutor, chains: Sequence[chain.Chain], rooms: Sequence[Room], phase: Phase,
        days: float, temperature: float,
    ) -> None:  # fmt: skip
        """Let every chain play so many days."""
        rounds = [
            pool.submit(chain.anneal, *phase, room, one, one.numbers[chain.PLAYED] + days, temperature)
            for one, room in zip(chains, rooms, strict=True)
        ]
        for one in rounds:
            one.result()

    def _go_on(self, chains: Sequence[chain.Chain], rooms: Sequence[Room], phase: Phase) -> None:
        """Let each chain go on from its best under other conditions: what it knew of costs is void."""
        for one, room in zip(chains, rooms, strict=True):
            stand_at(one, one.best)
            one.numbers[chain.BEST] = np.inf
            chain.anneal(*phase, room, one, 0.0, 1.0)

    def _days_per_round(self) -> float:
        """Return the days that a chain plays in a round: so many tickets, but not beyond the budget."""
        tickets = max(1.0, float(self._days.starts[-1]) / self._days.count)
        share = self._budget.evaluations * self._days.count / CHAINS
        return float(max(self._days.count, min(ROUND_TICKETS / tickets, share / 16)))

    def _put_back(self, layout: Layout, allowed: float) -> Layout:
        """Give windows their present day back, one by one, where that costs next to nothing."""
        for window in range(len(self._hall.windows)):
            if layout.cells(window) == self._present.cells(window):
                continue
            tried = _with_row(layout, self._present, window)
            if self._keeps_rules(tried) and self._cost(tried) <= allowed:
                layout = tried
        return layout

    def _cost(self, layout: Layout) -> float:
        score = self._scorer.score(layout)
        over = CEILING_WEIGHT * over_ceiling(score, self._ceiling)
        return score.objective + over + change_minutes(self._hall, layout, self._present)

    def _keeps_rules(self, layout: Layout) -> bool:
        return next(violations(self._hall, layout, self._present), None) is None

    def _done(self, chains: Sequence[chain.Chain]) -> float:
        """Return how much of the budget is used, by days played or by time."""
        played = sum(float(one.numbers[chain.PLAYED]) for one in chains) / self._days.count
        used = played / self._budget.evaluations
        if self._budget.seconds is not None:
            used = max(used, (self._clock() - self._began) / self._budget.seconds)
        return used

    def _out_of_time(self) -> bool:
        return self._budget.seconds is not None and self._clock() - self._began >= self._budget.seconds


def _best(one: chain.Chain) -> float:
    return float(one.numbers[chain.BEST])


def _catch_up(chains: Sequence[chain.Chain], behind: float) -> None:
    """Let the chain that is behind go on from the other's best."""
    ahead, other = sorted(chains, key=_best)
    if float(other.costs[-1]) > _best(ahead) + behind:
        stand_at(other, ahead.best)


def _with_row(layout: Layout, present: Layout, window: int) -> Layout:
    def row(ours: Masks, theirs: Masks) -> Masks:
        return (*ours[:window], theirs[window], *ours[window + 1 :])

    return replace(
        layout, primary=row(layout.primary, present.primary), helping=row(layout.helping, present.helping)
    )
