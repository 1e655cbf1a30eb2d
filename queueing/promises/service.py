"""The promise report, counted in the database from the facts of ended days."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import Float, and_, case, cast, func, not_, select

from kernel import catalogue
from kernel.reach import hall_in_reach
from queueing.facts import facts
from queueing.minutes import waited_minutes, whole_minutes
from queueing.promises.rules import Promises, Sums, together, week_of
from queueing.trust import WithheldBand, withheld_in

if TYPE_CHECKING:
    from datetime import datetime

    from sqlmodel import Session

    from kernel.catalogue import Hall, HallQueue
    from kernel.identity import Staff
    from kernel.ids import HallId, QueueId


class By(StrEnum):
    """How finely the report is cut; a hall is always apart."""

    HALL = "hall"
    QUEUE = "queue"
    WEEK = "week"  # of each queue


@dataclass(frozen=True, slots=True)
class Cell:
    """A hall, queue and week (its Monday), as far as the report is cut."""

    hall: Hall
    queue: HallQueue | None
    week: date | None
    promises: Promises


@dataclass(frozen=True, slots=True)
class Withheld:
    """A queue whose number is not told now, with its names."""

    hall: Hall
    queue: HallQueue
    band: WithheldBand


@dataclass(frozen=True, slots=True)
class PromiseReport:
    """The cells by hall, queue and week, the whole, and what is withheld now; local dates, both inclusive."""

    hall: Hall | None
    cells: tuple[Cell, ...]
    whole: Promises
    withheld: tuple[Withheld, ...]
    first_day: date
    last_day: date
    made_at: datetime


def promise_report(
    session: Session, code: str | None, *, days: int, by: By, reader: Staff, now: datetime
) -> PromiseReport:
    """Return how promises held in a hall, or in the city; raises ``HallNotFound``, ``WrongHall``."""
    hall = hall_in_reach(session, code, reader)
    halls = {own.id: own for own in ([hall] if hall else catalogue.halls(session))}
    queues = catalogue.all_queues(session)
    last = _city_day(session, halls, now) - timedelta(days=1)
    first = last - timedelta(days=days - 1)
    found = _cells(session, first, last, hall.id if hall else None, by)
    cells = [
        Cell(halls[hall_id], queues.get(queue_id) if queue_id else None, week, promises)
        for (hall_id, queue_id, week), promises in found.items()
        if hall_id in halls
    ]
    cells.sort(key=lambda own: (own.hall.code, own.queue.rank if own.queue else 0, own.week or first))
    bands = withheld_in(session, hall.id if hall else None)
    return PromiseReport(
        hall,
        tuple(cells),
        together(own.promises for own in cells),
        tuple(Withheld(halls[own.hall_id], queues[own.queue_id], own) for own in bands),
        first,
        last,
        now,
    )


def _city_day(session: Session, halls: dict[HallId, Hall], now: datetime) -> date:
    """Return the earliest local date of these halls: before it all their days are over."""
    calendars = catalogue.calendars(session, list(halls))
    return min((calendar.local_day(now) for calendar in calendars.values()), default=now.date())


Key = tuple["HallId", "QueueId | None", date | None]


def _cells(session: Session, first: date, last: date, hall_id: HallId | None, by: By) -> dict[Key, Promises]:
    seen = _seen(first, last, hall_id)
    c = seen.c
    wanted = [c.hall_id, *([c.queue_id] if by is not By.HALL else []), *([c.day] if by is By.WEEK else [])]
    minute = whole_minutes(func.abs(c.late))
    rows = session.execute(
        select(*wanted, minute.label("minute"), *_sums(c)).group_by(*wanted, minute)
    ).mappings()
    parts: defaultdict[Key, list[Promises]] = defaultdict(list)
    for row in rows:
        week = week_of(row["day"]) if by is By.WEEK else None
        counts, minutes = (row[name] for name in _COUNTS), (row[name] for name in _MINUTES)
        sums = Sums(*(int(own or 0) for own in counts), *(float(own or 0) for own in minutes))
        errors = {} if row["minute"] is None else {int(row["minute"]): sums.measured}
        parts[row["hall_id"], row.get("queue_id"), week].append(Promises(sums, errors))
    return {key: together(own) for key, own in parts.items()}


_COUNTS = ("issued", "measured", "inside", "above", "withheld", "simulated")
_MINUTES = ("late_sum", "pinball50", "pinball90")


def _seen(first: date, last: date, hall_id: HallId | None) -> Any:
    """Return the tickets of ended days; ``wait`` and ``late`` only where the promise can be judged."""
    f = facts.c
    judged = and_(f.told_p10.is_not(None), f.told_p90.is_not(None), not_(f.band_withheld))
    wait = case((judged, waited_minutes(f.arrived_at, f.called_at)), else_=None)
    statement = select(
        *(f.hall_id, f.queue_id, f.day, f.source, f.band_withheld),
        *(f.told_p10, f.told_p50, f.told_p90),
        cast(wait, Float).label("wait"),
        (cast(wait, Float) - f.told_p50).label("late"),
    ).where(f.day.between(first, last))
    if hall_id is not None:
        statement = statement.where(f.hall_id == hall_id)
    return statement.cte("seen").prefix_with("MATERIALIZED")


def _sums(c: Any) -> list[Any]:
    def count(condition: Any) -> Any:
        return func.sum(case((condition, 1), else_=0))

    def pinball(share: float, told: Any) -> Any:
        over = c.wait - told
        return func.sum(case((over >= 0, share * over), else_=(share - 1) * over))

    measured = c.wait.is_not(None)
    return [
        func.count().label("issued"),
        count(measured).label("measured"),
        count(and_(measured, c.wait >= c.told_p10, c.wait <= c.told_p90)).label("inside"),
        count(and_(measured, c.wait > c.told_p90)).label("above"),
        count(c.band_withheld).label("withheld"),
        count(c.source == "simulated").label("simulated"),
        func.sum(c.late).label("late_sum"),
        pinball(0.5, c.told_p50).label("pinball50"),
        pinball(0.9, c.told_p90).label("pinball90"),
    ]
