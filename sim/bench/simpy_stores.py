"""The complete hall as simpy's documentation builds models: a store of free windows, citizens who ask it.

A citizen is a process that asks a ``FilterStore`` of free windows for one that serves its queue, gives up by
``request | timeout``, is served and puts the window back. Requests are kept sorted, as simpy's own
``PriorityResource`` keeps them, so that the earliest effective arrival is first; own queues come before
helping ones. Nothing is tuned: ``simpy_hall`` is the same hall with the store replaced by our own lines.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import simpy
from simpy.resources.resource import SortedQueue
from simpy.resources.store import FilterStoreGet

from queueing.engine.arrays import list_factor, rank_order
from queueing.engine.plan import phases_of
from sim.bench.simpy_hall import citizens_of

if TYPE_CHECKING:
    from collections.abc import Generator

    from queueing.engine.model import HallModel
    from queueing.engine.plan import Phase, Plan
    from queueing.engine.run import Days
    from sim.bench.simpy_hall import Citizen


@dataclass(slots=True, eq=False)
class Window:
    """A window; ``phase`` is what it calls by, ``left`` fires when it may rest."""

    index: int
    rank: int
    phase: Phase
    lasts: bool = False
    left: Any = None


class Request(FilterStoreGet):
    """A citizen's wish for a window, ordered as the hall calls."""

    def __init__(self, store: FreeWindows, citizen: Citizen) -> None:
        self.citizen = citizen
        self.key = (citizen.effective, citizen.queue, citizen.number)
        super().__init__(store, self.suits)

    def suits(self, window: Window) -> bool:
        return self.citizen.queue in window.phase.primary or self.citizen.queue in window.phase.helping


class FreeWindows(simpy.FilterStore):
    """Free windows; first those who want one as its own queue or are overdue, then whom it may help."""

    GetQueue = SortedQueue

    def __init__(self, environment: simpy.Environment, help_limit: float) -> None:
        super().__init__(environment)
        self.environment, self.help_limit = environment, help_limit

    def _trigger_get(self, put_event: Any) -> None:
        del put_event
        for own in (True, False):
            place = 0
            while place < len(self.get_queue) and self.items:
                window = self.chosen(self.get_queue[place], own)
                if window is None:
                    place += 1
                else:
                    self.items.remove(window)
                    self.get_queue.pop(place).succeed(window)

    def chosen(self, request: Any, own: bool) -> Window | None:
        # one who has just come is never overdue: whatever its credit, its own windows are tried first
        overdue = request.citizen.effective < self.environment.now - self.help_limit
        waited = request.citizen.joined < self.environment.now
        able = [
            window
            for window in self.items
            if request.suits(window)
            and (not own or request.citizen.queue in window.phase.primary or (overdue and waited))
        ]
        return min(able, key=lambda window: window.rank, default=None)


class StoreHall:
    """One day of one hall."""

    def __init__(self, model: HallModel, plan: Plan, citizens: list[Citizen]) -> None:
        self.model = model
        self.environment = simpy.Environment()
        self.free = FreeWindows(self.environment, model.policy.help_limit.total_seconds() / 60)
        phases = [phases_of(plan, window) for window in range(len(model.windows))]
        for rank, index in enumerate(rank_order(phases)):
            if phases[index]:
                self.environment.process(self.shift(Window(index, rank, phases[index][0]), phases[index]))
        for citizen in citizens:
            self.environment.process(self.visit(citizen))

    def visit(self, citizen: Citizen) -> Generator[Any, Any, None]:
        yield self.environment.timeout(citizen.joined)
        request = Request(self.free, citizen)
        if citizen.patience is None:
            yield request
        else:
            yield request | self.environment.timeout(citizen.patience)
            if not request.triggered:
                request.cancel()
                return
        window: Any = request.value
        citizen.called = self.environment.now
        yield self.environment.timeout(self.minutes(citizen, window))
        if window.lasts or self.environment.now < window.phase.to_minutes:
            yield self.free.put(window)
        else:
            window.left.succeed()

    def shift(self, window: Window, phases: list[Phase]) -> Generator[Any, Any, None]:
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
            window.phase, window.left = phase, environment.event()
            window.lasts = phase.to_minutes >= self.model.closes_minutes
            if window.lasts or environment.now < phase.to_minutes:
                yield self.free.put(window)
                yield environment.timeout(max(phase.to_minutes - environment.now, 0.0))
                if window in self.free.items and not window.lasts:
                    self.free.items.remove(window)
                else:
                    yield window.left

    def minutes(self, citizen: Citizen, window: Window) -> float:
        if citizen.walk < 0:
            return self.model.missed_minutes
        pace = self.model.pace[citizen.queue][window.index] if self.model.pace else 1.0
        lists = window.phase.primary | window.phase.helping
        return citizen.walk + citizen.service * list_factor(self.model, len(lists)) * pace


def simpy_store_day(model: HallModel, plan: Plan, days: Days, day: int) -> tuple[float, int]:
    """Play one drawn day; return the sum of (call minus joining) and the number called."""
    citizens = citizens_of(days, day)
    StoreHall(model, plan, citizens).environment.run()
    waits = [citizen.called - citizen.joined for citizen in citizens if citizen.called is not None]
    return sum(waits), len(waits)
