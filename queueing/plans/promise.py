"""Did an accepted plan keep its promise? Both plans on the days that really came, and what people waited.

Waits of two weeks differ by how many came, so the plain difference of before and after says little. Here
the plan that was accepted and the one it replaced are both played on the very days that followed, every
citizen the same in both, as the judge did with days before; beside it stands what was really observed.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from queueing.plans.demand import fit, model_of
from queueing.plans.judge import judge
from queueing.plans.layouts import blocks_of, layout_of
from queueing.plans.scoring import PlanCompiler

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from queueing.plans.history import HallHistory, HistoryDay
    from queueing.plans.judge import Judgement
    from queueing.rules.windows import PlanEntry

FEWEST_DAYS = 3  # an interval of two days is as wide as a barn door
MEASURED_DAYS = 7  # calendar days after which the verdict is final


@dataclass(frozen=True, slots=True)
class Kept:
    """How a promise stands.

    ``verdict``: kept, not_kept, not_seen (played it gains, but people waited as with the plan before),
    too_early, not_comparable (the plan did not hold on a single whole day), one_day (a plan for the rest
    of one day: figures without a verdict). ``judged`` is None without days.
    """

    verdict: str
    judged: Judgement | None
    observed: Mapping[str, tuple[float, float, int]]


def measure(
    history: HallHistory,
    days: Sequence[HistoryDay],
    before: Sequence[PlanEntry],
    planned: Sequence[PlanEntry],
    promised: Mapping[str, float],
    *,
    finished: bool,
    seed: int,
    one_day: bool = False,
) -> Kept:
    """Return how the promise ``{mean, low, high}`` (minutes, planned minus before) stands after ``days``.

    ``finished``: no further day will be added. ``history`` gives the hall and what usually comes.
    """
    if not days:
        return Kept("not_comparable" if finished else "too_early", None, {})
    blocks = blocks_of(history.sessions, (*before, *planned))
    nobody = (None,) * len(history.windows)
    layouts = [
        layout_of(entries, history.queues, history.windows, blocks, nobody) for entries in (before, planned)
    ]
    model = model_of(history, fit(history, history.days))
    judged = judge(model, PlanCompiler(model, blocks), days, *layouts, seed=seed)
    observed = observed_waits(history, days)
    verdict = verdict_of(judged, promised, finished=finished, observed_mean=observed[""][0])
    return Kept("one_day" if one_day else verdict, judged, observed)


def verdict_of(
    judged: Judgement, promised: Mapping[str, float], *, finished: bool, observed_mean: float
) -> str:
    """Return the verdict: not kept when people surely gained less than the least that was promised.

    Kept when they surely gained, and the gain reaches what was promised or cannot be told from it. While
    days are still to come, what is not yet sure is too early to say; afterwards it was not kept.

    A gain that only the playing shows is none to the people: where their mean wait, as it was, lies nearer
    to the plan before than to the accepted one, it is not seen. Windows may not have followed the plan, or
    the hall is slower than it is played.
    """
    if len(judged.days) < FEWEST_DAYS:
        return "not_comparable" if finished else "too_early"
    if judged.low > promised["high"]:
        return "not_kept"
    if judged.gains:
        return "kept" if observed_mean <= (judged.now.mean + judged.planned.mean) / 2 else "not_seen"
    return "not_kept" if finished else "too_early"


def observed_waits(history: HallHistory, days: Sequence[HistoryDay]) -> dict[str, tuple[float, float, int]]:
    """Return (mean, P90, tickets) of the waits as they were, by queue; "" is the whole hall."""
    queue = np.concatenate([day.queue for day in days])
    waited = np.concatenate([day.waited_minutes for day in days])
    found = {"": queue >= 0} | {facts.prefix: queue == place for place, facts in enumerate(history.queues)}
    return {
        name: (float(waited[own].mean()), float(np.quantile(waited[own], 0.9)), int(own.sum()))
        for name, own in found.items()
        if own.any()
    }


def kept_json(kept: Kept) -> dict[str, Any]:
    """Return what is stored and shown, in the shape of ``schemas.MeasuredOut``."""
    judged = kept.judged
    told: dict[str, Any] = {"verdict": kept.verdict, "days": [], "difference": None, "queues": []}
    if judged is None:
        return told
    whole = kept.observed[""]
    return told | {
        "days": [day.isoformat() for day in judged.days],
        "tickets": judged.tickets,
        "difference": {"mean": judged.difference, "low": judged.low, "high": judged.high}
        if np.isfinite(judged.high)
        else {"mean": judged.difference, "low": judged.difference, "high": judged.difference},
        "before": asdict(judged.now),
        "planned": asdict(judged.planned),
        "days_better": judged.days_better,
        "observed_mean": whole[0],
        "observed_p90": whole[1],
        "queues": [
            {
                "prefix": queue.prefix,
                "tickets": queue.tickets,
                "before_mean": queue.now_mean,
                "planned_mean": queue.planned_mean,
                "observed_mean": kept.observed.get(queue.prefix, (0.0, 0.0, 0))[0],
                "observed_p90": kept.observed.get(queue.prefix, (0.0, 0.0, 0))[1],
            }
            for queue in judged.queues
        ],
    }
