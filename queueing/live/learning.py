"""Flows from ticket history: the same demand that window plans are made from, kept for the live day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
from sqlalchemy import select

from kernel import catalogue
from queueing import store
from queueing.facts import facts
from queueing.live.flow import EARLY_DEFAULT, QueueFlow
from queueing.plans.demand import FEWEST_SERVED, fit
from queueing.plans.reading import hall_to_plan, sessions

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from numpy.typing import NDArray
    from sqlmodel import Session

    from kernel.ids import HallId, QueueId
    from queueing.plans.history import HistoryDay

    Floats = NDArray[np.float64]

SERVICE_POINTS = 199  # the tail counts: who is served long already is likely one of the long ones
LOOK_AHEAD_DAYS = 14
LOOK_BACK = timedelta(days=30)
MINUTE = timedelta(minutes=1)
LONGEST_TURN = 5.0  # minutes from a finish to the next call; longer is a pause
FEWEST_CHECK_INS = 20
EARLIEST_CHECK_IN = 60.0


def learn_flow(session: Session, hall_id: HallId, *, now: datetime) -> dict[QueueId, QueueFlow]:
    """Return the flow of each queue of a hall; empty while not one day can be believed."""
    calendar = catalogue.calendar(session, hall_id)
    today = calendar.local_day(now)
    for_day = next((day for day in _next_days(today) if sessions(calendar, day)), None)
    if for_day is None:
        return {}
    history, _ = hall_to_plan(session, hall_id, for_day, before=today)
    if not history.days:
        return {}
    demand = fit(history, history.days)
    habits = _habits(session, hall_id, since=today - LOOK_BACK)
    served = np.sum([_served(day, len(history.queues)) for day in history.days], axis=0)
    return {
        queue.id: QueueFlow(
            service=_points(demand.service_minutes[place], habits.turn)
            if served[place] >= FEWEST_SERVED
            else (),
            patience=_finite(float(demand.patience_minutes[place])),
            missed=min(float(demand.absent_share[place]), 1.0),
            priority=habits.priority,
            early=habits.early,
            days=len(history.days),
        )
        for place, queue in enumerate(history.queues)
    }


def _next_days(today: date) -> Sequence[date]:
    return [today + timedelta(days=ahead) for ahead in range(LOOK_AHEAD_DAYS)]


def _served(day: HistoryDay, queues: int) -> NDArray[np.int64]:
    return np.bincount(day.queue[~np.isnan(day.busy_minutes)], minlength=queues)


def _points(minutes: Floats, turn: float) -> tuple[float, ...]:
    """Return quantiles of the time a citizen keeps a window, until the next can be called."""
    shares = (np.arange(SERVICE_POINTS) + 0.5) / SERVICE_POINTS
    return tuple((np.quantile(minutes, shares) + turn).tolist())


def _finite(minutes: float) -> float | None:
    return minutes if np.isfinite(minutes) else None


@dataclass(frozen=True, slots=True)
class _Habits:
    """What a hall's queues share.

    ``turn``: minutes between a finish and the next call while somebody waits. ``priority``: share of
    legal priority among walk-ins. ``early``: as in ``QueueFlow``.
    """

    turn: float
    priority: float
    early: tuple[float, ...]


def _habits(session: Session, hall_id: HallId, *, since: date) -> _Habits:
    rows = session.execute(
        select(
            *(facts.c.window_id, facts.c.arrived_at, facts.c.effective_at, facts.c.called_at),
            *(facts.c.ended_at, facts.c.appointment, facts.c.priority),
        )
        .where(
            *(facts.c.hall_id == hall_id, facts.c.day >= since),
            *(facts.c.called_at.is_not(None), facts.c.remote.is_(False)),
        )
        .order_by(facts.c.called_at, facts.c.ticket_id)
    ).all()
    walked_in = [row.priority for row in rows if not row.appointment]
    policy = store.policy(session, hall_id).call
    early = []
    for row in rows:
        if row.appointment and row.effective_at != row.arrived_at:
            due = row.effective_at + policy.appointment_credit
            due += policy.priority_credit if row.priority else timedelta()
            early.append((row.arrived_at - due) / MINUTE)
    return _Habits(_turn(rows), sum(walked_in) / max(len(walked_in), 1), _punctuality(early))


def _turn(rows: Sequence[Any]) -> float:
    """Return the mean of the short gaps at a window whose next citizen was already there."""
    freed: dict[Any, datetime | None] = {}
    gaps = []
    for row in rows:
        before = freed.get(row.window_id)
        if before is not None and row.arrived_at <= before <= row.called_at:
            gaps.append((row.called_at - before) / MINUTE)
        freed[row.window_id] = row.ended_at
    short = [gap for gap in gaps if gap <= LONGEST_TURN]
    return float(sum(short) / max(len(short), 1))


def _punctuality(early: Sequence[float]) -> tuple[float, ...]:
    kept = [minutes for minutes in early if abs(minutes) <= EARLIEST_CHECK_IN]
    if len(kept) < FEWEST_CHECK_INS:
        return EARLY_DEFAULT
    return tuple(np.quantile(kept, (np.arange(20) + 0.5) / 20).tolist())
