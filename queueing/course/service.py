"""The course of a hall or of the city: each period's record, what changed, and the plans that began in it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from sqlalchemy import select, true

from kernel import catalogue
from kernel.reach import hall_in_reach
from queueing.counting import counted, past_tickets, tally_of
from queueing.course.rules import Change, Period, Step, change, periods
from queueing.rules.records import Record, Tally, together
from queueing.store.plans import plans

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

    from sqlmodel import Session

    from kernel.catalogue import Hall
    from kernel.identity import Staff
    from kernel.ids import HallId
    from queueing.rules.records import Share

HOW_MANY = {Step.DAY: 14, Step.WEEK: 8, Step.MONTH: 6}
_A_DAY = timedelta(days=1)  # more than any zone is from UTC


@dataclass(frozen=True, slots=True)
class PlanBegan:
    """A window plan that began to hold: on all days, on one ``weekday`` (0 = Monday), or ``on_day`` alone."""

    hall: Hall
    version: int
    source: str
    weekday: int | None
    on_day: date | None
    on: date


@dataclass(frozen=True, slots=True)
class Stage:
    """A period: its record, its days with tickets, the changes since the one before, and what began."""

    period: Period
    record: Record
    days: int
    over_long: Change | None
    kept: Change | None
    left: Change | None
    plans: tuple[PlanBegan, ...]


@dataclass(frozen=True, slots=True)
class Course:
    """Stages from the earliest on, of a hall or (None) of all halls."""

    hall: Hall | None
    step: Step
    stages: tuple[Stage, ...]
    made_at: datetime


def course(
    session: Session,
    code: str | None,
    *,
    step: Step,
    until: date | None,
    count: int | None,
    reader: Staff,
    now: datetime,
) -> Course:
    """Return how a hall, or the city, did up to the period with ``until`` in it (None: with yesterday).

    Raises ``HallNotFound``, ``WrongHall``.
    """
    hall = hall_in_reach(session, code, reader)
    halls = {own.id: own for own in ([hall] if hall else catalogue.halls(session))}
    calendars = catalogue.calendars(session, list(halls))
    today = min((each.local_day(now) for each in calendars.values()), default=now.date())
    over = today - timedelta(days=1)
    # One period more, so that the first has something to be compared with.
    found = periods(step, until=until or over, count=(count or HOW_MANY[step]) + 1, over=over)
    days = _days(session, found[0].first, found[-1].last, hall.id if hall else None)
    began = _plans(session, found, halls, {own: calendars[own].local_day for own in halls})
    stages = tuple(_stage(own, before, days, began) for before, own in pairwise(found))
    return Course(hall, step, stages, now)


def _stage(period: Period, before: Period, days: Mapping[date, Record], began: Sequence[PlanBegan]) -> Stage:
    own, old = (
        [record for day, record in days.items() if one.first <= day <= one.last] for one in (period, before)
    )

    def changed(of: Callable[[Record], Share]) -> Change | None:
        return change([of(day) for day in old], [of(day) for day in own])

    return Stage(
        period=period,
        record=together(own),
        days=len(own),
        over_long=changed(lambda day: day.over_long),
        kept=changed(lambda day: day.kept),
        left=changed(lambda day: day.left),
        plans=tuple(plan for plan in began if period.first <= plan.on <= period.last),
    )


def _days(session: Session, first: date, last: date, hall_id: HallId | None) -> dict[date, Record]:
    """Return each day's record; days without tickets have none."""
    tallies: defaultdict[date, Tally] = defaultdict(Tally)
    waits: defaultdict[date, dict[int, int]] = defaultdict(dict)
    seen = past_tickets(first, last, hall_id=hall_id)
    for row in session.execute(counted(seen, seen.c.day)):
        tallies[row.day] += tally_of(row)
        if row.minute is not None:
            waits[row.day][row.minute] = row.called
    return {day: Record(tally, waits[day]) for day, tally in tallies.items()}


def _plans(
    session: Session,
    asked: Sequence[Period],
    halls: Mapping[HallId, Hall],
    local_day: Mapping[HallId, Callable[[datetime], date]],
) -> list[PlanBegan]:
    """Return the plans that began to hold in these periods, the earliest first."""
    begins = datetime.combine(asked[0].first, time(), UTC) - _A_DAY
    ends = datetime.combine(asked[-1].last, time(), UTC) + 2 * _A_DAY
    rows = session.execute(
        select(plans)
        .where(
            plans.c.applied_at.between(begins, ends),
            plans.c.source != "kept",  # goes on beside a new one: nothing began
            plans.c.hall_id == next(iter(halls)) if len(halls) == 1 else true(),
        )
        .order_by(plans.c.applied_at, plans.c.id)
    )
    return [
        PlanBegan(
            halls[row.hall_id], row.version, row.source, row.weekday, row.on_day,
            local_day[row.hall_id](row.applied_at),
        )
        for row in rows
        if row.hall_id in halls
    ]  # fmt: skip
