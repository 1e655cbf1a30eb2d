"""Changes of whole layouts around a search: lists filled up before it, what gains nothing put back after."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from queueing.plans.rules import Layout, PlanHall


def fill_up(layout: Layout, hall: PlanHall) -> Layout:
    """Fill every open list up to its limit with the queues that the fewest windows help, as helping.

    Pooling is the largest single effect: where it was measured, filled-up lists alone cut the mean wait
    to a third or less.
    """
    primary = [list(row) for row in layout.primary]
    helping = [list(row) for row in layout.helping]
    for block in range(len(hall.blocks)):
        listed = [sum((primary[w][block] | helping[w][block]) >> q & 1 for w in range(len(primary)))
                  for q in range(len(hall.queues))]  # fmt: skip
        for window, facts in enumerate(hall.windows):
            able = _bits(hall.may_serve(window, layout.seats[window]))
            if not primary[window][block] | helping[window][block]:
                continue
            while (has := primary[window][block] | helping[window][block]).bit_count() < facts.list_limit:
                missing = [queue for queue in able if not has >> queue & 1]
                if not missing:
                    break
                queue = min(missing, key=lambda queue: (listed[queue], queue))
                helping[window][block] |= 1 << queue
                listed[queue] += 1
    return replace(
        layout,
        primary=tuple(tuple(row) for row in primary),
        helping=tuple(tuple(row) for row in helping),
    )


def put_back(layout: Layout, present: Layout, accepted: Callable[[Layout], bool]) -> Layout:
    """Give windows their present day back, one by one, where what comes of it is ``accepted``."""
    for window in range(len(layout.primary)):
        if layout.cells(window) == present.cells(window):
            continue
        primary, helping = list(layout.primary), list(layout.helping)
        primary[window], helping[window] = present.primary[window], present.helping[window]
        tried = replace(layout, primary=tuple(primary), helping=tuple(helping))
        if accepted(tried):
            layout = tried
    return layout


def _bits(mask: int) -> list[int]:
    return [bit for bit in range(mask.bit_length()) if mask >> bit & 1]
