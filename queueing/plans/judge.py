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
QUEUE_SHORT_SHARE = 0.5  # unless it waits at most this share of what the hall waits with the present plan
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
    """One queue under both plans; ``verdict`` is gains, loses or same.

    ``change_low``: lower end of what its mean wait changes by, minutes: of intervals that hold for all
    queues together with 95 % (Bonferroni), since the queue that looks worst is picked out of many.
    """

    prefix: str
    tickets: int
    now_mean: float
    planned_mean: float
    now_p90: float
    planned_p90: float
    change_low: float = 0.0

    @property
    def verdict(self) -> str:
        change = self.planned_mean - self.now_mean
        if abs(change) < max(NOTICED_MINUTES, NOTICED_SHARE * self.now_mean):
            return "same"
        return "gains" if change < 0 else "loses"

    def pays_too_much(self, short: float) -> bool:
        """Return whether it loses beyond what is allowed; at ``short`` minutes or less it still may."""
        return bool(pay_too_much(self.now_mean, self.planned_mean, short))


def pay_too_much(
    now_mean: Floats | float, planned_mean: Floats | float, short: Floats | float
) -> NDArray[np.bool_]:
    """Return which queues would pay too much for the gain of the others.

    All are mean waits in minutes. A queue that waits at most ``short`` with the new plan may have lost
    more: it is still among those of the hall that wait shortly.
    """
    now, planned = np.asarray(now_mean), np.asarray(planned_mean)
    most = np.maximum(QUEUE_WORSE_MINUTES, QUEUE_WORSE_SHARE * now)
    paying: NDArray[np.bool_] = (planned - now > most) & (planned > short)
    return paying


@dataclass(frozen=True, slots=True)
class Stress:
    """Mean waits in minutes if demand is ``demand`` times what it was."""

    demand: float
    now_mean: float
    planned_mean: float


@dataclass(frozen=True, slots=True)
class Judgement:
    """The paired comparison; ``difference`` is planned minus now in minutes, with its 95 % interval.

    ``weighted`` is the same with each queue's minutes as often as the hall has published, and its interval.
    """

    days: tuple[date, ...]
    tickets: int
    now: Waits
    planned: Waits
    difference: float
    low: float
    high: float
    weighted: float
    weighted_low: float
    weighted_high: float
    days_better: int
    queues: tuple[QueueEffect, ...]
    stress: tuple[Stress, ...]
    short: tuple[float, ...]  # minutes up to which each queue may come to wait for the good of the others

    @property
    def gains(self) -> bool:
        """Whether the interval leaves no doubt that people wait less."""
        return self.weighted_high < 0.0

    @property
    def losers(self) -> list[str]:
        """Queues that would pay too much for the gain of the others, and surely wait longer.

        A queue of ten citizens a day waits a third longer or shorter by chance alone on eleven days.
        """
        both = zip(self.queues, self.short, strict=True)
        return [own.prefix for own, short in both if own.change_low > 0.0 and own.pays_too_much(short)]


def judge(
    model: HallModel,
    compiler: PlanCompiler,
    days: Sequence[HistoryDay],
    present: Layout,
    planned: Layout,
    *,
    seed: int,
    weights: Sequence[float] | None = None,
    short: Sequence[float] | None = None,
) -> Judgement:
    """Play past days under both plans, every citizen the same in both.

    ``weights``: how many times a minute's wait counts, by queue, in whether the plan is a gain.
    ``short``: up to which share of the hall's present wait each queue counts as one that waits shortly.
    """
    citizens = replay(days, queues=len(model.queues), seed=seed, copies=COPIES)
    before = play(model, compiler.arrays(present), citizens)
    after = play(model, compiler.arrays(planned), citizens)
    everybody = np.ones(len(model.queues))
    difference, half_width = _paired(before, after, everybody)
    weighted, its_half = _paired(before, after, everybody if weights is None else np.array(weights))
    now = _waits(before)
    return Judgement(
        days=tuple(day.day for day in days),
        tickets=sum(day.tickets for day in days),
        now=now,
        planned=_waits(after),
        difference=difference,
        low=difference - half_width,
        high=difference + half_width,
        weighted=weighted,
        weighted_low=weighted - its_half,
        weighted_high=weighted + its_half,
        days_better=int((_by_day(after, everybody)[0] < _by_day(before, everybody)[0]).sum()),
        queues=_queue_effects(model, before, after),
        stress=tuple(_stress(model, compiler, days, present, planned, seed, demand) for demand in STRESS),
        short=tuple(share * now.mean for share in short or [0.0] * len(model.queues)),
    )


def _by_day(summary: Summary, weights: Floats) -> tuple[Floats, Floats]:
    """Return (minutes waited, tickets) of each judged day, its copies together, each queue so many times."""
    daily = np.einsum("q,dqc->dc", weights, summary.daily)
    columns = daily.reshape(-1, COPIES, daily.shape[1]).sum(axis=1)
    waited: Floats = columns[:, tally.WAIT_SUM] + columns[:, tally.LEFT_WAIT_SUM]
    joined: Floats = columns[:, tally.JOINED]
    return waited, joined


def _paired(before: Summary, after: Summary, weights: Floats, *, together: int = 1) -> tuple[float, float]:
    """Return the difference of the ticket-weighted mean waits and half its interval's width.

    The ratio estimator (Cochran 1977, §2.11) over days, which are what varies independently, with
    Student's t for their small number; one day alone says nothing. ``together``: how many such intervals
    are to hold at once.
    """
    waited_before, joined = _by_day(before, weights)
    waited_after, _ = _by_day(after, weights)
    change = waited_after - waited_before
    total, days = float(joined.sum()), len(joined)
    difference = float(change.sum()) / max(total, 1.0)
    if days < 2:
        return difference, float("inf")
    residual = change - difference * joined
    error = float(np.sqrt(days / (days - 1) * np.sum(residual**2))) / max(total, 1.0)
    beyond = (1.0 - CONFIDENCE) / 2 / together
    return difference, float(stdtrit(days - 1, 1.0 - beyond)) * error


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
    count = len(model.queues)
    change = [_paired(before, after, one_queue, together=count) for one_queue in np.eye(count)]
    return tuple(
        QueueEffect(
            prefix=queue.name,
            tickets=round(float(joined[place])),
            now_mean=float(now[place]),
            planned_mean=float(planned[place]),
            now_p90=_p90(before, place),
            planned_p90=_p90(after, place),
            change_low=change[place][0] - change[place][1],
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
