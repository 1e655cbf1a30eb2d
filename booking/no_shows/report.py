"""The supervisor's figures about no-shows, pauses and appeals, by hall."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from booking.no_shows.deciding import AppealTally, appeal_tallies
from booking.no_shows.pausing import rule_in_force_at
from booking.no_shows.store import facts, rules
from booking.rules.no_shows import NoShowKind, NoShowStatus, pause_at
from kernel import catalogue
from kernel.reach import hall_in_reach

if TYPE_CHECKING:
    from datetime import date

    from sqlmodel import Session

    from booking.rules.no_shows import Counted
    from kernel.catalogue import Hall
    from kernel.identity import Staff
    from kernel.ids import HallId


@dataclass(frozen=True, slots=True)
class NoShowFigures:
    """Of appointments that were due in the days of the report, but ``paused`` and ``appeals`` of now.

    ``came``, ``not_come``: checked in or not, whatever the rule. ``absent``, ``late``: recorded under the
    rule. ``counting``, ``forgiven``, ``excused``: what became of those. ``paused``: people whose booking is
    paused by a no-show in this hall.
    """

    came: int = 0
    not_come: int = 0
    absent: int = 0
    late: int = 0
    counting: int = 0
    forgiven: int = 0
    excused: int = 0
    paused: int = 0
    appeals: AppealTally = field(default_factory=AppealTally)

    def __add__(self, other: NoShowFigures) -> NoShowFigures:
        names = [name for name in NoShowFigures.__dataclass_fields__ if name != "appeals"]
        sums = {name: getattr(self, name) + getattr(other, name) for name in names}
        return NoShowFigures(**sums, appeals=self.appeals + other.appeals)


@dataclass(frozen=True, slots=True)
class NoShowReport:
    """Local dates, both inclusive, today among them; halls by code."""

    hall: Hall | None
    halls: tuple[tuple[Hall, NoShowFigures], ...]
    whole: NoShowFigures
    first_day: date
    last_day: date
    made_at: datetime


def no_show_report(
    session: Session, code: str | None, *, days: int, reader: Staff, now: datetime
) -> NoShowReport:
    """Return the figures of a hall, or of all halls with windows; raises ``HallNotFound``, ``WrongHall``."""
    only = hall_in_reach(session, code, reader)
    halls = [only] if only else [own for own in catalogue.halls(session) if own.kind == "hall"]
    calendar = catalogue.calendar(session, halls[0].id) if halls else None
    last = calendar.local_day(now) if calendar else now.date()
    first = last - timedelta(days=days - 1)
    zone = calendar.zone if calendar else None
    since = datetime.combine(first, time(), zone)
    until = datetime.combine(last + timedelta(days=1), time(), zone)
    found = _by_hall(session, since, until, now=now)
    lines = tuple((own, found.get(own.id, NoShowFigures())) for own in sorted(halls, key=_code))
    whole = sum((figures for _, figures in lines), NoShowFigures())
    return NoShowReport(only, lines, whole, first, last, now)


def _code(hall: Hall) -> str:
    return hall.code


def _by_hall(
    session: Session, since: datetime, until: datetime, *, now: datetime
) -> dict[HallId, NoShowFigures]:
    kinds: Counter[tuple[HallId, str]] = Counter()
    statuses: Counter[tuple[HallId, str]] = Counter()
    for row in facts.written_counts(session, since, until):
        kinds[row.hall_id, "absent" if row.kind == NoShowKind.ABSENT else "late"] += row.n
        statuses[row.hall_id, row.status] += row.n
    came, paused = facts.came_or_not(session, since, until), _paused(session, now=now)
    appeals = appeal_tallies(session, None, now=now)
    ids = {*came, *paused, *appeals, *(hall_id for hall_id, _ in kinds)}
    return {
        own: NoShowFigures(
            came=came.get(own, (0, 0))[0],
            not_come=came.get(own, (0, 0))[1],
            absent=kinds[own, "absent"],
            late=kinds[own, "late"],
            counting=statuses[own, NoShowStatus.COUNTS],
            forgiven=statuses[own, NoShowStatus.FORGIVEN],
            excused=statuses[own, NoShowStatus.EXCUSED],
            paused=paused[own],
            appeals=appeals.get(own, AppealTally()),
        )
        for own in ids
    }


def _paused(session: Session, *, now: datetime) -> Counter[HallId]:
    """Count the people whose booking is paused by the hall of the no-show that began it."""
    found: Counter[HallId] = Counter()
    if rule_in_force_at(session, now) is None:
        return found
    people: defaultdict[bytes, list[tuple[HallId, Counted]]] = defaultdict(list)
    for person, hall_id, counted in facts.counted_of_recent(session, now - rules.longest_pause(session)):
        people[person].append((hall_id, counted))
    for own in people.values():
        pause = pause_at([counted for _, counted in own], now=now)
        if pause is not None:
            found[next(hall_id for hall_id, counted in own if counted.at == pause.begins_at)] += 1
    return found
