"""What the worker runs for studies. Only the worker imports this: the engine is below."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

from kernel.ids import HallId
from queueing.plans import staffing, week
from queueing.plans.appointments import offer_of, plan_places
from queueing.plans.effect import conflicts_json, report_json
from queueing.plans.history import HistoryTooShort
from queueing.plans.place_desk import Slots, Takers
from queueing.plans.reading import hall_to_plan
from queueing.plans.rules_now import rules_on
from queueing.plans.skeleton import Infeasible
from queueing.plans.store import entry_of
from queueing.plans.study_json import capacity_json, staffing_json, trial_json, week_day_json
from queueing.plans.trial import try_draft

if TYPE_CHECKING:
    from collections.abc import Callable

    from kernel.database import Database
    from kernel.jobs import JobContext, JobFunction
    from queueing.plans.history import HallHistory
    from queueing.plans.propose import PlanView
    from queueing.plans.search import Budget

SEED = 1  # the same history and question give the same answer


def try_window_plan(context: JobContext, args: dict[str, Any]) -> dict[str, Any]:
    """Play a draft beside the present plan; ``args``: hall_id, for_day, today, entries."""
    history, present = read_hall(context.database, args)
    draft = [entry_of(entry) for entry in args["entries"]]
    try:
        trial = try_draft(history, present, draft, progress=context.progress)
    except HistoryTooShort:
        return {"reason": "history_too_short", "history": report_json(history.report)}
    return {**trial_json(trial), "base_version": present.version, "history": report_json(history.report)}


def read_hall(database: Database, args: dict[str, Any]) -> tuple[HallHistory, PlanView]:
    """Return what the worker knows of the hall and day that a question names."""
    hall_id, for_day = HallId(UUID(args["hall_id"])), date.fromisoformat(args["for_day"])
    return database.read_now(hall_to_plan, hall_id, for_day, before=date.fromisoformat(args["today"]))


def answer_staffing(context: JobContext, args: dict[str, Any]) -> dict[str, Any]:
    """Say how many windows a day needs; ``args``: hall_id, for_day, today, target_minutes, share."""
    history, present = read_hall(context.database, args)
    return staffing_answer(
        history,
        present,
        target_minutes=float(args["target_minutes"]),
        share=float(args["share"]),
        progress=context.progress,
    )


def staffing_answer(
    history: HallHistory,
    present: PlanView,
    *,
    target_minutes: float,
    share: float,
    progress: Callable[[float], None] = lambda _: None,
) -> dict[str, Any]:
    """Return the staffing answer as plain JSON, or why there is none."""
    report = report_json(history.report)
    try:
        found = staffing.answer_staffing(
            history, present, target_minutes=target_minutes, share=share, seed=SEED, progress=progress
        )
    except HistoryTooShort:
        return {"reason": "history_too_short", "history": report}
    except Infeasible as refused:
        conflicts = conflicts_json(refused.conflicts)
        return {"reason": "rules_conflict", "conflicts": conflicts, "history": report}
    return {**staffing_json(found), "base_version": present.version, "history": report}


def plan_appointments(context: JobContext, args: dict[str, Any]) -> dict[str, Any]:
    """Play offers of places; ``args``: hall_id, for_day, today, starts, show, willing, now, most, offers."""
    history, present = read_hall(context.database, args)
    queues = [queue.id for queue in history.queues]
    slots = Slots(tuple(args["starts"]), offer_of(args["most"], queues))
    takers = Takers(show=float(args["show"]), willing=float(args["willing"]))
    asked = [offer_of(own["places"], queues) for own in args["offers"]]
    report = report_json(history.report)
    try:
        found = plan_places(
            history, present, slots, takers, offer_of(args["now"], queues), asked,
            seed=SEED, progress=context.progress,
        )  # fmt: skip
    except HistoryTooShort:
        return {"reason": "history_too_short", "history": report}
    names = [own["name"] for own in args["offers"]]
    return {**capacity_json(found, names, queues), "history": report}


def plan_week(context: JobContext, args: dict[str, Any]) -> dict[str, Any]:
    """Plan the open days of a week; ``args``: hall_id, days, today."""
    return week_answer(context.database, args, progress=context.progress)


def week_answer(
    database: Database,
    args: dict[str, Any],
    *,
    progress: Callable[[float], None],
    stopped: Callable[[], bool] = lambda: False,
    **budgets: Budget,
) -> dict[str, Any]:
    """Return the week's plans as plain JSON."""
    hall_id, days, rules = HallId(UUID(args["hall_id"])), list[week.DayToPlan](), dict[str, str]()
    for day in args["days"]:
        rules[day] = database.read_now(rules_on, hall_id, date.fromisoformat(day))
        history, present = read_hall(database, {**args, "for_day": day})
        days.append(week.DayToPlan(date.fromisoformat(day), history, present))
    found = week.plan_week(days, seed=SEED, progress=progress, stopped=stopped, **budgets)
    planned = [{**own, "rules": rules[own["day"]]} for own in map(week_day_json, found)]
    return {"days": planned, "history": report_json(days[0].history.report)}


JOBS: dict[str, JobFunction] = {
    "try_window_plan": try_window_plan,
    "answer_staffing": answer_staffing,
    "plan_appointments": plan_appointments,
    "plan_week": plan_week,
}
