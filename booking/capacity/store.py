"""What was promised of a hall's places, counted in the database."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from sqlalchemy import and_, func, or_, select

from booking.rules.appointments import AppointmentStatus
from booking.rules.slots import SlotKey
from booking.store.seats import slots
from booking.tables import AppointmentRow, AppointmentServiceRow
from kernel.ids import QueueId, ServiceId

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlmodel import Session

    from kernel.ids import HallId

_appointments = AppointmentRow.__table__
_legs = AppointmentServiceRow.__table__
_S = AppointmentStatus

Counts = dict[tuple[QueueId, ServiceId], Counter[AppointmentStatus]]


def promised(session: Session, hall_id: HallId, first: datetime, last: datetime, *, now: datetime) -> Counts:
    """Return the services of appointments that start between two instants, by queue, service and status.

    A hold that has run out is none. ``last`` is left out.
    """
    alive = or_(_appointments.c.status != _S.HELD.value, _appointments.c.expires_at > now)
    rows = session.execute(
        select(_legs.c.queue_id, _legs.c.service_id, _appointments.c.status, func.count())
        .join(_appointments, _appointments.c.id == _legs.c.appointment_id)
        .where(
            and_(
                *(_appointments.c.hall_id == hall_id, alive),
                *(_appointments.c.starts_at >= first, _appointments.c.starts_at < last),
            )
        )
        .group_by(_legs.c.queue_id, _legs.c.service_id, _appointments.c.status)
    )
    found: Counts = defaultdict(Counter)
    for queue_id, service_id, status, count in rows:
        found[QueueId(queue_id), ServiceId(service_id)][AppointmentStatus(status)] += count
    return found


def offered_then(
    session: Session, queue_ids: Collection[QueueId], first: datetime, last: datetime
) -> dict[SlotKey, int]:
    """Return the places that slots offered when somebody asked for them last; slots nobody asked for lack."""
    rows = session.execute(
        select(slots.c.queue_id, slots.c.starts_at, slots.c.capacity).where(
            slots.c.queue_id.in_(queue_ids), slots.c.starts_at >= first, slots.c.starts_at < last
        )
    )
    return {SlotKey(QueueId(row.queue_id), row.starts_at): row.capacity for row in rows}
