"""The parts of a search: how many days are played, how ceilings are kept, what stands.

First a moment in which a minute over a queue's ceiling costs much, so that something good stands soon.
Such a price all along leaves the search between high walls: it ended 10 % higher. So for most of the
time queues over their ceilings come to count more, as multipliers of a Lagrangian do (Geoffrion 1974),
until they are not over them; in the end the walls stand again. Queues of ten citizens a day need all
days in the end: the few that show which of two layouts waits less in all let such a queue wait 1.8
times as long as it may.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from queueing.engine.arrays import policy_arrays
from queueing.plans.chain_plays import Prices
from queueing.plans.chain_room import citizens_of, hall_arrays, timetable
from queueing.plans.rules import cells_changed, list_changes, openings
from queueing.plans.scoring import TAIL_SHARE, TAIL_WEIGHT, Scorer, ceilings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from queueing.engine import HallModel
    from queueing.engine.arrays import PolicyArrays
    from queueing.engine.run import Days
    from queueing.plans.chain_plays import Citizens, Timetable
    from queueing.plans.chain_state import HallArrays
    from queueing.plans.rules import Layout, PlanHall
    from queueing.plans.scoring import PlanCompiler, Score

    Floats = NDArray[np.float64]

CEILING_WEIGHT = 8.0  # a minute over a queue's ceiling outweighs any gain elsewhere; 20 froze the search
CHANGE_MINUTES = 0.2  # to change every cell must be worth this much mean wait: people find what they know
LIST_CHANGE_MINUTES = 0.1  # the same for using up all list changes that a day allows
OPENING_MINUTES = 0.2  # the same for every window opening or closing once more than now: clerks walk


class Part(NamedTuple):
    """A part of the search: until which share of the budget, on how many stages of the days."""

    until: float
    stages: int
    over_ceiling: float  # minutes that a minute over a ceiling costs
    learns: bool  # whether queues over their ceilings come to count more instead


PARTS = (
    Part(0.06, 4, CEILING_WEIGHT, learns=False),
    Part(0.42, 3, 0.0, learns=True),
    Part(0.78, 4, 0.0, learns=True),
    Part(1.0, 4, CEILING_WEIGHT, learns=False),
)
UPDATE = 0.06  # share of the budget between two looks at what queues should count
UPDATE_POWER, MOST_WEIGHT = 3.0, 30.0
HOT, COLD = 0.006, 0.0003  # temperatures as shares of the best objective so far


class Conditions(NamedTuple):
    """What all chains read and none writes, in a part of the search."""

    hall: HallArrays
    policy: PolicyArrays
    citizens: Citizens
    table: Timetable
    prices: Prices


def turn_of(done: float) -> tuple[int, int]:
    """Return which part it is when a share of the budget is used, and which look at the weights.

    >>> [turn_of(done) for done in (0.0, 0.1, 0.15, 1.0)]
    [(0, 0), (1, 1), (1, 2), (3, 0)]
    """
    place = next((place for place, part in enumerate(PARTS) if done < part.until), len(PARTS) - 1)
    return place, int(done / UPDATE) if PARTS[place].learns else 0


def temperature_of(done: float) -> float:
    """Return the temperature as a share of the objective, when a share of the budget is used.

    >>> temperature_of(0.0), temperature_of(0.06), round(temperature_of(1.0), 6)
    (0.006, 0.006, 0.0003)
    """
    first = PARTS[0].until
    share = done / first if done < first else (done - first) / (1.0 - first)
    return float(HOT * (COLD / HOT) ** share)


def conditions_of(
    hall: PlanHall, present: Layout, model: HallModel, compiler: PlanCompiler, days: Days
) -> list[Conditions]:
    """Return what each of ``PARTS`` plays; a queue's ceiling is that of the days its part plays."""
    every = citizens_of(days, len(hall.windows))
    conditions = []
    for part in PARTS:
        citizens = every._replace(stages=every.stages[: part.stages])
        played = days.picked(range(citizens.stages[-1]))
        now = Scorer(model, compiler, played).score(present)
        prices = Prices(
            weight=np.array(hall.weights),
            tail_weight=TAIL_WEIGHT,
            tail_share=TAIL_SHARE,
            ceiling=ceilings(now, hall),
            over_ceiling=part.over_ceiling,
            cell=CHANGE_MINUTES / _cells(hall),
            change=LIST_CHANGE_MINUTES / max(hall.limits.changes_per_day, 1),
            edge=OPENING_MINUTES / len(hall.windows),
            edges_now=openings(present),
            wide_pace=hall.limits.integrated_pace,
        )
        conditions.append(
            Conditions(
                hall_arrays(hall, present), policy_arrays(model), citizens, timetable(model, hall), prices
            )
        )
    return conditions


def weighed(conditions: Sequence[Conditions], place: int, weights: Floats) -> Conditions:
    """Return a part's conditions, with what queues have come to count where that may move."""
    chosen = conditions[place]
    if not PARTS[place].learns:
        return chosen
    return chosen._replace(prices=chosen.prices._replace(weight=chosen.prices.weight * weights))


def moved_weights(weights: Floats, score: Score, ceiling: Floats) -> Floats:
    """Return how many times more each queue is to count, after what the search has led to.

    Multipliers of a Lagrangian, moved by the share that a queue is over or under its ceiling: a queue that
    waits too long counts more until it does not, and one that never does counts once.
    """
    moved: Floats = weights * np.clip(score.by_queue / ceiling, 0.5, 2.0) ** UPDATE_POWER
    return np.clip(moved, 1.0, MOST_WEIGHT)


def change_minutes(hall: PlanHall, layout: Layout, present: Layout) -> float:
    """Return what all that differs from the present plan must be worth, in minutes of mean wait."""
    changes = sum(list_changes(layout, window) for window in range(len(hall.windows)))
    opened = max(0, openings(layout) - openings(present))
    return (
        CHANGE_MINUTES * cells_changed(layout, present) / _cells(hall)
        + LIST_CHANGE_MINUTES * changes / max(hall.limits.changes_per_day, 1)
        + OPENING_MINUTES * opened / len(hall.windows)
    )


def _cells(hall: PlanHall) -> int:
    return max(1, len(hall.windows) * len(hall.blocks))


class Standing:
    """The best layout so far, by its cost on all days; parts with fewer days or softer prices differ."""

    def __init__(
        self, cost_of: Callable[[Layout], float], cost: float, layout: Layout, *, now: float
    ) -> None:
        """``now`` is the present plan's cost."""
        self._cost_of = cost_of
        self._heard = layout
        self.cost, self.layout, self.now = cost, layout, now

    def hear(self, layout: Layout) -> None:
        """Take a layout if it is better."""
        if layout == self._heard:
            return
        self._heard, cost = layout, self._cost_of(layout)
        if cost < self.cost:
            self.cost, self.layout = cost, layout
