"""What the worker reads of a hall's facts to learn its demand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sqlalchemy import select

from queueing.demand_learning import DemandHistory, learn_demand
from queueing.facts import facts
from queueing.forecast import open_shares
from queueing.rules.demand import kind_of
from queueing.rules.drain import QUARTER_MINUTES, QUARTERS
from queueing.rules.tickets import TicketStatus

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from numpy.typing import NDArray
    from sqlmodel import Session

    from kernel.calendar import OpeningCalendar
    from kernel.ids import HallId, QueueId

    Floats = NDArray[np.float64]

FEWEST_SERVED = 30  # below it the catalogue's usual minutes of a queue stand
LONGEST_BUSY = 240.0  # minutes at a window; longer is a ticket somebody forgot to finish


def learn_hall_demand(
    session: Session,
    hall_id: HallId,
    calendar: OpeningCalendar,
    typical: Mapping[QueueId, float],
    *,
    since: date,
    before: date,
) -> dict[QueueId, dict[str, Any]]:
    """Return each queue's demand profile; empty where too few days are known."""
    rows = session.execute(
        select(
            *(facts.c.queue_id, facts.c.day, facts.c.appointment, facts.c.arrived_at),
            *(facts.c.called_at, facts.c.ended_at, facts.c.outcome),
        ).where(facts.c.hall_id == hall_id, facts.c.day >= since, facts.c.day < before)
    ).all()
    queues = list(typical)
    days = sorted({row.day for row in rows if calendar.spans(row.day)})
    opened = np.array([open_shares(calendar, day) for day in days]).reshape(len(days), QUARTERS)
    counts = _walk_ins(rows, calendar, queues, days, opened)
    minutes = [_window_minutes(rows, queue_id, typical[queue_id]) for queue_id in queues]
    kinds = [kind_of(day) for day in days]
    learned = learn_demand(DemandHistory(days, kinds, counts, opened, minutes))
    return {} if learned is None else dict(zip(queues, learned, strict=True))


def _walk_ins(
    rows: Sequence[Any],
    calendar: OpeningCalendar,
    queues: Sequence[QueueId],
    days: Sequence[date],
    opened: Floats,
) -> Floats:
    """Return ``[queue, day, quarter]``; who came before the doors opened counts in the first open quarter."""
    place = {queue_id: number for number, queue_id in enumerate(queues)}
    number_of = {day: number for number, day in enumerate(days)}
    first = {day: int(np.flatnonzero(opened[number])[0]) for day, number in number_of.items()}
    counts = np.zeros((len(queues), len(days), QUARTERS))
    for row in rows:
        if row.appointment or row.day not in number_of or row.queue_id not in place:
            continue
        quarter = min(int(calendar.minute_of_day(row.arrived_at) // QUARTER_MINUTES), QUARTERS - 1)
        counts[place[row.queue_id], number_of[row.day], max(quarter, first[row.day])] += 1
    return counts


def _window_minutes(rows: Sequence[Any], queue_id: QueueId, usual: float) -> float:
    """Return a window's mean minutes for one of the queue, from call to finish."""
    seen = [
        (row.ended_at - row.called_at).total_seconds() / 60
        for row in rows
        if row.queue_id == queue_id and row.outcome == TicketStatus.FINISHED
        and row.called_at is not None and row.ended_at is not None
    ]  # fmt: skip
    kept = [minutes for minutes in seen if 0 < minutes <= LONGEST_BUSY]
    return sum(kept) / len(kept) if len(kept) >= FEWEST_SERVED else usual
