"""What a supervisor compares halls by, counted in the database; ``rules.records`` defines each figure."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import case, func, select

from kernel import catalogue
from queueing.counting import counted, past_tickets, tally_of, todays_tickets
from queueing.rules.records import Record, Tally, together
from queueing.rules.tickets import TicketStatus
from queueing.rules.windows import WindowStatus
from queueing.store.tickets import tickets
from queueing.store.windows import windows

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime

    from sqlalchemy import CTE
    from sqlmodel import Session

    from kernel.catalogue import Hall
    from kernel.ids import HallId


@dataclass(frozen=True, slots=True)
class HallNow:
    """A hall at this moment; who waits at home for a call is not among those who wait."""

    open_now: bool
    waiting: int
    longest_wait_minutes: float | None
    windows_open: int
    windows_total: int


@dataclass(frozen=True, slots=True)
class HallToday:
    """A hall now and its day so far; ``day`` is its local date."""

    hall: Hall
    day: date
    now: HallNow
    today: Record


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


_NOTHING = Record(Tally(), {})


def city_report(session: Session, *, days: int, now: datetime) -> CityReport:
    """Return how all staffed halls stand now and how they did today and over the ``days`` days before."""
    halls = halls_today(session, now=now)
    last = min((own.day for own in halls), default=now.date()) - timedelta(days=1)
    first = last - timedelta(days=days - 1)
    history = _records(session, past_tickets(first, last))
    reports = tuple(
        HallReport(own.hall, own.now, own.today, history.get(own.hall.id, _NOTHING)) for own in halls
    )
    return CityReport(
        reports,
        together(own.today for own in reports),
        together(own.history for own in reports),
        first,
        last,
        now,
    )


def halls_today(session: Session, *, now: datetime) -> list[HallToday]:
    """Return how all staffed halls stand now and how they did today."""
    halls = [hall for hall in catalogue.halls(session) if hall.kind == "hall"]
    calendars = catalogue.calendars(session, [hall.id for hall in halls])
    days = {hall.id: calendars[hall.id].local_day(now) for hall in halls}
    today = _records(session, todays_tickets(days.values()))
    present = _present(session, set(days.values()), now)
    return [
        HallToday(
            hall,
            days[hall.id],
            present(hall.id, calendars[hall.id].is_open(now)),
            today.get(hall.id, _NOTHING),
        )
        for hall in halls
    ]


def daily_tallies(session: Session, *, days: int, now: datetime) -> list[HallDayTally]:
    """Return every hall's counts for each of the ``days`` days before today, by day and hall."""
    halls = {hall.id: hall for hall in catalogue.halls(session)}
    last = _city_day(session, now) - timedelta(days=1)
    seen = past_tickets(last - timedelta(days=days - 1), last)
    found: defaultdict[tuple[date, HallId], Tally] = defaultdict(Tally)
    for row in session.execute(counted(seen, seen.c.hall_id, seen.c.day)):
        found[row.day, row.hall_id] += tally_of(row)
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
            .where(
                tickets.c.status == TicketStatus.WAITING, tickets.c.day.in_(days), tickets.c.remote.is_(False)
            )
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


def _records(session: Session, seen: CTE) -> dict[HallId, Record]:
    tallies: defaultdict[HallId, Tally] = defaultdict(Tally)
    waits: defaultdict[HallId, dict[int, int]] = defaultdict(dict)
    for row in session.execute(counted(seen, seen.c.hall_id)):
        tallies[row.hall_id] += tally_of(row)
        if row.minute is not None:
            waits[row.hall_id][row.minute] = row.called
    return {hall_id: Record(tally, waits[hall_id]) for hall_id, tally in tallies.items()}
