"""Appointments by what they have in common: a hall and a time, how they are held, whose card they carry."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import select

from booking.rules.appointments import AppointmentStatus
from booking.rules.meeting import REMOTE
from booking.store.appointments import BOOKED, COLUMNS, Appointment, appointments, with_services
from kernel.ids import AppointmentId, HallId

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlmodel import Session


def of_card(session: Session, hall_id: HallId, id_hash: bytes) -> list[Appointment]:
    """Return what is confirmed or checked in of a card's holder in a hall, in order of start."""
    rows = session.execute(
        select(*COLUMNS)
        .where(
            appointments.c.id_hash == id_hash,
            appointments.c.hall_id == hall_id,
            appointments.c.status.in_((AppointmentStatus.CONFIRMED, AppointmentStatus.CHECKED_IN)),
        )
        .order_by(appointments.c.starts_at, appointments.c.id)
    ).all()
    return with_services(session, rows)


def confirmed_before(session: Session, hall_id: HallId, instant: datetime) -> list[Appointment]:
    """Return and lock a hall's confirmed appointments that start before an instant, in order of start."""
    rows = session.execute(
        select(*COLUMNS)
        .where(
            appointments.c.hall_id == hall_id,
            appointments.c.status == AppointmentStatus.CONFIRMED,
            appointments.c.starts_at < instant,
        )
        .order_by(appointments.c.starts_at, appointments.c.id)
        .with_for_update()
    ).all()
    return with_services(session, rows)


def remote_confirmed(
    session: Session, hall_id: HallId, first: datetime, last: datetime
) -> list[AppointmentId]:
    """Return what is to be called of a hall between two instants: confirmed, by telephone or video."""
    found = session.execute(
        select(appointments.c.id)
        .where(
            appointments.c.hall_id == hall_id,
            appointments.c.status == AppointmentStatus.CONFIRMED,
            appointments.c.kind.in_(REMOTE),
            appointments.c.starts_at.between(first, last),
        )
        .order_by(appointments.c.starts_at, appointments.c.id)
    )
    return list(found.scalars())


def remote_entered(session: Session, hall_id: HallId, first: datetime, before: datetime) -> list[Appointment]:
    """Return a hall's telephone and video appointments that had their ticket, by start."""
    rows = session.execute(
        select(*COLUMNS)
        .where(
            appointments.c.hall_id == hall_id,
            appointments.c.status == AppointmentStatus.CHECKED_IN,
            appointments.c.kind.in_(REMOTE),
            appointments.c.starts_at >= first,
            appointments.c.starts_at < before,
            appointments.c.erased_on.is_(None),
        )
        .order_by(appointments.c.starts_at, appointments.c.id)
    ).all()
    return with_services(session, rows)


def booked_between(session: Session, hall_id: HallId, first: datetime, last: datetime) -> list[Appointment]:
    """Return a hall's appointments that were confirmed and start from ``first`` until before ``last``."""
    rows = session.execute(
        select(*COLUMNS)
        .where(
            appointments.c.hall_id == hall_id,
            appointments.c.status.in_(BOOKED),
            appointments.c.starts_at >= first,
            appointments.c.starts_at < last,
            appointments.c.confirmed_at.is_not(None),
        )
        .order_by(appointments.c.starts_at, appointments.c.id)
    ).all()
    return with_services(session, rows)


def confirmed_starts(session: Session, hall_id: HallId, since: datetime) -> list[datetime]:
    """Return when a hall's confirmed appointments start, from an instant on, in order."""
    rows = session.execute(
        select(appointments.c.starts_at)
        .where(
            appointments.c.hall_id == hall_id,
            appointments.c.status == AppointmentStatus.CONFIRMED,
            appointments.c.starts_at >= since,
        )
        .order_by(appointments.c.starts_at)
    )
    return list(rows.scalars())


def in_hall(session: Session, hall_id: HallId, ids: Collection[AppointmentId]) -> list[Appointment]:
    """Return and lock those of these appointments that are a hall's, in order of start; ``by_token``."""
    rows = session.execute(
        select(*COLUMNS)
        .where(appointments.c.hall_id == hall_id, appointments.c.id.in_(ids))
        .order_by(appointments.c.starts_at, appointments.c.id)
        .with_for_update()
    ).all()
    return with_services(session, rows)
