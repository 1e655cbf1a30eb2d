"""What one window plan says otherwise than another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from queueing.rules.windows import planned_at

if TYPE_CHECKING:
    from kernel.ids import QueueId, WindowId
    from queueing.rules.windows import PlanEntry


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of the day in which a window serves the same queues, each with whether it only helps."""

    window_id: WindowId
    from_minute: int
    to_minute: int
    served: dict[QueueId, bool]


@dataclass(frozen=True, slots=True)
class PlanChange:
    """A stretch of the day in which a window serves other queues after than before."""

    window_id: WindowId
    from_minute: int
    to_minute: int
    before: dict[QueueId, bool]
    after: dict[QueueId, bool]


def stretches(
    entries: Sequence[PlanEntry], window_id: WindowId, *, opens: int = 0, closes: int = 1440
) -> list[Stretch]:
    """Return a window's stretches between two local minutes, in order; none while it serves nothing."""
    own = [entry for entry in entries if entry.window_id == window_id]
    inside = {edge for entry in own for edge in (entry.from_minute, entry.to_minute)}
    edges = sorted({opens, closes, *(edge for edge in inside if opens < edge < closes)})
    found: list[Stretch] = []
    for start, end in pairwise(edges):
        served = planned_at(own, window_id, start)
        if not served:
            continue
        last = found[-1] if found else None
        if last is not None and last.to_minute == start and last.served == served:
            found[-1] = Stretch(window_id, last.from_minute, end, served)
        else:
            found.append(Stretch(window_id, start, end, served))
    return found


def plan_changes(
    before: Sequence[PlanEntry], after: Sequence[PlanEntry], windows: Sequence[WindowId]
) -> list[PlanChange]:
    """Return where two plans differ, window by window, neighbouring stretches joined."""
    changes: list[PlanChange] = []
    for window in windows:
        old, new = ([entry for entry in plan if entry.window_id == window] for plan in (before, after))
        edges = sorted({edge for entry in (*old, *new) for edge in (entry.from_minute, entry.to_minute)})
        for start, end in pairwise(edges):
            was, becomes = planned_at(old, window, start), planned_at(new, window, start)
            if was == becomes:
                continue
            last = changes[-1] if changes else None
            if (
                last is not None
                and (last.window_id, last.to_minute) == (window, start)
                and (last.before, last.after) == (was, becomes)
            ):
                changes[-1] = PlanChange(window, last.from_minute, end, was, becomes)
            else:
                changes.append(PlanChange(window, start, end, was, becomes))
    return changes
