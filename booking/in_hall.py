"""What one can take a ticket for in a hall, and where the rest is done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from geo.rules.distance import geodesic_metres_to
from kernel.events import HallNotFound

if TYPE_CHECKING:
    from collections.abc import Iterable

    from booking.city import City
    from kernel.catalogue import Hall, Service
    from kernel.ids import QueueId

OTHER_HALLS = 2  # named for what a hall does not do; the whole list stands on the service's own page


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A service that a hall does not do, and the nearest halls that do."""

    service: Service
    halls: tuple[Hall, ...]


def hall_in(city: City, code: str) -> Hall:
    """Return a hall by its code; raises ``HallNotFound``."""
    hall = next((each for each in city.halls if each.code == code), None)
    if hall is None:
        raise HallNotFound(hall=code)
    return hall


def offered_in(city: City, hall: Hall) -> dict[str, QueueId]:
    """Return the services of a hall that one can take a ticket for, by code, with their queues."""
    queues = ((each.code, city.offers.get(each.id, {}).get(hall.id)) for each in city.services.values())
    return {code: queue for code, queue in queues if queue is not None}


def elsewhere(city: City, hall: Hall, services: Iterable[Service]) -> tuple[Elsewhere, ...]:
    """Return those of the services that the hall does not do, each with where it is done."""
    offered = offered_in(city, hall)
    return tuple(Elsewhere(each, _nearest(city, hall, each)) for each in services if each.code not in offered)


def _nearest(city: City, here: Hall, service: Service) -> tuple[Hall, ...]:
    """Return the nearest staffed halls that do a service, nearest first."""
    offers = city.offers.get(service.id, {})
    halls = [hall for hall in city.halls if offers.get(hall.id) is not None and hall.kind == "hall"]
    metres = geodesic_metres_to(city.positions[here.id], [city.positions[hall.id] for hall in halls])
    ordered = sorted(zip(metres, halls, strict=True), key=lambda each: (each[0], each[1].code))
    return tuple(hall for _, hall in ordered[:OTHER_HALLS])
