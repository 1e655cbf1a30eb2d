"""The report on ratings: served visits and what was said of them, counted in the database."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from booking.ratings import store
from booking.ratings.cases import CaseTally, case_tallies
from booking.ratings.store.ratings import TEXT_FIELD
from booking.rules.ratings import BAD, Level, RatingSums, Reason, is_over, rating_policy, together
from kernel import catalogue
from kernel.reach import hall_in_reach
from queueing.promises.rules import week_of
from queueing.visits import served_visits

if TYPE_CHECKING:
    from datetime import datetime

    from sqlmodel import Session

    from kernel.catalogue import Hall, HallQueue, Service
    from kernel.identity import Staff
    from kernel.ids import HallId
    from kernel.secrets import Vault

LATEST_WORDS = 20


class By(StrEnum):
    """How finely the report is cut; a hall is always apart."""

    HALL = "hall"
    QUEUE = "queue"
    SERVICE = "service"
    WEEK = "week"  # of each queue


_COLUMNS = {
    By.HALL: ("hall_id",),
    By.QUEUE: ("hall_id", "queue_id"),
    By.SERVICE: ("hall_id", "service_id"),
    By.WEEK: ("hall_id", "queue_id"),
}


@dataclass(frozen=True, slots=True)
class Cell:
    """A hall, queue, service and week (its Monday), as far as the report is cut."""

    hall: Hall
    queue: HallQueue | None
    service: Service | None
    week: date | None
    sums: RatingSums


@dataclass(frozen=True, slots=True)
class Words:
    """What somebody wrote with a rating; the week, not the day."""

    level: Level
    queue: HallQueue
    week: date
    text: str


@dataclass(frozen=True, slots=True)
class RatingReport:
    """Local dates, both inclusive, today among them; ``cases`` by hall."""

    hall: Hall | None
    by: By
    cells: tuple[Cell, ...]
    whole: RatingSums
    cases: dict[HallId, CaseTally]
    words: tuple[Words, ...]
    first_day: date
    last_day: date
    made_at: datetime

    @property
    def all_cases(self) -> CaseTally:
        return sum(self.cases.values(), CaseTally())


Key = tuple[Any, Any, Any, date | None]


@dataclass(slots=True)
class _Counts:
    levels: Counter[Level] = field(default_factory=Counter)
    reasons: Counter[Reason] = field(default_factory=Counter)
    unrated: int = 0
    open: int = 0
    rated_in_time: int = 0

    def sums(self) -> RatingSums:
        return RatingSums(dict(self.levels), self.unrated, self.open, self.rated_in_time, dict(self.reasons))


def rating_report(
    session: Session, code: str | None, *, days: int, by: By, reader: Staff, now: datetime, vault: Vault
) -> RatingReport:
    """Return how the visits of a hall, or of the city, were rated; raises ``HallNotFound``, ``WrongHall``.

    A manager reads the own hall only, whoever may read the city all of them.
    """
    hall = hall_in_reach(session, code, reader)
    hall_id = hall.id if hall else None
    halls = {own.id: own for own in ([hall] if hall else catalogue.halls(session))}
    todays = _todays(session, halls, now)
    last = max(todays.values(), default=now.date())
    first = last - timedelta(days=days - 1)
    found = _counted(session, served_visits(first, last, hall_id), by, halls, todays)
    for row in store.reasons_given(session, first, last, hall_id, BAD):
        if (own := found.get(_key(row, by))) is not None:
            own.reasons.update(Reason(each) for each in row.reasons)
    cells = _cells(session, {key: counts.sums() for key, counts in found.items()}, halls)
    return RatingReport(
        hall=hall,
        by=by,
        cells=cells,
        whole=together(own.sums for own in cells),
        cases=case_tallies(session, hall_id, now=now),
        words=_words(session, hall, first, vault) if hall else (),
        first_day=first,
        last_day=last,
        made_at=now,
    )


def _todays(session: Session, halls: dict[HallId, Hall], now: datetime) -> dict[HallId, date]:
    calendars = catalogue.calendars(session, list(halls))
    return {hall_id: calendar.local_day(now) for hall_id, calendar in calendars.items()}


def _counted(
    session: Session, served: Any, by: By, halls: dict[HallId, Hall], todays: dict[HallId, date]
) -> dict[Key, _Counts]:
    found: defaultdict[Key, _Counts] = defaultdict(_Counts)
    policies = {hall_id: rating_policy(hall.policy) for hall_id, hall in halls.items()}
    for row in store.rated_counts(session, served, _COLUMNS[by]):
        own = found[_key(row, by)]
        over = is_over(row.day, todays[row.hall_id], policies[row.hall_id])
        if row.level is not None:
            own.levels[Level(row.level)] += row.n
            own.rated_in_time += row.n if over else 0
        elif over:
            own.unrated += row.n
        else:
            own.open += row.n
    return dict(found)


def _key(row: Any, by: By) -> Key:
    """Return the cell of a row; columns that the cut does not name are left out."""
    queue_id = row.queue_id if "queue_id" in _COLUMNS[by] else None
    service_id = row.service_id if "service_id" in _COLUMNS[by] else None
    return row.hall_id, queue_id, service_id, week_of(row.day) if by is By.WEEK else None


def _cells(session: Session, found: dict[Key, RatingSums], halls: dict[HallId, Hall]) -> tuple[Cell, ...]:
    """Return the cells by hall, queue or service, and week: never by how good they are."""
    queues = catalogue.all_queues(session)
    services = {own.id: own for own in catalogue.services(session)} if any(key[2] for key in found) else {}
    cells = [
        Cell(halls[hall_id], queues.get(queue_id), services.get(service_id), week, sums)
        for (hall_id, queue_id, service_id, week), sums in found.items()
    ]
    return tuple(sorted(cells, key=_place))


def _place(cell: Cell) -> tuple[str, int, str, date]:
    return (
        cell.hall.code,
        cell.queue.rank if cell.queue else 0,
        cell.service.code if cell.service else "",
        cell.week or date.min,
    )


def _words(session: Session, hall: Hall, first: date, vault: Vault) -> tuple[Words, ...]:
    queues = {queue.id: queue for queue in catalogue.queues(session, hall.id)}
    return tuple(
        Words(
            Level(row.level),
            queues[row.queue_id],
            week_of(row.day),
            vault.open(row.text_sealed, field=TEXT_FIELD),
        )
        for row in store.latest_words(session, hall.id, first, limit=LATEST_WORDS)
    )
