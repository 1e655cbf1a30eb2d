"""The judge: how a plan would have done on days that the search has not seen, beside "change nothing"."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import stdtrit

from queueing.engine import tally
from queueing.engine.run import play
from queueing.plans.replay import replay
from queueing.plans.scoring import score_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from numpy.typing import NDArray

    from queueing.engine import HallModel
    from queueing.engine.result import Summary
    from queueing.engine.run import Days
    from queueing.plans.history import HistoryDay
    from queueing.plans.rules import Layout
    from queueing.plans.scoring import PlanCompiler

    Floats = NDArray[np.float64]

COPIES = 8  # of each day, with its service times dealt anew; days, not copies, make the interval
CONFIDENCE = 0.95
STRESS = (0.8, 1.2)  # demand that the forecast did not see coming
QUEUE_WORSE_SHARE, QUEUE_WORSE_MINUTES = 0.25, 1.0  # beyond both a queue counts as a loser too many
NOTICED_SHARE, NOTICED_MINUTES = 0.05, 0.5  # below either nobody would notice


@dataclass(frozen=True, slots=True)
class Waits:
    """Waits on the judged days: minutes, and the share of citizens over 20 minutes."""

    mean: float
    p90: float
    over_target: float
    tail: float


@dataclass(frozen=True, slots=True)
class QueueEffect:
    """One queue under both plans; ``verdict`` is gains, loses or same."""

    prefix: str
    tickets: int
    now_mean: float
    planned_mean: float
    now_p90: float
    planned_p90: float

    @property
    def verdict(self) -> str:
        change = self.planned_mean - self.now_mean
        if abs(change) < max(NOTICED_MINUTES, NOTICED_SHARE * self.now_mean):
            return "same"
        return "gains" if change < 0 else "loses"

    @property
    def too_much_worse(self) -> bool:
        change = self.planned_mean - self.now_mean
        return change > max(QUEUE_WORSE_MINUTES, QUEUE_WORSE_SHARE * self.now_mean)


@dataclass(frozen=True, slots=True)
class Stress:
    """Mean waits in minutes if demand is ``demand`` times what it was."""

    demand: float
    now_mean: float
    planned_mean: float


@dataclass(frozen=True, slots=True)
class Judgement:
    """The paired comparison; ``difference`` is planned minus now in minutes, with its 95 % interval."""

    days: tuple[date, ...]
    tickets: int
    now: Waits
    planned: Waits
    difference: float
    low: float
    high: float
    days_better: int
    queues: tuple[QueueEffect, ...]
    stress: tuple[Stress, ...]

    @property
    def gains(self) -> bool:
        """Whether the interval leaves no doubt that people wait less."""
        return self.high < 0.0

    @property
    def losers(self) -> list[str]:
        """Queues that would pay too much for the gain of the others."""
        return [queue.prefix for queue in self.queues if queue.too_much_worse]


def judge(
    model: HallModel,
    compiler: PlanCompiler,
    days: Sequence[HistoryDay],
    present: Layout,
    planned: Layout,
    *,
    seed: int,
) -> Judgement:
    """Play past days under both plans, every citizen the same in both."""
    citizens = replay(days, queues=len(model.queues), seed=seed, copies=COPIES)
    before = play(model, compiler.arrays(present), citizens)
    after = play(model, compiler.arrays(planned), citizens)
    difference, half_width = _paired(before, after)
    return Judgement(
        days=tuple(day.day for day in days),
        tickets=sum(day.tickets for day in days),
        now=_waits(before),
        planned=_waits(after),
        difference=difference,
        low=difference - half_width,
        high=difference + half_width,
        days_better=int((_by_day(after)[0] < _by_day(before)[0]).sum()),
        queues=_queue_effects(model, before, after),
        stress=tuple(_stress(model, compiler, days, present, planned, seed, demand) for demand in STRESS),
    )


def _by_day(summary: Summary) -> tuple[Floats, Floats]:
    """Return (minutes waited, tickets) of each judged day, its copies together."""
    columns = summary.daily.sum(axis=1).reshape(-1, COPIES, summary.daily.shape[2]).sum(axis=1)
    waited: Floats = columns[:, tally.WAIT_SUM] + columns[:, tally.LEFT_WAIT_SUM]
    joined: Floats = columns[:, tally.JOINED]
    return waited, joined


def _paired(before: Summary, after: Summary) -> tuple[float, float]:
    """Return the difference of the ticket-weighted mean waits and half its interval's width.

    The ratio estimator (Cochran 1977, §2.11) over days, which are what varies independently, with
    Student's t for their small number; one day alone says nothing.
    """
    waited_before, joined = _by_day(before)
    waited_after, _ = _by_day(after)
    change = waited_after - waited_before
    total, days = float(joined.sum()), len(joined)
    difference = float(change.sum()) / max(total, 1.0)
    if days < 2:
        return difference, float("inf")
    residual = change - difference * joined
    error = float(np.sqrt(days / (days - 1) * np.sum(residual**2))) / max(total, 1.0)
    return difference, float(stdtrit(days - 1, 0.5 + CONFIDENCE / 2)) * error


def _waits(summary: Summary) -> Waits:
    score = score_of(summary)
    return Waits(
        mean=score.mean_minutes,
        p90=_p90(summary, None),
        over_target=summary.over_target if summary.tickets else 0.0,
        tail=score.tail_minutes,
    )


def _p90(summary: Summary, queue: int | None) -> float:
    value = summary.wait_quantile(0.9, queue)
    return 0.0 if np.isnan(value) else value


def _queue_effects(model: HallModel, before: Summary, after: Summary) -> tuple[QueueEffect, ...]:
    now, planned = score_of(before).by_queue, score_of(after).by_queue
    joined = before.counts(tally.JOINED) / COPIES
    return tuple(
        QueueEffect(
            prefix=queue.name,
            tickets=round(float(joined[place])),
            now_mean=float(now[place]),
            planned_mean=float(planned[place]),
            now_p90=_p90(before, place),
            planned_p90=_p90(after, place),
        )
        for place, queue in enumerate(model.queues)
    )


def _stress(
    model: HallModel,
    compiler: PlanCompiler,
    days: Sequence[HistoryDay],
    present: Layout,
    planned: Layout,
    seed: int,
    demand: float,
) -> Stress:
    citizens: Days = replay(days, queues=len(model.queues), seed=seed, copies=2, demand=demand)
    means = [
        score_of(play(model, compiler.arrays(layout), citizens)).mean_minutes for layout in (present, planned)
    ]
    return Stress(demand, *means)
