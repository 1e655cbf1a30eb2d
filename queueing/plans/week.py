"""A week of plans: each weekday its own where history says that it pays, else the same plan.

Days with the same opening hours and the same present plan are planned together first; each day is then
planned for itself, and keeps its own plan only if it beats the common one beyond doubt on that day.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from queueing.plans.history import HistoryTooShort
from queueing.plans.propose import PlanView, propose
from queueing.plans.search import Budget
from queueing.plans.skeleton import Infeasible
from queueing.plans.trial import try_draft
from queueing.plans.tries import WORTH_MINUTES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from queueing.plans.history import HallHistory
    from queueing.plans.skeleton_model import Conflict
    from queueing.plans.trial import Trial
    from queueing.rules.windows import PlanEntry

COMMON = Budget(800, 15.0)  # the plan that most days share has the longer search
OWN = Budget(250, 6.0)


@dataclass(frozen=True, slots=True)
class DayToPlan:
    """An open day of the week: its history and the plan that holds on it."""

    day: date
    history: HallHistory
    present: PlanView


@dataclass(frozen=True, slots=True)
class NoPlan:
    """Why a search has no plan to offer; ``conflicts`` are rules that cannot be kept together."""

    reason: str
    conflicts: tuple[Conflict, ...] = ()


@dataclass(frozen=True, slots=True)
class DayPlan:
    """A day's plan: ``kind`` is common, own or none; ``without`` says why nothing is proposed."""

    day: date
    kind: str
    base_version: int
    entries: tuple[PlanEntry, ...] = ()
    trial: Trial | None = None
    without: NoPlan | None = None


def plan_week(
    days: Sequence[DayToPlan],
    *,
    seed: int = 1,
    common: Budget = COMMON,
    own: Budget = OWN,
    progress: Callable[[float], None] = lambda _: None,
    stopped: Callable[[], bool] = lambda: False,
) -> list[DayPlan]:
    """Return a plan for each open day, or why it has none.

    Once ``stopped`` says so nothing more is searched for: the best found so far is judged, and days that
    share it are tried with it.
    """
    shared: dict[object, tuple[PlanEntry, ...] | NoPlan] = {}
    planned = []
    for number, day in enumerate(days):
        kind = (day.history.sessions, day.present.entries)
        if kind not in shared:
            shared[kind] = _proposed(day, seed, common, stopped)
        planned.append(_best(day, shared[kind], _proposed(day, seed + 1, own, stopped), seed))
        progress((number + 1) / len(days))
    return planned


def _proposed(
    day: DayToPlan, seed: int, budget: Budget, stopped: Callable[[], bool]
) -> tuple[PlanEntry, ...] | NoPlan:
    """Return the entries of a proposal that was judged a gain, else why there are none."""
    if stopped():
        return NoPlan("stopped")
    try:
        found = propose(day.history, day.present, seed=seed, budget=budget, stopped=stopped)
    except HistoryTooShort:
        return NoPlan("history_too_short")
    except Infeasible as refused:
        return NoPlan("rules_conflict", refused.conflicts)
    return found.entries if found.status == "shown" else NoPlan(found.reason)


def _best(
    day: DayToPlan, common: tuple[PlanEntry, ...] | NoPlan, own: tuple[PlanEntry, ...] | NoPlan, seed: int
) -> DayPlan:
    """Return the common plan, the day's own where that beats it on this day, or none where neither gains."""
    tried = {
        kind: (entries, try_draft(day.history, day.present, entries))
        for kind, entries in (("common", common), ("own", own))
        if not isinstance(entries, NoPlan)
    }
    gaining = {kind: found for kind, found in tried.items() if _gains(found[1])}
    if not gaining:
        without = common if isinstance(common, NoPlan) else NoPlan("interval_includes_zero")
        return DayPlan(day.day, "none", day.present.version, without=without)
    kind = "common" if "common" in gaining else "own"
    if len(gaining) == 2 and _beats(day, gaining["common"][0], gaining["own"][0], seed):
        kind = "own"
    entries, trial = gaining[kind]
    return DayPlan(day.day, kind, day.present.version, entries, trial)


def _gains(trial: Trial) -> bool:
    return trial.difference.high < 0 and -trial.difference.value >= WORTH_MINUTES


def _beats(day: DayToPlan, common: tuple[PlanEntry, ...], own: tuple[PlanEntry, ...], seed: int) -> bool:
    """Return whether a day's own plan is worth it beside the common one, on the same citizens."""
    between = try_draft(day.history, PlanView(day.present.version, common), own, seed=seed + 3)
    return _gains(between)
