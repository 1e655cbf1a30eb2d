"""``make bench NAME=plans``: proposals judged on days that nobody saw, beside simple plans and pooling.

Each instance is judged on 200 fresh days of its hidden truth (the optimizer only saw 44 days of ticket
history), all plans on the very same citizens. Three instances by default, all of them with ``FULL=1``.
"""

from __future__ import annotations

import os
import resource
from dataclasses import dataclass, replace
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from kernel.clock import monotonic
from queueing.engine.run import draw_days, play
from queueing.plans.moves import fill_up
from queueing.plans.propose import propose
from queueing.plans.scoring import PlanCompiler
from queueing.plans.search import Budget
from sim.bench import BenchRow
from sim.bench.plan_checker import what_is_wrong
from sim.bench.plan_instances import SESSIONS, Instance, Shape, make_instance, mean_load, proportional

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from queueing.engine.result import Summary
    from queueing.engine.run import Days
    from queueing.plans.propose import Proposal
    from queueing.plans.rules import Layout

    Floats = NDArray[np.float64]

FRESH_DAYS = 200
FRESH_SEED = 777  # history is drawn from other seeds
SEARCH_SECONDS = 45.0  # so that the whole proposal stays below a minute
WAITS_ENOUGH = 2.0  # minutes of the pooling reference from which plans can differ at all
WORSE_MINUTES = 0.5  # a queue that waits seconds may double them unnoticed


def shapes() -> list[Shape]:
    """Return the benchmark's instances: 8 to 60 windows, light to overloaded, two kinds of day.

    About six queues for ten windows, as in the prototype's halls (12 for 20).
    """
    sizes = [(8, 5, 2), (12, 7, 3), (20, 12, 3), (20, 12, 2), (40, 14, 3), (60, 16, 2)]
    loads = (0.75, 0.95, 1.05, 1.15, 1.25)
    return [
        Shape(windows, queues, load, limit, half_days=number % 2 == 1, seed=10 * place + number)
        for place, (windows, queues, limit) in enumerate(sizes, start=1)
        for number, load in enumerate(loads)
    ]


def chosen() -> list[Shape]:
    """Return all instances with ``FULL=1``, else a small, a middle and a crowded one."""
    every = shapes()
    return every if os.environ.get("FULL") == "1" else [every[2], every[11], every[18]]


@dataclass(frozen=True, slots=True)
class Judged:
    """One instance on fresh days; ratios are planned over reference."""

    name: str
    seconds: float
    complaints: int
    pooled_minutes: float
    planned: Summary
    pooled: Summary
    simple: Summary
    single: Summary
    kept_gain: float  # the smaller share of the gain left at 20 % more or less demand


def judged(shape: Shape) -> Judged:
    """Propose for an instance and judge the proposal on fresh days."""
    instance = make_instance(shape)
    began = monotonic()
    proposal = propose(
        instance.history, instance.view, seed=shape.seed, budget=Budget(20_000, SEARCH_SECONDS)
    )
    seconds = monotonic() - began
    compiler = PlanCompiler(instance.truth, instance.hall.blocks)
    citizens = draw_days(instance.truth, seed=FRESH_SEED, days=FRESH_DAYS)
    single = proportional(instance.hall, mean_load(instance.truth))
    simple = min(
        (fill_up(single, instance.hall), by_hour(instance)),
        key=lambda layout: _play(instance, compiler, layout, citizens).mean_wait_minutes,
    )
    pooled = _play(instance, compiler, pooling(instance), citizens)
    return Judged(
        name=shape.name,
        seconds=seconds,
        complaints=len(what_is_wrong(proposal, instance.view.entries, SESSIONS)),
        pooled_minutes=pooled.mean_wait_minutes,
        planned=_play(instance, compiler, proposal.layout, citizens),
        pooled=pooled,
        simple=_play(instance, compiler, simple, citizens),
        single=_play(instance, compiler, single, citizens),
        kept_gain=_kept_gain(instance, compiler, simple, proposal),
    )


def _play(instance: Instance, compiler: PlanCompiler, layout: Layout, citizens: Days) -> Summary:
    return play(instance.truth, compiler.arrays(layout), citizens)


def _kept_gain(instance: Instance, compiler: PlanCompiler, simple: Layout, proposal: Proposal) -> float:
    """Return how much of the relative gain over the simple plan is left at the worse of ±20 % demand."""
    gains = []
    for demand in (1.0, 0.8, 1.2):
        queues = tuple(
            replace(queue, walk_ins_per_interval=tuple(demand * rate for rate in queue.walk_ins_per_interval))
            for queue in instance.truth.queues
        )
        truth = replace(instance.truth, queues=queues)
        citizens = draw_days(truth, seed=FRESH_SEED, days=FRESH_DAYS // 4)
        before = play(truth, compiler.arrays(simple), citizens).mean_wait_minutes
        after = play(truth, compiler.arrays(proposal.layout), citizens).mean_wait_minutes
        gains.append(1.0 - after / before if before > 0 else 0.0)
    return min(gains[1:]) / gains[0] if gains[0] > 0 else float("nan")


def pooling(instance: Instance) -> Layout:
    """Return the pooling reference: every window serves all that it is equipped for, no list limit."""
    blocks = len(instance.hall.blocks)
    everything = tuple((window.equipped,) * blocks for window in instance.hall.windows)
    return replace(
        instance.present, primary=everything, helping=tuple((0,) * blocks for _ in instance.hall.windows)
    )


def by_hour(instance: Instance) -> Layout:
    """Return square-root staffing hour by hour, lists filled up; it ignores the limits on changes.

    A queue with load r gets r + b·sqrt(r) windows in each block, b such that all windows are given.
    """
    hall = instance.hall
    rows = np.array([queue.walk_ins_per_interval for queue in instance.truth.queues])
    minutes = np.array([queue.service.mean for queue in instance.truth.queues])
    load = rows * minutes[:, None] / instance.truth.interval_minutes
    columns: list[list[int]] = []
    for block in hall.blocks:
        first, last = ((edge - SESSIONS[0][0]) // 15 for edge in (block.from_minute, block.to_minute))
        busy = load[:, first:last].mean(axis=1)
        safety = (len(hall.windows) - busy.sum()) / max(float(np.sqrt(busy).sum()), 1e-9)
        wanted = np.maximum(busy + safety * np.sqrt(busy), 0.05)
        one = proportional(replace(hall, blocks=(block,)), wanted)
        columns.append([row[0] for row in one.primary])
    primary = tuple(zip(*columns, strict=True))
    return fill_up(replace(instance.present, primary=primary, helping=_nothing(instance)), hall)


def _nothing(instance: Instance) -> tuple[tuple[int, ...], ...]:
    return tuple((0,) * len(instance.hall.blocks) for _ in instance.hall.windows)


def rows() -> list[BenchRow]:
    """Return one row per instance and one per goal of the optimizer."""
    found = [judged(shape) for shape in chosen()]
    return [_instance_row(one) for one in found] + _goal_rows(found)


def _instance_row(one: Judged) -> BenchRow:
    planned, simple = one.planned.mean_wait_minutes, one.simple.mean_wait_minutes
    return BenchRow(
        name=one.name,
        value=planned,
        unit="min mean wait on fresh days",
        baseline=f"best simple plan {simple:.2f}, pooling without limits {one.pooled_minutes:.2f} min",
        ratio=planned / simple if simple > 0 else None,
        goal="never worse than the best simple plan",
        holds=planned <= simple,
    )


def _goal_rows(found: list[Judged]) -> list[BenchRow]:
    to_pool = [one.planned.mean_wait_minutes / max(one.pooled_minutes, 1e-9) for one in found]
    busy = [one for one in found if one.pooled_minutes >= WAITS_ENOUGH]
    gigabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    general = [
        _at_most("mean wait over pooling, median", median(to_pool), "x", 1.10, "skill pooling"),
        _at_most("mean wait over pooling, worst", max(to_pool), "x", 1.20, "skill pooling"),
        _at_most("rule violations found by the independent checker", sum(o.complaints for o in found), "", 0),
        _at_most("longest proposal", max(one.seconds for one in found), "s", 60.0),
        _at_most("memory", gigabytes, "GB", 2.0),
    ]
    return general + (_busy_rows(busy) if busy else [])


def _busy_rows(busy: list[Judged]) -> list[BenchRow]:
    """Return the goals for instances on which the pooling reference waits two minutes or more."""
    simple = [one.planned.mean_wait_minutes / one.simple.mean_wait_minutes for one in busy]
    p90 = [one.planned.wait_quantile(0.9) / max(one.simple.wait_quantile(0.9), 0.125) for one in busy]
    single = [one.planned.mean_wait_minutes / one.single.mean_wait_minutes for one in busy]
    kept = float(np.nanmedian([one.kept_gain for one in busy]))
    return [
        _at_most("mean wait over best simple plan, median", median(simple), "x", 0.75, "best simple plan"),
        _at_most("P90 over best simple plan, median", median(p90), "x", 0.75, "best simple plan"),
        _at_most("mean wait over best simple plan, worst", max(simple), "x", 1.00, "best simple plan"),
        _at_most(
            "mean wait over one queue a window, median", median(single), "x", 0.25, "one queue a window"
        ),
        _at_least("fresh days won, fewest", min(_days_won(one) for one in busy), "share", 0.95),
        _at_most("worst queue against best simple plan", max(_worst_queue(o) for o in busy), "x", 1.25),
        _at_least("gain left at 20 % more or less demand, median", kept, "share", 2 / 3),
    ]


def _days_won(one: Judged) -> float:
    better = one.planned.daily_mean_wait_minutes < one.simple.daily_mean_wait_minutes
    return float(np.mean(better))


def _worst_queue(one: Judged) -> float:
    """Return the largest ratio of a queue's mean waits, of queues that wait noticeably longer."""
    planned, simple = one.planned.mean_wait_by_queue, one.simple.mean_wait_by_queue
    noticed = planned - simple > WORSE_MINUTES
    return float(np.max(np.where(noticed, planned / np.maximum(simple, 1e-9), 1.0)))


def _at_most(name: str, value: float, unit: str, goal: float, baseline: str | None = None) -> BenchRow:
    ratio = value if baseline else None
    return BenchRow(
        name, float(value), unit, baseline, ratio, f"at most {goal:g} {unit}".strip(), value <= goal
    )


def _at_least(name: str, value: float, unit: str, goal: float) -> BenchRow:
    return BenchRow(
        name, float(value), unit, None, None, f"at least {goal:.3g} {unit}".strip(), value >= goal
    )
