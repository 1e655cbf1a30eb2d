"""What the worker runs for window plans. Only the worker imports this: OR-tools and the engine are below."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

from kernel.ids import HallId, ProposalId
from queueing.plans.effect import NOTHING_LEFT, failure_json, made_under, proposal_json, replan_json
from queueing.plans.history import HistoryTooShort
from queueing.plans.intraday import replan
from queueing.plans.live_reading import hall_now
from queueing.plans.promise import kept_json, measure
from queueing.plans.promise_reading import to_measure
from queueing.plans.propose import propose
from queueing.plans.reading import hall_to_plan
from queueing.plans.rules_now import rules_on, rules_today
from queueing.plans.skeleton import Infeasible

if TYPE_CHECKING:
    from collections.abc import Callable

    from kernel.database import Database
    from kernel.jobs import JobContext, JobFunction
    from queueing.plans.search import BestSoFar, Budget

SEED = 1  # the same history gives the same proposal


def propose_window_plan(context: JobContext, args: dict[str, Any]) -> dict[str, Any]:
    """Compute a proposal; ``args``: hall_id, for_day, today, proposal_id, spare_every_queue."""
    return plan_for(
        context.database,
        HallId(UUID(args["hall_id"])),
        date.fromisoformat(args["for_day"]),
        today=date.fromisoformat(args["today"]),
        spare_every_queue=args.get("spare_every_queue", False),
        progress=context.progress,
        watch=lambda standing: context.so_far({"now": standing.now, "best": standing.best}),
        stopped=context.stopped,
    )


def plan_for(
    database: Database,
    hall_id: HallId,
    for_day: date,
    *,
    today: date,
    seed: int = SEED,
    budget: Budget | None = None,
    spare_every_queue: bool = False,
    progress: Callable[[float], None] = lambda _: None,
    watch: Callable[[BestSoFar], None] = lambda _: None,
    stopped: Callable[[], bool] = lambda: False,
) -> dict[str, Any]:
    """Return a proposal for a hall's day as plain JSON, or why there is none."""
    rules = database.read_now(rules_on, hall_id, for_day)  # read first: never newer than what is planned with
    history, present = database.read_now(hall_to_plan, hall_id, for_day, before=today)
    limits = replace(history.limits, queue_short=0.0) if spare_every_queue else history.limits
    try:
        proposal = propose(
            history, present, limits,
            seed=seed, budget=budget, progress=progress, watch=watch, stopped=stopped,
        )  # fmt: skip
    except HistoryTooShort:
        return failure_json("history_too_short", (), history.report)
    except Infeasible as refused:
        return failure_json("rules_conflict", refused.conflicts, history.report)
    return made_under(rules, proposal_json(proposal, history.report))


def replan_today(context: JobContext, args: dict[str, Any]) -> dict[str, Any]:
    """Compute a plan for the rest of today; ``args``: hall_id, from_minute, proposal_id."""
    hall_id, now = HallId(UUID(args["hall_id"])), context.clock.now()
    rules = context.database.read_now(rules_today, hall_id, now=now)
    found = context.database.read_now(hall_now, hall_id, now=now)
    if found is None:
        return NOTHING_LEFT
    hall, version = found
    replanned = replan(hall, from_minute=args["from_minute"])
    return NOTHING_LEFT if replanned is None else made_under(rules, replan_json(replanned, version))


def measure_proposal(context: JobContext, args: dict[str, Any]) -> dict[str, Any]:
    """Return how an accepted proposal keeps its promise, empty for one that promised nothing."""
    proposal_id = ProposalId(UUID(args["proposal_id"]))
    found = context.database.read_now(to_measure, proposal_id, now=context.clock.now())
    if found is None:
        return {}
    kept = measure(
        found.history, found.days, found.before, found.planned, found.promised,
        finished=found.finished, seed=SEED, one_day=found.one_day,
    )  # fmt: skip
    return {**kept_json(kept), "final": found.finished}


JOBS: dict[str, JobFunction] = {
    "propose_window_plan": propose_window_plan,
    "replan_today": replan_today,
    "measure_proposal": measure_proposal,
}
