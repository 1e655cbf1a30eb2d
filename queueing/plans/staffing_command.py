"""``jinban staffing``: how many windows a day needs, on the command line; nothing is stored or applied."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kernel import catalogue
from queueing.plans.reading import hall_to_plan
from queueing.plans.studies import day_ahead
from queueing.plans.study_jobs import staffing_answer

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from kernel.clock import Clock
    from kernel.database import Database

LIMITS = {
    "windows": "there are too few windows, or clerks to sit at them",
    "list_limit": "the windows may list too few queues at once",
    "equipment": "too few windows are equipped for these queues",
    "skill": "too few clerks can serve these queues",
}
REASONS = {
    "history_too_short": "fewer than eight days of history can be used",
    "rules_conflict": "these rules cannot be kept together",
}


def staffing_text(
    database: Database,
    hall_code: str,
    day: date | None,
    *,
    target_minutes: float,
    share: float,
    clock: Clock,
    progress: Callable[[float], None] = lambda _: None,
) -> str:
    """Return the answer for a hall's day (today if none is given) as text.

    Raises ``HallNotFound``, ``DayHasPassed`` and ``ClosedOnThatDay``.
    """
    hall = database.read_now(catalogue.hall_by_code, hall_code)
    calendar, now = database.read_now(catalogue.calendar, hall.id), clock.now()
    asked_for = day or calendar.local_day(now)
    today = day_ahead(calendar, asked_for, now)
    history, present = database.read_now(hall_to_plan, hall.id, asked_for, before=today)
    found = staffing_answer(history, present, target_minutes=target_minutes, share=share, progress=progress)
    asked = f"{hall.code} {asked_for.isoformat()}: {share:.0%} of every queue within {target_minutes:g} min"
    return "\n".join([asked, *_lines(found)])


def _lines(found: dict[str, Any]) -> list[str]:
    if "reason" in found:
        conflicts = [f"  {one['rule']} {one['subject']}".rstrip() for one in found.get("conflicts", ())]
        return [REASONS[found["reason"]], *conflicts]
    lines = [_layout("now", found["present"])]
    if found["cheapest"]:
        lines += [_layout("needed", found["cheapest"]), *_hours(found)]
    else:
        limit = found["limit"]
        lines += [
            _layout("all open", found["full"]),
            f"Out of reach for {' '.join(limit['queues'])}: {LIMITS[limit['what']]}.",
        ]
        if limit["windows_needed"]:
            lines.append(f"{limit['windows_needed']} windows that serve everything would do.")
    return lines + _curve(found) + _queues(found)


def _layout(name: str, own: dict[str, Any]) -> str:
    point = own["point"]
    return (
        f"  {name:<8} {own['window_hours']:6.1f} window hours, at most {max(own['by_block']):2d} open:"
        f" within {_share(point['within'])}, P90 {point['p90']['value']:.1f} min,"
        f" mean {point['mean']['value']:.1f} min"
    )


def _share(own: dict[str, float]) -> str:
    return f"{own['value']:.1%} ({own['low']:.1%} to {own['high']:.1%})"


def _hours(found: dict[str, Any]) -> list[str]:
    counts = zip(found["blocks"], found["present"]["by_block"], found["cheapest"]["by_block"], strict=True)
    return ["Windows by hour, now -> needed:"] + [
        f"  {block['from_minute'] // 60:02d}:{block['from_minute'] % 60:02d} {now:3d} -> {needed:3d}"
        for block, now, needed in counts
    ]


def _curve(found: dict[str, Any]) -> list[str]:
    return ["If so many windows were open all day:"] + [
        f"  {point['windows']:3d} within {_share(point['within'])}, P90 {point['p90']['value']:5.1f} min"
        for point in found["curve"]
    ]


def _queues(found: dict[str, Any]) -> list[str]:
    return ["Each queue alone, at windows of its own:"] + [
        f"  {own['prefix']:<2} {own['tickets']:6.0f} tickets: "
        + (f"{own['windows']} windows" if own["windows"] else "out of reach")
        for own in found["queues"]
    ]
