"""``jinban optimize HALL --week D``: seven days of plans as text; nothing is stored or applied."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from kernel import catalogue
from queueing.plans.command import REASONS
from queueing.plans.study_jobs import week_answer

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from kernel.clock import Clock
    from kernel.database import Database
    from queueing.plans.search import Budget

KINDS = {"common": "the same plan", "own": "its own plan"}
WEEK = 7


def optimize_week(
    database: Database,
    hall_code: str,
    first_day: date,
    *,
    clock: Clock,
    progress: Callable[[float], None] = lambda _: None,
    stopped: Callable[[], bool] = lambda: False,
    **budgets: Budget,
) -> str:
    """Return the plans of a hall's week beside "change nothing" as text; raises ``HallNotFound``.

    Once ``stopped`` says so, what was found so far is judged and told.
    """
    hall = database.read_now(catalogue.hall_by_code, hall_code)
    calendar = database.read_now(catalogue.calendar, hall.id)
    today = calendar.local_day(clock.now())
    week = [first_day + timedelta(days=ahead) for ahead in range(WEEK)]
    days = [day.isoformat() for day in week if day >= today and calendar.spans(day)]
    head = f"{hall.code}, seven days from {first_day.isoformat()}: {len(days)} open days"
    if not days:
        return head
    args = {"hall_id": str(hall.id), "today": today.isoformat(), "days": days}
    found = week_answer(database, args, progress=progress, stopped=stopped, **budgets)
    return "\n".join([head, *(day_line(own) for own in found["days"])])


def day_line(own: dict[str, Any]) -> str:
    """Return one day of a week (as in ``study_json.week_day_json``) as a line for a terminal."""
    trial = own["trial"]
    if trial is None:
        rules = ", ".join(f"{one['rule']} {one['subject']}".rstrip() for one in own["conflicts"])
        return f"  {own['day']}  {REASONS[own['reason']]}" + f": {rules}" * bool(rules)
    gap = trial["difference"]
    return (
        f"  {own['day']}  {KINDS[own['kind']]:<13} mean wait {trial['now']['mean']['value']:5.1f} ->"
        f" {trial['draft']['mean']['value']:5.1f} min (95 %: {gap['low']:+.2f} to {gap['high']:+.2f}),"
        f" window hours {trial['now']['window_hours']:.1f} -> {trial['draft']['window_hours']:.1f}"
    )
