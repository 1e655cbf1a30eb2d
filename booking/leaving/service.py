"""When to leave for an appointment: from where one is, by the way one goes. Nothing of it is kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from booking.city import city_of
from booking.errors import AppointmentNotPossible
from booking.meeting.errors import NotInPerson
from booking.rules.appointments import AppointmentStatus
from booking.rules.meeting import AppointmentKind
from booking.service.changing import look_up
from booking.travelling import BY_FORMULA, Trips, start_of, ways
from geo.rules.distance import geodesic_metres
from geo.rules.leaving import Leaving, leaving
from queueing.rules.policy import hall_policy

if TYPE_CHECKING:
    from datetime import datetime

    from sqlmodel import Session

    from booking.service.views import AppointmentView
    from geo.rules.coordinates import Position
    from geo.rules.travel import Travel, TravelMode
    from kernel.secrets import Vault


@dataclass(frozen=True, slots=True)
class Departure:
    """Advice on leaving for an appointment; up to ``counts_until`` its place counts from its time."""

    appointment: AppointmentView
    area: str | None
    mode: TravelMode
    travel: Travel
    metres: float
    counts_until: datetime
    leaving: Leaving


def when_to_leave(
    session: Session,
    token: str,
    *,
    position: Position | None,
    area: str | None,
    mode: TravelMode,
    now: datetime,
    vault: Vault,
    trips: Trips = BY_FORMULA,
) -> Departure:
    """Return when to leave for a confirmed appointment.

    Raises ``AppointmentNotFound``, ``AppointmentNotPossible``, ``NotInPerson``, ``OriginMissing``,
    ``UnknownArea``, ``AmbiguousArea``.
    """
    found = look_up(session, token, now=now, vault=vault)
    if found.status is not AppointmentStatus.CONFIRMED:
        raise AppointmentNotPossible(status=found.status)
    if found.meeting.kind is not AppointmentKind.HALL:
        raise NotInPerson(kind=found.meeting.kind)
    city = city_of(session)
    start = start_of(city, position, area)
    (travel,) = ways(city, [found.hall], start, mode, trips)
    counts_until = found.starts_at + hall_policy(found.hall.policy).call.grace
    return Departure(
        appointment=found,
        area=city.places.find(area).name if position is None and area else None,
        mode=mode,
        travel=travel,
        metres=geodesic_metres(start, city.positions[found.hall.id]),
        counts_until=counts_until,
        leaving=leaving(found.starts_at, counts_until, travel.range, now=now),
    )
