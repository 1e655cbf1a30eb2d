"""Past days of the small city whose first queue has more work than its windows."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import numpy as np
from sqlalchemy import insert

from queueing.tables import TicketFactRow
from tests.support.proposals import CHINA


def add_days(session: Any, city: Any, days: list[date], *, waited: float = 12.0) -> None:
    """Days of two queues: A has work for two and a half windows, so a third window surely helps.

    ``waited``: how many minutes everybody of A is said to have waited.
    """
    chance = np.random.default_rng(3)
    rows = []
    for on in days:
        midnight = datetime(on.year, on.month, on.day, tzinfo=CHINA)
        for number in range(120):
            arrived = 510.0 + number * 3.2
            called = arrived + waited
            ended = called + 4.0 + 7.0 * float(chance.random())
            rows.append(fact(city, on, midnight, city.queue_a, city.windows[0], arrived, called, ended))
        for number in range(10):
            arrived = 515.0 + number * 45.0
            rows.append(
                fact(city, on, midnight, city.queue_b, city.windows[2], arrived, arrived, arrived + 8.0)
            )
    session.execute(insert(TicketFactRow.__table__), rows)  # type: ignore[attr-defined]


def fact(
    city: Any,
    on: date,
    midnight: datetime,
    queue: Any,
    window: Any,
    arrived: float,
    called: float,
    ended: float,
) -> dict[str, Any]:
    def at(minute: float) -> datetime:
        return midnight + timedelta(minutes=minute)

    return {
        "ticket_id": uuid4(), "hall_id": city.hall, "queue_id": queue, "day": on, "appointment": False,
        "priority": False, "arrived_at": at(arrived), "effective_at": at(arrived), "called_at": at(called),
        "started_at": at(called + 0.2), "ended_at": at(ended), "window_id": window, "outcome": "finished",
        "source": "simulated", "told_p10": None, "told_p50": None, "told_p90": None,
    }  # fmt: skip


def workdays(first: date, count: int) -> list[date]:
    days = (first + timedelta(days=number) for number in range(3 * count))
    return [day for day in days if day.weekday() < 5][:count]
