"""Between plan entries, as they are stored, and layouts, as they are planned."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from queueing.plans.rules import Block, Layout, can_sit
from queueing.rules.windows import PlanEntry, planned_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from queueing.plans.rules import PlanHall, PlanQueue, PlanWindow, Rest

DAY_MINUTES = 1440
BLOCK_MINUTES = 60
LONG_BREAK = 45  # minutes; a break this long may also begin in the middle of another


def blocks_of(
    sessions: Sequence[tuple[int, int]], entries: Sequence[PlanEntry], *, rests: Iterable[Rest] = ()
) -> tuple[Block, ...]:
    """Cut the opening hours into blocks of about ``BLOCK_MINUTES``, and where a present entry begins or ends.

    Where breaks may lie the blocks are as long as a break, or half as long, so that breaks can follow
    one another.

    A block never spans two sessions; a remainder shorter than half a block joins the block before it.

    >>> [(block.from_minute, block.to_minute) for block in blocks_of([(510, 720)], [])]
    [(510, 570), (570, 630), (630, 720)]
    """
    blocks: list[Block] = []
    for opens, closes in sessions:
        edges = list(range(opens, closes, BLOCK_MINUTES))
        if len(edges) > 1 and closes - edges[-1] <= BLOCK_MINUTES / 2:
            edges.pop()
        inside = {edge for entry in entries for edge in (entry.from_minute, entry.to_minute)}
        inside |= {edge for rest in rests for edge in _rest_edges(rest)}
        cuts = sorted({*edges, *(edge for edge in inside if opens < edge < closes), closes})
        blocks.extend(Block(start, end) for start, end in pairwise(cuts))
    return tuple(blocks)


def _rest_edges(rest: Rest) -> range:
    step = rest.minutes if rest.minutes < LONG_BREAK else max(1, rest.minutes // 2)
    return range(rest.from_minute, rest.to_minute + 1, step)


def layout_of(
    entries: Sequence[PlanEntry],
    queues: Sequence[PlanQueue],
    windows: Sequence[PlanWindow],
    blocks: Sequence[Block],
    seats: Sequence[int | None],
) -> Layout:
    """Return the layout of stored entries; entries of windows or queues unknown to the hall are left out."""
    bit = {queue.id: 1 << place for place, queue in enumerate(queues)}
    primary, helping = [], []
    for window in windows:
        cells = [
            {queue: helps for queue, helps in served.items() if queue in bit}
            for served in (planned_at(entries, window.id, block.from_minute) for block in blocks)
        ]
        primary.append(tuple(sum(bit[queue] for queue, helps in cell.items() if not helps) for cell in cells))
        helping.append(tuple(sum(bit[queue] for queue, helps in cell.items() if helps) for cell in cells))
    return Layout(tuple(primary), tuple(helping), tuple(seats))


def entries_of(hall: PlanHall, layout: Layout) -> tuple[PlanEntry, ...]:
    """Return the entries that store a layout, whole days without gaps.

    A block's entries go on until the next block begins, the first begin at midnight and the last end
    there: whoever is inside when the doors close is served by the plan of the last block.
    """
    starts = [0, *(block.from_minute for block in hall.blocks[1:]), DAY_MINUTES]
    entries: list[PlanEntry] = []
    for window, facts in enumerate(hall.windows):
        for place, queue in enumerate(hall.queues):
            for helping, masks in ((False, layout.primary[window]), (True, layout.helping[window])):
                held = [bool(mask >> place & 1) for mask in masks]
                entries.extend(
                    PlanEntry(facts.id, queue.id, helping, starts[begin], starts[end])
                    for begin, end in _runs(held)
                )
    return tuple(entries)


def _runs(held: Sequence[bool]) -> list[tuple[int, int]]:
    """Return the (first, past-the-last) places of each run of True.

    >>> _runs([True, True, False, True])
    [(0, 2), (3, 4)]
    """
    edges = [False, *held, False]
    begins = [place for place in range(len(held)) if held[place] and not edges[place]]
    ends = [place + 1 for place in range(len(held)) if held[place] and not edges[place + 2]]
    return list(zip(begins, ends, strict=True))


def seated(layout: Layout, hall: PlanHall) -> Layout:
    """Give every open window a clerk who can serve its whole list, as far as that can be done.

    Whoever sits somewhere stays there if possible; the rest is a matching by augmenting paths (Kuhn
    1955), so a clerk is lacking only if no seating could serve all. Where shifts or breaks stand in the
    way, skills alone decide: the checker then says what is broken.
    """
    opened = [bool(union_of(layout, window)) for window in range(len(hall.windows))]
    fits = [[can_sit(hall, layout, w, clerk) for clerk in hall.clerks] for w in range(len(hall.windows))]
    skilled = [
        [not union_of(layout, w) & ~clerk.skills for clerk in hall.clerks] for w in range(len(hall.windows))
    ]
    seats: dict[int, int] = {}
    for clerk, facts in enumerate(hall.clerks):
        if facts.window is not None and opened[facts.window] and fits[facts.window][clerk]:
            seats[facts.window] = clerk
    for may_sit in (fits, skilled):
        for window, needed in enumerate(opened):
            if needed and window not in seats:
                _seat(window, may_sit, seats, set())
    return replace(layout, seats=tuple(seats.get(window) for window in range(len(hall.windows))))


def _seat(window: int, may_sit: Sequence[Sequence[bool]], seats: dict[int, int], tried: set[int]) -> bool:
    """Seat a clerk at a window, moving others on if need be; return whether it worked."""
    sits_at = {clerk: place for place, clerk in seats.items()}
    for clerk, may in enumerate(may_sit[window]):
        if clerk in tried or not may:
            continue
        tried.add(clerk)
        place = sits_at.get(clerk)
        if place is None or _seat(place, may_sit, seats, tried):
            seats[window] = clerk
            return True
    return False


def union_of(layout: Layout, window: int) -> int:
    """Return all queues that a window lists at some time of the day."""
    union = 0
    for primary, helping in layout.cells(window):
        union |= primary | helping
    return union
