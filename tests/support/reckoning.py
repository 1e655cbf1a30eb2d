"""What clients were told against what the database holds: nothing lost, nothing twice."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from sqlalchemy import select

from booking.tables import AppointmentRow
from queueing.store.ticket_writes import log
from queueing.store.tickets import tickets

if TYPE_CHECKING:
    from sqlmodel import Session

    from kernel.database import Database
    from tests.support.traffic import Traffic

appointments = AppointmentRow.__table__  # type: ignore[attr-defined]


def reckon(database: Database, traffic: Traffic) -> dict[str, int]:
    """Return how many were acknowledged; raises AssertionError for one that is lost or stands twice."""
    database.read_now(_numbers, traffic)
    database.read_now(_calls, traffic)
    database.read_now(_bookings, traffic)
    kept = len(traffic.issued), len(traffic.called), len(traffic.booked)
    return dict(zip(("issued", "called", "booked"), kept, strict=True))


def _numbers(session: Session, traffic: Traffic) -> None:
    stored = Counter(session.execute(select(tickets.c.label)).scalars())
    told = Counter(traffic.issued)
    assert told == stored, f"lost {sorted(told - stored)[:5]}, beyond {sorted(stored - told)[:5]}"
    assert set(told.values()) <= {1}


def _calls(session: Session, traffic: Traffic) -> None:
    wanted = (
        select(tickets.c.label)
        .select_from(log.join(tickets, log.c.ticket_id == tickets.c.id))
        .where(log.c.what == "call")
    )
    stored, told = Counter(session.execute(wanted).scalars()), Counter(traffic.called)
    assert told == stored, f"lost {sorted(told - stored)[:5]}, beyond {sorted(stored - told)[:5]}"
    assert set(told.values()) <= {1}


def _bookings(session: Session, traffic: Traffic) -> None:
    rows = session.execute(select(appointments.c.id).where(appointments.c.status == "confirmed"))
    stored = Counter(str(own) for own in rows.scalars())
    assert Counter(traffic.booked) == stored
