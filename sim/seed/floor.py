"""Windows, what they are equipped for, and the window plans that hall managers start from."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from kernel.ids import uuid7
from queueing.window_tables import PlanEntryRow, WindowEquipmentRow, WindowPlanRow, WindowRow
from sim.catalogue import PlanRole, WindowKind
from sim.seed.rows import add_rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime, time

    from sqlmodel import Session

    from sim.catalogue import City, HallPlan, PlanEntry
    from sim.seed.ids import CityIds, HallIds
    from sim.seed.rows import Values

_KINDS = {
    WindowKind.INTEGRATED: ("综合窗口", "Integrated window"),
    WindowKind.DEDICATED: ("专业窗口", "Specialist window"),
    WindowKind.TIDE: ("潮汐窗口", "Tide window"),
}


def add_floor(session: Session, city: City, ids: CityIds, *, at: datetime) -> None:
    """Write windows (all closed), their equipment, and the starting plans as applied at ``at``."""
    windows: list[Values] = []
    equipment: list[Values] = []
    for code, hall in city.halls.items():
        windows.extend(_windows(hall, ids.halls[code], at))
        equipment.extend(_equipment(hall, ids.halls[code]))
    add_rows(session, WindowRow, windows)
    add_rows(session, WindowEquipmentRow, equipment)
    for code, hall in city.halls.items():
        _add_plans(session, hall, ids.halls[code], at)


def _windows(hall: HallPlan, own: HallIds, at: datetime) -> Iterator[Values]:
    for rank, window in enumerate(hall.windows):
        zh, en = _KINDS[window.kind]
        yield {
            "id": own.windows[window.label],
            "hall_id": own.hall,
            "label": window.label,
            "rank": rank,
            "name_zh": zh,
            "name_en": en,
            "list_limit": window.max_queues,
            "status": "closed",
            "clerk_id": None,
            "ticket_id": None,
            "changed_at": at,
        }


def _equipment(hall: HallPlan, own: HallIds) -> Iterator[Values]:
    for window in hall.windows:
        for queue in window.equipment:
            yield {"window_id": own.windows[window.label], "queue_id": own.queues[queue]}


def weekday_plans(hall: HallPlan) -> list[tuple[int | None, list[PlanEntry]]]:
    """Return (weekday, entries) of each plan: first the one of most weekdays (None), then the others."""
    by_day: dict[int, list[PlanEntry]] = defaultdict(list)
    for entry in hall.plan:
        for weekday in entry.weekdays:
            by_day[weekday].append(entry)
    usual = Counter(tuple(entries) for entries in by_day.values()).most_common(1)[0][0]
    others = [(day, entries) for day, entries in sorted(by_day.items()) if tuple(entries) != usual]
    return [(None, list(usual)), *others]


def _add_plans(session: Session, hall: HallPlan, own: HallIds, at: datetime) -> None:
    for version, (weekday, entries) in enumerate(weekday_plans(hall), 1):
        plan_id = uuid7()
        plan = {
            "id": plan_id,
            "hall_id": own.hall,
            "version": version,
            "weekday": weekday,
            "source": "seed",
            "applied_at": at,
            "applied_by": None,
        }
        add_rows(session, WindowPlanRow, [plan])
        add_rows(
            session,
            PlanEntryRow,
            [
                {
                    "plan_id": plan_id,
                    "window_id": own.windows[entry.window],
                    "queue_id": own.queues[entry.queue],
                    "from_minute": minute_of(entry.starts),
                    "to_minute": minute_of(entry.ends),
                    "helping": entry.role is PlanRole.HELPING,
                }
                for entry in entries
            ],
        )


def minute_of(clock: time) -> int:
    """Return the minutes since midnight of a wall-clock time."""
    return clock.hour * 60 + clock.minute
