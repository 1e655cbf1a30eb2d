"""Reads of halls, queues and services: one catalogue feeds every channel."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from kernel.calendar import OpeningCalendar
from kernel.errors import NotFound
from kernel.events import HallNotFound
from kernel.ids import HallId, QueueId, ServiceId
from kernel.tables import (
    ClosureRow,
    DepartmentRow,
    HallRow,
    HallServiceRow,
    OpeningHoursRow,
    QueueRow,
    ServicePaperRow,
    ServiceRow,
    ThemeRow,
)

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import time

    from sqlalchemy import Row
    from sqlmodel import Session

_halls = HallRow.__table__
_hours = OpeningHoursRow.__table__
_closures = ClosureRow.__table__
_queues = QueueRow.__table__
_services = ServiceRow.__table__
_departments = DepartmentRow.__table__
_papers = ServicePaperRow.__table__
_offers = HallServiceRow.__table__
_themes = ThemeRow.__table__


class ServiceNotFound(NotFound):
    code, title = "service-not-found", "There is no such service."
    help = "GET /api/v1/services lists the services."
    help_on_page = "The front page lists all services."


class NotOfferedHere(NotFound):
    code, title = "service-not-offered-here", "This hall does not offer that service."
    help = "POST /api/v1/halls/ranking finds halls that do."
    help_on_page = "Choose another hall for it, or ask at the help desk."


@dataclass(frozen=True, slots=True)
class Hall:
    """A hall (or terminal, ``kind``) with its position in the datum it was given in.

    ``address_…`` and ``phone`` are "" where nobody stated them; a ``retired`` hall is history.
    ``level`` is city, county, town or village; ``parent_code``: the hall of the area around it, "" for none.
    """

    id: HallId
    code: str
    kind: str
    level: str
    area_zh: str
    name_zh: str
    name_en: str
    lat: float
    lon: float
    datum: str
    timezone: str
    policy: dict[str, Any]
    area_en: str = ""
    address_zh: str = ""
    address_en: str = ""
    phone: str = ""
    retired: bool = False
    parent_code: str = ""


@dataclass(frozen=True, slots=True)
class HallQueue:
    """A queue of a hall; ``rank`` is its place in the hall's list and breaks ties in the call order.

    ``plan_weight``: how many times a minute of its wait counts when windows are planned.
    """

    id: QueueId
    hall_id: HallId
    prefix: str
    rank: int
    name_zh: str
    name_en: str
    mean_minutes: float
    plan_weight: int = 1


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper; ``need`` is bring, licence (need not be brought) or prefilled."""

    name_zh: str
    name_en: str
    need: str


@dataclass(frozen=True, slots=True)
class Service:
    """A service as people see it; ``minutes`` is the typical time at the window.

    ``department`` is the code of the authority that answers for it, "" where the catalogue names none.
    ``online_link`` leads to where it is done online, "" where no address is known. ``prerequisites`` say who
    may have it done, ``steps`` how it goes, each in Chinese and English. A ``retired`` service is named by
    past visits alone.
    """

    id: ServiceId
    code: str
    name_zh: str
    name_en: str
    aliases: str
    queue_kind: str
    department: str
    minutes: float
    audience: str
    online: bool
    online_note_zh: str
    online_note_en: str
    at_once: bool
    needs_id_tail: bool
    note_zh: str
    note_en: str
    marks: tuple[str, ...]
    related: tuple[str, ...]
    papers: tuple[Paper, ...]
    online_link: str = ""
    party: str = ""
    party_most: int = 1
    single: bool = False
    retired: bool = False
    prerequisites: tuple[tuple[str, str], ...] = ()
    steps: tuple[tuple[str, str], ...] = ()


_PLAIN_SERVICE_FIELDS = tuple(
    field.name
    for field in fields(Service)
    if field.name not in {"marks", "related", "papers", "prerequisites", "steps"}
)


@dataclass(frozen=True, slots=True)
class Department:
    """An authority that answers for services (主管部门)."""

    code: str
    name_zh: str
    name_en: str


@dataclass(frozen=True, slots=True)
class Theme:
    """Several services as one errand (一件事)."""

    code: str
    name_zh: str
    name_en: str
    service_codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Offer:
    """A hall's offer of a service: the queue it waits in, None at a terminal."""

    hall_id: HallId
    service_id: ServiceId
    queue_id: QueueId | None


def halls(session: Session) -> list[Hall]:
    """Return all halls and terminals by code, retired ones among them."""
    return [_hall(row) for row in session.execute(select(_halls).order_by(_halls.c.code))]


def hall(session: Session, hall_id: HallId) -> Hall:
    """Return a hall; raises ``HallNotFound``."""
    row = session.execute(select(_halls).where(_halls.c.id == hall_id)).one_or_none()
    if row is None:
        raise HallNotFound(hall=hall_id)
    return _hall(row)


def hall_by_code(session: Session, code: str) -> Hall:
    """Return a hall by its public code; raises ``HallNotFound``."""
    row = session.execute(select(_halls).where(_halls.c.code == code)).one_or_none()
    if row is None:
        raise HallNotFound(hall=code)
    return _hall(row)


def _hall(row: Row[Any]) -> Hall:
    return Hall(
        *(row.id, row.code, row.kind, row.level, row.area_zh, row.name_zh, row.name_en),
        *(row.lat, row.lon, row.datum, row.timezone, row.policy, row.area_en),
        *(row.address_zh, row.address_en, row.phone, row.retired, row.parent_code),
    )


def queues(session: Session, hall_id: HallId) -> list[HallQueue]:
    """Return a hall's queues by rank."""
    rows = session.execute(
        select(_queues).where(_queues.c.hall_id == hall_id).order_by(_queues.c.rank, _queues.c.id)
    )
    return [_queue(row) for row in rows]


def queues_by_id(session: Session, queue_ids: Collection[QueueId]) -> dict[QueueId, HallQueue]:
    """Return these queues by id; unknown ones are left out."""
    rows = session.execute(select(_queues).where(_queues.c.id.in_(queue_ids)))
    return {row.id: _queue(row) for row in rows}


def all_queues(session: Session) -> dict[QueueId, HallQueue]:
    """Return every queue of the city by id."""
    return {row.id: _queue(row) for row in session.execute(select(_queues))}


def _queue(row: Row[Any]) -> HallQueue:
    return HallQueue(
        row.id, row.hall_id, row.prefix, row.rank, row.name_zh, row.name_en, row.mean_minutes, row.plan_weight
    )


def calendar(session: Session, hall_id: HallId) -> OpeningCalendar:
    """Return a hall's opening calendar; raises ``HallNotFound``."""
    return calendars(session, [hall_id])[hall_id]


def calendars(session: Session, hall_ids: Collection[HallId]) -> dict[HallId, OpeningCalendar]:
    """Return the opening calendars of several halls in three statements."""
    hours: defaultdict[HallId, defaultdict[int, list[tuple[time, time]]]]
    hours = defaultdict(lambda: defaultdict(list))
    for row in session.execute(select(_hours).where(_hours.c.hall_id.in_(hall_ids))):
        hours[row.hall_id][row.weekday].append((row.opens, row.closes))
    closures = session.execute(select(_closures).where(_closures.c.hall_id.in_(hall_ids))).all()
    known = session.execute(select(_halls).where(_halls.c.id.in_(hall_ids))).all()
    if len(known) < len(set(hall_ids)):
        raise HallNotFound
    return {
        row.id: OpeningCalendar(
            zone=ZoneInfo(row.timezone),
            hours=hours[row.id],
            closed_on=frozenset(
                c.day for c in closures if c.hall_id == row.id and c.opens_as_weekday is None
            ),
            worked_as={
                c.day: c.opens_as_weekday
                for c in closures
                if c.hall_id == row.id and c.opens_as_weekday is not None
            },
            # A terminal stands in the street unless it has the hours of the doors before it, as a bank's.
            always_open=row.kind == "terminal" and not hours[row.id],
        )
        for row in known
    }


def services(session: Session) -> list[Service]:
    """Return all services by code, retired ones among them, with their papers."""
    papers: defaultdict[ServiceId, list[Paper]] = defaultdict(list)
    for row in session.execute(select(_papers).order_by(_papers.c.service_id, _papers.c.position)):
        papers[row.service_id].append(Paper(row.name_zh, row.name_en, row.need))
    rows = session.execute(select(_services).order_by(_services.c.code))
    return [_service(row, tuple(papers[row.id])) for row in rows]


def services_by_code(session: Session, codes: Collection[str]) -> list[Service]:
    """Return these services in the order asked for; raises ``ServiceNotFound``, for retired ones too."""
    known = {own.code: own for own in services(session) if own.code in codes and not own.retired}
    for code in codes:
        if code not in known:
            raise ServiceNotFound(service=code)
    return [known[code] for code in codes]


def _service(row: Row[Any], papers: tuple[Paper, ...]) -> Service:
    plain = {name: getattr(row, name) for name in _PLAIN_SERVICE_FIELDS}
    return Service(
        **plain,
        marks=tuple(row.marks),
        related=tuple(row.related),
        papers=papers,
        prerequisites=tuple((zh, en) for zh, en in row.prerequisites),
        steps=tuple((zh, en) for zh, en in row.steps),
    )


def departments(session: Session) -> list[Department]:
    """Return the authorities that answer for services, by code."""
    rows = session.execute(select(_departments).order_by(_departments.c.code))
    return [Department(row.code, row.name_zh, row.name_en) for row in rows]


def themes(session: Session) -> list[Theme]:
    """Return the errands of several services by code."""
    rows = session.execute(select(_themes).order_by(_themes.c.code))
    return [Theme(row.code, row.name_zh, row.name_en, tuple(row.service_codes)) for row in rows]


def offers_of(session: Session, service_ids: Collection[ServiceId]) -> list[Offer]:
    """Return who offers these services."""
    rows = session.execute(select(_offers).where(_offers.c.service_id.in_(service_ids)))
    return [Offer(row.hall_id, row.service_id, row.queue_id) for row in rows]


def offers_in(session: Session, hall_id: HallId) -> list[Offer]:
    """Return what a hall offers."""
    rows = session.execute(select(_offers).where(_offers.c.hall_id == hall_id))
    return [Offer(row.hall_id, row.service_id, row.queue_id) for row in rows]


def queue_for(session: Session, hall_id: HallId, service_id: ServiceId) -> QueueId:
    """Return the queue of a service in a hall; raises ``NotOfferedHere``."""
    queue_id = session.execute(
        select(_offers.c.queue_id).where(
            _offers.c.hall_id == hall_id, _offers.c.service_id == service_id, _offers.c.queue_id.is_not(None)
        )
    ).scalar_one_or_none()
    if queue_id is None:
        raise NotOfferedHere(hall=hall_id, service=service_id)
    return QueueId(queue_id)
