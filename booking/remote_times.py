"""When an errand could be done without going anywhere: the next free times by telephone and video."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from booking.candidates import legs_in
from booking.rules.meeting import REMOTE, AppointmentKind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from booking.city import City
    from booking.rules.timetable import Claimed
    from kernel.catalogue import Hall, Service
    from kernel.ids import HallId

SHOWN = 3


@dataclass(frozen=True, slots=True)
class RemoteTime:
    """The next free start of a hall by telephone or video; no way belongs to it."""

    hall: Hall
    kind: AppointmentKind
    starts_at: datetime


def remote_times(
    city: City, services: Sequence[Service], claimed: Claimed, *, now: datetime
) -> tuple[RemoteTime, ...]:
    """Return the soonest times of the whole city, at most one for each hall and kind.

    The way to a telephone is nothing, so halls stand in order of their first free start, however far.
    """
    found = []
    for hall in city.halls:
        kinds = kinds_in(city, services, hall.id)
        legs = legs_in(city, services, hall.id) if kinds else None
        if not legs:
            continue
        start = next(iter(city.timetables[hall.id].free_starts(legs, claimed, now=now)), None)
        if start is not None:
            found += [RemoteTime(hall, kind, start) for kind in AppointmentKind if kind in kinds]
    return tuple(sorted(found, key=lambda own: (own.starts_at, own.hall.code))[:SHOWN])


def kinds_in(city: City, services: Sequence[Service], hall_id: HallId) -> frozenset[AppointmentKind]:
    """Return by which remote kinds all of these services can be had in a hall."""
    offered = [city.kinds.get(service.id, {}).get(hall_id, frozenset()) for service in services]
    return REMOTE.intersection(*offered) if offered else frozenset()
