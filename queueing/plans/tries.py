"""A search and the judge's word on what it found; once more where a queue would pay too much."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from queueing.plans.judge import QUEUE_SHORT_SHARE, Judgement, judge, pay_too_much
from queueing.plans.rules import Layout, PlanHall, windows_changed
from queueing.plans.search import Budget, Search

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from queueing.engine import HallModel
    from queueing.engine.run import Days
    from queueing.plans.history import HistoryDay
    from queueing.plans.scoring import PlanCompiler, Score
    from queueing.plans.search import BestSoFar, Found

WORTH_MINUTES = 0.2  # a mean wait that falls by less is not worth asking people to sit elsewhere
SPARING_TRIES = 2  # to spare queues that would pay too much, beginning with what was found
SPARING_SHARE = 0.06  # of the search's budget, each


@dataclass(frozen=True, slots=True)
class Try:
    """What a search found; ``now`` is the present plan's score on the same days."""

    hall: PlanHall
    present: Layout
    now: Score
    found: Found
    judgement: Judgement
    evaluations: int

    @property
    def layout(self) -> Layout:
        return self.found.layout

    @property
    def paying(self) -> frozenset[int]:
        """The places of queues that pay too much, on unseen days or on those searched on."""
        short = np.array(self.hall.short(QUEUE_SHORT_SHARE)) * self.now.mean_minutes
        trained = np.flatnonzero(pay_too_much(self.now.by_queue, self.found.score.by_queue, short))
        losers = set(self.judgement.losers)
        unseen = [place for place, own in enumerate(self.judgement.queues) if own.prefix in losers]
        return frozenset((*map(int, trained), *unseen))

    @property
    def verdict(self) -> tuple[str, str]:
        """Status and reason of a proposal with this plan."""
        if windows_changed(self.layout, self.present) == 0:
            return "no_gain", "as_it_is"
        if not self.judgement.gains:
            return "no_gain", "interval_includes_zero"
        if -self.judgement.weighted < WORTH_MINUTES:
            return "no_gain", "gain_too_small"
        return ("no_gain", "queue_worse") if self.paying else ("shown", "")


class Task:
    """What all tries for one day of a hall have in common: the days searched on and those judged on."""

    def __init__(
        self,
        hall: PlanHall,
        present: Layout,
        model: HallModel,
        compiler: PlanCompiler,
        days: Days,
        unseen: Sequence[HistoryDay],
        *,
        seed: int,
        watch: Callable[[BestSoFar], None],
        stopped: Callable[[], bool],
        clock: Callable[[], float],
    ) -> None:
        self._hall, self._present, self._model, self._compiler = hall, present, model, compiler
        self._days, self._unseen, self._seed = days, unseen, seed
        self._watch, self._stopped, self._clock = watch, stopped, clock

    def best(self, starts: Sequence[Layout], budget: Budget) -> tuple[Try, frozenset[int]]:
        """Return the plan to propose, and the places of queues that were spared to come to it.

        Where the first one is withheld only because a queue pays too much, it is searched on with that
        queue spared; what is found then is judged by the same rule on the same unseen days.
        """
        found, spared = self._tried(frozenset(), starts, budget, self._watch), frozenset[int]()
        for _ in range(SPARING_TRIES):
            if found.verdict[1] != "queue_worse" or found.paying <= spared or self._stopped():
                break
            spared |= found.paying
            again = self._tried(spared, [found.layout, self._present], _share_of(budget), lambda _: None)
            found = replace(again, evaluations=found.evaluations + again.evaluations)
        return found, spared

    def _tried(
        self,
        spared: frozenset[int],
        starts: Sequence[Layout],
        budget: Budget,
        watch: Callable[[BestSoFar], None],
    ) -> Try:
        search = Search(
            replace(self._hall, spared=spared), self._present, self._model, self._compiler, self._days,
            seed=self._seed + len(spared), budget=budget,
            watch=watch, stopped=self._stopped, clock=self._clock,
        )  # fmt: skip
        found, hall = search.run(starts), self._hall
        judgement = judge(
            self._model, self._compiler, self._unseen, self._present, found.layout,
            seed=self._seed, weights=hall.weights, short=hall.short(QUEUE_SHORT_SHARE),
        )  # fmt: skip
        return Try(hall, self._present, search.now, found, judgement, found.evaluations)


def _share_of(budget: Budget) -> Budget:
    seconds = None if budget.seconds is None else SPARING_SHARE * budget.seconds
    return Budget(max(1, round(SPARING_SHARE * budget.evaluations)), seconds)
