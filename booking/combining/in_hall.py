"""A visit put together by somebody who stands in a hall: what it holds, what can be added, what cannot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from booking.city import city_of
from booking.errors import NoServiceChosen, TooManyServices
from booking.guidance import guidance, search_services
from booking.in_hall import Elsewhere, elsewhere, hall_in
from kernel import catalogue
from kernel.catalogue import NotOfferedHere
from queueing.rules.tickets import MOST_SERVICES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlmodel import Session

    from booking.city import City
    from kernel.catalogue import Hall, HallQueue, Paper, Service, Theme
    from kernel.ids import QueueId

MOST_FOUND = 8  # services that a search lists


@dataclass(frozen=True, slots=True)
class Station:
    """A service of a visit and the queue of this hall in which it waits."""

    service: Service
    queue: HallQueue


@dataclass(frozen=True, slots=True)
class VisitHere:
    """Services chosen for one visit in a hall, in the order in which they will be done.

    ``minutes`` at the windows together. Each paper stands once, where it asks most of the person.
    """

    hall: Hall
    stations: tuple[Station, ...]
    minutes: float
    bring: tuple[Paper, ...]
    need_not_bring: tuple[Paper, ...]

    @property
    def codes(self) -> list[str]:
        """The codes of the services, in order."""
        return [each.service.code for each in self.stations]

    @property
    def full(self) -> bool:
        """Whether a visit holds no more."""
        return len(self.stations) >= MOST_SERVICES


@dataclass(frozen=True, slots=True)
class Addable:
    """What can be added to a visit in its hall.

    ``found`` answers a search, ``related`` is often done with what is chosen, ``by_queue`` is all there is.
    ``elsewhere``: what was searched or is related and this hall does not do.
    """

    found: tuple[Station, ...]
    related: tuple[Station, ...]
    by_queue: tuple[tuple[HallQueue, tuple[Service, ...]], ...]
    elsewhere: tuple[Elsewhere, ...]

    @property
    def all_stations(self) -> tuple[Station, ...]:
        """Everything that can be added, queue by queue."""
        return tuple(Station(each, queue) for queue, here in self.by_queue for each in here)


@dataclass(frozen=True, slots=True)
class ThemeHere:
    """An errand of several services as a hall sees it; done here where ``elsewhere`` is empty."""

    theme: Theme
    services: tuple[Service, ...]
    elsewhere: tuple[Elsewhere, ...]


def visit_here(session: Session, hall_code: str, codes: Sequence[str]) -> VisitHere:
    """Return a visit for these services in a hall, each once, in order.

    Raises ``HallNotFound``, ``NoServiceChosen``, ``TooManyServices``, ``ServiceNotFound`` and
    ``NotOfferedHere``, which names what the hall does not do.
    """
    city = city_of(session)
    hall = hall_in(city, hall_code)
    chosen = city.chosen(codes)
    if not chosen:
        raise NoServiceChosen
    if len(chosen) > MOST_SERVICES:
        raise TooManyServices(most=MOST_SERVICES)
    offered = _offered_now(session, city, hall)
    missing = [each.code for each in chosen if each.code not in offered]
    if missing:
        raise NotOfferedHere(hall=hall_code, services=missing)
    queues = _queues(session, hall)
    guide = guidance(session, [each.code for each in chosen])
    return VisitHere(
        hall=hall,
        stations=tuple(Station(each, queues[offered[each.code]]) for each in chosen),
        minutes=sum(each.minutes for each in chosen),
        bring=guide.bring,
        need_not_bring=guide.need_not_bring,
    )


def addable(session: Session, visit: VisitHere, query: str = "") -> Addable:
    """Return what can be added to a visit in its hall, and what cannot because it is done elsewhere."""
    city = city_of(session)
    offered = _offered_now(session, city, visit.hall)
    queues = _queues(session, visit.hall)
    asked = search_services(session, query, audience=None)[:MOST_FOUND] if query.strip() else []
    related = _related(city, visit)
    free = [each for each in city.services.values() if each.code in offered and each.code not in visit.codes]
    return Addable(
        found=_stations([each for each in asked if each in free], offered, queues),
        related=_stations([each for each in related if each in free], offered, queues),
        by_queue=tuple(
            (queue, here)
            for queue in queues.values()
            if (here := tuple(each for each in free if offered[each.code] == queue.id))
        ),
        elsewhere=elsewhere(city, visit.hall, dict.fromkeys((*asked, *related))),
    )


def themes_here(session: Session, hall_code: str) -> tuple[ThemeHere, ...]:
    """Return the errands of several services, those first that the hall does whole.

    Raises ``HallNotFound``.
    """
    city = city_of(session)
    hall = hall_in(city, hall_code)
    found = []
    for theme in city.themes:
        services = tuple(city.services[code] for code in theme.service_codes if code in city.services)
        found.append(ThemeHere(theme, services, elsewhere(city, hall, services)))
    return tuple(sorted(found, key=lambda each: bool(each.elsewhere)))


def _offered_now(session: Session, city: City, hall: Hall) -> dict[str, QueueId]:
    """Return what one can take a ticket for by code, as the hall's set-up says now, not a minute ago."""
    queues = {own.service_id: own.queue_id for own in catalogue.offers_in(session, hall.id)}
    found = ((each.code, queues.get(each.id)) for each in city.services.values())
    return {code: queue for code, queue in found if queue is not None}


def _related(city: City, visit: VisitHere) -> list[Service]:
    codes = dict.fromkeys(code for own in visit.stations for code in own.service.related)
    return [city.services[code] for code in codes if code in city.services and code not in visit.codes]


def _stations(
    services: Sequence[Service], offered: Mapping[str, QueueId], queues: Mapping[QueueId, HallQueue]
) -> tuple[Station, ...]:
    return tuple(Station(each, queues[offered[each.code]]) for each in services)


def _queues(session: Session, hall: Hall) -> dict[QueueId, HallQueue]:
    return {queue.id: queue for queue in catalogue.queues(session, hall.id)}
