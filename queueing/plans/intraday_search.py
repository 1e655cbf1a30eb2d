"""The search for the rest of a day: the compiled chains, on futures that begin with the hall as it stands."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from queueing.engine.arrays import policy_arrays
from queueing.plans.chain_plays import Prices
from queueing.plans.chain_room import citizens_of, part_arrays, timetable
from queueing.plans.chains import CHAINS, Chains
from queueing.plans.moves import fill_up, put_back
from queueing.plans.rules import cells_changed, openings, violations
from queueing.plans.scoring import TAIL_SHARE, TAIL_WEIGHT, ceilings, over_ceiling, score_of
from queueing.plans.search import KEEP_WITHIN
from queueing.plans.search_parts import Conditions

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from queueing.engine import HallModel
    from queueing.engine.futures import Futures
    from queueing.plans.rules import Layout, PlanHall
    from queueing.plans.scoring import PlanCompiler, Score

    Floats = NDArray[np.float64]

ROUND_TICKETS = 150_000  # some 20 milliseconds: how exactly the time is kept
HOT, COLD = 0.015, 0.0005  # temperatures as shares of the objective
CEILING_WEIGHT = 5.0  # a minute over a queue's ceiling outweighs most gains; higher walls froze the search
FEW_UNTIL = 0.6  # share of the budget in which a third of the futures is played: more layouts are seen
CHANGE_MINUTES = 0.004  # a changed cell must be worth this much mean wait: people find what they know


class RestOfDay:
    """Annealing from the plan in force, over the blocks from ``first`` on and before ``last``.

    Every layout keeps the rules as far as the plan in force does, and who is open when. ``eased``: the
    mean wait by the hall's, both in minutes, up to which a queue may pay for the others.
    """

    def __init__(
        self, hall: PlanHall, present: Layout, model: HallModel, compiler: PlanCompiler, futures: Futures,
        span: tuple[int, int], *, eased: Callable[[float], float], seed: int,
    ) -> None:  # fmt: skip
        self._hall, self._present, self._model = hall, present, model
        self._compiler, self._futures = compiler, futures
        self._first, self._last = span
        self._seed = seed
        self.evaluations = 0
        self._broken = set(violations(hall, present, present))
        now = self._score(present)
        walls = ceilings(now, replace(hall, limits=replace(hall.limits, queue_short=0.0)))
        self._ceiling: Floats = np.maximum(walls, eased(now.mean_minutes))

    def run(self, done: Callable[[], float], most: int) -> Layout:
        """Return the best layout found until ``done`` or ``most`` plays, changes for nothing put back."""
        starts = self._starts()
        best = min((self._annealed(starts, done, most), starts[0]), key=self._cost)
        allowed = self._cost(best) * (1.0 + KEEP_WITHIN)
        return put_back(
            best, self._present, lambda tried: self._keeps_rules(tried) and self._cost(tried) <= allowed
        )

    def _starts(self) -> list[Layout]:
        """Return the plan in force and the same with its lists filled up, the better one first."""
        starts = [self._present]
        filled = self._kept_apart(fill_up(self._present, self._hall))
        if self._keeps_rules(filled):
            starts.append(filled)
        return sorted(starts, key=self._cost)

    def _annealed(self, starts: list[Layout], done: Callable[[], float], most: int) -> Layout:
        """Anneal on a third of the futures first, then on all of them."""
        days, every = self._futures.days, self._conditions()
        few = every._replace(citizens=every.citizens._replace(stages=every.citizens.stages[:-1]))
        tickets = max(1.0, float(days.starts[-1]) / days.count)
        per_round = float(max(days.count, min(ROUND_TICKETS / tickets, most * days.count / CHAINS / 16)))
        with Chains(self._hall, (starts * CHAINS)[:CHAINS], days, few, seed=self._seed) as chains:
            played = few
            while (share := max(done(), (self.evaluations + chains.plays) / most)) < 1.0:
                if played is few and share >= FEW_UNTIL:
                    played = every
                    chains.go_on(played)
                chains.round(per_round, max(chains.cost, 0.1) * HOT * (COLD / HOT) ** share)
            self.evaluations += round(chains.plays)
            return chains.layout

    def _conditions(self) -> Conditions:
        hall, futures = self._hall, self._futures
        prices = Prices(
            weight=np.array(hall.weights), tail_weight=TAIL_WEIGHT, tail_share=TAIL_SHARE,
            ceiling=self._ceiling, over_ceiling=CEILING_WEIGHT, cell=CHANGE_MINUTES, change=0.0, edge=0.0,
            edges_now=openings(self._present), wide_pace=hall.limits.integrated_pace,
        )  # fmt: skip
        return Conditions(
            part_arrays(hall, self._present, self._first, self._last),
            policy_arrays(self._model),
            citizens_of(futures.days, len(hall.windows), ready=futures.ready, configured=futures.configured),
            timetable(self._model, hall),
            prices,
        )

    def _kept_apart(self, layout: Layout) -> Layout:
        """Return the layout with the plan in force where nothing may change: before and beyond."""

        def row(own: tuple[int, ...], held: tuple[int, ...]) -> tuple[int, ...]:
            return held[: self._first] + own[self._first : self._last] + held[self._last :]

        primary = tuple(row(a, b) for a, b in zip(layout.primary, self._present.primary, strict=True))
        helping = tuple(row(a, b) for a, b in zip(layout.helping, self._present.helping, strict=True))
        return replace(layout, primary=primary, helping=helping, seats=self._present.seats)

    def _keeps_rules(self, layout: Layout) -> bool:
        return all(broken in self._broken for broken in violations(self._hall, layout, self._present))

    def _score(self, layout: Layout) -> Score:
        self.evaluations += 1
        return score_of(self._futures.play(self._compiler.arrays(layout)), self._hall.weights)

    def _cost(self, layout: Layout) -> float:
        score = self._score(layout)
        moved = CHANGE_MINUTES * cells_changed(layout, self._present)
        return score.objective + CEILING_WEIGHT * over_ceiling(score, self._ceiling) + moved
