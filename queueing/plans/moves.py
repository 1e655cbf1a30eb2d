"""The small changes that the search tries. They may break rules; the checker decides."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from queueing.plans.rules import list_changes

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from queueing.plans.rules import Layout, PlanHall

Cell = tuple[int, int]  # primary, helping


@dataclass(frozen=True, slots=True)
class Move:
    """A layout after a change, and the windows whose rows changed."""

    layout: Layout
    windows: tuple[int, ...]


def random_move(layout: Layout, hall: PlanHall, chance: Random) -> Move | None:
    """Return a random change, or None when the one drawn changes nothing."""
    kind = chance.choices((_relist, _exchange, _copy, _reseat), (12, 3, 3, 2))[0]
    move = kind(layout, hall, chance)
    return None if move is None or move.layout == layout else move


def _stretch(hall: PlanHall, chance: Random) -> range:
    """Draw a stretch of blocks: mostly the whole day, else a morning, an afternoon or something between."""
    blocks = len(hall.blocks)
    shape = chance.random()
    if shape < 0.5:
        return range(blocks)
    first, last = sorted((chance.randrange(blocks), chance.randrange(blocks)))
    if shape < 0.65:
        return range(0, last + 1)
    return range(first, blocks) if shape < 0.8 else range(first, last + 1)


def _relist(layout: Layout, hall: PlanHall, chance: Random) -> Move | None:
    """Add, drop, swap or re-rank a queue on one window's list."""
    window = chance.randrange(len(hall.windows))
    able = _bits(hall.may_serve(window, layout.seats[window]))
    if not able:
        return None
    queue, other = 1 << chance.choice(able), 1 << chance.choice(able)
    as_helping = chance.random() < 0.5
    change = chance.choice((_added, _swapped, _swapped, _reranked))
    room = hall.windows[window].list_limit

    def changed(cell: Cell) -> Cell:
        return change(cell, queue, other, as_helping, room) if cell != (0, 0) else cell

    return _changed(layout, {window: changed}, _stretch(hall, chance))


def _added(cell: Cell, queue: int, other: int, as_helping: bool, room: int) -> Cell:
    """List one more queue; a full list drops another for it."""
    primary, helping = cell
    if (primary | helping) & queue:
        return cell if primary == queue and not helping else (primary & ~queue, helping & ~queue)
    if (primary | helping).bit_count() >= room:
        primary, helping = primary & ~other, helping & ~other
    return (primary, helping | queue) if as_helping else (primary | queue, helping)


def _swapped(cell: Cell, queue: int, other: int, as_helping: bool, _room: int) -> Cell:
    """List ``queue`` instead of ``other``."""
    primary, helping = cell
    if not (primary | helping) & other or (primary | helping) & queue:
        return cell
    primary, helping = primary & ~other, helping & ~other
    return (primary, helping | queue) if as_helping else (primary | queue, helping)


def _reranked(cell: Cell, queue: int, _other: int, _as_helping: bool, _room: int) -> Cell:
    """Make a primary queue a helping one or the other way round."""
    primary, helping = cell
    return (primary ^ queue, helping ^ queue) if (primary | helping) & queue else cell


def _exchange(layout: Layout, hall: PlanHall, chance: Random) -> Move | None:
    """Let two windows change places: lists, or who is open."""
    if len(hall.windows) < 2:
        return None
    one, other = chance.sample(range(len(hall.windows)), 2)
    stretch = _stretch(hall, chance)
    ours, theirs = iter(layout.cells(one)[stretch.start :]), iter(layout.cells(other)[stretch.start :])
    return _changed(layout, {one: lambda _: next(theirs), other: lambda _: next(ours)}, stretch)


def _copy(layout: Layout, hall: PlanHall, chance: Random) -> Move | None:
    """Let one block's list hold for a stretch."""
    window = chance.randrange(len(hall.windows))
    cells = [cell for cell in layout.cells(window) if cell != (0, 0)]
    if not cells or list_changes(layout, window) == 0:
        return None
    copied = chance.choice(cells)
    return _changed(layout, {window: lambda cell: copied if cell != (0, 0) else cell}, _stretch(hall, chance))


def _reseat(layout: Layout, hall: PlanHall, chance: Random) -> Move | None:
    """Let two clerks change windows."""
    if len(hall.windows) < 2 or len({clerk.skills for clerk in hall.clerks}) < 2:
        return None
    one, other = chance.sample(range(len(hall.windows)), 2)
    seats = list(layout.seats)
    seats[one], seats[other] = seats[other], seats[one]
    return Move(replace(layout, seats=tuple(seats)), (one, other))


def _changed(layout: Layout, changes: dict[int, Callable[[Cell], Cell]], stretch: range) -> Move:
    primary, helping = list(layout.primary), list(layout.helping)
    for window, change in changes.items():
        cells = layout.cells(window)
        cells[stretch.start : stretch.stop] = [change(cells[block]) for block in stretch]
        primary[window] = tuple(own for own, _ in cells)
        helping[window] = tuple(helped for _, helped in cells)
    return Move(replace(layout, primary=tuple(primary), helping=tuple(helping)), tuple(changes))


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


def _bits(mask: int) -> list[int]:
    return [bit for bit in range(mask.bit_length()) if mask >> bit & 1]
