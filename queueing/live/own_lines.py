"""Tickets that were sent to one window, in the engine's terms: a line that this window alone serves.

The one call order lets a window choose between its queues' heads and whoever is meant for it, by effective
arrival. In the engine such a ticket waits in a queue of its own that only its window lists, as a primary one:
the choice is the same, no other window takes it, and those behind it in its queue do not wait for it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from queueing.engine import Plan, PlanEntry, QueueModel
from queueing.engine.model import MAX_QUEUES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from queueing.live.hall import LiveHall

Lines = dict[tuple[int, int], int]
"""The number of the line in the engine, by window and queue."""


def with_own_lines(hall: LiveHall) -> tuple[LiveHall, dict[int, int]]:
    """Return a hall in which whoever waits for one window has a line of its own, and those lines by key.

    Whoever is meant for a window that serves nothing in what is left of the day stays in the queue.
    """
    now = hall.live.now_minutes
    spans = {window: _ahead(hall.plan, window, now) for window in set(hall.meant.values())}
    lines: Lines = {}
    own: dict[int, int] = {}
    for ticket in hall.live.waiting:
        window = hall.meant.get(ticket.key) if ticket.key is not None else None
        if window is None or ticket.key is None or not spans[window]:
            continue
        if (window, ticket.queue) not in lines:
            if len(hall.model.queues) + len(lines) >= MAX_QUEUES:
                continue
            lines[window, ticket.queue] = len(hall.model.queues) + len(lines)
        own[ticket.key] = lines[window, ticket.queue]
    if not own:
        return hall, own
    entries = [
        PlanEntry(window, line, begins, ends)
        for (window, _), line in lines.items()
        for begins, ends in spans[window]
    ]
    queues = tuple(_nobody_comes(hall.model.queues[queue]) for _, queue in lines)
    waiting = tuple(
        replace(each, queue=own[each.key]) if each.key in own else each for each in hall.live.waiting
    )
    return (
        replace(
            hall,
            model=replace(hall.model, queues=hall.model.queues + queues, pace=None),
            plan=Plan((*hall.plan.entries, *entries), hall.plan.breaks),
            live=replace(hall.live, waiting=waiting),
        ),
        own,
    )


def _nobody_comes(queue: QueueModel) -> QueueModel:
    """Return a queue with the same services and patience, which nobody joins."""
    return replace(
        queue, walk_ins_per_interval=(0.0,) * len(queue.walk_ins_per_interval), appointments=(), transfers={}
    )


def _ahead(plan: Plan, window: int, now: float) -> Sequence[tuple[float, float]]:
    return tuple(
        _joined(sorted((e.from_minutes, e.to_minutes) for e in plan.entries if e.window == window), now)
    )


def _joined(spans: Sequence[tuple[float, float]], now: float) -> Iterator[tuple[float, float]]:
    """Yield the stretches that are not over, those that touch as one."""
    begins, until = None, now
    for start, end in spans:
        if end <= now:
            continue
        if begins is not None and start > until:
            yield begins, until
            begins = None
        begins, until = (start if begins is None else begins), max(until, end)
    if begins is not None:
        yield begins, until
