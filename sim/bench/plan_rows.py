"""The rows of ``make bench NAME=plans``: each instance, the goals, and what pooling itself would reach.

Pooling has no list limits and nobody is slower for it. It is a reference, not a bound: it calls whoever
came first, and a plan that keeps a window for short services can wait less.
"""

from __future__ import annotations

import resource
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from sim.bench.plan_judging import MARKS
from sim.bench.row import BenchRow

if TYPE_CHECKING:
    from queueing.engine.result import Summary
    from sim.bench.plan_judging import Judged

WORSE_MINUTES = 0.5  # a queue that waits seconds may double them unnoticed
SHORT_SHARE = 0.5  # of the hall's present mean wait: whoever waits less waits shortly
WAITS_ENOUGH = 2.0  # minutes of the pooling reference from which plans can differ at all
NOTICED_MINUTES = 1.0  # slips, phones and boards tell waits in whole minutes: less is "at once"


def instance_row(one: Judged) -> BenchRow:
    """Return the row of one instance."""
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


def goal_rows(found: list[Judged]) -> list[BenchRow]:
    """Return the goals, and beside them what pooling itself would reach."""
    to_pool = [to_pooling(one) for one in found]
    plain = [one.planned.mean_wait_minutes / max(one.pooled.mean_wait_minutes, 1e-9) for one in found]
    busy = [one for one in found if one.pooled.mean_wait_minutes >= WAITS_ENOUGH]
    gigabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    general = [
        _at_most("mean wait over pooling, median", median(to_pool), "x", 1.10, "pooling, at least 1 min"),
        _at_most("mean wait over pooling, worst", max(to_pool), "x", 1.20, "pooling, at least 1 min"),
        _told("the same without the minute, median", median(plain), "x", "pooling"),
        _told("the same without the minute, worst", max(plain), "x", "pooling"),
        _told("instances with a proposal withheld", sum(bool(one.withheld) for one in found), ""),
        _at_most("rule violations found by the independent checker", sum(o.complaints for o in found), "", 0),
        _at_most("longest proposal, on two cores", max(one.seconds for one in found), "s", 60.0),
        _at_most("memory", gigabytes, "GB", 2.0),
    ]
    return general + _time_rows(found) + (_busy_rows(busy) if busy else [])


def _time_rows(found: list[Judged]) -> list[BenchRow]:
    """Return how good the search is early: its objective over the one it ends with."""
    times = [(mark, median(one.after[mark] for one in found)) for mark in MARKS]
    return [_told(f"objective after {mark:.0f} s, median", value, "x", "at the end") for mark, value in times]


def _busy_rows(busy: list[Judged]) -> list[BenchRow]:
    """Return the goals for instances on which the pooling reference waits two minutes or more."""
    median_pool = median(to_pooling(one) for one in busy)
    return [
        _told(
            f"mean wait over pooling where that waits 2 minutes ({len(busy)}), median",
            median_pool,
            "x",
            "pooling",
        ),
        *_simple_rows(busy),
        *_queue_rows(busy),
        *_demand_rows(busy),
    ]


def _simple_rows(busy: list[Judged]) -> list[BenchRow]:
    """Return the goals against simple plans, each followed by what pooling would reach."""
    simple = [one.planned.mean_wait_minutes / one.simple.mean_wait_minutes for one in busy]
    p90 = [_tail(one.planned) / _tail(one.simple) for one in busy]
    pooled = [one.pooled.mean_wait_minutes / one.simple.mean_wait_minutes for one in busy]
    pooled_p90 = [_tail(one.pooled) / _tail(one.simple) for one in busy]
    single = [one.planned.mean_wait_minutes / one.single.mean_wait_minutes for one in busy]
    pooled_single = [one.pooled.mean_wait_minutes / one.single.mean_wait_minutes for one in busy]
    won = [_days_won(one.planned, one.simple) for one in busy]
    pooled_won = [_days_won(one.pooled, one.simple) for one in busy]
    return [
        _at_most("mean wait over best simple plan, median", median(simple), "x", 0.75, "best simple plan"),
        _told("pooling's own", median(pooled), "x", "best simple plan"),
        _at_most("P90 over best simple plan, median", median(p90), "x", 0.75, "best simple plan"),
        _told("pooling's own", median(pooled_p90), "x", "best simple plan"),
        _at_most("mean wait over best simple plan, worst", max(simple), "x", 1.00, "best simple plan"),
        _at_most(
            "mean wait over one queue a window, median", median(single), "x", 0.25, "one queue a window"
        ),
        _told("pooling's own", median(pooled_single), "x", "one queue a window"),
        _at_least("fresh days won, of all these days", float(np.mean(won)), 0.95),
        _told("pooling's own", float(np.mean(pooled_won)), "share"),
        _at_least("fresh days won, in the hall with the fewest", min(won), 0.95),
        _told("pooling's own", min(pooled_won), "share"),
    ]


def _queue_rows(busy: list[Judged]) -> list[BenchRow]:
    """Return what the queues pay that lose most."""
    to_simple = max(_queue_ratio(one.planned, one.simple) for one in busy)
    to_present = max(_queue_ratio(one.planned, one.present) for one in busy)
    waiting = max(_queue_ratio(one.planned, one.present, SHORT_SHARE) for one in busy)
    longest = median(_longest(one.planned) / _longest(one.present) for one in busy)
    paid = median(_queue_ratio(one.pooled, one.present) for one in busy)
    return [
        _at_most("worst queue against best simple plan", to_simple, "x", 1.25),
        _at_most("worst queue against changing nothing", to_present, "x", 1.25),
        _at_most(
            "the same, of queues that then wait over half of what the hall waits now", waiting, "x", 1.25
        ),
        _told("longest mean wait of a queue over the longest now, median", longest, "x", "changing nothing"),
        _told("pooling's own worst queue against changing nothing, median", paid, "x", "changing nothing"),
    ]


def _demand_rows(busy: list[Judged]) -> list[BenchRow]:
    """Return what is left of the gain over the best simple plan when demand is not as it was."""
    kept = float(np.nanmedian([one.kept_gain for one in busy]))
    pooled = float(np.nanmedian([one.kept_by_pooling for one in busy]))
    return [
        _at_least("gain left at 20 % more or less demand, median", kept, 2 / 3),
        _told("pooling's own", pooled, "share"),
    ]


def _tail(one: Summary) -> float:
    """Return the ninth of ten waits in minutes, at least one bin of them."""
    return max(one.wait_quantile(0.9), 0.125)


def _days_won(one: Summary, other: Summary) -> float:
    """Return the share of days on which people wait less with one plan than with the other."""
    return float(np.mean(one.daily_mean_wait_minutes < other.daily_mean_wait_minutes))


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


def _at_least(name: str, share: float, goal: float) -> BenchRow:
    return BenchRow(name, float(share), "share", None, None, f"at least {goal:.3g} share", share >= goal)


def _told(name: str, value: float, unit: str, baseline: str | None = None) -> BenchRow:
    """Return a row without a goal."""
    return BenchRow(name, float(value), unit, baseline, float(value) if baseline else None, "", None)
