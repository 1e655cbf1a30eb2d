"""Was the right one called? Against the simulated order, and against the one rule at each live call."""

from __future__ import annotations

from bisect import bisect_left
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from queueing.rules.call_order import Arrival, QueueHead, choose_next, effective_arrival
from sim.load.floor import minutes_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from queueing.engine.model import HallModel
    from sim.load.people import Crowd
    from sim.load.record import TicketRecord

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

MIDNIGHT = datetime(2001, 1, 1, tzinfo=UTC)  # any day: only differences matter


def out_of_turn(order: Integers, called: Floats) -> int:
    """Return how many tickets of ``order`` must be moved to get the order of the instants in ``called``.

    That is all but the longest run that both orders have in common; those never called do not count.

    >>> out_of_turn(np.array([0, 1, 2, 3]), np.array([10.0, 12.0, 11.0, 13.0]))
    1
    """
    tails: list[float] = []
    instants = [float(called[index]) for index in order if not np.isnan(called[index])]
    for instant in instants:
        place = bisect_left(tails, instant)
        tails[place : place + 1] = [instant]
    return len(instants) - len(tails)


def against_the_rule(model: HallModel, crowd: Crowd, records: Sequence[TicketRecord]) -> int:
    """Return how many live calls were not what ``choose_next`` says, given who waited at that instant."""
    effective = _effective(model, crowd, records)
    calls = sorted(
        (record.called, index) for index, record in enumerate(records) if record.called == record.called
    )
    return sum(_chosen(model, records, effective, index) != index for _, index in calls)


def _effective(model: HallModel, crowd: Crowd, records: Sequence[TicketRecord]) -> dict[int, datetime]:
    """Return each ticket's effective arrival from when it really joined; later legs keep the first one's."""
    effective: dict[int, datetime] = {}
    for person in crowd.people:
        joined = records[person.legs[0].index].joined
        if joined != joined:
            continue
        due = None if person.due is None else _instant(minutes_of(person.due))
        instant = effective_arrival(
            Arrival(_instant(joined), due_at=due, priority=person.priority), model.policy
        )
        effective |= {leg.index: instant for leg in person.legs}
    return effective


def _chosen(
    model: HallModel, records: Sequence[TicketRecord], effective: dict[int, datetime], index: int
) -> int | None:
    """Return whom the rule calls at the instant and window of a live call."""
    called = records[index]
    heads = []
    for queue in called.primary | called.helping:
        line = [
            (effective[other], record.joined, other)
            for other, record in enumerate(records)
            if record.queue == queue and other in effective and _waits_at(record, called.called)
        ]
        if line:
            effective_at, _, first = min(line)
            heads.append(QueueHead(first, effective_at, queue not in called.primary, queue, first))
    found = choose_next(heads, now=_instant(called.called), policy=model.policy)
    return None if found is None else found.ticket


def _waits_at(record: TicketRecord, minute: float) -> bool:
    if not record.joined <= minute:
        return False
    if record.called == record.called:
        return record.called >= minute
    return not record.finished < minute


def _instant(minute: float) -> datetime:
    return MIDNIGHT + timedelta(minutes=minute)
