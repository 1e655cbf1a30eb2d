"""The counts of groups, made in the database from the facts of ended days."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, case, func, select

from kernel.tables import HallRow, ServiceRow
from queueing.counting import counted, in_the_hall, tally_of
from queueing.facts import facts
from queueing.groups.rules import NOT_NAMED, NOT_RECORDED, By, Figures, Times, Within
from queueing.minutes import waited_minutes, whole_minutes
from queueing.rules.delivered import read
from queueing.rules.records import Record, Tally
from queueing.rules.tickets import TicketStatus

if TYPE_CHECKING:
    from sqlalchemy import CTE
    from sqlmodel import Session

    from kernel.ids import ServiceId
    from queueing.course.rules import Period

_halls = HallRow.__table__
_services = ServiceRow.__table__

# What was done counts; what was asked, where nobody was served or nobody recorded it.
_SERVICE = func.coalesce(facts.c.delivered_id, facts.c.service_id)
_DEPARTMENT = case(
    (_SERVICE.is_(None), NOT_RECORDED),
    (func.coalesce(_services.c.department, "") == "", NOT_NAMED),
    else_=_services.c.department,
)
_KEYS = {
    By.HALL: _halls.c.code,
    By.COUNTY: _halls.c.area_zh,
    By.LEVEL: _halls.c.level,
    By.DEPARTMENT: _DEPARTMENT,
}


@dataclass(slots=True)
class _Walk:
    walks: dict[int, int]
    walked_long: int = 0
    served: int = 0
    served_minutes: float = 0.0


def figures(
    session: Session, period: Period, *, by: By, within: Within, walk_over: int
) -> dict[str, Figures]:
    """Return the figures of each group that has tickets; ``walk_over`` in minutes."""
    seen = _waits(period, by, within)
    tallies: defaultdict[str, Tally] = defaultdict(Tally)
    waits: defaultdict[str, dict[int, int]] = defaultdict(dict)
    waited: defaultdict[str, float] = defaultdict(float)
    counts = counted(seen, seen.c.key).add_columns(func.sum(seen.c.wait).label("waited"))
    for row in session.execute(counts):
        tallies[row.key] += tally_of(row)
        waited[row.key] += float(row.waited or 0)
        if row.minute is not None:
            waits[row.key][row.minute] = row.called
    walks = _walks(session, period, by, within, walk_over)
    return {
        key: Figures(Record(tally, waits[key]), _times(waited[key], walks.get(key)))
        for key, tally in tallies.items()
    }


def tickets_by_service(
    session: Session, period: Period, *, by: By, within: Within
) -> dict[str, dict[ServiceId, int]]:
    """Return how often each service was done in each group, or asked for where nobody was served.

    A ticket with several services counts in each, under its own group; unknown ones are left out.
    """
    key, service = _KEYS[by].label("key"), _SERVICE.label("service_id")
    statement = _from(select(key, service, func.count().label("n")), period, by, within)
    found: defaultdict[str, Counter[ServiceId]] = defaultdict(Counter)
    for row in session.execute(statement.where(_SERVICE.is_not(None)).group_by(key, _SERVICE)):
        found[row.key][row.service_id] = row.n
    more = _from(select(key, facts.c.done_as_well), period, by, within)
    for row in session.execute(more.where(facts.c.done_as_well.is_not(None))):
        found[row.key].update(read(row.done_as_well))
    return {group: dict(counts) for group, counts in found.items()}


def _times(waited: float, walk: _Walk | None) -> Times:
    if walk is None:
        return Times(waited)
    return Times(waited, walk.served, walk.served_minutes, walk.walked_long, walk.walks)


def _waits(period: Period, by: By, within: Within) -> CTE:
    f = facts.c
    statement = select(
        *(_KEYS[by].label("key"), f.outcome.label("status"), f.told_p10, f.told_p90, f.source),
        f.comes_back,
        *(f.band_withheld, in_the_hall(f.remote, waited_minutes(f.arrived_at, f.called_at)).label("wait")),
    )
    # Materialized, or each duration is worked out again for every count.
    seen: CTE = _from(statement, period, by, within).cte("waits").prefix_with("MATERIALIZED")
    return seen


def _walks(session: Session, period: Period, by: By, within: Within, over: int) -> dict[str, _Walk]:
    f = facts.c
    # On paper there is a start only where a desk told it.
    served = f.outcome.in_((TicketStatus.FINISHED, TicketStatus.SERVED_ON_PAPER))
    finished = and_(served, f.ended_at.is_not(None))
    statement = select(
        _KEYS[by].label("key"),
        in_the_hall(f.remote, waited_minutes(f.answered_call_at, f.started_at)).label("walk"),
        case((finished, waited_minutes(f.started_at, f.ended_at)), else_=None).label("service"),
    ).where(f.started_at.is_not(None))
    seen = _from(statement, period, by, within).cte("walks").prefix_with("MATERIALIZED")
    c = seen.c
    second = whole_minutes(c.walk * 60 + 0.5)  # to the nearest: durations come to a thousandth of a minute
    rows = session.execute(
        select(
            *(c.key, second.label("second"), func.count().label("n")),
            func.sum(case((c.walk > over, 1), else_=0)).label("long"),
            *(func.count(c.service).label("served"), func.sum(c.service).label("served_minutes")),
        ).group_by(c.key, second)
    )
    found: defaultdict[str, _Walk] = defaultdict(lambda: _Walk({}))
    for row in rows:
        own = found[row.key]
        own.served += row.served
        own.served_minutes += float(row.served_minutes or 0)
        if row.second is not None:
            own.walks[row.second] = row.n
            own.walked_long += row.long
    return dict(found)


def _from(statement: Any, period: Period, by: By, within: Within) -> Any:
    """Return a statement over the facts of a period; halls and services joined only where they are asked."""
    f = facts.c
    of_hall = (within.hall, within.county, within.level)
    source: Any = facts
    if by is not By.DEPARTMENT or any(own is not None for own in of_hall):
        source = source.join(_halls, _halls.c.id == f.hall_id)
    if by is By.DEPARTMENT or within.department is not None:
        source = source.outerjoin(_services, _services.c.id == _SERVICE)
    wanted = (
        *((_halls.c.code, within.hall), (_halls.c.area_zh, within.county), (_halls.c.level, within.level)),
        (_DEPARTMENT, within.department),
    )
    return statement.select_from(source).where(
        f.day.between(period.first, period.last),
        *(column == value for column, value in wanted if value is not None),
    )
