"""``make bench NAME=plans``: proposals judged on days that nobody saw, beside simple plans and pooling.

Each instance is judged on 200 fresh days of its hidden truth (the optimizer only saw 44 days of ticket
history), all plans on the very same citizens. Four instances by default, all of them with ``FULL=1``,
and then the halls of the prototype from which the goals were taken.
A proposal has a minute on two cores, counted in processor seconds (``SECONDS`` in the environment gives
it another time for the search). ``QUEUE_SHORT`` sets the share of the hall's present wait up to which a
queue may pay for the others: 0 spares every queue, 100 none (see ``queueing.plans.rules.Limits``).
"""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from sim.bench import BenchRow
from sim.bench.plan_brute import enumerated, least_wait
from sim.bench.plan_instances import INTEGRATED_SHARE, Shape
from sim.bench.plan_judging import judged, without_list_limits
from sim.bench.plan_rows import goal_rows, instance_row

if TYPE_CHECKING:
    from sim.bench.plan_judging import Judged

SEARCH_SECONDS = 50.0  # so that the whole proposal stays below a minute
UNLIMITED_SEED = 42  # the instance that is also searched without list limits: lists of 2, crowded
PROTOTYPE_SEEDS = (90, 91, 92)
SMALL_LOADS = (1.0, 0.8, 1.2, 1.1)  # of the halls in which every plan is played
SHORT_LISTS = ((5, 4, 1.0), (5, 4, 1.2), (6, 5, 1.0))  # windows, queues, load of halls with lists of 2


def shapes() -> list[Shape]:
    """Return the benchmark's instances: 8 to 60 windows, light to overloaded, several kinds of day.

    About six queues for ten windows, as in the prototype's halls (12 for 20). The last six are open
    through noon with breaks for the clerks, or have a plan for each weekday.
    """
    sizes = [(8, 5, 2), (12, 7, 3), (20, 12, 3), (20, 12, 2), (40, 14, 3), (60, 16, 2)]
    loads = (0.75, 0.95, 1.05, 1.15, 1.25)
    day = [
        Shape(
            windows, queues, load, limit, half_days=number % 2 == 1, seed=10 * place + number,
            integrated=max(1, windows // INTEGRATED_SHARE),
        )
        for place, (windows, queues, limit) in enumerate(sizes, start=1)
        for number, load in enumerate(loads)
    ]  # fmt: skip
    other = [
        Shape(12, 7, 1.0, 3, seed=70, integrated=1, through_noon=True),
        Shape(20, 12, 1.0, 3, seed=71, integrated=2, through_noon=True, half_days=True),
        Shape(40, 14, 1.1, 2, seed=72, integrated=4, through_noon=True),
        Shape(8, 5, 1.1, 2, seed=80, integrated=1, week=True),
        Shape(20, 12, 1.05, 3, seed=81, integrated=2, week=True, half_days=True),
        Shape(40, 14, 1.15, 3, seed=82, integrated=4, week=True),
    ]
    return day + other


def chosen() -> list[Shape]:
    """Return all instances with ``FULL=1``, else a small, a middle and a crowded one, and one with breaks."""
    every = shapes()
    return every if os.environ.get("FULL") == "1" else [every[2], every[11], every[18], every[31]]


def prototype_shapes() -> list[Shape]:
    """Return the prototype's two halls, each from three seeds: what it reached there made the goals.

    60 days of history, five minutes lost with each change of lists. Hall A: lists of 3, 21.6 windows'
    work at the peak for 20 windows. Hall B: lists of 2, 27 windows' work, and each queue is of the
    morning or of the afternoon alone.
    """
    common = Shape(20, 12, 1.0, days=60, integrated=2, through_noon=True, long_day=True, setup_minutes=5.0)
    halls = replace(common, load=1.08, list_limit=3), replace(common, load=1.35, list_limit=2, apart=True)
    return [replace(hall, seed=seed) for hall in halls for seed in PROTOTYPE_SEEDS]


def rows() -> list[BenchRow]:
    """Return one row per instance and one per goal of the optimizer."""
    seconds = float(os.environ.get("SECONDS", SEARCH_SECONDS))
    found = []
    for shape in chosen():
        found.append(judged(shape, seconds))
        _tell(found[-1])
    return [
        *map(instance_row, found), *goal_rows(found),
        _free_row(seconds), _brute_row(), *_least_rows(), *_prototype_rows(seconds),
    ]  # fmt: skip


def _prototype_rows(seconds: float) -> list[BenchRow]:
    """Return the rows of the prototype's halls; the goals are counted over the instances alone."""
    halls = prototype_shapes() if os.environ.get("FULL") == "1" else []
    return [instance_row(judged(shape, seconds)) for shape in halls]


def _tell(one: Judged) -> None:
    """Say how an instance went, for whoever waits for the others."""
    row = instance_row(one)
    sys.stderr.write(f"{row.name}: {row.value:.2f}, {row.baseline}, {one.seconds:.0f} s\n")


def _free_row(seconds: float) -> BenchRow:
    """Return what the search reaches where lists are not limited: what is the search's, what the lists'."""
    shape = next(shape for shape in shapes() if shape.seed == UNLIMITED_SEED)
    planned, pooled = (one.mean_wait_minutes for one in without_list_limits(shape, seconds))
    return BenchRow(
        name=f"{shape.name} if lists were not limited",
        value=planned,
        unit="min mean wait on fresh days",
        baseline=f"pooling without limits {pooled:.2f} min",
        ratio=planned / max(pooled, 1e-9),
        goal="",
        holds=None,
    )


def _brute_row() -> BenchRow:
    """Return how near the search comes to the best of all plans, in halls of 4 windows and 3 queues."""
    loads = SMALL_LOADS if os.environ.get("FULL") == "1" else SMALL_LOADS[:1]
    halls = [enumerated(4, 3, load, seed=211 + place) for place, load in enumerate(loads)]
    ratio = max(one.found / one.best for one in halls)
    return BenchRow(
        name=f"cost of the plan found on the days searched on, {len(halls)} small halls, worst",
        value=ratio,
        unit="x",
        baseline=f"best of all {halls[0].plans:,} plans",
        ratio=ratio,
        goal="at most 1.01 x",
        holds=ratio <= 1.01,
    )


def _least_rows() -> list[BenchRow]:
    """Return what lists of 2 cost at least: the best of all plans chosen on the days it is judged on."""
    halls = SHORT_LISTS if os.environ.get("FULL") == "1" else SHORT_LISTS[:1]
    found = [least_wait(*hall, seed=311 + place) for place, hall in enumerate(halls)]
    return [
        BenchRow(
            name=f"{one.name}, lists for the whole day: the least mean wait of all plans",
            value=one.least,
            unit="min",
            baseline=f"pooling without limits {one.pooled:.2f} min, the least of {one.plans:,} plans",
            ratio=one.least / max(one.pooled, 1e-9),
            goal="",
            holds=None,
        )
        for one in found
    ]
