"""Changes of whole layouts around a search: lists filled up before it, what gains nothing put back after."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from queueing.plans.rules import violations

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


def opened_up(layout: Layout, hall: PlanHall, present: Layout) -> Layout:
    """Open windows as long as the rules allow, each with what it lists at the nearest time of the day.

    A skeleton found in haste leaves windows closed that could help, and a search that changes one thing
    at a time is long in opening them.
    """
    if next(violations(hall, layout, present), None) is not None:
        return layout
    for window in range(len(hall.windows)):
        listed = [block for block, cell in enumerate(layout.cells(window)) if any(cell)]
        for block in range(len(hall.blocks)):
            if not listed or block in listed:
                continue
            nearest = min(listed, key=lambda other: abs(other - block))
            tried = _with_cell(layout, window, block, layout.cells(window)[nearest])
            if next(violations(hall, tried, present, only=(window,)), None) is None:
                layout = tried
    return layout


def _with_cell(layout: Layout, window: int, block: int, cell: tuple[int, int]) -> Layout:
    primary, helping = [list(row) for row in layout.primary], [list(row) for row in layout.helping]
    primary[window][block], helping[window][block] = cell
    return replace(layout, primary=tuple(map(tuple, primary)), helping=tuple(map(tuple, helping)))


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
