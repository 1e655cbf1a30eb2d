"""What the worker runs for the live day: wait profiles are learned from a hall's facts."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import numpy as np
from sqlalchemy import select

from kernel import catalogue
from kernel.ids import HallId, QueueId
from queueing.demand_reading import learn_hall_demand
from queueing.facts import facts
from queueing.learning import QueueDays, learn_hall
from queueing.live.flow import flow_json
from queueing.live.learning import learn_flow
from queueing.plans_in_force import plan_entries
from queueing.rules.drain import QUARTERS, window_shares

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlmodel import Session

    from kernel.calendar import OpeningCalendar
    from kernel.jobs import JobContext, JobFunction

HISTORY = timedelta(days=90)  # about sixty working days; older ones tell of another plan and season


def learn_waits(context: JobContext, args: dict[str, Any]) -> dict[str, Any]:
    """Return fresh wait profiles of a hall's queues; empty where its history is too short."""
    hall_id = HallId(UUID(args["hall_id"]))
    return context.database.read_now(learn_hall_waits, hall_id, now=context.clock.now())


def learn_hall_waits(session: Session, hall_id: HallId, *, now: datetime) -> dict[str, Any]:
    """Read a hall's facts and learn its queues' profiles; plain JSON, for ``store_wait_profiles``."""
    calendar = catalogue.calendar(session, hall_id)
    days = _queue_days(session, hall_id, calendar, since=calendar.local_day(now) - HISTORY)
    shares = window_shares(plan_entries(session, {hall_id: calendar}, now))
    queues = {queue.id: queue for queue in catalogue.queues(session, hall_id)}
    planned = {queue_id: np.array(shares.get(queue_id, (0.0,) * QUARTERS)) for queue_id in queues}
    typical = {queue_id: queue.mean_minutes for queue_id, queue in queues.items()}
    profiles = learn_hall(days, planned, typical)
    since, today = calendar.local_day(now) - HISTORY, calendar.local_day(now)
    demand = learn_hall_demand(session, hall_id, calendar, typical, since=since, before=today)
    for queue_id, own in demand.items():
        if queue_id in profiles:
            profiles[queue_id]["demand"] = own
    for queue_id, flow in learn_flow(session, hall_id, now=now).items():
        if queue_id in profiles:
            profiles[queue_id]["flow"] = flow_json(flow)
    return {
        "days": len({day for own in days.values() for day in own.days}),
        "profiles": {str(queue_id): profile for queue_id, profile in profiles.items()},
    }


def _queue_days(
    session: Session, hall_id: HallId, calendar: OpeningCalendar, *, since: date
) -> Mapping[QueueId, QueueDays]:
    """Return each queue's called tickets by day, as minutes of the local day."""
    rows = session.execute(
        select(facts.c.queue_id, facts.c.day, facts.c.arrived_at, facts.c.called_at)
        .where(facts.c.hall_id == hall_id, facts.c.day >= since, facts.c.remote.is_(False))
        .order_by(facts.c.queue_id, facts.c.day, facts.c.arrived_at, facts.c.ticket_id)
    )
    grouped: defaultdict[QueueId, defaultdict[date, list[tuple[float, float]]]]
    grouped = defaultdict(lambda: defaultdict(list))
    for row in rows:
        arrived = calendar.minute_of_day(row.arrived_at)
        called = calendar.minute_of_day(row.called_at) if row.called_at is not None else float("nan")
        grouped[row.queue_id][row.day].append((arrived, called))
    return {
        queue_id: QueueDays({day: np.array(pairs) for day, pairs in days.items()})
        for queue_id, days in grouped.items()
    }


JOBS: dict[str, JobFunction] = {"learn_waits": learn_waits}
