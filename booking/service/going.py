"""A citizen says "I am going there": the hall expects one more, a little, for a while.

Without it, advice would send everybody to the hall that is best at this moment. What is kept is a random
reference, a queue, an instant and a chance: no person, no place, no device. It expires by itself, since
only arrivals to come are counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from booking.candidates import legs_in
from booking.city import city_of
from booking.errors import NoServiceChosen
from booking.rules.slots import leg_starts
from kernel.catalogue import NotOfferedHere
from kernel.events import HallNotFound
from queueing.expected import expect, forget_expected

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from sqlmodel import Session

    from kernel.clock import Clock

# How many of those who press the button come. No data yet, so it is shrunk well below the 0.9 of a booking:
# half of what a person means who says so, since some look again and some go elsewhere.
GOING_SHOWS = 0.4
FURTHEST = timedelta(hours=4)  # a later arrival is a plan for another time of day; it is not counted


@dataclass(frozen=True, slots=True)
class Going:
    """What the citizen said; ``expected_at`` is None where nobody queues or it is too far ahead."""

    hall_code: str
    expected_at: datetime | None


def go_to(
    session: Session,
    hall_code: str,
    codes: Sequence[str],
    arrives_at: datetime,
    who: UUID | None,
    *,
    clock: Clock,
) -> Going:
    """Expect ``who`` at a hall instead of anywhere else; one device is one person, however often it presses.

    ``who`` is None where the device has said so too often: nothing is counted then. Raises
    ``HallNotFound``, ``ServiceNotFound``, ``NoServiceChosen``, ``NotOfferedHere``.
    """
    now = clock.now()
    city = city_of(session)
    hall = next((own for own in city.halls if own.code == hall_code), None)
    if hall is None:
        raise HallNotFound(hall=hall_code)
    services = city.chosen(codes)
    if not services:
        raise NoServiceChosen
    legs = legs_in(city, services, hall.id)
    if legs is None:
        raise NotOfferedHere(hall=hall_code, service=codes[0])
    at = max(arrives_at, now)
    if who is None or not legs or at > now + FURTHEST:
        return Going(hall_code, None)
    forget_expected(session, who)
    first_at: dict[UUID, datetime] = {}
    for leg, starts_at in zip(legs, leg_starts(legs, at), strict=True):
        first_at.setdefault(leg.queue_id, starts_at)
    for queue_id, starts_at in first_at.items():
        expect(session, who, queue_id, starts_at, GOING_SHOWS)  # type: ignore[arg-type]
    return Going(hall_code, at)


def stay(session: Session, who: UUID) -> None:
    """Expect ``who`` nowhere any more: a booking was made, which is expected by itself."""
    forget_expected(session, who)
