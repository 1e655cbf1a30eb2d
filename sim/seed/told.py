"""What the people of the past were told: the first estimator's word from the state when they came.

Nothing of the future enters: who is ahead and whether a window is free is known at the arrival, and the
profile was learned from the days before (after one, two, four and seven weeks; the live worker learns each
night). Until then the drain runs at the plan's pace, as on a hall's first days.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from queueing.learning import CALLED_AT_ONCE, QueueDays, learn_hall
from queueing.rules.drain import (
    QUARTERS,
    calibrated,
    calls_under,
    drain_minutes,
    profile_of,
    uncalibrated,
    window_shares,
)
from queueing.rules.tickets import TicketAction
from queueing.rules.waits import NO_WAIT, WaitRange
from sim.live.demand import worked_weekday

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from numpy.typing import NDArray

    from booking.rules.timetable import Timetable
    from kernel.ids import QueueId, TicketId
    from queueing.rules.drain import QueueProfile
    from sim.seed.ids import HallIds
    from sim.seed.stories import Story

    Floats = NDArray[np.float64]
    Told = tuple[int, WaitRange | None]

LEARNED_AFTER_DAYS = frozenset({5, 10, 20, 35})  # working days
_CALLED = frozenset({TicketAction.CALL})
_LEFT = frozenset({TicketAction.CALL, TicketAction.GIVE_UP, TicketAction.CLOSE_DAY})


class ToldRanges:
    """Tells one hall's tickets day by day, in order of date, and learns from each day afterwards."""

    def __init__(self, table: Timetable, own: HallIds) -> None:
        self._table, self._own = table, own
        self._profiles: dict[QueueId, QueueProfile] = {}
        self._seen: dict[QueueId, dict[date, Floats]] = {queue_id: {} for queue_id in own.queues.values()}
        self._days = 0

    def tell(self, day: date, stories: Sequence[Story]) -> dict[TicketId, Told]:
        """Return people ahead and the range that each ticket was told when it was issued."""
        shares = window_shares(self._table.plans[worked_weekday(day)])
        midnight = self._table.calendar.at_minute(day, 0)
        told: dict[TicketId, Told] = {}
        for code, queue_id in self._own.queues.items():
            mine = [story for story in stories if story.queue == code]
            calls = calls_under(
                self._table.mean_minutes[queue_id],
                self._profiles.get(queue_id),
                shares.get(queue_id, (0.0,) * QUARTERS),
            )
            told |= self._tell_queue(mine, _times(mine, midnight), calls, self._profiles.get(queue_id))
        return told

    @staticmethod
    def _tell_queue(
        stories: Sequence[Story], times: Floats, calls: Sequence[float], profile: QueueProfile | None
    ) -> dict[TicketId, Told]:
        told: dict[TicketId, Told] = {}
        for story, ahead, (joined, called, _left, _effective) in zip(
            stories, _ahead(times), times.tolist(), strict=True
        ):
            idle = called - joined < CALLED_AT_ONCE  # a window was free; False for those never called
            work = ahead + (0.0 if ahead < 1 and idle else 1.0)
            told[story.id] = ahead, _range(drain_minutes(work, joined, calls), profile)
        return told

    def learn(self, day: date, stories: Sequence[Story]) -> None:
        """Take in a day that is over; the profile is learned anew after some weeks."""
        midnight = self._table.calendar.at_minute(day, 0)
        for code, queue_id in self._own.queues.items():
            times = _times([story for story in stories if story.queue == code], midnight)
            if len(times):
                self._seen[queue_id][day] = times[:, :2]
        self._days += 1
        if self._days in LEARNED_AFTER_DAYS:
            history = {queue_id: QueueDays(days) for queue_id, days in self._seen.items() if days}
            shares = window_shares(self._table.plans[worked_weekday(day)])
            windows = {queue_id: np.array(share) for queue_id, share in shares.items()}
            learned = learn_hall(history, windows, self._table.mean_minutes, horizons=(0,))
            self._profiles = {queue_id: profile_of(stored) for queue_id, stored in learned.items()}


def _times(stories: Sequence[Story], midnight: datetime) -> Floats:
    """Return joined, called, left and effective minutes of the day; NaN where never called."""

    def minute(at: datetime) -> float:
        return (at - midnight).total_seconds() / 60

    def first(story: Story, what: frozenset[TicketAction]) -> float:
        return next((minute(line.at) for line in story.lines if line.what in what), np.nan)

    rows = [
        (minute(own.arrived_at), first(own, _CALLED), first(own, _LEFT), minute(own.effective_at))
        for own in stories
    ]
    return np.array(rows, dtype=np.float64).reshape(-1, 4)


def _ahead(times: Floats) -> list[int]:
    """Return for each ticket who waited when it came and goes before it."""
    joined, left, effective = times[:, 0], times[:, 2], times[:, 3]
    here = (joined[None, :] < joined[:, None]) & ~(left[None, :] <= joined[:, None])
    ahead: list[int] = (here & (effective[None, :] < effective[:, None])).sum(axis=1).tolist()
    return ahead


def _range(minutes: float | None, profile: QueueProfile | None) -> WaitRange | None:
    if minutes is None:
        return None
    if minutes == 0:
        return NO_WAIT
    told = calibrated(minutes, 0, profile) if profile is not None else None
    return told or uncalibrated(minutes)


def told_columns(told: Mapping[TicketId, Told], ticket_id: TicketId) -> dict[str, float | None]:
    """Return what a ticket was told as its columns."""
    wait = told[ticket_id][1]
    return {
        "told_p10": wait.p10 if wait else None,
        "told_p50": wait.p50 if wait else None,
        "told_p90": wait.p90 if wait else None,
    }
