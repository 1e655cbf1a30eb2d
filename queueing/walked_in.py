"""How many came without an appointment, by service: beside what was booked in the report of places."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from kernel.ids import QueueId, ServiceId
from queueing.facts import facts
from queueing.store.tickets import legs, tickets, visits

if TYPE_CHECKING:
    from datetime import date

    from sqlmodel import Session

    from kernel.ids import HallId


def walk_ins(
    session: Session, hall_id: HallId, first: date, last: date
) -> Counter[tuple[QueueId, ServiceId | None]]:
    """Return the tickets of walk-ins on a hall's days, both inclusive, by queue and service.

    Each service of a visit counts; none of a booked visit does. The service is None where an imported log
    knows the queue alone.
    """
    found: Counter[tuple[QueueId, ServiceId | None]] = Counter()
    past = (
        select(facts.c.queue_id, facts.c.service_id, func.count())
        .select_from(facts)
        .outerjoin(tickets, tickets.c.id == facts.c.ticket_id)
        .outerjoin(legs, legs.c.id == tickets.c.leg_id)
        .outerjoin(visits, visits.c.id == legs.c.visit_id)
        .where(
            *(facts.c.hall_id == hall_id, facts.c.day.between(first, last)),
            *(facts.c.appointment.is_(False), visits.c.reference.is_(None)),
        )
        .group_by(facts.c.queue_id, facts.c.service_id)
    )
    alive = (
        select(tickets.c.queue_id, legs.c.service_id, func.count())
        .join(legs, legs.c.id == tickets.c.leg_id)
        .join(visits, visits.c.id == legs.c.visit_id)
        .outerjoin(facts, facts.c.ticket_id == tickets.c.id)
        .where(
            *(tickets.c.hall_id == hall_id, tickets.c.day.between(first, last)),
            *(visits.c.reference.is_(None), facts.c.ticket_id.is_(None)),
        )
        .group_by(tickets.c.queue_id, legs.c.service_id)
    )
    for query in (past, alive):
        for queue_id, service_id, count in session.execute(query):
            found[QueueId(queue_id), ServiceId(service_id) if service_id else None] += count
    return found
