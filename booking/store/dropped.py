"""Appointments for what a hall has no queue for any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, select

from booking.rules.appointments import AppointmentStatus
from booking.store.appointments import appointments, legs, offers
from kernel.ids import AppointmentId

if TYPE_CHECKING:
    from datetime import datetime

    from sqlmodel import Session

    from kernel.ids import HallId


def dropped_from(session: Session, hall_id: HallId, since: datetime) -> dict[AppointmentId, datetime]:
    """Return a hall's confirmed appointments, with their starts, of which a service is not offered any more.

    From an instant on, in order: none of them can become a ticket, at the door or by telephone.
    """
    offered = and_(
        offers.c.hall_id == appointments.c.hall_id,
        offers.c.service_id == legs.c.service_id,
        offers.c.queue_id.is_not(None),
    )
    rows = session.execute(
        select(appointments.c.id, appointments.c.starts_at)
        .join(legs, legs.c.appointment_id == appointments.c.id)
        .outerjoin(offers, offered)
        .where(
            appointments.c.hall_id == hall_id,
            appointments.c.status == AppointmentStatus.CONFIRMED,
            appointments.c.starts_at >= since,
            offers.c.queue_id.is_(None),
        )
        .order_by(appointments.c.starts_at, appointments.c.id)
    )
    return {AppointmentId(row.id): row.starts_at for row in rows}
