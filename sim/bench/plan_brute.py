"""How near the search comes to the best of all plans, in halls so small that all can be played.

Lists hold for the whole day and nobody changes windows, so a plan is one list a window. Everything else
is as in a large hall: own and helping queues, ceilings, and that changes must be worth it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING

from queueing.engine.run import draw_days
from queueing.plans.demand import fit, model_of
from queueing.plans.moves import fill_up
from queueing.plans.rules import violations
from queueing.plans.scoring import PlanCompiler, evenly_mixed
from queueing.plans.search import Budget, Search
from sim.bench.plan_instances import Shape, make_instance

if TYPE_CHECKING:
    from collections.abc import Iterator

    from queueing.plans.rules import Layout, PlanHall

DAYS = 16  # the search and brute force play the same ones
EVALUATIONS = 1_000  # of some 38,000 plans; most of them are not played to the end
LIST_LIMIT = 2


@dataclass(frozen=True, slots=True)
class Enumerated:
    """One small hall: costs in minutes on the days searched on, and how many plans keep the rules."""

    name: str
    plans: int
    present: float
    best: float
    found: float


def enumerated(windows: int, queues: int, load: float, seed: int) -> Enumerated:
    """Search in a small hall, then play every plan there is."""
    shape = Shape(windows, queues, load, LIST_LIMIT, seed=seed, filled=False)
    own = make_instance(shape)
    limits = replace(own.hall.limits, changes_per_window=0, changes_per_day=0, integrated=0)
    hall = replace(own.hall, limits=limits, clerks=())
    present = replace(own.present, seats=(None,) * windows)
    model = model_of(own.history, fit(own.history, own.history.days))
    days = evenly_mixed(draw_days(model, seed=seed, days=DAYS))
    compiler = PlanCompiler(model, hall.blocks, hall)
    search = Search(hall, present, model, compiler, days, seed=seed, budget=Budget(EVALUATIONS, None))
    found = search.run([present, fill_up(present, hall)]).layout
    costs = [search.cost(layout) for layout in _layouts(hall, present)]
    return Enumerated(shape.name, len(costs), search.cost(present), min(costs), search.cost(found))


def _layouts(hall: PlanHall, present: Layout) -> Iterator[Layout]:
    """Yield every plan that keeps the rules."""
    blocks = len(hall.blocks)
    for chosen in product(*(_lists(window.equipped, len(hall.queues)) for window in hall.windows)):
        layout = replace(
            present,
            primary=tuple((own,) * blocks for own, _ in chosen),
            helping=tuple((helped,) * blocks for _, helped in chosen),
        )
        if next(violations(hall, layout, present), None) is None:
            yield layout


def _lists(equipped: int, queues: int) -> list[tuple[int, int]]:
    """Return every list of at most ``LIST_LIMIT`` queues, as masks of own and helping ones."""
    every = range(1 << queues)
    return [
        (own, helped)
        for own in every
        for helped in every
        if not own & helped
        and not (own | helped) & ~equipped
        and 0 < (own | helped).bit_count() <= LIST_LIMIT
    ]
