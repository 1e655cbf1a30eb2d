"""A proposal of the small city at each point of its life, and a history to make one from."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import insert

from kernel import catalogue
from kernel.ids import uuid7
from queueing import service as live
from queueing.plans import service
from queueing.plans.store import plain_entry
from queueing.rules.windows import PlanEntry
from queueing.tables import TicketFactRow

TOMORROW = date(2026, 11, 19)
CHINA = ZoneInfo("Asia/Shanghai")


def ask(database, city, clock, *, by=None, day=TOMORROW):
    return database.write_now(service.request_proposal, "H1", day, by=by or city.manager, clock=clock)


def planned(city):
    """A plan for the first hall that keeps its equipment."""
    one, two, three = city.windows
    return (
        PlanEntry(one, city.queue_a, False, 0, 1440),
        PlanEntry(two, city.queue_a, False, 0, 1440),
        PlanEntry(two, city.queue_b, True, 0, 1440),
        PlanEntry(three, city.queue_b, False, 0, 1440),
    )


def found(city, status="shown") -> dict[str, Any]:
    return {
        "status": status,
        "base_version": 1,
        "plan": [plain_entry(entry) for entry in planned(city)],
        "effect": {"reason": ""},
    }


def shown(database, city, clock):
    """A proposal that is shown; returns its id."""
    view = ask(database, city, clock)
    args = {"proposal_id": str(view.proposal.id)}
    database.write_now(service.proposal_done, args, found(city), clock=clock)
    return view.proposal.id


def look(database, city, proposal_id):
    return database.read_now(service.proposal_view, proposal_id, by=city.manager)


def plan_now(database, city, clock):
    return database.read_now(live.plan_of, city.hall, now=clock.now())


def write_history(session, city, *, days=24, seed=1):
    """Write facts of workdays: many for A in the morning, few for B; waits as a crowded hall has them."""
    chance = np.random.default_rng(seed)
    calendar = catalogue.calendar(session, city.hall)
    day, written, rows = date(2026, 11, 17), 0, []
    while written < days:
        if calendar.spans(day):
            rows += [_fact(city, day, chance) for _ in range(chance.poisson(70))]
            written += 1
        day -= timedelta(days=1)
    session.execute(insert(TicketFactRow.__table__), rows)


def _fact(city, day, chance) -> dict[str, Any]:
    in_a = chance.random() < 0.8
    minute = chance.uniform(515, 700) if in_a else chance.uniform(515, 1040)
    arrived = datetime.combine(day, datetime.min.time(), CHINA) + timedelta(minutes=minute)
    called = arrived + timedelta(minutes=chance.uniform(0, 25))
    started = called + timedelta(seconds=30)
    return {
        "ticket_id": uuid7(), "hall_id": city.hall, "queue_id": city.queue_a if in_a else city.queue_b,
        "day": day, "appointment": False, "priority": False, "arrived_at": arrived, "effective_at": arrived,
        "called_at": called, "started_at": started,
        "ended_at": started + timedelta(minutes=float(chance.uniform(3, 8))),
        "window_id": city.windows[0], "outcome": "finished", "source": "simulated",
    }  # fmt: skip


def all_serve_all(city):
    one, two, three = city.windows
    return [
        PlanEntry(one, city.queue_a, False, 0, 1440), PlanEntry(two, city.queue_a, False, 0, 1440),
        PlanEntry(two, city.queue_b, False, 0, 1440), PlanEntry(three, city.queue_b, False, 0, 1440),
    ]  # fmt: skip


def narrow(city):
    one, two, three = city.windows
    return [
        PlanEntry(one, city.queue_a, False, 0, 1440), PlanEntry(two, city.queue_b, False, 0, 1440),
        PlanEntry(three, city.queue_b, False, 0, 1440),
    ]  # fmt: skip
