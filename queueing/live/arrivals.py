"""Walk-ins still to come today, from the one demand forecast, at the level that today has shown so far."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

from queueing.forecast import open_shares
from queueing.rules.demand import forecast_day, kind_of
from queueing.rules.drain import QUARTER_MINUTES, QUARTERS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kernel.ids import QueueId
    from queueing.live.reading import HallFacts
    from queueing.live.state import HallState

FIRST_DAY_PRIOR = 30.0  # minutes without anybody, added to a queue's first day: one person is no rush
MOST_CV = 1.0


@dataclass(frozen=True, slots=True)
class WalkIns:
    """What is still to come.

    ``per_quarter[queue]``: expected walk-ins of each quarter hour since opening, nought before now and
    beyond what is looked at. ``hall_cv`` and ``queue_cv[queue]``: how far the level of the rest of the
    day may still be off, in common and by queue.
    """

    per_quarter: Mapping[QueueId, tuple[float, ...]]
    hall_cv: float
    queue_cv: Mapping[QueueId, float]


def walk_ins_ahead(facts: HallFacts, state: HallState, *, minute: float, until_minute: float) -> WalkIns:
    """Return the walk-ins from ``minute`` until ``until_minute`` of the state's day.

    A queue without a learned demand goes on at today's own pace.
    """
    opened = open_shares(facts.calendar, state.day)
    came = {queue.id: float(state.walked_in.get(queue.id, 0)) for queue in facts.queues}
    demand = forecast_day(facts.demand, kind_of(state.day), opened, booked={}, came=came, minute=minute)
    first = next((quarter for quarter, share in enumerate(opened) if share > 0), 0)
    elapsed = sum(
        share * min(QUARTER_MINUTES, max(0.0, minute - quarter * QUARTER_MINUTES))
        for quarter, share in enumerate(opened)
    )
    due = [
        minute - QUARTER_MINUTES < quarter * QUARTER_MINUTES <= until_minute for quarter in range(QUARTERS)
    ]

    def rest(queue_id: QueueId) -> tuple[float, ...]:
        known = demand.queues.get(queue_id)
        pace = came[queue_id] / (elapsed + FIRST_DAY_PRIOR) * QUARTER_MINUTES
        whole: Sequence[float] = known.walk_ins if known else [pace * share for share in opened]
        return tuple(people if wanted else 0.0 for people, wanted in zip(whole, due, strict=True))[first:]

    return WalkIns(
        {queue.id: rest(queue.id) for queue in facts.queues},
        min(sqrt(demand.hall_variance), MOST_CV),
        {queue_id: min(sqrt(own.own_variance), MOST_CV) for queue_id, own in demand.queues.items()},
    )
