"""Which halls somebody might wait in: the one they chose, and the nearest that do the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from booking.candidates import legs_in
from booking.city import city_of
from booking.rules.waitlist import MOST_HALLS
from geo.rules.distance import geodesic_metres
from kernel import catalogue
from kernel.catalogue import NotOfferedHere

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlmodel import Session

    from kernel.catalogue import Hall


def halls_around(session: Session, code: str, services: Sequence[str]) -> list[tuple[Hall, float]]:
    """Return the chosen hall and the nearest others with queues for all services, with metres from it.

    Raises ``HallNotFound``, ``ServiceNotFound``, ``NotOfferedHere``.
    """
    city = city_of(session)
    wanted = city.chosen(services)
    chosen = catalogue.hall_by_code(session, code)
    if not legs_in(city, wanted, chosen.id):
        raise NotOfferedHere(services=list(services))
    start = city.positions[chosen.id]
    others = [
        (hall, geodesic_metres(start, city.positions[hall.id]))
        for hall in city.halls
        if hall.id != chosen.id and legs_in(city, wanted, hall.id)
    ]
    nearest = sorted(others, key=lambda each: (each[1], each[0].code))[: MOST_HALLS - 1]
    return [(chosen, 0.0), *nearest]
