"""What the worker runs for studies. Only the worker imports this: the engine is below."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

from kernel.ids import HallId
from queueing.plans.effect import report_json
from queueing.plans.history import HistoryTooShort
from queueing.plans.reading import hall_to_plan
from queueing.plans.store import entry_of
from queueing.plans.trial import try_draft

if TYPE_CHECKING:
    from kernel.database import Database
    from kernel.jobs import JobContext, JobFunction
    from queueing.plans.history import HallHistory
    from queueing.plans.propose import PlanView
    from queueing.plans.trial import Trial

SEED = 1  # the same history and question give the same answer


def try_window_plan(context: JobContext, args: dict[str, Any]) -> dict[str, Any]:
    """Play a draft beside the present plan; ``args``: hall_id, for_day, today, entries."""
    history, present = read_hall(context.database, args)
    draft = [entry_of(entry) for entry in args["entries"]]
    try:
        trial = try_draft(history, present, draft, seed=SEED, progress=context.progress)
    except HistoryTooShort:
        return {"reason": "history_too_short", "history": report_json(history.report)}
    return {**trial_json(trial), "base_version": present.version, "history": report_json(history.report)}


def read_hall(database: Database, args: dict[str, Any]) -> tuple[HallHistory, PlanView]:
    """Return what the worker knows of the hall and day that a question names."""
    hall_id, for_day = HallId(UUID(args["hall_id"])), date.fromisoformat(args["for_day"])
    return database.read_now(hall_to_plan, hall_id, for_day, before=date.fromisoformat(args["today"]))


def trial_json(trial: Trial) -> dict[str, Any]:
    """Return a trial as plain JSON, in the shape of ``study_schemas.TrialOut``."""
    plain = asdict(trial)
    for queue, facts in zip(plain["queues"], trial.queues, strict=True):
        queue["verdict"] = facts.verdict
    plain["conflicts"] = [
        {
            "rule": found.rule.value,
            "subject": found.subject,
            "from_minute": None if block is None else block.from_minute,
            "to_minute": None if block is None else block.to_minute,
        }
        for found, block in trial.conflicts
    ]
    return plain


JOBS: dict[str, JobFunction] = {"try_window_plan": try_window_plan}
