"""All plans of halls so small that each can be played: how near the search comes to the best of them, and
how near the best of them comes to pooling.

Lists hold for the whole day and nobody changes windows, so a plan is one list a window. Everything else
is as in a large hall: own and helping queues, ceilings, and that changes must be worth it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import reduce
from itertools import chain, combinations_with_replacement, product
from operator import or_
from typing import TYPE_CHECKING

from queueing.engine.run import draw_days
from queueing.plans.demand import fit, model_of
from queueing.plans.moves import fill_up
from queueing.plans.rules import violations
from queueing.plans.scoring import PlanCompiler, Scorer, evenly_mixed
from queueing.plans.search import Budget, Search
from sim.bench.plan_instances import Shape, make_instance
from sim.bench.plan_references import pooling

if TYPE_CHECKING:
    from collections.abc import Iterator

    from queueing.engine import HallModel
    from queueing.engine.run import Days
    from queueing.plans.rules import Layout, PlanHall
    from sim.bench.plan_instances import Instance

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
    own = _instance(windows, queues, load, seed)
    hall, present, (model, days) = own.hall, own.present, _played(own)
    compiler = PlanCompiler(model, hall.blocks, hall)
    search = Search(hall, present, model, compiler, days, seed=seed, budget=Budget(EVALUATIONS, None))
    found = search.run([present, fill_up(present, hall)]).layout
    costs = [search.cost(layout) for layout in _layouts(hall, present)]
    return Enumerated(own.shape.name, len(costs), search.cost(present), min(costs), search.cost(found))


@dataclass(frozen=True, slots=True)
class Least:
    """Mean waits in minutes on the same days: the least of all plans, and pooling without list limits."""

    name: str
    plans: int
    least: float
    pooled: float


def least_wait(windows: int, queues: int, load: float, seed: int) -> Least:
    """Play every plan whose lists have at most ``LIST_LIMIT`` queues, all of them own, whoever loses by it.

    The best is chosen on the very days that it is judged on, so no plan of its kind waits less there.
    """
    own = _instance(windows, queues, load, seed)
    model, days = _played(own)
    scorer = Scorer(model, PlanCompiler(model, own.hall.blocks), days)
    waits = [scorer.score(layout).mean_minutes for layout in _own_lists(own)]
    return Least(own.shape.name, len(waits), min(waits), scorer.score(pooling(own)).mean_minutes)


def _instance(windows: int, queues: int, load: float, seed: int) -> Instance:
    """Return an instance in which lists hold all day and windows differ by nothing but their equipment."""
    own = make_instance(Shape(windows, queues, load, LIST_LIMIT, seed=seed, filled=False))
    limits = replace(own.hall.limits, changes_per_window=0, changes_per_day=0, integrated=0)
    present = replace(own.present, seats=(None,) * windows)
    return replace(own, hall=replace(own.hall, limits=limits, clerks=()), present=present)


def _played(own: Instance) -> tuple[HallModel, Days]:
    """Return the hall as its history shows it, and the days that all plans play."""
    model = model_of(own.history, fit(own.history, own.history.days))
    return model, evenly_mixed(draw_days(model, seed=own.shape.seed, days=DAYS))


def _own_lists(own: Instance) -> Iterator[Layout]:
    """Yield the plans without helping queues; of windows with one equipment the order does not matter."""
    queues, blocks = len(own.hall.queues), len(own.hall.blocks)
    alike: dict[int, list[int]] = {}
    for place, window in enumerate(own.hall.windows):
        alike.setdefault(window.equipped, []).append(place)
    choices = [
        combinations_with_replacement(
            [mine for mine, helped in _lists(equipped, queues) if not helped], len(places)
        )
        for equipped, places in alike.items()
    ]
    order = [place for places in alike.values() for place in places]
    for chosen in product(*choices):
        masks = dict(zip(order, chain.from_iterable(chosen), strict=True))
        if reduce(or_, masks.values()) == (1 << queues) - 1:
            primary = tuple((masks[place],) * blocks for place in range(len(order)))
            yield replace(own.present, primary=primary, helping=((0,) * blocks,) * len(order))


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
