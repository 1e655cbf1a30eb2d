# mypy: disable-error-code="no-any-return"
"""A layout inside the compiled search, and the rules about it, counted as rows of it are exchanged.

The rules are those of ``queueing.plans.rules``; a test compares the two on random layouts. Sets of
queues are bit masks, and a row is one window's day, a mask per block.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from queueing.engine.cache import inlined, outlined

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Integers = NDArray[np.int64]
    Floats = NDArray[np.float64]


class HallArrays(NamedTuple):
    """What does not change during a search. Minutes of the day are whole."""

    equipped: Integers  # [window] mask
    list_limit: Integers  # [window]
    fixed: Integers  # [window] 1: stays as it is
    staffed: Integers  # [block]
    begins: Integers  # [block] minutes
    ends: Integers  # [block] minutes
    skills: Integers  # [clerk] mask
    shift: Integers  # [clerk, 2] minutes
    rest: Integers  # [clerk, 3] minutes: length (0 none), earliest, latest
    present_own: Integers  # [window, block]
    present_help: Integers
    seated: int  # 1: clerks are tied to windows
    queues: int
    needed: Integers  # [queue, block] windows that must have it as primary
    first: int  # blocks from this one on, and before ``last``, may differ from the present plan
    last: int
    shuttable: int  # 1: windows may open and close
    integrated: int  # windows that may list more than their limit at a time
    changes_per_window: Integers  # [window]
    changes_per_day: int
    windows_changed: int
    open_minutes: int  # all windows together


class State(NamedTuple):
    """One layout and what the rules count of it; all of it follows from the first three."""

    own: Integers  # [window, block]
    help: Integers
    seat: Integers  # [window] clerk, -1 nobody
    covering: Integers  # [queue, block] windows that have it as primary
    opened: Integers  # [block]
    wide: Integers  # [block] integrated windows
    changes: Integers  # [window] lists changed during the day
    cells: Integers  # [window] blocks that differ from the present plan
    edges: Integers  # [window] times it opens or closes during the day
    totals: Integers  # changes, windows changed, cells, edges


CHANGES, MOVED, CELLS, EDGES = range(4)


class Scratch(NamedTuple):
    """Rows to exchange with those of a state: at most two windows at a time."""

    window: Integers  # [2]; -1 none
    own: Integers  # [2, block]
    help: Integers  # [2, block]
    seat: Integers  # [2]


@inlined
def popcount(mask: int) -> int:
    """Return how many queues a set has."""
    count = 0
    while mask:
        mask &= mask - 1
        count += 1
    return count


@inlined
def allowed(hall: HallArrays, window: int, seat: int) -> int:
    """Return the queues that a window may list with this clerk."""
    if hall.seated == 0:
        return hall.equipped[window]
    return hall.equipped[window] & hall.skills[seat] if seat >= 0 else 0


@outlined
def count_row(hall: HallArrays, state: State, window: int, sign: int) -> None:
    """Add (or with ``sign`` -1 take away) a window's row to what the rules count."""
    changes, cells, edges = 0, 0, 0
    last_own, last_help, was_open = 0, 0, -1
    for block in range(hall.begins.shape[0]):
        own, helped = state.own[window, block], state.help[window, block]
        is_open = 1 if own | helped else 0
        state.opened[block] += sign * is_open
        if popcount(own | helped) > hall.list_limit[window]:
            state.wide[block] += sign
        queue, rest = 0, own
        while rest:
            if rest & 1:
                state.covering[queue, block] += sign
            rest >>= 1
            queue += 1
        if is_open:
            if (last_own | last_help) and (own != last_own or helped != last_help):
                changes += 1
            last_own, last_help = own, helped
        if was_open >= 0 and is_open != was_open:
            edges += 1
        was_open = is_open
        if own != hall.present_own[window, block] or helped != hall.present_help[window, block]:
            cells += 1
    state.changes[window], state.cells[window], state.edges[window] = changes, cells, edges
    state.totals[CHANGES] += sign * changes
    state.totals[MOVED] += sign * (1 if cells else 0)
    state.totals[CELLS] += sign * cells
    state.totals[EDGES] += sign * edges


@outlined
def exchange(hall: HallArrays, state: State, scratch: Scratch) -> None:
    """Exchange the scratch rows with the state's; done twice, nothing has happened."""
    for place in range(2):
        window = scratch.window[place]
        if window < 0:
            continue
        count_row(hall, state, window, -1)
        for block in range(hall.begins.shape[0]):
            own, helped = state.own[window, block], state.help[window, block]
            state.own[window, block] = scratch.own[place, block]
            state.help[window, block] = scratch.help[place, block]
            scratch.own[place, block], scratch.help[place, block] = own, helped
        seat = state.seat[window]
        state.seat[window] = scratch.seat[place]
        scratch.seat[place] = seat
        count_row(hall, state, window, 1)


@outlined
def keeps_rules(hall: HallArrays, state: State, scratch: Scratch) -> bool:
    """Return whether a state keeps every rule, if it did before the scratch's windows changed."""
    for place in range(2):
        window = scratch.window[place]
        if window >= 0 and not _window_keeps_rules(hall, state, window):
            return False
    if state.totals[CHANGES] > hall.changes_per_day or state.totals[MOVED] > hall.windows_changed:
        return False
    minutes = 0
    for block in range(hall.begins.shape[0]):
        minutes += state.opened[block] * (hall.ends[block] - hall.begins[block])
        if state.opened[block] > hall.staffed[block] or state.wide[block] > hall.integrated:
            return False
        for queue in range(hall.queues):
            if state.covering[queue, block] < hall.needed[queue, block]:
                return False
    return minutes <= hall.open_minutes


@outlined
def _window_keeps_rules(hall: HallArrays, state: State, window: int) -> bool:
    seat = state.seat[window]
    able = allowed(hall, window, seat)
    if hall.fixed[window] == 1 and state.cells[window] > 0:
        return False
    if state.changes[window] > hall.changes_per_window[window]:
        return False
    for block in range(hall.begins.shape[0]):
        own, helped = state.own[window, block], state.help[window, block]
        listed = own | helped
        present = hall.present_own[window, block] | hall.present_help[window, block]
        if hall.shuttable == 0 and (listed == 0) != (present == 0):
            return False
        if listed & ~able or own & helped:
            return False
        if popcount(listed) > hall.list_limit[window] and hall.integrated == 0:
            return False
        if listed and hall.seated == 1 and not _on_shift(hall, seat, block):
            return False
    return hall.seated == 0 or seat < 0 or _rests(hall, state, window, seat)


@inlined
def _on_shift(hall: HallArrays, seat: int, block: int) -> bool:
    return hall.begins[block] >= hall.shift[seat, 0] and hall.ends[block] <= hall.shift[seat, 1]


@outlined
def _rests(hall: HallArrays, state: State, window: int, seat: int) -> bool:
    """Return whether the window leaves its clerk a break of the full length inside its band."""
    length, since, latest = hall.rest[seat, 0], hall.rest[seat, 1], hall.rest[seat, 2]
    if length == 0:
        return True
    for block in range(hall.begins.shape[0]):
        if hall.ends[block] <= since or not state.own[window, block] | state.help[window, block]:
            continue
        if min(hall.begins[block], latest) - since >= length:
            return True
        since = hall.ends[block]
    return latest - since >= length
