"""A draft beside the present plan, on the same citizens: what would happen on that day, with ranges.

Nothing is searched. The demand of the day is learned from all believable days; 120 days are drawn
from it and sent through both plans, so that only the plans differ. It answers in a second or two.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from queueing.engine import tally
from queueing.engine.run import draw_days, play
from queueing.plans.demand import fit, model_of
from queueing.plans.history import FEWEST_DAYS, HistoryTooShort
from queueing.plans.judge import NOTICED_MINUTES, NOTICED_SHARE
from queueing.plans.layouts import blocks_of, layout_of, seated
from queueing.plans.ranges import (
    TOLD_DAYS,
    TOLD_SEED,
    Estimate,
    column,
    draw_batches,
    mean_wait,
    over_target,
    percentile,
    percentile_difference,
    play_batches,
    ratio,
    wait_difference,
)
from queueing.plans.rules import Layout, PlanHall, Rule, Violation, violations
from queueing.plans.scoring import PlanCompiler, score_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from queueing.engine import HallModel
    from queueing.engine.result import Summary
    from queueing.plans.history import HallHistory
    from queueing.plans.propose import PlanView
    from queueing.plans.ranges import Played
    from queueing.plans.rules import Block
    from queueing.rules.windows import PlanEntry

STRESS_DAYS = 60
STRESS = (0.8, 1.2)
NOT_A_DRAFT_RULE = {Rule.CHANGES_PER_WINDOW, Rule.CHANGES_PER_DAY, Rule.WINDOWS_CHANGED, Rule.PINNED}


@dataclass(frozen=True, slots=True)
class PlanFigures:
    """One plan: waits in minutes, the share beyond the target, when the last citizen leaves."""

    mean: Estimate
    p90: Estimate
    over_target: Estimate
    last_minute: float
    window_hours: float


@dataclass(frozen=True, slots=True)
class QueueTrial:
    """One queue; ``tickets`` a day, ``difference`` draft minus now in minutes, verdict gains/loses/same."""

    prefix: str
    tickets: float
    now_mean: float
    draft_mean: float
    now_p90: float
    draft_p90: float
    difference: Estimate

    @property
    def verdict(self) -> str:
        """Say loses or gains only where the interval excludes 0 and somebody would notice."""
        noticed = max(NOTICED_MINUTES, NOTICED_SHARE * self.now_mean)
        if abs(self.difference.value) < noticed or self.difference.low <= 0.0 <= self.difference.high:
            return "same"
        return "gains" if self.difference.value < 0 else "loses"


@dataclass(frozen=True, slots=True)
class WindowTrial:
    """One window a day: open hours by the plan, hours with a citizen, and tickets, under both plans."""

    label: str
    now_open: float
    now_busy: float
    now_tickets: float
    draft_open: float
    draft_busy: float
    draft_tickets: float


@dataclass(frozen=True, slots=True)
class StressTrial:
    """Mean waits if demand is ``demand`` times what is expected."""

    demand: float
    now_mean: float
    draft_mean: float
    difference: Estimate


@dataclass(frozen=True, slots=True)
class Trial:
    """What a draft would do; differences are draft minus now.

    ``observed_mean`` is the mean wait of the days learned from, to see whether ``now`` is believable.
    """

    days: int
    tickets: float
    observed_mean: float
    target_minutes: float
    now: PlanFigures
    draft: PlanFigures
    difference: Estimate
    p90_difference: Estimate
    over_target_difference: Estimate
    days_better: int
    queues: tuple[QueueTrial, ...]
    windows: tuple[WindowTrial, ...]
    stress: tuple[StressTrial, ...]
    conflicts: tuple[tuple[Violation, Block | None], ...]


def try_draft(
    history: HallHistory,
    present: PlanView,
    draft: Sequence[PlanEntry],
    *,
    seed: int = TOLD_SEED,
    days: int = TOLD_DAYS,
    progress: Callable[[float], None] = lambda _: None,
) -> Trial:
    """Return what ``draft`` would do on ``history.for_day``; raises ``HistoryTooShort``."""
    if len(history.days) < FEWEST_DAYS:
        raise HistoryTooShort(len(history.days))
    hall, now, planned = _layouts(history, present, draft)
    model = model_of(history, fit(history, history.days))
    compiler = PlanCompiler(model, hall.blocks, hall)
    progress(0.1)
    citizens = draw_batches(model, seed=seed, days=days)
    before = play_batches(model, compiler.arrays(now), citizens)
    after = play_batches(model, compiler.arrays(planned), citizens)
    progress(0.6)
    stress = tuple(_stress(model, compiler, now, planned, seed, demand) for demand in STRESS)
    total = before.total
    return Trial(
        days=total.days,
        tickets=total.tickets / total.days,
        observed_mean=_observed(history),
        target_minutes=model.target_minutes,
        now=_figures(before, hall, now),
        draft=_figures(after, hall, planned),
        difference=wait_difference(total, after.total),
        p90_difference=percentile_difference(before, after, 0.9),
        over_target_difference=ratio(
            column(after.total, tally.OVER_TARGET) - column(total, tally.OVER_TARGET),
            column(total, tally.JOINED),
        ),
        days_better=int((after.total.daily_mean_wait_minutes < total.daily_mean_wait_minutes).sum()),
        queues=tuple(_queue(model, place, before, after) for place in range(len(model.queues))),
        windows=tuple(
            _window(hall, place, total, after.total, now, planned) for place in range(len(hall.windows))
        ),
        stress=stress,
        conflicts=_conflicts(hall, now, planned),
    )


def _observed(history: HallHistory) -> float:
    waits = np.concatenate([day.waited_minutes for day in history.days])
    return float(waits.mean()) if len(waits) else 0.0


def _layouts(
    history: HallHistory, present: PlanView, draft: Sequence[PlanEntry]
) -> tuple[PlanHall, Layout, Layout]:
    """Return the hall, and both plans cut at the edges of either."""
    blocks = blocks_of(history.sessions, (*present.entries, *draft))
    nobody = (None,) * len(history.windows)
    staffed = len(history.clerks) or len(history.windows)
    hall = PlanHall(
        history.queues, history.windows, history.clerks, blocks, (staffed,) * len(blocks), history.limits
    )
    now, planned = (
        seated(layout_of(entries, history.queues, history.windows, blocks, nobody), hall)
        for entries in (present.entries, draft)
    )
    return hall, now, planned


def _figures(played: Played, hall: PlanHall, layout: Layout) -> PlanFigures:
    return PlanFigures(
        mean=mean_wait(played.total),
        p90=percentile(played, 0.9),
        over_target=over_target(played.total),
        last_minute=float(np.median(played.total.last_finish_minutes)),
        window_hours=sum(open_hours(hall, layout, window) for window in range(len(hall.windows))),
    )


def open_hours(hall: PlanHall, layout: Layout, window: int) -> float:
    """Return the hours in which a window is open by a layout."""
    return sum(
        (block.to_minute - block.from_minute) / 60
        for block, cell in zip(hall.blocks, layout.cells(window), strict=True)
        if any(cell)
    )


def _queue(model: HallModel, place: int, before: Played, after: Played) -> QueueTrial:
    joined = column(before.total, tally.JOINED, place)
    return QueueTrial(
        prefix=model.queues[place].name,
        tickets=float(joined.mean()),
        now_mean=mean_wait(before.total, place).value,
        draft_mean=mean_wait(after.total, place).value,
        now_p90=percentile(before, 0.9, place).value,
        draft_p90=percentile(after, 0.9, place).value,
        difference=wait_difference(before.total, after.total, place),
    )


def _window(
    hall: PlanHall, place: int, before: Summary, after: Summary, now: Layout, planned: Layout
) -> WindowTrial:
    return WindowTrial(
        label=hall.windows[place].label,
        now_open=open_hours(hall, now, place),
        now_busy=float(before.busy_minutes[place]) / before.days / 60,
        now_tickets=float(before.served_by_window[place]) / before.days,
        draft_open=open_hours(hall, planned, place),
        draft_busy=float(after.busy_minutes[place]) / after.days / 60,
        draft_tickets=float(after.served_by_window[place]) / after.days,
    )


def scaled(model: HallModel, demand: float) -> HallModel:
    """Return the hall with ``demand`` times as many walk-ins at every time of the day."""
    queues = tuple(
        replace(queue, walk_ins_per_interval=tuple(demand * rate for rate in queue.walk_ins_per_interval))
        for queue in model.queues
    )
    return replace(model, queues=queues)


def _stress(
    model: HallModel, compiler: PlanCompiler, now: Layout, planned: Layout, seed: int, demand: float
) -> StressTrial:
    crowd = scaled(model, demand)
    citizens = draw_days(crowd, seed=seed, days=STRESS_DAYS)
    before, after = (play(crowd, compiler.arrays(layout), citizens) for layout in (now, planned))
    return StressTrial(
        demand,
        score_of(before).mean_minutes,
        score_of(after).mean_minutes,
        wait_difference(before, after),
    )


def _conflicts(hall: PlanHall, now: Layout, planned: Layout) -> tuple[tuple[Violation, Block | None], ...]:
    """Return the rules that the draft breaks; how much it changes is for the manager to judge."""
    return tuple(
        (found, None if found.block is None else hall.blocks[found.block])
        for found in violations(hall, planned, now)
        if found.rule not in NOT_A_DRAFT_RULE
    )
