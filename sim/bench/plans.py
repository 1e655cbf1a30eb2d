"""``make bench NAME=plans``: proposals judged on days that nobody saw, beside simple plans and pooling.

Each instance is judged on 200 fresh days of its hidden truth (the optimizer only saw 44 days of ticket
history), all plans on the very same citizens. Four instances by default, all of them with ``FULL=1``.
A proposal has a minute on two cores, counted in processor seconds (``SECONDS`` in the environment gives
it another time for the search). ``QUEUE_SHORT`` sets the share of the hall's present wait up to which a
queue may pay for the others: 0 spares every queue, 100 none (see ``queueing.plans.rules.Limits``).
"""

from __future__ import annotations

import os
import resource
import sys
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from sim.bench import BenchRow
from sim.bench.plan_instances import INTEGRATED_SHARE, Shape
from sim.bench.plan_judging import MARKS, judged, without_list_limits

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from queueing.engine.result import Summary
    from sim.bench.plan_judging import Judged

    Floats = NDArray[np.float64]

SEARCH_SECONDS = 50.0  # so that the whole proposal stays below a minute
WORSE_MINUTES = 0.5  # a queue that waits seconds may double them unnoticed
SHORT_SHARE = 0.5  # of the hall's present mean wait: whoever waits less waits shortly
WAITS_ENOUGH = 2.0  # minutes of the pooling reference from which plans can differ at all
NOTICED_MINUTES = 1.0  # slips, phones and boards tell waits in whole minutes: less is "at once"


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


def rows() -> list[BenchRow]:
    """Return one row per instance and one per goal of the optimizer."""
    seconds = float(os.environ.get("SECONDS", SEARCH_SECONDS))
    found = []
    for shape in chosen():
        found.append(judged(shape, seconds))
        _tell(found[-1])
    return [_instance_row(one) for one in found] + _goal_rows(found) + [_free_row(seconds)]


def _tell(one: Judged) -> None:
    """Say how an instance went, for whoever waits for the others."""
    row = _instance_row(one)
    sys.stderr.write(f"{row.name}: {row.value:.2f}, {row.baseline}, {one.seconds:.0f} s\n")


def _free_row(seconds: float) -> BenchRow:
    """Return what the search reaches where lists are not limited: what is the search's, what the lists'."""
    shape = next(shape for shape in chosen() if shape.list_limit == 2 and shape.queues > 6)
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


def _instance_row(one: Judged) -> BenchRow:
    withheld = f", withheld: {', '.join(sorted(set(one.withheld)))}" if one.withheld else ""
    planned, simple = one.planned.mean_wait_minutes, one.simple.mean_wait_minutes
    pooled = one.pooled.mean_wait_minutes
    return BenchRow(
        name=f"{one.name}: {planned / max(pooled, 1e-9):.2f} x pooling{withheld}",
        value=planned,
        unit="min mean wait on fresh days",
        baseline=f"best simple plan {simple:.2f}, pooling without limits {pooled:.2f} min",
        ratio=planned / simple if simple > 0 else None,
        goal="never worse than the best simple plan",
        holds=planned <= simple,
    )


def to_pooling(one: Judged) -> float:
    """Return the mean wait over pooling's, waits below a minute counting as a minute.

    Where pooling waits a few seconds a ratio says nothing: 0.3 minutes are seven times 0.04, and nobody
    could tell them apart.
    """
    planned, pooled = one.planned.mean_wait_minutes, one.pooled.mean_wait_minutes
    return max(planned, NOTICED_MINUTES) / max(pooled, NOTICED_MINUTES)


def _goal_rows(found: list[Judged]) -> list[BenchRow]:
    to_pool = [to_pooling(one) for one in found]
    plain = [one.planned.mean_wait_minutes / max(one.pooled.mean_wait_minutes, 1e-9) for one in found]
    busy = [one for one in found if one.pooled.mean_wait_minutes >= WAITS_ENOUGH]
    busy_pool = [to_pooling(one) for one in busy]
    gigabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    general = [
        _at_most("mean wait over pooling, median", median(to_pool), "x", 1.10, "pooling, at least 1 min"),
        _at_most("mean wait over pooling, worst", max(to_pool), "x", 1.20, "pooling, at least 1 min"),
        BenchRow(
            "the same without the minute, median", median(plain), "x", "pooling", median(plain), "", None
        ),
        BenchRow("the same without the minute, worst", max(plain), "x", "pooling", max(plain), "", None),
        BenchRow(
            "instances with a proposal withheld",
            sum(bool(one.withheld) for one in found),
            "",
            None,
            None,
            "",
            None,
        ),
        _at_most("rule violations found by the independent checker", sum(o.complaints for o in found), "", 0),
        _at_most("longest proposal, on two cores", max(one.seconds for one in found), "s", 60.0),
        _at_most("memory", gigabytes, "GB", 2.0),
    ]
    if busy:
        median_busy = median(busy_pool)
        label = f"mean wait over pooling where that waits 2 minutes ({len(busy)} instances), median"
        general.append(BenchRow(label, median_busy, "x", "pooling", median_busy, "", None))
    return general + _time_rows(found) + (_busy_rows(busy) if busy else [])


def _time_rows(found: list[Judged]) -> list[BenchRow]:
    """Return how good the search is early: its objective over the one it ends with."""
    times = [(mark, median(one.after[mark] for one in found)) for mark in MARKS]
    return [
        BenchRow(f"objective after {mark:.0f} s, median", value, "x", "at the end", value, "", None)
        for mark, value in times
    ]


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
        _at_most(
            "worst queue against best simple plan",
            max(_queue_ratio(o.planned, o.simple) for o in busy),
            "x",
            1.25,
        ),
        _at_most(
            "worst queue against changing nothing",
            max(_queue_ratio(o.planned, o.present) for o in busy),
            "x",
            1.25,
        ),
        _at_most(
            "the same, of queues that then wait over half of what the hall waits now",
            max(_queue_ratio(o.planned, o.present, SHORT_SHARE) for o in busy),
            "x",
            1.25,
        ),
        BenchRow(
            "longest mean wait of a queue over the longest now, median",
            (longest := median(_longest(o.planned) / _longest(o.present) for o in busy)),
            "x",
            "changing nothing",
            longest,
            "",
            None,
        ),
        BenchRow(
            "pooling's own worst queue against changing nothing, median",
            (paid := median(_queue_ratio(o.pooled, o.present) for o in busy)),
            "x",
            "changing nothing",
            paid,
            "",
            None,
        ),
        _at_least("gain left at 20 % more or less demand, median", kept, "share", 2 / 3),
    ]


def _days_won(one: Judged) -> float:
    better = one.planned.daily_mean_wait_minutes < one.simple.daily_mean_wait_minutes
    return float(np.mean(better))


def _queue_ratio(one: Summary, other: Summary, short_share: float = 0.0) -> float:
    """Return the largest ratio of a queue's mean waits, of queues that wait noticeably longer.

    Queues that wait at most ``short_share`` of the hall's mean wait before do not count.
    """
    planned, before = one.mean_wait_by_queue, other.mean_wait_by_queue
    noticed = (planned - before > WORSE_MINUTES) & (planned > short_share * other.mean_wait_minutes)
    return float(np.max(np.where(noticed, planned / np.maximum(before, 1e-9), 1.0)))


def _longest(one: Summary) -> float:
    """Return the mean wait of the queue that waits longest, in minutes."""
    return float(np.nanmax(one.mean_wait_by_queue))


def _at_most(name: str, value: float, unit: str, goal: float, baseline: str | None = None) -> BenchRow:
    ratio = value if baseline else None
    return BenchRow(
        name, float(value), unit, baseline, ratio, f"at most {goal:g} {unit}".strip(), value <= goal
    )


def _at_least(name: str, value: float, unit: str, goal: float) -> BenchRow:
    return BenchRow(
        name, float(value), unit, None, None, f"at least {goal:.3g} {unit}".strip(), value >= goal
    )
