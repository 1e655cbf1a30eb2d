"""Replanning during the day: from the hall as it stands, for the next hours, within two seconds.

The same rules and the same checker as for whole days, the same engine and objective. What differs: the
futures begin with who waits now and what the windows do; only the lists of windows that the plan in force
has open may change, since within the hour nobody is called in from home; and beyond ``HORIZON`` the plan
stays, because nothing of then can be known from the present line.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import stdtrit

from kernel.clock import monotonic
from queueing.engine import tally
from queueing.engine.futures import Futures
from queueing.plans.intraday_search import RestOfDay
from queueing.plans.judge import CONFIDENCE, QueueEffect, Waits
from queueing.plans.layouts import entries_of, layout_of
from queueing.plans.rules import Block, Layout, Limits, PlanHall, windows_changed
from queueing.plans.scoring import PlanCompiler, score_of
from queueing.rules.day_plans import between

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from queueing.engine import HallModel, Plan
    from queueing.engine.forward import LiveState
    from queueing.engine.result import Summary
    from queueing.plans.rules import PlanQueue, PlanWindow
    from queueing.rules.windows import PlanEntry

    Floats = NDArray[np.float64]

HORIZON = 150.0  # minutes: as far as the live estimator draws who comes; the next line is decided by then
BLOCK = 30  # minutes between changes of a list
SHORTEST = 10  # minutes that a first list holds at least: nobody changes forms and sign for less
SEARCH_SECONDS = 1.4  # of the two; the rest is for reading, compiling the plan and judging
SEARCHED, JUDGED = 64, 96  # futures
WORTH_MINUTES = 0.3  # of the mean wait of all who wait or come within the horizon
# In a crowded hall idle windows help, and whoever found nobody before them now waits a little: that is
# the point of it. A queue pays for it unasked while it waits so many minutes and half as long as the hall.
EASED_MINUTES, EASED_SHARE = 10.0, 0.5
SEARCHED_LOWER = 0.5  # of both on the futures searched on: a queue with one person in it is known badly
MOST_EVALUATIONS = 20_000


@dataclass(frozen=True, slots=True)
class HallNow:
    """A hall to be replanned; windows are equipped for what their clerks can serve as well."""

    model: HallModel
    plan: Plan
    live: LiveState
    queues: tuple[PlanQueue, ...]
    windows: tuple[PlanWindow, ...]
    entries: tuple[PlanEntry, ...]
    sessions: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Replan:
    """A plan for the rest of the day beside the one in force, judged on futures it was not chosen on.

    ``status``: ``shown``, or ``no_gain`` with its ``reason``. Differences are planned minus now, minutes.
    """

    status: str
    reason: str
    entries: tuple[PlanEntry, ...]
    hall: PlanHall
    layout: Layout
    present: Layout
    now: Waits
    planned: Waits
    difference: float
    low: float
    high: float
    futures_better: int
    queues: tuple[QueueEffect, ...]
    people: int
    futures: int
    until_minute: int
    evaluations: int
    seconds: float

    @property
    def losers(self) -> list[str]:
        return [queue.prefix for queue in self.queues if pays_too_much(queue, self.planned.mean)]


def pays_too_much(queue: QueueEffect, hall_mean: float) -> bool:
    """Return whether a queue loses beyond what the judge allows and still is not among the short ones.

    ``hall_mean``: minutes that the hall as a whole waits with the same plan.
    """
    return queue.pays_too_much(_eased(hall_mean))


def _eased(hall_mean: float) -> float:
    """Return the mean wait up to which a queue may pay for the others, in minutes."""
    return min(EASED_MINUTES, EASED_SHARE * hall_mean)


def _eased_in_search(hall_mean: float) -> float:
    return SEARCHED_LOWER * _eased(SEARCHED_LOWER * hall_mean)


def replan(
    hall: HallNow,
    *,
    from_minute: float | None = None,
    seconds: float = SEARCH_SECONDS,
    seed: int = 1,
    clock: Callable[[], float] = monotonic,
    evaluations: int = MOST_EVALUATIONS,
) -> Replan | None:
    """Return a plan from ``from_minute`` (now if not given) on; None when nothing of the day is left.

    The search ends after ``seconds`` or ``evaluations``, whichever comes first.
    """  # fmt: skip
    began = clock()
    now = hall.live.now_minutes
    blocks, fixed = blocks_from(hall, max(now, from_minute or now))
    if not blocks[fixed:]:
        return None
    rules, present = _planning(hall, blocks)
    compiler = PlanCompiler(hall.model, blocks)
    searched, judged = (
        Futures(hall.model, hall.plan, hall.live, seed=seed + number, count=count)
        for number, count in enumerate((SEARCHED, JUDGED))
    )
    last = sum(1 for block in blocks if block.from_minute < blocks[fixed].from_minute + HORIZON)
    search = RestOfDay(
        rules, present, hall.model, compiler, searched, (fixed, last), eased=_eased_in_search, seed=seed
    )
    layout = search.run(lambda: (clock() - began) / seconds, evaluations)
    before, after = judged.play(compiler.arrays(present)), judged.play(compiler.arrays(layout))
    until = blocks[last - 1].to_minute
    took = clock() - began
    return _judged(hall, rules, layout, present, (before, after), until, search.evaluations, took)


def blocks_from(hall: HallNow, from_minute: float) -> tuple[tuple[Block, ...], int]:
    """Return the rest of the day in blocks, and how many at its start are fixed.

    One fixed block until ``from_minute`` if that lies ahead, blocks of half an hour until the horizon,
    then one block for each change of the plan in force (kept as well: see ``_planning``).
    """
    now = hall.live.now_minutes
    ends = min(hall.sessions[-1][1], int(from_minute + HORIZON) // BLOCK * BLOCK)
    edges: set[int] = set()
    for opens, closes in hall.sessions:
        if closes > now:
            edges |= {max(opens, math.floor(now)), closes}
    start = math.ceil(from_minute) if from_minute > now else math.floor(now)
    edges |= {edge for edge in range(start - start % BLOCK, ends + 1, BLOCK) if edge >= start + SHORTEST}
    edges |= {start} if math.floor(now) < start < hall.sessions[-1][1] else set()
    edges |= {edge for entry in hall.entries for edge in (entry.from_minute, entry.to_minute) if edge > now}
    inside = [
        Block(begin, end)
        for begin, end in pairwise(sorted(edges))
        if any(opens <= begin and end <= closes for opens, closes in hall.sessions)
    ]
    fixed = sum(1 for block in inside if block.to_minute <= from_minute)
    return tuple(inside), fixed


def _planning(hall: HallNow, blocks: Sequence[Block]) -> tuple[PlanHall, Layout]:
    """Return the rest of the day as the rules see it, and the plan in force as a layout of it."""
    nobody = (None,) * len(hall.windows)
    present = layout_of(hall.entries, hall.queues, hall.windows, blocks, nobody)
    opened = tuple(
        sum(1 for window in range(len(nobody)) if any(present.cells(window)[block]))
        for block in range(len(blocks))
    )
    return PlanHall(hall.queues, hall.windows, (), tuple(blocks), opened, Limits()), present


def _judged(
    hall: HallNow, rules: PlanHall, layout: Layout, present: Layout, played: tuple[Summary, Summary],
    until: int, evaluations: int, seconds: float,
) -> Replan:  # fmt: skip
    before, after = played
    change, joined = _waited(after) - _waited(before), before.daily[:, :, tally.JOINED].sum(axis=1)
    difference = float(change.sum() / max(joined.sum(), 1.0))
    residual, count = change - difference * joined, len(joined)
    error = float(np.sqrt(count / (count - 1) * np.sum(residual**2))) / max(float(joined.sum()), 1.0)
    half = float(stdtrit(count - 1, 0.5 + CONFIDENCE / 2)) * error
    queues, waits = _queues(hall.model, before, after), _waits(after)
    status, reason = "shown", ""
    if windows_changed(layout, present) == 0:
        status, reason = "no_gain", "as_it_is"
    elif difference + half >= 0:
        status, reason = "no_gain", "interval_includes_zero"
    elif -difference < WORTH_MINUTES:
        status, reason = "no_gain", "gain_too_small"
    elif any(pays_too_much(queue, waits.mean) for queue in queues):
        status, reason = "no_gain", "queue_worse"
    return Replan(
        status=status, reason=reason, entries=spliced(hall.entries, rules, layout, present), hall=rules,
        layout=layout, present=present, now=_waits(before), planned=waits, difference=difference,
        low=difference - half, high=difference + half, futures_better=int((change < 0).sum()), queues=queues,
        people=round(float(joined.mean())), futures=count, until_minute=until, evaluations=evaluations,
        seconds=seconds,
    )  # fmt: skip


def _waited(summary: Summary) -> Floats:
    columns = summary.daily.sum(axis=1)
    waited: Floats = columns[:, tally.WAIT_SUM] + columns[:, tally.LEFT_WAIT_SUM]
    return waited


def _waits(summary: Summary) -> Waits:
    score = score_of(summary)
    return Waits(score.mean_minutes, _p90(summary, None), float(summary.over_target), score.tail_minutes)


def _p90(summary: Summary, queue: int | None) -> float:
    value = summary.wait_quantile(0.9, queue)
    return 0.0 if np.isnan(value) else float(value)


def _queues(model: HallModel, before: Summary, after: Summary) -> tuple[QueueEffect, ...]:
    now, planned = score_of(before).by_queue, score_of(after).by_queue
    joined = before.counts(tally.JOINED) / max(len(before.daily), 1)
    return tuple(
        QueueEffect(queue.name, round(float(joined[place])), float(now[place]), float(planned[place]),
                    _p90(before, place), _p90(after, place))
        for place, queue in enumerate(model.queues)
    )  # fmt: skip


def spliced(
    entries: Sequence[PlanEntry], hall: PlanHall, layout: Layout, present: Layout
) -> tuple[PlanEntry, ...]:
    """Return the day's plan with the new lists of those windows that change, from the first change on."""
    changed = [w for w in range(len(hall.windows)) if layout.cells(w) != present.cells(w)]
    if not changed:
        return tuple(entries)
    differs = [
        block
        for block in range(len(hall.blocks))
        if any(layout.cells(window)[block] != present.cells(window)[block] for window in changed)
    ]
    begins, ends = hall.blocks[differs[0]].from_minute, hall.blocks[differs[-1]].to_minute
    planned = [e for e in entries_of(hall, layout) if e.window_id in {hall.windows[w].id for w in changed}]
    others = [e for e in entries if e.window_id not in {hall.windows[w].id for w in changed}]
    own = [e for e in entries if e.window_id in {hall.windows[w].id for w in changed}]
    return (*others, *between(own, planned, begins, ends))
