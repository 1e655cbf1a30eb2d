"""Who has more than one open appointment for what a person books once in the whole city."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from booking.rules.appointments import AppointmentStatus
from booking.store.appointments import appointments, legs, services
from kernel.ids import AppointmentId

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlmodel import Session


def booked_twice(
    session: Session, ids: Collection[AppointmentId], *, now: datetime
) -> frozenset[AppointmentId]:
    """Return those of these confirmed appointments beside which another stands, in any hall, not over by now.

    For one of the same services that are ``single``, under the same number. What is booked for others is left
    out: whose it is lies sealed.
    """
    other, its_leg = appointments.alias("other"), legs.alias("its_leg")
    found = session.execute(
        select(appointments.c.id)
        .distinct()
        .join(legs, legs.c.appointment_id == appointments.c.id)
        .join(services, services.c.id == legs.c.service_id)
        .join(other, other.c.phone_hash == appointments.c.phone_hash)
        .join(its_leg, (its_leg.c.appointment_id == other.c.id) & (its_leg.c.service_id == legs.c.service_id))
        .where(
            appointments.c.id.in_(ids),
            other.c.id != appointments.c.id,
            services.c.single.is_(True),
            *(own.c.status == AppointmentStatus.CONFIRMED for own in (appointments, other)),
            *(own.c.for_other.is_(False) for own in (appointments, other)),
            *(own.c.ends_at > now for own in (appointments, other)),
        )
    )
    return frozenset(AppointmentId(own) for own in found.scalars())
