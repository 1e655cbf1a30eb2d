# mypy: disable-error-code="no-any-return"
"""The moves of the compiled search: each writes the new rows of one or two windows into the scratch.

A move may break rules; ``chain_state.keeps_rules`` decides. Chance is a splitmix64 stream, so a chain
is the same wherever it runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from queueing.engine.cache import inlined, outlined
from queueing.plans.chain_state import allowed, popcount

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from queueing.plans.chain_state import HallArrays, Scratch, State

    Words = NDArray[np.uint64]

# share of each kind of move, in hundredths, in the order of ``propose_move``
RELIST, TRADE, EXCHANGE, COPY, REDRAW, RESEAT, RESTING, SHUTTING = 40, 18, 12, 12, 4, 4, 6, 4
WHOLE_DAY, SAME_LIST, HALF = 0.35, 0.60, 0.80  # of stretches, cumulated; the rest begin and end anywhere


@inlined
def uniform(chance: Words) -> float:
    """Return the next number in [0, 1) of a stream (splitmix64, Steele et al. 2014)."""
    chance[0] += np.uint64(0x9E3779B97F4A7C15)
    mixed = chance[0]
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    return float(mixed >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@inlined
def below(chance: Words, count: int) -> int:
    """Return a whole number from 0 to ``count`` - 1."""
    return int(uniform(chance) * count)


@outlined
def pick(chance: Words, mask: int) -> int:
    """Return one queue of a set as a mask; 0 of an empty set."""
    count = popcount(mask)
    if count == 0:
        return 0
    skipped = below(chance, count)
    while skipped > 0:
        mask &= mask - 1
        skipped -= 1
    return mask & -mask


@outlined
def take_row(hall: HallArrays, state: State, scratch: Scratch, place: int, window: int) -> None:
    """Copy a window's row into the scratch, to be changed there."""
    scratch.window[place] = window
    scratch.seat[place] = state.seat[window]
    for block in range(hall.begins.shape[0]):
        scratch.own[place, block] = state.own[window, block]
        scratch.help[place, block] = state.help[window, block]


@outlined
def stretch(hall: HallArrays, scratch: Scratch, chance: Words) -> tuple[int, int]:
    """Draw blocks that may change: all, a run of one list of the first row, a half day, or anything."""
    begin, end = hall.first, hall.last
    shape = uniform(chance)
    if shape < WHOLE_DAY or end - begin == 1:
        return begin, end
    first = begin + below(chance, end - begin)
    if shape < SAME_LIST:
        last = first
        while first > begin and _alike(scratch, first - 1, first):
            first -= 1
        while last < end - 1 and _alike(scratch, last + 1, last):
            last += 1
        return first, last + 1
    if shape < HALF:
        return (begin, first + 1) if uniform(chance) < 0.5 else (first, end)
    last = begin + below(chance, end - begin)
    return min(first, last), max(first, last) + 1


@inlined
def _alike(scratch: Scratch, block: int, other: int) -> bool:
    return scratch.own[0, block] == scratch.own[0, other] and scratch.help[0, block] == scratch.help[0, other]


@outlined
def propose_move(hall: HallArrays, state: State, scratch: Scratch, chance: Words) -> bool:
    """Write a random move into the scratch; False when the one drawn is none."""
    scratch.window[:] = -1
    windows = hall.equipped.shape[0]
    window = below(chance, windows)
    take_row(hall, state, scratch, 0, window)
    kind = 100.0 * uniform(chance)
    if kind < RELIST:
        return _relist(hall, scratch, chance)
    kind -= RELIST
    if kind < COPY:
        return _copy(hall, scratch, chance)
    kind -= COPY
    if kind < REDRAW:
        return _redraw(hall, scratch, chance)
    kind -= REDRAW
    if kind < RESTING and hall.seated == 1:
        return _rest_elsewhere(hall, scratch, chance)
    kind -= RESTING
    if kind < SHUTTING and hall.shuttable == 1:
        return _open_or_shut(hall, scratch, chance)
    kind -= SHUTTING
    other = below(chance, windows)
    if other == window:
        return False
    take_row(hall, state, scratch, 1, other)
    if kind < TRADE:
        return _trade(hall, scratch, chance)
    if kind < TRADE + RESEAT and hall.seated == 1:
        scratch.seat[0], scratch.seat[1] = scratch.seat[1], scratch.seat[0]
        return scratch.seat[0] != scratch.seat[1]
    return _exchange(hall, scratch, chance)


@inlined
def _room(hall: HallArrays, scratch: Scratch, block: int, wide: bool) -> int:
    """Return how many queues the list may have: beyond the limit for an integrated window."""
    limit = hall.list_limit[scratch.window[0]]
    listed = popcount(scratch.own[0, block] | scratch.help[0, block])
    return hall.queues if hall.integrated > 0 and (wide or listed > limit) else limit


@outlined
def _relist(hall: HallArrays, scratch: Scratch, chance: Words) -> bool:
    """Add, swap, drop or re-rank a queue on one window's list."""
    able = allowed(hall, scratch.window[0], scratch.seat[0])
    queue, other = pick(chance, able), pick(chance, able)
    helps, kind, wide = uniform(chance) < 0.5, uniform(chance), uniform(chance) < 0.08
    first, last = stretch(hall, scratch, chance)
    changed = False
    for block in range(first, last):
        own, helped = scratch.own[0, block], scratch.help[0, block]
        if own | helped == 0:
            continue
        room = _room(hall, scratch, block, wide)
        if wide and hall.integrated > 0 and kind < 0.3:  # everything the window can: an integrated window
            helped = able & ~own
        elif (own | helped) & queue:
            if kind < 0.5:
                own, helped = own ^ queue, helped ^ queue
            elif kind < 0.6 and popcount(own | helped) > 1:
                own, helped = own & ~queue, helped & ~queue
        else:
            if popcount(own | helped) >= room:
                gone = other if (own | helped) & other else pick(chance, own | helped)
                own, helped = own & ~gone, helped & ~gone
            own, helped = (own, helped | queue) if helps else (own | queue, helped)
        changed |= own != scratch.own[0, block] or helped != scratch.help[0, block]
        scratch.own[0, block], scratch.help[0, block] = own, helped
    return changed


@outlined
def _redraw(hall: HallArrays, scratch: Scratch, chance: Words) -> bool:
    """Give a window a list drawn anew."""
    able = allowed(hall, scratch.window[0], scratch.seat[0])
    own, helped = pick(chance, able), 0
    for _ in range(hall.list_limit[scratch.window[0]] - 1):
        queue = pick(chance, able & ~own & ~helped)
        own, helped = (own | queue, helped) if uniform(chance) < 0.5 else (own, helped | queue)
    first, last = stretch(hall, scratch, chance)
    for block in range(first, last):
        if scratch.own[0, block] | scratch.help[0, block]:
            scratch.own[0, block], scratch.help[0, block] = own, helped
    return own != 0


@outlined
def _copy(hall: HallArrays, scratch: Scratch, chance: Words) -> bool:
    """Let one block's list hold for a stretch, mostly the block's neighbours."""
    source = hall.first + below(chance, hall.last - hall.first)
    own, helped = scratch.own[0, source], scratch.help[0, source]
    if own | helped == 0:
        return False
    if uniform(chance) < 0.5:
        first = source - 1 if uniform(chance) < 0.5 else source + 1
        first = min(max(first, hall.first), hall.last - 1)
        last = first + 1
    else:
        first, last = stretch(hall, scratch, chance)
    changed = False
    for block in range(first, last):
        if scratch.own[0, block] | scratch.help[0, block] == 0:
            continue
        changed |= own != scratch.own[0, block] or helped != scratch.help[0, block]
        scratch.own[0, block], scratch.help[0, block] = own, helped
    return changed


@outlined
def _exchange(hall: HallArrays, scratch: Scratch, chance: Words) -> bool:
    """Let two windows change places: lists, or who is open."""
    first, last = stretch(hall, scratch, chance)
    changed = False
    for block in range(first, last):
        own, helped = scratch.own[0, block], scratch.help[0, block]
        changed |= own != scratch.own[1, block] or helped != scratch.help[1, block]
        scratch.own[0, block], scratch.help[0, block] = scratch.own[1, block], scratch.help[1, block]
        scratch.own[1, block], scratch.help[1, block] = own, helped
    return changed


@outlined
def _trade(hall: HallArrays, scratch: Scratch, chance: Words) -> bool:
    """Let one window give a queue to another and take one of its queues for it."""
    ours = allowed(hall, scratch.window[0], scratch.seat[0])
    theirs = allowed(hall, scratch.window[1], scratch.seat[1])
    given, taken = pick(chance, ours & theirs), pick(chance, ours & theirs)
    first, last = stretch(hall, scratch, chance)
    changed = False
    for block in range(first, last):
        one = scratch.own[0, block] | scratch.help[0, block]
        other = scratch.own[1, block] | scratch.help[1, block]
        if given == taken or not one & given or one & taken or not other & taken or other & given:
            continue
        changed = True
        for place in range(2):  # the new queue takes the place of the old one, own or helping
            if scratch.own[place, block] & (given | taken):
                scratch.own[place, block] ^= given | taken
            else:
                scratch.help[place, block] ^= given | taken
    return changed


@outlined
def _rest_elsewhere(hall: HallArrays, scratch: Scratch, chance: Words) -> bool:
    """Move a clerk's break: the window is open while it was, with the list of the block beside it."""
    seat, blocks = scratch.seat[0], hall.begins.shape[0]
    if seat < 0 or hall.rest[seat, 0] == 0:
        return False
    length, earliest, latest = hall.rest[seat, 0], hall.rest[seat, 1], hall.rest[seat, 2]
    first = below(chance, blocks)
    while first < blocks and hall.begins[first] < earliest:
        first += 1
    last = first
    while last < blocks and hall.ends[last] - hall.begins[first] < length:
        last += 1
    if last >= blocks or hall.ends[last] > latest:
        return False
    for block in range(blocks):
        inside = hall.begins[block] < latest and hall.ends[block] > earliest
        if inside and scratch.own[0, block] | scratch.help[0, block] == 0:
            _open_like_neighbour(scratch, block, blocks)
    for block in range(first, last + 1):
        scratch.own[0, block], scratch.help[0, block] = 0, 0
    return True


@outlined
def _open_like_neighbour(scratch: Scratch, block: int, blocks: int) -> None:
    for distance in range(1, blocks):
        for beside in (block - distance, block + distance):
            if 0 <= beside < blocks and scratch.own[0, beside] | scratch.help[0, beside]:
                scratch.own[0, block], scratch.help[0, block] = (
                    scratch.own[0, beside],
                    scratch.help[0, beside],
                )
                return


@outlined
def _open_or_shut(hall: HallArrays, scratch: Scratch, chance: Words) -> bool:
    """Open a window for a stretch in which it is closed, or close it."""
    first, last = stretch(hall, scratch, chance)
    blocks = hall.begins.shape[0]
    if scratch.own[0, first] | scratch.help[0, first]:
        for block in range(first, last):
            scratch.own[0, block], scratch.help[0, block] = 0, 0
        return True
    for block in range(first, last):
        if scratch.own[0, block] | scratch.help[0, block] == 0:
            _open_like_neighbour(scratch, block, blocks)
    if scratch.own[0, first] | scratch.help[0, first] == 0:
        return _redraw_closed(hall, scratch, chance, first, last)
    return True


@outlined
def _redraw_closed(hall: HallArrays, scratch: Scratch, chance: Words, first: int, last: int) -> bool:
    able = allowed(hall, scratch.window[0], scratch.seat[0])
    own = pick(chance, able)
    for block in range(first, last):
        scratch.own[0, block] = own
    return own != 0
