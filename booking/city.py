"""The city as booking reads it all the time, kept in memory: halls, services, offers, timetables, areas.

Read again after ``FRESH_FOR_S`` seconds, or before by whoever keeps it fresh, so that no request pays for
it; a newly applied window plan is seen at once, one short statement a request asks for it. Whoever takes a
place never relies on this; it reads the database.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field, replace
from math import inf
from threading import Lock
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from booking.meeting.store import offered_everywhere
from booking.pinyin import spelled
from booking.rules.policy import booking_policy
from booking.rules.search import Searchable, ServiceIndex
from booking.rules.timetable import Timetable
from booking.store import decided_places
from geo.rules.areas import Area, Areas
from geo.rules.coordinates import Datum, Position
from geo.rules.links import NavigationLinks, navigation_links
from geo.rules.places import Place, Places
from kernel import catalogue
from kernel.after_commit import after_commit, began_at
from kernel.catalogue import ServiceNotFound
from kernel.clock import monotonic
from kernel.questions import questions
from queueing.capacity import plans_mark, windows_serving

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Engine
    from sqlmodel import Session

    from booking.rules.meeting import AppointmentKind
    from geo.rules.travel import TravelMode
    from kernel.catalogue import Hall, HallQueue, Service, Theme
    from kernel.ids import HallId, QueueId, ServiceId
    from kernel.questions import Question

FRESH_FOR_S = 60.0  # an edit of the catalogue shows within this time; closures are announced earlier
_PLACE_ZH = re.compile(r"((便民|党群|政务)服务(中心|大厅|站|点)|村(民)?委员?会).*$")
_PLACE_EN = re.compile(r"\s+((Government )?Service (Hall|Centre|Center|Point)).*$")


@dataclass(frozen=True, slots=True)
class City:
    """Everything about the city that changes by the day rather than by the second.

    ``halls`` and ``services`` are those of today's catalogue; ``retired`` are the services that only what
    was asked for earlier still names. ``kinds``: how appointments can be had beside in the hall.
    """

    halls: tuple[Hall, ...]
    positions: Mapping[HallId, Position]
    services: Mapping[str, Service]
    themes: tuple[Theme, ...]
    questions: Mapping[str, Question]
    offers: Mapping[ServiceId, Mapping[HallId, QueueId | None]]
    timetables: Mapping[HallId, Timetable]
    areas: Areas
    places: Places
    index: ServiceIndex
    name_zh: str
    retired: Mapping[str, Service] = field(default_factory=dict)
    kinds: Mapping[ServiceId, Mapping[HallId, frozenset[AppointmentKind]]] = field(default_factory=dict)
    _links: dict[tuple[HallId, TravelMode], NavigationLinks] = field(default_factory=dict, repr=False)

    def links(self, hall: Hall, mode: TravelMode) -> NavigationLinks:
        """Return the links that open the way to a hall in the citizen's own map."""
        key = hall.id, mode
        if key not in self._links:
            position = self.positions[hall.id]
            self._links[key] = navigation_links(position, hall.name_zh, mode, region=self.name_zh)
        return self._links[key]

    def chosen(self, codes: Sequence[str]) -> tuple[Service, ...]:
        """Return services by code, each once, in order; raises ``ServiceNotFound``."""
        for code in codes:
            if code not in self.services:
                raise ServiceNotFound(service=code)
        return tuple(self.services[code] for code in dict.fromkeys(codes))

    def named(self, codes: Iterable[str]) -> tuple[Service, ...]:
        """Return what somebody asked for earlier, be it retired by now; codes nobody knows are left out."""
        known = {**self.retired, **self.services}
        return tuple(known[code] for code in dict.fromkeys(codes) if code in known)


@dataclass(frozen=True, slots=True)
class _Kept:
    city: City
    plans: object
    read_at: float


_kept: WeakKeyDictionary[Engine, _Kept] = WeakKeyDictionary()
# By address of the database: readers and the writer have engines of their own.
_forgotten_at: dict[str, float] = {}
_keeping = Lock()


def city_of(session: Session) -> City:
    """Return the city, from memory while that is fresh."""
    engine = session.get_bind().engine
    plans, kept = plans_mark(session), _kept.get(engine)
    if kept is None or monotonic() - kept.read_at > FRESH_FOR_S:
        kept = _Kept(_read(session, kept.city if kept else None), plans, monotonic())
    elif kept.plans != plans:
        timetables = _timetables(session, kept.city.halls)
        kept = _Kept(replace(kept.city, timetables=timetables), plans, kept.read_at)
    _keep(session, kept)
    return kept.city


def renew_city(session: Session) -> None:
    """Read the city anew, and let its names be spelled before somebody types."""
    engine = session.get_bind().engine
    plans, kept = plans_mark(session), _kept.get(engine)
    city = _read(session, kept.city if kept else None)
    _keep(session, _Kept(city, plans, monotonic()))
    city.index.spell()
    city.places.spell()


def _keep(session: Session, kept: _Kept) -> None:
    """Keep what was read, unless the city was forgotten since the session began: it may be from before."""
    engine = session.get_bind().engine
    with _keeping:
        if _forgotten_at.get(_address(engine), -inf) < began_at(session):
            _kept[engine] = kept


def forget_city(session: Session) -> None:
    """Read the city anew at the first request after the commit; for those who change the catalogue.

    Forgotten before it, somebody who reads meanwhile would keep the old city for as long as it is fresh.
    """
    address = _address(session.get_bind().engine)
    after_commit(session, lambda: _forget(address))


def _forget(address: str) -> None:
    with _keeping:
        _forgotten_at[address] = monotonic()
        for engine in [each for each in _kept if _address(each) == address]:
            del _kept[engine]


def _address(engine: Engine) -> str:
    return str(engine.url)


def _read(session: Session, before: City | None) -> City:
    halls = tuple(hall for hall in catalogue.halls(session) if not hall.retired)
    every = catalogue.services(session)
    services = {service.code: service for service in every if not service.retired}
    offers: defaultdict[ServiceId, dict[HallId, QueueId | None]] = defaultdict(dict)
    for offer in catalogue.offers_of(session, [service.id for service in services.values()]):
        offers[offer.service_id][offer.hall_id] = offer.queue_id
    positions = {hall.id: position_of(hall) for hall in halls}
    areas = Areas(_areas(halls, positions))
    return City(
        halls=halls,
        positions=positions,
        services=services,
        themes=tuple(catalogue.themes(session)),
        questions=questions(session),
        offers=dict(offers),
        timetables=_timetables(session, halls),
        areas=areas,
        places=_kept_places(before, areas, halls, positions, _gazetteer(session)),
        index=before.index if before and before.services == services else _index(services.values()),
        name_zh=next((hall.area_zh for hall in halls if hall.level == "city"), ""),
        kinds=offered_everywhere(session),
        retired={service.code: service for service in every if service.retired},
    )


def _index(services: Iterable[Service]) -> ServiceIndex:
    return ServiceIndex(
        [Searchable(each.code, each.name_zh, each.name_en, _aliases(each.aliases)) for each in services],
        spelled,
    )


def _timetables(session: Session, halls: Sequence[Hall]) -> dict[HallId, Timetable]:
    hall_ids = [hall.id for hall in halls]
    calendars = catalogue.calendars(session, hall_ids)
    plans = windows_serving(session, hall_ids)
    minutes: defaultdict[HallId, dict[QueueId, float]] = defaultdict(dict)
    queues: Mapping[QueueId, HallQueue] = catalogue.all_queues(session)
    for queue in queues.values():
        minutes[queue.hall_id][queue.id] = queue.mean_minutes
    decided = decided_places(session, hall_ids)
    return {
        hall.id: Timetable(
            calendars[hall.id],
            plans[hall.id],
            minutes[hall.id],
            booking_policy(hall.policy),
            decided.get(hall.id, {}),
        )
        for hall in halls
    }


def position_of(hall: Hall) -> Position:
    """Return where a hall is, in the datum it was given in."""
    return Position(hall.lat, hall.lon, datum_named(hall.datum))


def datum_named(name: str) -> Datum:
    """Return a datum by any usual spelling; raises ``ValueError``.

    >>> datum_named("WGS-84") is datum_named("wgs84")
    True
    """
    return Datum(name.lower().replace("-", "").replace("_", ""))


def _areas(halls: Sequence[Hall], positions: Mapping[HallId, Position]) -> list[Area]:
    """Return the districts and towns that the halls stand for; terminals stand for none."""
    staffed = [hall for hall in halls if hall.kind == "hall"]
    counties = {hall.area_zh: hall.code for hall in staffed if hall.level == "county"}
    codes = {hall.code for hall in staffed}
    cities = [hall.code for hall in staffed if hall.level == "city"]

    def around(hall: Hall) -> str | None:
        if hall.level == "county":
            return cities[0] if cities else None
        if hall.level == "village" and hall.parent_code in codes:
            return hall.parent_code
        return None if hall.level == "city" else counties.get(hall.area_zh)

    return [Area(hall.code, _place_names(hall), positions[hall.id], around(hall)) for hall in staffed]


def _gazetteer(session: Session) -> tuple[Place, ...]:
    """Return the installation's own places, which every unit of work carries (``Database.carry``)."""
    found: tuple[Place, ...] = session.info.get("gazetteer", ())
    return found


def _kept_places(
    before: City | None,
    areas: Areas,
    halls: Sequence[Hall],
    positions: Mapping[HallId, Position],
    gazetteer: tuple[Place, ...],
) -> Places:
    """Return the places of the city; those of before where no hall has changed: they are spelled already."""
    if before is not None and before.halls == halls:
        return before.places
    return Places(areas, (*_hall_places(halls, positions), *gazetteer), spelled)


def _hall_places(halls: Sequence[Hall], positions: Mapping[HallId, Position]) -> list[Place]:
    """Return halls and terminals as places: by their names, and by their address where one is stated."""
    counties = {hall.area_zh: hall.code for hall in halls if hall.kind == "hall" and hall.level == "county"}

    def around(hall: Hall) -> str | None:
        return hall.code if hall.kind == "hall" else counties.get(hall.area_zh)

    return [
        Place(
            f"hall {hall.code}",
            tuple(filter(None, (hall.name_zh, hall.name_en, hall.address_zh, hall.address_en))),
            positions[hall.id],
            around(hall),
        )
        for hall in halls
    ]


def _place_names(hall: Hall) -> tuple[str, ...]:
    """Return the names of the place a hall stands for; they are the beginning of the hall's name."""
    in_name = (_PLACE_ZH.sub("", hall.name_zh), _PLACE_EN.sub("", hall.name_en))
    in_area = () if hall.level in ("town", "village") else (hall.area_zh,)
    return tuple(dict.fromkeys(name for name in (*in_name, *in_area) if name))


def _aliases(text: str) -> tuple[str, ...]:
    return tuple(alias for alias in re.split(r"[,，、;；|]\s*", text) if alias)
