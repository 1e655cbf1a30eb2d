"""A proposal from history: learn, find a plan that keeps the rules, improve it by simulation, judge it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kernel.clock import monotonic
from queueing.engine.run import draw_days
from queueing.plans.demand import QUARTER, Demand, fit, model_of
from queueing.plans.layouts import blocks_of, entries_of, layout_of, seated, union_of
from queueing.plans.moves import opened_up
from queueing.plans.rules import (
    Block,
    Layout,
    Limits,
    PlanClerk,
    PlanHall,
    cells_changed,
    list_changes,
    violations,
    windows_changed,
)
from queueing.plans.scoring import PlanCompiler, evenly_mixed
from queueing.plans.search import Budget
from queueing.plans.skeleton import NoSkeleton, find_skeleton
from queueing.plans.tries import Task

if TYPE_CHECKING:
    from collections.abc import Callable

    from queueing.plans.history import HallHistory
    from queueing.plans.judge import Judgement
    from queueing.plans.scoring import Score
    from queueing.plans.search import BestSoFar
    from queueing.rules.windows import PlanEntry

TRAINING_DAYS = 128  # with 32, queues of ten citizens a day waited 1.8 times their ceiling on new days
SEARCH_SHARE = 0.9  # of the progress bar; the judge has the rest


@dataclass(frozen=True, slots=True)
class PlanView:
    """The plan that holds now."""

    version: int
    entries: tuple[PlanEntry, ...]


@dataclass(frozen=True, slots=True)
class Proposal:
    """A plan beside the present one.

    ``status`` is ``shown`` or ``no_gain``, then ``reason`` says why: ``as_it_is`` (nothing better was
    found), ``interval_includes_zero``, ``gain_too_small``, ``queue_worse``. ``trained_now`` and
    ``trained`` are scores on the days searched on; only ``judgement`` counts as evidence.
    """

    status: str
    reason: str
    base_version: int
    entries: tuple[PlanEntry, ...]
    hall: PlanHall
    layout: Layout
    present: Layout
    judgement: Judgement
    trained_now: Score
    trained: Score
    evaluations: int
    stopped_by_time: bool
    stopped_by_hand: bool
    seed: int
    notes: tuple[str, ...]

    @property
    def changes(self) -> dict[str, int]:
        """How much would change, counted three ways."""
        return {
            "windows": windows_changed(self.layout, self.present),
            "cells": cells_changed(self.layout, self.present),
            "during_day": sum(list_changes(self.layout, w) for w in range(len(self.hall.windows))),
        }


def propose(
    history: HallHistory,
    present: PlanView,
    limits: Limits | None = None,
    *,
    seed: int = 1,
    budget: Budget | None = None,
    progress: Callable[[float], None] = lambda _: None,
    watch: Callable[[BestSoFar], None] = lambda _: None,
    stopped: Callable[[], bool] = lambda: False,
    clock: Callable[[], float] = monotonic,
) -> Proposal:
    """Return a window plan for ``history.for_day`` and what it would have done on days it has not seen.

    The first three quarters of the days teach, the later ones judge. ``watch`` hears how the search
    stands; once ``stopped`` says so, the best plan so far is judged. The same history, seed and number
    of evaluations give the same proposal, unless time or a stop ended the search. Where a queue would pay
    too much for the others, what was found is searched on with that queue spared. Raises
    ``HistoryTooShort``, and ``Infeasible`` with the rules that cannot be kept together.
    """
    budget = budget or Budget()
    learned, unseen = history.split()
    demand = fit(history, learned)
    hall, now, notes = planning_hall(history, present, limits or history.limits)
    if not hall.limits.queue_short:
        notes = (*notes, "every_queue_spared")
    starts = [now, *_skeleton(hall, now, load_by_block(demand, hall.blocks), seed=seed)]

    model = model_of(history, demand)
    compiler = PlanCompiler(model, hall.blocks, hall)

    def heard(standing: BestSoFar) -> None:
        watch(standing)
        progress(SEARCH_SHARE * standing.done)

    days = evenly_mixed(draw_days(model, seed=seed, days=TRAINING_DAYS))
    task = Task(
        hall, now, model, compiler, days, unseen, seed=seed, watch=heard, stopped=stopped, clock=clock
    )
    best, spared = task.best(starts, budget)
    if spared:
        notes = (*notes, "queues_spared")
    status, reason = best.verdict
    progress(1.0)
    return Proposal(
        status=status,
        reason=reason,
        base_version=present.version,
        entries=entries_of(hall, best.layout),
        hall=hall,
        layout=best.layout,
        present=now,
        judgement=best.judgement,
        trained_now=best.now,
        trained=best.found.score,
        evaluations=best.evaluations,
        stopped_by_time=best.found.stopped_by_time,
        stopped_by_hand=best.found.stopped_by_hand,
        seed=seed,
        notes=notes,
    )


def _skeleton(hall: PlanHall, now: Layout, load: list[list[float]], *, seed: int) -> list[Layout]:
    """Return a layout that keeps the rules; none where time ran out but the present plan keeps them.

    Raises ``Infeasible``, and ``NoSkeleton`` where there is no layout to begin with.
    """
    try:
        return [opened_up(find_skeleton(hall, now, load, seed=seed), hall, now)]
    except NoSkeleton:
        if any(violations(hall, now, now)):
            raise
        return []


def planning_hall(
    history: HallHistory, present: PlanView, limits: Limits
) -> tuple[PlanHall, Layout, tuple[str, ...]]:
    """Return the hall as the rules see it, the present layout, and notes on what was not known."""
    blocks = blocks_of(history.sessions, present.entries, rests=[c.rest for c in history.clerks if c.rest])
    nobody = (None,) * len(history.windows)
    now = layout_of(present.entries, history.queues, history.windows, blocks, nobody)
    clerks, notes = _clerks(history, now, max(_opened(now, len(blocks), through_breaks=False)))
    available = min(len(history.clerks) or len(history.windows), len(history.windows))

    at_breaks = any(clerk.rest for clerk in clerks)
    working, staffed = (
        tuple(count or available for count in _opened(now, len(blocks), through_breaks=through))
        for through in (False, at_breaks)
    )
    # Who is at a break may have it at another time, but nobody is to work longer for it.
    worked = sum(
        count * (block.to_minute - block.from_minute) for count, block in zip(working, blocks, strict=True)
    )
    hall = PlanHall(
        history.queues, history.windows, clerks, blocks, limits.staffed or staffed, limits,
        open_minutes=worked if at_breaks and not limits.staffed else None,
    )  # fmt: skip
    return hall, seated(now, hall), notes


def _opened(present: Layout, blocks: int, *, through_breaks: bool) -> list[int]:
    """Return how many windows are open in each block; one that is at its break counts if asked."""
    counts = [0] * blocks
    for window in range(len(present.primary)):
        listed = [any(cell) for cell in present.cells(window)]
        for block in range(blocks):
            between = through_breaks and any(listed[:block]) and any(listed[block:])
            counts[block] += listed[block] or between
    return counts


def _clerks(
    history: HallHistory, present: Layout, staffed: int
) -> tuple[tuple[PlanClerk, ...], tuple[str, ...]]:
    """Return the clerks whose seats matter, and what was not known about them.

    Clerks who can all serve everything all day need no seats: their number is in ``staffed``. Where fewer are
    entered than the present plan seats, the entries are incomplete; where they must change windows
    during the day for the present plan, skills cannot be tied to windows.
    """
    everything = (1 << len(history.queues)) - 1
    if all(c.skills == everything and c.shift is None and c.rest is None for c in history.clerks):
        return (), ()
    if len(history.clerks) < staffed:
        return (), ("clerks_incomplete",)
    if len(history.clerks) < sum(1 for w in range(len(history.windows)) if union_of(present, w)):
        return (), ("clerks_change_windows",)
    return history.clerks, ()


def load_by_block(demand: Demand, blocks: tuple[Block, ...]) -> list[list[float]]:
    """Return the offered load of each queue in each block, in busy windows."""
    return [
        [_mean_between(row, block, demand.opens_minute) for block in blocks] for row in demand.load.tolist()
    ]


def _mean_between(load_per_quarter: list[float], block: Block, opens_minute: int) -> float:
    first = int((block.from_minute - opens_minute) // QUARTER)
    last = max(first + 1, int((block.to_minute - opens_minute) // QUARTER))
    inside = load_per_quarter[first:last]
    return sum(inside) / max(len(inside), 1)
