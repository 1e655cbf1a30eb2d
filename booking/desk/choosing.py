"""Free times for somebody at the help desk: in this hall or one near it, and the soonest of the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from booking import service as bookings
from booking.candidates import legs_in
from booking.city import city_of
from booking.meeting.service import OfferedKind, kinds_for
from booking.rules.meeting import AppointmentKind
from booking.rules.parties import largest_party
from geo.rules.distance import geodesic_metres
from kernel import catalogue
from kernel.catalogue import NotOfferedHere

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from sqlmodel import Session

    from booking.service import DaySlots
    from kernel.catalogue import Hall, Service
    from kernel.identity import Staff

NEAREST = 3  # other halls with their soonest time: what a person at the desk can weigh by ear
DAYS_SHOWN = 7


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Another hall that does all of it: metres from the desk as the crow flies, and its soonest free time."""

    hall: Hall
    metres: float
    soonest: datetime | None


@dataclass(frozen=True, slots=True)
class DeskTimes:
    """The free times ``at`` a hall by local date, for a desk in ``hall``; ``last`` can be booked at most.

    ``offered``: whether the desk's own hall does all of the services. ``party``: how many come, at most
    ``party_most``. ``kinds``: how it can be held there; ``kind``: which was chosen last.
    """

    hall: Hall
    at: Hall
    services: tuple[Service, ...]
    days: tuple[DaySlots, ...]
    last: date
    offered: bool
    others: tuple[Elsewhere, ...]
    party: int
    party_most: int
    kinds: tuple[OfferedKind, ...]
    kind: AppointmentKind


def times_for(
    session: Session,
    code: str,
    service_codes: Sequence[str],
    at: str = "",
    *,
    first_day: date | None,
    by: Staff,
    now: datetime,
    party: int = 1,
    kind: AppointmentKind = AppointmentKind.HALL,
) -> DeskTimes:
    """Return what can be told at a desk about free times ``at`` a hall: its own, or the nearest that does it.

    For show, not locked. Raises ``HallNotFound``, ``WrongHall``, ``NoServiceChosen``, ``ServiceNotFound``,
    ``NotOfferedHere``.
    """
    hall = catalogue.hall_by_code(session, code)
    by.must_work_in(hall.id)
    city = city_of(session)
    wanted = city.chosen(service_codes)
    able = _by_distance(session, hall, wanted)
    if wanted and not able:
        raise NotOfferedHere(services=list(service_codes))
    chosen = catalogue.hall_by_code(session, at) if at else able[0][0] if able else hall
    days = bookings.free_slots(
        session, chosen.code, service_codes, first_day=first_day, days=DAYS_SHOWN, now=now, party=party
    )
    others = [each for each in able if each[0].id != chosen.id][:NEAREST]
    return DeskTimes(
        hall=hall,
        at=chosen,
        services=wanted,
        days=days,
        last=bookings.last_bookable_day(session, chosen.code, now=now),
        offered=any(own.id == hall.id for own, _ in able),
        others=tuple(
            Elsewhere(own, metres, soonest(session, own, service_codes, now=now, party=party))
            for own, metres in others
        ),
        party=party,
        party_most=largest_party(wanted),
        kinds=kinds_for(session, chosen.code, service_codes),
        kind=kind,
    )


def _by_distance(session: Session, hall: Hall, wanted: Sequence[Service]) -> list[tuple[Hall, float]]:
    """Return the halls with queues for all of it, the nearest first; the desk's own is 0 metres away."""
    city = city_of(session)
    start = city.positions[hall.id]
    able = [own for own in city.halls if wanted and legs_in(city, wanted, own.id)]
    return sorted(
        ((own, geodesic_metres(start, city.positions[own.id])) for own in able),
        key=lambda each: (each[1], each[0].code),
    )


def soonest(
    session: Session, hall: Hall, service_codes: Sequence[str], *, now: datetime, party: int = 1
) -> datetime | None:
    """Return a hall's first free start for these services; None: nothing as far as can be booked."""
    days = bookings.free_slots(
        session, hall.code, service_codes, first_day=None, days=bookings.MOST_DAYS, now=now, party=party
    )
    return next((slot.starts_at for day in days for slot in day.slots), None)
