"""The lifecycle of a window and what a window plan says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kernel.ids import QueueId, WindowId


class WindowStatus(StrEnum):
    CLOSED = "closed"
    OPEN = "open"
    PAUSED = "paused"


class PauseKind(StrEnum):
    """Why a window pauses; it changes nothing about whom it calls."""

    BREAK = "break"
    BACK_OFFICE = "back_office"
    OTHER = "other"


class WindowAction(StrEnum):
    OPEN = "open"
    PAUSE = "pause"
    RESUME = "resume"
    CLOSE = "close"


_S, _A = WindowStatus, WindowAction

WINDOW_TRANSITIONS: Mapping[tuple[WindowStatus, WindowAction], WindowStatus] = MappingProxyType(
    {
        (_S.CLOSED, _A.OPEN): _S.OPEN,
        (_S.OPEN, _A.PAUSE): _S.PAUSED,
        (_S.OPEN, _A.CLOSE): _S.CLOSED,
        (_S.PAUSED, _A.RESUME): _S.OPEN,
        (_S.PAUSED, _A.CLOSE): _S.CLOSED,
    }
)


@dataclass(frozen=True, slots=True)
class PlanEntry:
    """A window serves a queue from one local minute of the day until another; ``helping`` or primary."""

    window_id: WindowId
    queue_id: QueueId
    helping: bool
    from_minute: int
    to_minute: int

    def holds_at(self, minute: float) -> bool:
        """Return whether the entry applies at a local minute of the day."""
        return self.from_minute <= minute < self.to_minute


def planned_at(entries: Iterable[PlanEntry], window_id: WindowId, minute: float) -> dict[QueueId, bool]:
    """Return the queues that a plan has a window serve at a local minute, each with whether it only helps.

    After its last entry that is nothing: the plan counts on nobody there, although ``served_at`` lets
    whoever still sits there go on.
    """
    served: dict[QueueId, bool] = {}
    for entry in entries:
        if entry.window_id == window_id and entry.holds_at(minute):
            served[entry.queue_id] = served.get(entry.queue_id, True) and entry.helping
    return served


def served_at(entries: Iterable[PlanEntry], window_id: WindowId, minute: float) -> dict[QueueId, bool]:
    """Return the queues a window serves at a local minute, each with whether it only helps there.

    After its last entry a window goes on with what it served last: whoever came in is served.
    """
    own = [entry for entry in entries if entry.window_id == window_id]
    if own and minute >= (last := max(entry.to_minute for entry in own)):
        minute = last - 1
    return planned_at(own, window_id, minute)
