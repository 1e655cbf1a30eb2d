"""A visit put together before one chooses a hall: what can be added, and in how many halls all is done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from booking.city import city_of
from booking.guidance import search_services
from booking.service.slots import MOST_SERVICES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlmodel import Session

    from booking.city import City
    from kernel.catalogue import Service
    from kernel.ids import HallId

MOST_FOUND = 12  # services that a search lists


@dataclass(frozen=True, slots=True)
class Another:
    """A service that may come to a visit; ``halls``: in how many places all of it is done then.

    ``apart``: where there is none, the chosen services with which no place does it; empty where it goes with
    each of them and only not with all.
    """

    service: Service
    halls: int
    apart: tuple[Service, ...]


@dataclass(frozen=True, slots=True)
class Together:
    """A visit before it has a hall: in how many places it is done, and what can be added to it.

    ``found`` answers a search, ``related`` is often done with what is chosen, ``all`` is all there is, with
    what cannot be added among it. ``full`` where an appointment holds no more.
    """

    services: tuple[Service, ...]
    halls: int
    full: bool
    found: tuple[Another, ...]
    related: tuple[Another, ...]
    all: tuple[Another, ...]


def together(session: Session, codes: Sequence[str], query: str = "") -> Together:
    """Return how a visit for these services stands, each once, in order; raises ``ServiceNotFound``."""
    city = city_of(session)
    chosen = city.chosen(codes)
    asked = search_services(session, query, audience=None)[:MOST_FOUND] if query.strip() else []
    related = dict.fromkeys(code for own in chosen for code in own.related if code in city.services)
    return Together(
        services=chosen,
        halls=len(_doing_all(city, chosen)),
        full=len(chosen) >= MOST_SERVICES,
        found=_others(city, chosen, asked),
        related=_others(city, chosen, (city.services[code] for code in related)),
        all=_others(city, chosen, city.services.values()),
    )


def _others(city: City, chosen: Sequence[Service], services: Iterable[Service]) -> tuple[Another, ...]:
    places = _doing_all(city, chosen)
    return tuple(_another(city, chosen, places, each) for each in services if each not in chosen)


def _another(city: City, chosen: Sequence[Service], places: set[HallId], service: Service) -> Another:
    doing = set(city.offers.get(service.id, {}))
    halls = len(places & doing)
    apart = () if halls else tuple(own for own in chosen if not doing & set(city.offers.get(own.id, {})))
    return Another(service, halls, apart)


def _doing_all(city: City, services: Sequence[Service]) -> set[HallId]:
    """Return the places that do all of these services; every place for none."""
    places = {hall.id for hall in city.halls}
    for service in services:
        places &= set(city.offers.get(service.id, {}))
    return places
