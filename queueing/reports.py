"""What a supervisor compares halls by, counted in the database; ``rules.records`` defines each figure."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, case, func, literal, not_, select

from kernel import catalogue
from queueing.facts import facts
from queueing.minutes import waited_minutes, whole_minutes
from queueing.rules.records import LONG_WAIT_MINUTES, Record, Tally, together
from queueing.rules.tickets import TicketAction, TicketStatus
from queueing.rules.windows import WindowStatus
from queueing.store.ticket_writes import log
from queueing.store.tickets import tickets
from queueing.store.windows import windows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import date, datetime

    from sqlalchemy import CTE, Row, Select
    from sqlmodel import Session

    from kernel.catalogue import Hall
    from kernel.ids import HallId

_S = TicketStatus
_LEFT = (_S.GIVEN_UP, _S.NEVER_CAME, _S.CLOSED_UNSERVED)
_ENDED = (*_LEFT, _S.FINISHED, _S.SERVED_ON_PAPER)


@dataclass(frozen=True, slots=True)
class HallNow:
    """A hall at this moment."""

    open_now: bool
    waiting: int
    longest_wait_minutes: float | None
    windows_open: int
    windows_total: int


@dataclass(frozen=True, slots=True)
class HallReport:
    """A hall now, its day so far, and the days before."""

    hall: Hall
    now: HallNow
    today: Record
    history: Record


@dataclass(frozen=True, slots=True)
class CityReport:
    """All halls, the city as a whole, and the days (first and last, local) that the history covers."""

    halls: tuple[HallReport, ...]
    city_today: Record
    city_history: Record
    first_day: date
    last_day: date
    made_at: datetime


@dataclass(frozen=True, slots=True)
class HallDayTally:
    """A hall's counts of one day, for export."""

    hall: Hall
    day: date
    tally: Tally


def city_report(session: Session, *, days: int, now: datetime) -> CityReport:
    """Return how all staffed halls stand now and how they did today and over the ``days`` days before."""
    halls = [hall for hall in catalogue.halls(session) if hall.kind == "hall"]
    calendars = catalogue.calendars(session, [hall.id for hall in halls])
    local_days = {hall.id: calendars[hall.id].local_day(now) for hall in halls}
    last = min(local_days.values(), default=now.date()) - timedelta(days=1)
    first = last - timedelta(days=days - 1)
    today = _records(session, _todays(local_days.values()))
    history = _records(session, _past(first, last))
    present = _present(session, set(local_days.values()), now)
    opened = {hall.id: calendars[hall.id].is_open(now) for hall in halls}
    nothing = Record(Tally(), {})
    reports = tuple(
        HallReport(
            hall,
            present(hall.id, opened[hall.id]),
            today.get(hall.id, nothing),
            history.get(hall.id, nothing),
        )
        for hall in halls
    )
    return CityReport(
        reports,
        together(own.today for own in reports),
        together(own.history for own in reports),
        first,
        last,
        now,
    )


def daily_tallies(session: Session, *, days: int, now: datetime) -> list[HallDayTally]:
    """Return every hall's counts for each of the ``days`` days before today, by day and hall."""
    halls = {hall.id: hall for hall in catalogue.halls(session)}
    last = _city_day(session, now) - timedelta(days=1)
    seen = _past(last - timedelta(days=days - 1), last)
    found: defaultdict[tuple[date, HallId], Tally] = defaultdict(Tally)
    for row in session.execute(_counted(seen, seen.c.day)):
        found[row.day, row.hall_id] += _tally(row)
    rows = [HallDayTally(halls[hall_id], day, tally) for (day, hall_id), tally in found.items()]
    return sorted(rows, key=lambda own: (own.day, own.hall.code))


def _city_day(session: Session, now: datetime) -> date:
    """Return the earliest local date of the city's halls: before it all days are over everywhere."""
    calendars = catalogue.calendars(session, [hall.id for hall in catalogue.halls(session)])
    return min((calendar.local_day(now) for calendar in calendars.values()), default=now.date())


def _present(session: Session, days: set[date], now: datetime) -> Callable[[HallId, bool], HallNow]:
    """Return what tells a hall's present state by its id and whether its doors are open."""
    waiting = {
        row.hall_id: row
        for row in session.execute(
            select(
                tickets.c.hall_id, func.count().label("people"), func.min(tickets.c.arrived_at).label("since")
            )
            .where(tickets.c.status == _S.WAITING, tickets.c.day.in_(days))
            .group_by(tickets.c.hall_id)
        )
    }
    is_open = case((windows.c.status == WindowStatus.OPEN, 1), else_=0)
    staffed = {
        row.hall_id: row
        for row in session.execute(
            select(windows.c.hall_id, func.count().label("total"), func.sum(is_open).label("open")).group_by(
                windows.c.hall_id
            )
        )
    }

    def of(hall_id: HallId, open_now: bool) -> HallNow:
        queue, desks = waiting.get(hall_id), staffed.get(hall_id)
        return HallNow(
            open_now=open_now,
            waiting=queue.people if queue else 0,
            longest_wait_minutes=(now - queue.since).total_seconds() / 60 if queue else None,
            windows_open=int(desks.open) if desks else 0,
            windows_total=desks.total if desks else 0,
        )

    return of


# --- counting, in the database ---------------------------------------------------------------------


def _past(first: date, last: date) -> CTE:
    """Return the tickets of ended days, from the facts."""
    f = facts.c
    return (
        select(
            *(f.hall_id, f.day, f.outcome.label("status"), f.told_p10, f.told_p90, f.source, f.band_withheld),
            waited_minutes(f.arrived_at, f.called_at).label("wait"),
        )
        .where(f.day.between(first, last))
        .cte("past")
        .prefix_with("MATERIALIZED")  # or each duration is worked out again for every count
    )


def _todays(days: Iterable[date]) -> CTE:
    """Return the tickets of the running day, from the ticket log; facts come after midnight."""
    t = tickets.c
    first_call = (
        select(func.min(log.c.at))
        # A call into the void is no wait: whoever was served on paper was not there any more.
        .where(log.c.ticket_id == t.id, log.c.what == TicketAction.CALL, t.status != _S.SERVED_ON_PAPER)
        .scalar_subquery()
    )
    return (
        select(
            *(t.hall_id, t.day, t.status, t.told_p10, t.told_p90, t.band_withheld),
            literal("live").label("source"),
            waited_minutes(t.arrived_at, first_call).label("wait"),
        )
        .where(t.day.in_(set(days)))
        .cte("today")
        .prefix_with("MATERIALIZED")
    )


def _counted(seen: CTE, *by: Any) -> Select[Any]:
    """Return the counts of a set of tickets by hall, whole minute of wait, and ``by``."""
    c = seen.c
    waited = c.wait.is_not(None)
    told = and_(waited, c.told_p10.is_not(None), c.told_p90.is_not(None), not_(c.band_withheld))

    def count(condition: Any) -> Any:
        return func.sum(case((condition, 1), else_=0))

    minute = whole_minutes(c.wait)
    return select(
        c.hall_id,
        *by,
        minute.label("minute"),
        func.count().label("issued"),
        count(waited).label("called"),
        count(told).label("told"),
        count(and_(told, c.wait >= c.told_p10, c.wait <= c.told_p90)).label("inside"),
        count(and_(told, c.wait > c.told_p90)).label("above"),
        count(c.wait > LONG_WAIT_MINUTES).label("over_long"),
        count(c.status.in_(_ENDED)).label("ended"),
        count(c.status.in_(_LEFT)).label("left"),
        count(c.source == "simulated").label("simulated"),
    ).group_by(c.hall_id, *by, minute)


def _records(session: Session, seen: CTE) -> dict[HallId, Record]:
    tallies: defaultdict[HallId, Tally] = defaultdict(Tally)
    waits: defaultdict[HallId, dict[int, int]] = defaultdict(dict)
    for row in session.execute(_counted(seen)):
        tallies[row.hall_id] += _tally(row)
        if row.minute is not None:
            waits[row.hall_id][row.minute] = row.called
    return {hall_id: Record(tally, waits[hall_id]) for hall_id, tally in tallies.items()}


def _tally(row: Row[Any]) -> Tally:
    values: Sequence[int] = [int(getattr(row, field.name)) for field in fields(Tally)]
    return Tally(*values)
