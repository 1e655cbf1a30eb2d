"""Places of a hall over a range of days, by queue and service.

*Planned*: what the window plan gives appointments by the hall's share. *Offered*: the same, or what a person
decided instead; of a slot that is over, what it offered when somebody asked for it last. *Held*: kept now
while somebody confirms. *Booked*: promised and not cancelled; *came* and *no-show* are of those. Places are
of slots, so planned and offered are of a queue; its services share them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

from booking.capacity import store
from booking.capacity.errors import DaysTooMany
from booking.rules.appointments import AppointmentStatus
from booking.rules.slots import SlotKey
from booking.rules.timetable import Timetable
from booking.service.slots import timetable
from kernel import catalogue
from kernel.reach import hall_in_reach
from queueing.walked_in import walk_ins

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlmodel import Session

    from kernel.catalogue import Hall, HallQueue, Service
    from kernel.identity import Staff
    from kernel.ids import QueueId, ServiceId

MOST_DAYS = 92  # a quarter of a year; a year of slots of a big hall would be read for one page
USUAL_DAYS = 14
_S = AppointmentStatus


@dataclass(frozen=True, slots=True)
class Used:
    """What became of places, counted in services: held now, booked, came, no-shows, cancelled, walk-ins."""

    held: int = 0
    booked: int = 0
    came: int = 0
    no_shows: int = 0
    cancelled: int = 0
    walk_ins: int = 0

    def __add__(self, other: Used) -> Used:
        return Used(*(getattr(self, name) + getattr(other, name) for name in Used.__dataclass_fields__))


@dataclass(frozen=True, slots=True)
class QueuePlaces:
    """A queue's places, and what became of them by service; None is a service that is not known."""

    queue: HallQueue
    planned: int
    offered: int
    services: Mapping[Service | None, Used] = field(default_factory=dict)

    @property
    def used(self) -> Used:
        return sum(self.services.values(), Used())


@dataclass(frozen=True, slots=True)
class PlacesReport:
    """A hall's places over local dates, both inclusive."""

    hall: Hall
    first: date
    last: date
    queues: tuple[QueuePlaces, ...]
    made_at: datetime

    @property
    def planned(self) -> int:
        return sum(own.planned for own in self.queues)

    @property
    def offered(self) -> int:
        return sum(own.offered for own in self.queues)

    @property
    def used(self) -> Used:
        return sum((own.used for own in self.queues), Used())


def places_report(
    session: Session, code: str, first: date | None, last: date | None, *, by: Staff, now: datetime
) -> PlacesReport:
    """Return what was planned, offered, held, booked and used of a hall's places.

    Without days the last two weeks. Raises ``HallNotFound``, ``WrongHall``, ``DaysTooMany``.
    """
    hall_in_reach(session, code, by)
    hall = catalogue.hall_by_code(session, code)
    table = timetable(session, hall)
    last = last or table.calendar.local_day(now)
    first = first or last - timedelta(days=USUAL_DAYS - 1)
    if not timedelta(0) <= last - first < timedelta(days=MOST_DAYS):
        raise DaysTooMany(most=MOST_DAYS)
    queues = tuple(catalogue.queues(session, hall.id))
    begins = table.calendar.at_minute(first, 0)
    ends = table.calendar.at_minute(last + timedelta(days=1), 0)
    then = store.offered_then(session, [own.id for own in queues], begins, min(ends, now))
    promised = store.promised(session, hall.id, begins, ends, now=now)
    used = _used(promised, walk_ins(session, hall.id, first, last))
    services = {own.id: own for own in catalogue.services(session)}
    days = [first + timedelta(days=ahead) for ahead in range((last - first).days + 1)]
    lines = tuple(_line(table, queue, days, then, used, services) for queue in queues)
    return PlacesReport(hall, first, last, lines, now)


def _line(
    table: Timetable,
    queue: HallQueue,
    days: Sequence[date],
    then: Mapping[SlotKey, int],
    used: Mapping[tuple[QueueId, ServiceId | None], Used],
    services: Mapping[ServiceId, Service],
) -> QueuePlaces:
    plain = Timetable(table.calendar, table.plans, table.mean_minutes, table.policy)
    keys = [SlotKey(queue.id, start) for day in days for start in table.starts_on(day)]
    own: dict[Service | None, Used] = {}
    for (queue_id, service_id), each in used.items():
        if queue_id == queue.id:
            named = services.get(service_id) if service_id else None
            own[named] = own.get(named, Used()) + each
    ordered = dict(sorted(own.items(), key=lambda item: (item[0] is None, item[0].code if item[0] else "")))
    return QueuePlaces(
        queue,
        sum(plain.capacity(key) for key in keys),
        sum(then.get(key, table.capacity(key)) for key in keys),
        ordered,
    )


def _used(
    promised: Mapping[tuple[QueueId, ServiceId], Mapping[AppointmentStatus, int]],
    walked: Counter[tuple[QueueId, ServiceId | None]],
) -> dict[tuple[QueueId, ServiceId | None], Used]:
    keys: Iterable[tuple[QueueId, ServiceId | None]] = {*promised, *walked}
    found = {}
    for queue_id, service_id in keys:
        own = promised.get((queue_id, service_id), {}) if service_id is not None else {}
        came, missed = own.get(_S.CHECKED_IN, 0), own.get(_S.NO_SHOW, 0)
        found[queue_id, service_id] = Used(
            held=own.get(_S.HELD, 0),
            booked=own.get(_S.CONFIRMED, 0) + came + missed,
            came=came,
            no_shows=missed,
            cancelled=own.get(_S.CANCELLED_BY_CITIZEN, 0) + own.get(_S.CANCELLED_BY_HALL, 0),
            walk_ins=walked[queue_id, service_id],
        )
    return found
