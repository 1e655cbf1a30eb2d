"""The phases of a search: how many days are played, what a queue over its ceiling costs, what stands.

A search begins where ceilings hold, then lets them be broken cheaply, so that it may pass through
layouts in which some queue waits too long for a while, and ends with all days and dear ceilings. With
dear ceilings from the start it ended 5 % higher. Queues of ten citizens a day need all days: the few
that are enough to see which of two layouts waits less in all let such a queue wait twice as long as
it may.
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
    from collections.abc import Callable

    from queueing.engine import HallModel
    from queueing.engine.arrays import PolicyArrays
    from queueing.engine.run import Days
    from queueing.plans.chain_plays import Citizens, Timetable
    from queueing.plans.chain_state import HallArrays
    from queueing.plans.rules import Layout, PlanHall
    from queueing.plans.scoring import PlanCompiler

CEILING_WEIGHT = 8.0  # a minute over a queue's ceiling outweighs any gain elsewhere; 20 froze the search
CHANGE_MINUTES = 0.2  # to change every cell must be worth this much mean wait: people find what they know
LIST_CHANGE_MINUTES = 0.1  # the same for using up all list changes that a day allows
OPENING_MINUTES = 0.2  # the same for every window opening or closing once more than now: clerks walk
# Until which share of the budget, on how many stages of the days, and what a minute over a ceiling costs.
PHASES = ((0.1, 2, CEILING_WEIGHT), (0.35, 2, 0.5), (0.65, 3, 2.0), (1.0, 4, CEILING_WEIGHT))


class Phase(NamedTuple):
    """What all chains read and none writes, in a part of the search."""

    hall: HallArrays
    policy: PolicyArrays
    citizens: Citizens
    table: Timetable
    prices: Prices


def place_of(done: float) -> int:
    """Return which phase it is when a share of the budget is used.

    >>> [place_of(done) for done in (0.0, 0.5, 1.0)]
    [0, 2, 3]
    """
    return next((place for place, (until, _, _) in enumerate(PHASES) if done < until), len(PHASES) - 1)


def phases_of(
    hall: PlanHall, present: Layout, model: HallModel, compiler: PlanCompiler, days: Days
) -> list[Phase]:
    """Return the phases in turn; a queue's ceiling is that of the days its phase plays."""
    every = citizens_of(days, len(hall.windows))
    phases = []
    for _, stages, over_ceiling in PHASES:
        citizens = every._replace(stages=every.stages[:stages])
        played = days.picked(range(citizens.stages[-1]))
        now = Scorer(model, compiler, played).score(present)
        prices = Prices(
            weight=np.array(hall.weights),
            tail_weight=TAIL_WEIGHT,
            tail_share=TAIL_SHARE,
            ceiling=ceilings(now, hall.limits),
            over_ceiling=over_ceiling,
            cell=CHANGE_MINUTES / _cells(hall),
            change=LIST_CHANGE_MINUTES / max(hall.limits.changes_per_day, 1),
            edge=OPENING_MINUTES / len(hall.windows),
            edges_now=openings(present),
            wide_pace=hall.limits.integrated_pace,
        )
        phases.append(
            Phase(hall_arrays(hall, present), policy_arrays(model), citizens, timetable(model, hall), prices)
        )
    return phases


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
    """The best layout so far, by its cost on all days; phases with fewer days or softer prices differ."""

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
