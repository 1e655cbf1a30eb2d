"""The complete hall model written the usual way in simpy, on the same drawn citizens: the speed baseline.

A process per window and per citizen; a window that is free asks the plain rule, ``choose_next``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import simpy

from queueing.engine.arrays import MICROSECONDS, NEVER, list_factor, rank_order
from queueing.engine.plan import phases_of
from queueing.rules.call_order import QueueHead, choose_next

if TYPE_CHECKING:
    from collections.abc import Generator

    from queueing.engine.model import HallModel
    from queueing.engine.plan import Phase, Plan
    from queueing.engine.run import Days

MIDNIGHT = datetime(2001, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Citizen:
    """Times in minutes."""

    number: int
    queue: int
    joined: float
    effective: float
    service: float
    walk: float
    patience: float | None
    called: float | None = None


class SimpyHall:
    """One day of one hall."""

    def __init__(self, model: HallModel, plan: Plan, citizens: list[Citizen]) -> None:
        self.model = model
        self.environment = simpy.Environment()
        self.lines: list[list[Citizen]] = [[] for _ in model.queues]
        self.idle: dict[int, tuple[Phase, Any]] = {}
        phases = [phases_of(plan, window) for window in range(len(model.windows))]
        self.order = rank_order(phases)
        for window, row in enumerate(phases):
            self.environment.process(self.window(window, row))
        for citizen in citizens:
            self.environment.process(self.citizen(citizen))

    def window(self, window: int, phases: list[Phase]) -> Generator[Any, Any, None]:
        environment, configured = self.environment, None
        for phase in phases:
            yield environment.timeout(max(phase.from_minutes - environment.now, 0.0))
            if phase.rests:
                yield environment.timeout(phase.to_minutes - phase.from_minutes)
                continue
            lists = phase.primary | phase.helping
            if configured is not None and configured != lists:
                yield environment.timeout(self.model.setup_minutes)
            configured = lists
            lasts = phase.to_minutes >= self.model.closes_minutes
            while lasts or environment.now < phase.to_minutes:
                citizen: Any = self.next_for(phase)
                if citizen is None:
                    wake = environment.event()
                    self.idle[window] = (phase, wake)
                    ends = None if lasts else environment.timeout(phase.to_minutes - environment.now)
                    yield wake if ends is None else wake | ends
                    self.idle.pop(window, None)
                    if not wake.triggered:
                        break
                    citizen = wake.value
                yield environment.timeout(self.served(citizen, window, phase))

    def citizen(self, citizen: Citizen) -> Generator[Any, Any, None]:
        yield self.environment.timeout(citizen.joined)
        window = self.idle_window(citizen.queue)
        if window is not None:
            self.idle.pop(window)[1].succeed(citizen)
            citizen.called = self.environment.now
            return
        self.lines[citizen.queue].append(citizen)
        if citizen.patience is not None:
            yield self.environment.timeout(citizen.patience)
            if citizen.called is None:
                self.lines[citizen.queue].remove(citizen)

    def idle_window(self, queue: int) -> int | None:
        own = [
            window for window in self.order if window in self.idle and queue in self.idle[window][0].primary
        ]
        helps = [
            window for window in self.order if window in self.idle and queue in self.idle[window][0].helping
        ]
        return next(iter(own or helps), None)

    def next_for(self, phase: Phase) -> Citizen | None:
        heads = []
        for queue in phase.primary | phase.helping:
            if self.lines[queue]:
                first = min(self.lines[queue], key=lambda citizen: (citizen.effective, citizen.number))
                at = MIDNIGHT + timedelta(minutes=first.effective)
                heads.append(QueueHead(first, at, queue not in phase.primary, queue, first.number))
        now = MIDNIGHT + timedelta(minutes=self.environment.now)
        chosen = choose_next(heads, now=now, policy=self.model.policy)
        if chosen is None:
            return None
        self.lines[chosen.ticket.queue].remove(chosen.ticket)
        chosen.ticket.called = self.environment.now
        return chosen.ticket

    def served(self, citizen: Citizen, window: int, phase: Phase) -> float:
        if citizen.walk < 0:
            return self.model.missed_minutes
        pace = self.model.pace[citizen.queue][window] if self.model.pace else 1.0
        factor = list_factor(self.model, len(phase.primary | phase.helping)) * pace
        return citizen.walk + citizen.service * factor


def citizens_of(days: Days, day: int) -> list[Citizen]:
    """Return a drawn day's citizens."""
    tickets = days.tickets
    return [
        Citizen(
            number=int(tickets.number[at]),
            queue=int(tickets.queue[at]),
            joined=tickets.joined[at] / MICROSECONDS,
            effective=tickets.effective[at] / MICROSECONDS,
            service=tickets.service[at] / MICROSECONDS,
            walk=-1.0 if tickets.walk[at] < 0 else tickets.walk[at] / MICROSECONDS,
            patience=None
            if tickets.deadline[at] >= NEVER
            else (tickets.deadline[at] - tickets.joined[at]) / MICROSECONDS,
        )
        for at in range(int(days.starts[day]), int(days.starts[day + 1]))
    ]


def simpy_complete_day(model: HallModel, plan: Plan, days: Days, day: int) -> tuple[float, int]:
    """Play one drawn day in simpy; return the sum of (call minus joining) and the number called."""
    citizens = citizens_of(days, day)
    SimpyHall(model, plan, citizens).environment.run()
    waits = [citizen.called - citizen.joined for citizen in citizens if citizen.called is not None]
    return sum(waits), len(waits)
