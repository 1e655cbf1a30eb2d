"""A simulated hall as the product sees it at an instant: ids, tickets, windows, plan and bookings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np

from kernel.calendar import OpeningCalendar
from kernel.catalogue import HallQueue
from kernel.ids import HallId, QueueId, TicketId, WindowId
from queueing.live.flow import QueueFlow
from queueing.live.learning import SERVICE_POINTS
from queueing.live.reading import Expected, HallFacts, HallNow, LiveWindow
from queueing.live.state import HallState, LiveTicket
from queueing.rules.demand import DemandProfile
from queueing.rules.drain import QUARTER_MINUTES, QUARTERS
from queueing.rules.tickets import TicketStatus
from queueing.rules.windows import PlanEntry, WindowStatus

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from queueing.engine import HallModel, Plan
    from queueing.engine.result import DayRecord

HALL = HallId(UUID(int=1))
DAY = date(2026, 11, 25)  # a Wednesday without marks; every simulated day is told as this one
LATEST_SHOW = 45.0


def queue_id(place: int) -> QueueId:
    return QueueId(UUID(int=100 + place))


def window_id(place: int) -> WindowId:
    return WindowId(UUID(int=1000 + place))


@dataclass(frozen=True, slots=True)
class SimulatedHall:
    """A hall of the engine and the plan it really runs by."""

    model: HallModel
    plan: Plan

    @property
    def calendar(self) -> OpeningCalendar:
        spans = [(_clock(opens), _clock(closes)) for opens, closes in self.model.sessions]
        return OpeningCalendar(ZoneInfo("Asia/Shanghai"), {weekday: spans for weekday in range(7)})

    def at(self, minute: float) -> datetime:
        """Return the instant of a minute of the day."""
        return self.calendar.at_minute(DAY, 0) + timedelta(minutes=minute)

    def facts(self, history: Sequence[DayRecord]) -> HallFacts:
        """Return what the product would have learned from these days."""
        queues = range(len(self.model.queues))
        return HallFacts(
            HALL,
            self.calendar,
            self.model.policy,
            tuple(HallQueue(queue_id(q), HALL, chr(65 + q), q, "", "", 10.0) for q in queues),
            {queue_id(q): _flow(history, q) for q in queues},
            {queue_id(q): _demand(history, q) for q in queues},
        )

    def now(self, record: DayRecord, minute: float) -> HallNow:
        """Return windows, plan and bookings as they stand at a minute of a day."""
        entries = tuple(self._entries())
        busy = set(
            record.window[(record.called_minutes <= minute) & (record.finished_minutes > minute)].tolist()
        )
        serving = {entry.window_id for entry in entries if entry.holds_at(minute)}
        windows = tuple(
            LiveWindow(
                window_id(place),
                label,
                WindowStatus.OPEN if place in busy or window_id(place) in serving else WindowStatus.PAUSED,
                None,
            )
            for place, label in enumerate(self.model.windows)
        )
        return HallNow(0, windows, entries, tuple(self._expected(record, minute)))

    def _entries(self) -> Iterator[PlanEntry]:
        """Yield the plan as the product stores it: a break is a gap between entries."""
        for entry in self.plan.entries:
            parts = [(int(entry.from_minutes), int(entry.to_minutes))]
            for rest in (rest for rest in self.plan.breaks if rest.window == entry.window):
                begins, ends = int(rest.from_minutes), int(rest.to_minutes)
                parts = [
                    cut
                    for start, end in parts
                    for cut in ((start, min(end, begins)), (max(start, ends), end))
                    if cut[0] < cut[1]
                ]
            for start, end in parts:
                yield PlanEntry(window_id(entry.window), queue_id(entry.queue), entry.helping, start, end)

    def _expected(self, record: DayRecord, minute: float) -> Iterator[Expected]:
        """Yield who is booked and has not come: who will come and who will not look alike."""
        for place, queue in enumerate(self.model.queues):
            came = record.due_minutes[(record.queue == place) & (record.joined_minutes <= minute)]
            for slot in queue.appointments:
                left = slot.places - int(np.sum(np.abs(came - slot.due_minutes) < 1e-6))
                if slot.due_minutes > minute - LATEST_SHOW:
                    for _ in range(max(left, 0)):
                        yield Expected(queue_id(place), self.at(slot.due_minutes), 1.0 - queue.no_show_share)

    def state(self, record: DayRecord, minute: float) -> HallState:
        """Return the live state at a minute of a day."""
        state = HallState(DAY)
        state.apply_all(
            self._ticket(record, int(row), minute) for row in np.flatnonzero(record.joined_minutes <= minute)
        )
        return state

    def _ticket(self, record: DayRecord, row: int, minute: float) -> LiveTicket:
        called, finished = float(record.called_minutes[row]), float(record.finished_minutes[row])
        status = TicketStatus.WAITING
        if called <= minute:
            status = TicketStatus.FINISHED if finished <= minute else TicketStatus.SERVING
        elif finished <= minute:
            status = TicketStatus.GIVEN_UP
        due = float(record.due_minutes[row])
        return LiveTicket(
            id=TicketId(UUID(int=10_000 + row)),
            queue_id=queue_id(int(record.queue[row])),
            number=row,
            status=status,
            arrived_at=self.at(float(record.joined_minutes[row])),
            effective_at=self.at(float(record.effective_minutes[row])),
            window_id=window_id(int(record.window[row])) if called <= minute else None,
            called_at=self.at(called) if called <= minute else None,
            changed_at=datetime.min.replace(tzinfo=UTC),
            due_at=None if np.isnan(due) else self.at(due),
        )


def _clock(minute: float) -> time:
    return time(int(minute) // 60, int(minute) % 60)


def _flow(history: Sequence[DayRecord], queue: int) -> QueueFlow:
    served, waited, gone, missed, joined, early, priority, walked = [], 0.0, 0, 0, 0, [], 0, 0
    for record in history:
        own = record.queue == queue
        busy = (record.finished_minutes - record.called_minutes)[own]
        served.extend(busy[(record.outcome[own] == 1) & np.isfinite(busy)].tolist())
        waited += float(np.nansum(record.wait_minutes[own]))
        gone += int(np.sum(record.outcome[own] == 2))
        missed += int(np.sum(record.outcome[own] == 3))
        joined += int(np.sum(own))
        booked = own & np.isfinite(record.due_minutes)
        early.extend((record.joined_minutes - record.due_minutes)[booked].tolist())
        walk_in = own & ~np.isfinite(record.due_minutes)
        walked += int(np.sum(walk_in))
        priority += int(np.sum((record.effective_minutes < record.joined_minutes - 1)[walk_in]))
    shares = (np.arange(SERVICE_POINTS) + 0.5) / SERVICE_POINTS
    return QueueFlow(
        service=tuple(np.quantile(served, shares).tolist()),
        patience=waited / gone if gone else None,
        missed=missed / max(joined, 1),
        priority=priority / max(walked, 1),
        early=tuple(np.quantile(early, (np.arange(20) + 0.5) / 20).tolist()) if early else QueueFlow().early,
        days=len(history),
    )


def _demand(history: Sequence[DayRecord], queue: int) -> DemandProfile:
    edges = np.arange(QUARTERS + 1) * QUARTER_MINUTES
    counts = np.zeros((len(history), QUARTERS))
    totals = np.zeros(len(history))
    for day, record in enumerate(history):
        walk_in = ~np.isfinite(record.due_minutes)
        counts[day] = np.histogram(record.joined_minutes[walk_in & (record.queue == queue)], edges)[0]
        totals[day] = walk_in.sum()
    rates = tuple(counts.mean(axis=0).tolist())
    excess = max(0.0, float(totals.var(ddof=1)) / float(totals.mean()) ** 2 - 1.0 / float(totals.mean()))
    return DemandProfile(
        rates={}, usual_rates=rates, marks={}, hall_cv=excess**0.5, own_cv=0.05, dispersion=1.0,
        minutes=10.0, days=len(history),
    )  # fmt: skip
