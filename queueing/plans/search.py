"""Search on the engine: change a layout a little, keep what waits less on the very same citizens.

Annealing over layouts that keep every rule (the checker of ``queueing.plans.rules`` sees each move).
With common random numbers the difference of neighbours has some 500 times less variance than with
fresh ones, which is what makes small moves worth trying at all. The same seed and number of
evaluations give the same plan; a time box only stops earlier.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kernel.clock import monotonic
from queueing.plans.moves import fill_up, random_move
from queueing.plans.rules import cells_changed, openings, violations
from queueing.plans.scoring import over_ceiling

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from queueing.plans.rules import Layout, PlanHall
    from queueing.plans.scoring import Score, Scorer

HOT, COLD = 0.004, 0.0003  # temperature as a share of the start's objective; hotter wasted a short search
CEILING_WEIGHT = 20.0  # a minute over a queue's ceiling outweighs any gain elsewhere
CHANGE_MINUTES = 0.004  # a changed cell must be worth this much mean wait: people find what they know
OPENING_MINUTES = 0.01  # the same for a window that opens or closes once more than now: clerks walk
KEEP_WITHIN = 0.004  # share of the objective given up to leave a window as it is
SCREEN_MARGIN = 4.0  # temperatures by which the first few days may be worse before the rest are played
TRIES = 40  # moves drawn until one keeps the rules


@dataclass(frozen=True, slots=True)
class Budget:
    """How long to search: plays of all days, and at most so many seconds (None: no time box)."""

    evaluations: int = 8_000
    seconds: float | None = 30.0


@dataclass(frozen=True, slots=True)
class Found:
    """The best layout, its score on the training days, and how the search went."""

    layout: Layout
    score: Score
    evaluations: int
    stopped_by_time: bool


@dataclass(slots=True)
class _State:
    layout: Layout
    cost: float
    screened: float
    score: Score


class Search:
    """One search in one hall; ``screen`` plays a few of the days that ``scorer`` plays."""

    def __init__(
        self,
        hall: PlanHall,
        present: Layout,
        scorer: Scorer,
        screen: Scorer,
        ceiling: NDArray,  # type: ignore[type-arg]
        *,
        seed: int,
        budget: Budget,
        progress: Callable[[float], None],
    ) -> None:
        self._hall, self._present = hall, present
        self._scorer, self._screen, self._ceiling = scorer, screen, ceiling
        self._chance = random.Random(seed)
        self._budget, self._progress = budget, progress
        self._began = monotonic()
        self._fruitless = 0
        self._openings = openings(present)

    def run(self, starts: Sequence[Layout]) -> Found:
        """Anneal from the best of the starts, then put back what was changed for nothing."""
        legal = [start for start in starts if self._keeps_rules(start)]
        filled = [fill_up(start, self._hall) for start in legal]
        states = [self._state(start) for start in (*legal, *filled) if self._keeps_rules(start)]
        best = self._anneal(min(states, key=lambda state: state.cost))
        best = self._put_back(best, self._bearable(best, states))
        return Found(best.layout, best.score, self._scorer.evaluations, self._out_of_time())

    def _anneal(self, start: _State) -> _State:
        current = best = start
        scale = max(start.cost, 0.1)
        while (done := self._done()) < 1.0:
            self._progress(done)
            temperature = scale * HOT * (COLD / HOT) ** done
            tried = self._try(current, temperature)
            if tried is None:
                continue
            current = tried
            if current.cost < best.cost:
                best = current
        return best

    def _try(self, current: _State, temperature: float) -> _State | None:
        """Return the state after one move if it is accepted (Metropolis), else None."""
        layout = self._move(current.layout)
        if layout is None:
            return None
        bound = -temperature * math.log(1.0 - self._chance.random())
        screened = self._cost(layout, self._screen.score(layout))
        if screened - current.screened > bound + SCREEN_MARGIN * temperature:
            return None
        score = self._scorer.score(layout)
        cost = self._cost(layout, score)
        return _State(layout, cost, screened, score) if cost - current.cost <= bound else None

    def _move(self, layout: Layout) -> Layout | None:
        for _ in range(TRIES):
            changed = random_move(layout, self._hall, self._chance)
            if changed is not None and self._keeps_rules(changed.layout, only=changed.windows):
                return changed.layout
        self._fruitless += 1
        return None

    def _bearable(self, best: _State, starts: Sequence[_State]) -> float:
        """Return the cost up to which changes are put back: never more than the present plan's."""
        present = [state.cost for state in starts if state.layout == self._present]
        return min([best.cost * (1.0 + KEEP_WITHIN), *present])

    def _put_back(self, state: _State, allowed: float) -> _State:
        """Give windows their present day back, one by one, where that costs next to nothing."""
        for window in range(len(self._hall.windows)):
            if state.layout.cells(window) == self._present.cells(window):
                continue
            layout = _with_row(state.layout, self._present, window)
            if not self._keeps_rules(layout):
                continue
            tried = self._state(layout)
            if tried.cost <= allowed:
                state = tried
        return state

    def _state(self, layout: Layout) -> _State:
        score = self._scorer.score(layout)
        screened = self._cost(layout, self._screen.score(layout))
        return _State(layout, self._cost(layout, score), screened, score)

    def _cost(self, layout: Layout, score: Score) -> float:
        moved = CHANGE_MINUTES * cells_changed(layout, self._present)
        moved += OPENING_MINUTES * max(0, openings(layout) - self._openings)
        return score.objective + CEILING_WEIGHT * over_ceiling(score, self._ceiling) + moved

    def _keeps_rules(self, layout: Layout, only: Sequence[int] | None = None) -> bool:
        return next(violations(self._hall, layout, self._present, only=only), None) is None

    def _done(self) -> float:
        """Return how much of the budget is used: a screening counts by its days, a fruitless draw as one."""
        screened = self._screen.evaluations * self._screen.days / self._scorer.days
        plays = self._scorer.evaluations + screened + self._fruitless
        used = plays / self._budget.evaluations
        if self._budget.seconds is not None:
            used = max(used, (monotonic() - self._began) / self._budget.seconds)
        return used

    def _out_of_time(self) -> bool:
        return self._budget.seconds is not None and monotonic() - self._began >= self._budget.seconds


def _with_row(layout: Layout, present: Layout, window: int) -> Layout:
    def row(
        ours: tuple[tuple[int, ...], ...], theirs: tuple[tuple[int, ...], ...]
    ) -> tuple[tuple[int, ...], ...]:
        return (*ours[:window], theirs[window], *ours[window + 1 :])

    return replace(
        layout, primary=row(layout.primary, present.primary), helping=row(layout.helping, present.helping)
    )
