"""What the drain formula worked out already: the queues' capacities, and the entries of window plans."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kernel.ids import HallId, QueueId, WindowId
    from queueing.rules.drain import QueueProfile
    from queueing.rules.windows import PlanEntry


@dataclass(frozen=True, slots=True)
class Capacity:
    """A queue's calls per minute under the present plan, and its profile if it has one."""

    calls: tuple[float, ...]
    profile: QueueProfile | None


CapacityKey = tuple["QueueId", int, datetime | None, float]


class Shelf:
    """What was worked out already; ids are unique and a plan version never changes.

    Capacities by (queue, plan version, profile instant, typical minutes); plan entries by (hall, plan
    version), and by window.
    """

    def __init__(self) -> None:
        self._known: dict[CapacityKey, Capacity] = {}
        self.entries: dict[tuple[HallId, int], tuple[PlanEntry, ...]] = {}
        self.by_window: dict[tuple[HallId, int], dict[WindowId, list[PlanEntry]]] = {}

    def has(self, key: tuple[HallId, int]) -> bool:
        return key in self.entries

    def put_entries(self, key: tuple[HallId, int], plan: Sequence[PlanEntry]) -> None:
        by_window: defaultdict[WindowId, list[PlanEntry]] = defaultdict(list)
        for entry in plan:
            by_window[entry.window_id].append(entry)
        self.entries[key], self.by_window[key] = tuple(plan), dict(by_window)

    def get(self, key: CapacityKey) -> Capacity | None:
        return self._known.get(key)

    def put(self, key: CapacityKey, capacity: Capacity) -> None:
        if len(self._known) > 20_000:
            self._known.clear()
            self.entries.clear()
            self.by_window.clear()
        self._known[key] = capacity
