"""What the learned correction sees: one function for serving and for training, so both see the same.

Rows stand for places in line now and for arrivals later, in the order of ``PhysicalWaits``.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from queueing.rules.published import LATER_MINUTES
from queueing.rules.tickets import TicketStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from kernel.catalogue import HallQueue
    from queueing.live.hall import LiveHall
    from queueing.live.physical import PhysicalWaits
    from queueing.live.state import HallState, LiveTicket

    Floats = NDArray[np.float64]

MINUTE = timedelta(minutes=1)
RECENT = 30.0
ROW = ("minutes_ahead", "people_ahead", "p10", "p50", "p90")
QUEUE = (
    *("minute", "minutes_to_close", "waiting", "waiting_hall", "windows", "windows_busy", "longest_wait"),
    *("called_recently", "came_recently", "last_wait", "mean_wait_recently", "wait_per_predicted"),
)
NAMES = (*ROW, *QUEUE)


def features_of(
    hall: LiveHall, state: HallState, waits: PhysicalWaits, queues: Sequence[HallQueue]
) -> tuple[list[Floats], list[Floats]]:
    """Return ``(line, later)``: per queue ``[row, column]`` with the columns of ``NAMES``; NaN if unknown."""
    now = hall.live.now_minutes
    recent = {queue.id: _Recent(state, queue.id, hall, now) for queue in queues}
    hall_waiting = sum(state.waiting(queue.id) for queue in queues)
    line, later = [], []
    for place, queue in enumerate(queues):
        serving = [
            entry
            for entry in hall.plan.entries
            if entry.queue == place and entry.from_minutes <= now < entry.to_minutes
        ]
        busy = {own.window for own in hall.live.busy}
        common = [
            *(now, hall.model.closes_minutes - now, state.waiting(queue.id), hall_waiting),
            *(len(serving), sum(entry.window in busy for entry in serving)),
            *recent[queue.id].columns(waits.line[place][waits.joining[place]][1]),
        ]
        rows = [[0.0, ahead, *row, *common] for ahead, row in enumerate(waits.line[place].tolist())]
        line.append(np.array(rows, dtype=np.float64))
        ahead = float(state.waiting(queue.id))
        pairs = zip(LATER_MINUTES, waits.later[place].tolist(), strict=True)
        later.append(np.array([[minutes, ahead, *row, *common] for minutes, row in pairs]))
    return line, later


class _Recent:
    """What was seen in one queue in the last half hour."""

    def __init__(self, state: HallState, queue_id: object, hall: LiveHall, now: float) -> None:
        own = [ticket for ticket in state.of_today() if ticket.queue_id == queue_id]
        self._now = now
        midnight = hall.midnight
        self._came = [(ticket.arrived_at - midnight) / MINUTE for ticket in own]
        self._called = sorted(
            ((ticket.called_at - midnight) / MINUTE, _waited(ticket))
            for ticket in own
            if ticket.called_at is not None and ticket.status is not TicketStatus.WAITING
        )
        waiting = [(ticket.arrived_at - midnight) / MINUTE for ticket in state.lines[queue_id].in_order()]  # type: ignore[index]
        self._longest = now - min(waiting, default=now)

    def columns(self, predicted: float) -> list[float]:
        since = self._now - RECENT
        recent = [wait for at, wait in self._called if at > since]
        mean = sum(recent) / len(recent) if recent else float("nan")
        last = self._called[-1][1] if self._called else float("nan")
        came = sum(at > since for at in self._came)
        return [self._longest, len(recent), came, last, mean, (mean + 5.0) / (predicted + 5.0)]


def _waited(ticket: LiveTicket) -> float:
    assert ticket.called_at is not None
    return (ticket.called_at - ticket.arrived_at) / MINUTE
