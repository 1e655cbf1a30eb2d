"""``jinban optimize``: the same proposal on the command line, as text; nothing is stored or applied."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kernel import catalogue
from queueing.plans.jobs import SEED, plan_for
from queueing.plans.search import Budget
from queueing.plans.studies import day_ahead

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from kernel.clock import Clock
    from kernel.database import Database
    from queueing.plans.search import BestSoFar

REASONS = {
    "as_it_is": "nothing better than the present plan was found",
    "interval_includes_zero": "the gain on unseen days is not beyond doubt",
    "gain_too_small": "the gain is too small to move people for",
    "queue_worse": "a queue would wait much longer",
    "history_too_short": "fewer than eight days of history can be used",
    "rules_conflict": "these rules cannot be kept together",
    "stopped": "the search was ended before anything was found for it",
}

NOTES = {
    "clerks_incomplete": "fewer clerks are entered than the present plan needs; only its numbers were kept",
    "every_queue_spared": "no queue was let wait clearly longer, however short it waits now",
    "queues_spared": "a first plan let a queue wait clearly longer; this one spares it",
    "clerks_change_windows": "clerks change windows during the day; their skills could not be kept",
}


def optimize_hall(
    database: Database,
    hall_code: str,
    day: date,
    *,
    clock: Clock,
    seconds: float | None = 30.0,
    evaluations: int = Budget().evaluations,
    spare_every_queue: bool = False,
    progress: Callable[[float], None] = lambda _: None,
    watch: Callable[[BestSoFar], None] = lambda _: None,
    stopped: Callable[[], bool] = lambda: False,
) -> str:
    """Return a proposal for a hall's day beside "change nothing", as text for a terminal.

    ``watch`` hears how the search stands; once ``stopped`` says so, the best so far is judged and told.
    Without ``seconds`` the same history and number of evaluations give the same text.
    Raises ``HallNotFound``, ``DayHasPassed`` and ``ClosedOnThatDay``.
    """
    hall = database.read_now(catalogue.hall_by_code, hall_code)
    today = day_ahead(database.read_now(catalogue.calendar, hall.id), day, clock.now())
    budget = Budget(evaluations, seconds)
    found = plan_for(
        database, hall.id, day,
        today=today, seed=SEED, budget=budget, spare_every_queue=spare_every_queue, progress=progress,
        watch=watch, stopped=stopped,
    )  # fmt: skip
    return report_text(hall.code, day, found)


def report_text(hall_code: str, day: date, found: dict[str, Any]) -> str:
    """Return a proposal (as in ``effect.proposal_json``) as text."""
    effect = found["effect"]
    lines = [f"{hall_code} {day.isoformat()}: {found['status']}"]
    if effect["reason"]:
        lines[0] += f", {REASONS[effect['reason']]}"
    lines += [f"  {one['rule']} {one['subject']}".rstrip() for one in effect.get("conflicts", ())]
    if "now" in effect:
        lines += _waits(effect) + _queues(effect) + _windows(effect)
        lines += [f"Note: {NOTES[note]}" for note in effect["notes"]]
        lines.append(_searched(effect))
    return "\n".join([*lines, *_history(effect["history"])])


def _waits(effect: dict[str, Any]) -> list[str]:
    now, planned, change = effect["now"], effect["planned"], effect["difference"]
    return [
        f"Judged on {len(effect['judged_days'])} unseen days, {effect['tickets']} tickets"
        f" ({effect['days_better']} days better):",
        f"  mean wait    {now['mean']:6.1f} -> {planned['mean']:6.1f} min"
        f"   difference {change['mean']:+.2f} (95 %: {change['low']:+.2f} to {change['high']:+.2f})",
        f"  P90          {now['p90']:6.1f} -> {planned['p90']:6.1f} min",
        f"  over 20 min  {now['over_target']:6.1%} -> {planned['over_target']:6.1%}",
        *(
            f"  demand x{one['demand']:.1f}  {one['now_mean']:6.1f} -> {one['planned_mean']:6.1f} min"
            for one in effect["stress"]
        ),
    ]


def _queues(effect: dict[str, Any]) -> list[str]:
    return [
        f"  queue {queue['prefix']:<2} {queue['tickets']:6d} tickets"
        f" {queue['now_mean']:6.1f} -> {queue['planned_mean']:6.1f} min  {queue['verdict']}"
        for queue in effect["queues"]
    ]


def _windows(effect: dict[str, Any]) -> list[str]:
    changes = effect["changes"]
    lines = [f"Changed: {changes['windows']} windows; {changes['during_day']} list changes during the day"]
    for window in effect["windows"]:
        if window["changed"]:
            lines.append(f"  window {window['label']:<4} now      {_day(window['now'], effect['blocks'])}")
            lines.append(f"  {'':11} planned  {_day(window['planned'], effect['blocks'])}")
    return lines


def _day(cells: list[dict[str, Any]], blocks: list[dict[str, Any]]) -> str:
    """Return a window's lists, each with when it begins; helping queues after a plus."""
    told: list[tuple[int, str]] = []
    for cell, block in zip(cells, blocks, strict=True):
        helping = "+" + "".join(cell["helping"]) if cell["helping"] else ""
        shown = "".join(cell["primary"]) + helping or "closed"
        if not told or told[-1][1] != shown:
            told.append((block["from_minute"], shown))
    return ", ".join(f"{minute // 60:02d}:{minute % 60:02d} {shown}" for minute, shown in told)


def _searched(effect: dict[str, Any]) -> str:
    """Return how the search ended."""
    if effect["stopped_by_hand"]:
        return f"Search: stopped by hand after {effect['evaluations']} trials; this is the best it had found"
    by_time = ", then its time was over" if effect["stopped_by_time"] else ""
    return f"Search: {effect['evaluations']} trials{by_time}"


def _history(history: dict[str, Any]) -> list[str]:
    lines = [f"History: {history['days_used']} days, {history['tickets_used']} tickets"]
    lines += [f"  left out: {count} rows, {reason}" for reason, count in history["rows_left_out"].items()]
    lines += [f"  left out: {day['day']}, {day['reason']}" for day in history["days_left_out"]]
    return lines
