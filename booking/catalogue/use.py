"""SQL of who still waits for what a change of the catalogue would take away."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from sqlalchemy import func, or_, select

from booking.rules.appointments import AppointmentStatus
from booking.rules.waitlist import WaitingStatus
from booking.tables import AppointmentRow, AppointmentServiceRow
from booking.waitlist.tables import WaitlistEntryRow, WaitlistHallRow
from kernel.tables import HallRow, ServiceRow
from queueing.rules.tickets import ENDINGS
from queueing.tables import TicketRow, VisitLegRow

if TYPE_CHECKING:
    from datetime import datetime

    from sqlmodel import Session

_halls = HallRow.__table__
_services = ServiceRow.__table__
_appointments = AppointmentRow.__table__
_legs = AppointmentServiceRow.__table__
_tickets = TicketRow.__table__
_visit_legs = VisitLegRow.__table__
_waits = WaitlistEntryRow.__table__
_wait_halls = WaitlistHallRow.__table__

Place = tuple[str, str]
"""A hall's and a service's code."""


def coming_appointments(session: Session, *, now: datetime) -> dict[Place, int]:
    """Return how many appointments are still to come, by hall and service; holds count while they stand."""
    rows = session.execute(
        select(_halls.c.code, _services.c.code, func.count())
        .select_from(_legs)
        .join(_appointments, _appointments.c.id == _legs.c.appointment_id)
        .join(_halls, _halls.c.id == _appointments.c.hall_id)
        .join(_services, _services.c.id == _legs.c.service_id)
        .where(
            or_(
                _appointments.c.status == AppointmentStatus.CONFIRMED.value,
                (_appointments.c.status == AppointmentStatus.HELD.value) & (_appointments.c.expires_at > now),
            )
        )
        .group_by(_halls.c.code, _services.c.code)
    )
    return {(hall, service): count for hall, service, count in rows}


def open_tickets(session: Session) -> dict[Place, int]:
    """Return how many tickets have not ended, by hall and service."""
    rows = session.execute(
        select(_halls.c.code, _services.c.code, func.count())
        .select_from(_tickets)
        .join(_visit_legs, _visit_legs.c.id == _tickets.c.leg_id)
        .join(_halls, _halls.c.id == _tickets.c.hall_id)
        .join(_services, _services.c.id == _visit_legs.c.service_id)
        .where(_tickets.c.status.not_in([ending.value for ending in ENDINGS]))
        .group_by(_halls.c.code, _services.c.code)
    )
    return {(hall, service): count for hall, service, count in rows}


def open_waits(session: Session, *, now: datetime) -> dict[Place, int]:
    """Return how many people wait for a place, by hall and service."""
    rows = session.execute(
        select(_halls.c.code, _waits.c.services)
        .select_from(_wait_halls)
        .join(_waits, _waits.c.id == _wait_halls.c.entry_id)
        .join(_halls, _halls.c.id == _wait_halls.c.hall_id)
        .where(_waits.c.status == WaitingStatus.WAITING.value, _waits.c.until > now)
    )
    found: defaultdict[Place, int] = defaultdict(int)
    for hall, services in rows:
        for service in services:
            found[hall, service] += 1
    return dict(found)
