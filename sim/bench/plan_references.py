"""What proposals are compared with: simple plans, and pooling without limits."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from queueing.plans.moves import fill_up
from sim.bench.plan_instances import mean_load, proportional, with_breaks

if TYPE_CHECKING:
    from queueing.plans.rules import Layout
    from sim.bench.plan_instances import Instance


def one_queue_each(instance: Instance) -> Layout:
    """Return the fixed plan with one queue a window, by work; breaks as in the present plan."""
    return with_breaks(instance.hall, proportional(instance.hall, mean_load(instance.truth)))


def filled(instance: Instance) -> Layout:
    """Return the same with every list filled up to its limit."""
    return fill_up(one_queue_each(instance), instance.hall)


def pooling(instance: Instance) -> Layout:
    """Return the pooling reference: a window serves all that it is equipped for, at full speed.

    No list limit and nobody slower for it; breaks as in the present plan.
    """
    opened = one_queue_each(instance).primary
    everything = tuple(
        tuple(window.equipped if mask else 0 for mask in row)
        for window, row in zip(instance.hall.windows, opened, strict=True)
    )
    return replace(instance.present, primary=everything, helping=_nothing(instance))


def by_hour(instance: Instance) -> Layout:
    """Return square-root staffing hour by hour, lists filled up; it ignores the limits on changes.

    A queue with load r gets r + b·sqrt(r) windows in each block, b such that all windows are given.
    """
    hall, opens = instance.hall, instance.shape.sessions[0][0]
    rows = np.array([queue.walk_ins_per_interval for queue in instance.truth.queues])
    minutes = np.array([queue.service.mean for queue in instance.truth.queues])
    load = rows * minutes[:, None] / instance.truth.interval_minutes
    opened = one_queue_each(instance).primary
    columns: list[list[int]] = []
    for place, block in enumerate(hall.blocks):
        first, last = ((edge - opens) // 15 for edge in (block.from_minute, block.to_minute))
        busy = load[:, first:last].mean(axis=1)
        safety = (len(hall.windows) - busy.sum()) / max(float(np.sqrt(busy).sum()), 1e-9)
        wanted = np.maximum(busy + safety * np.sqrt(busy), 0.05)
        one = proportional(replace(hall, blocks=(block,)), wanted)
        columns.append([row[0] if opened[w][place] else 0 for w, row in enumerate(one.primary)])
    primary = tuple(zip(*columns, strict=True))
    return fill_up(replace(instance.present, primary=primary, helping=_nothing(instance)), hall)


def _nothing(instance: Instance) -> tuple[tuple[int, ...], ...]:
    return tuple((0,) * len(instance.hall.blocks) for _ in instance.hall.windows)
