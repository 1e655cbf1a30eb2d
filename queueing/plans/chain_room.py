"""Between layouts and the arrays of the compiled search."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from queueing.engine.arrays import NEVER, PlanArrays, microseconds
from queueing.engine.room import floor_room, ledger_room
from queueing.engine.tally import BINS
from queueing.plans.chain import Chain
from queueing.plans.chain_plays import Citizens, Room, Sums, Timetable
from queueing.plans.chain_state import HallArrays, Scratch, State
from queueing.plans.rules import Layout, list_changes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from queueing.engine import HallModel
    from queueing.engine.run import Days
    from queueing.plans.rules import PlanHall

    Integers = NDArray[np.int64]

DAY_MINUTES = 1440
UNLIMITED = 1 << 30
STAGES = (1 / 32, 1 / 10, 1 / 3, 1.0)  # shares of the days after which a layout may be given up


def hall_arrays(hall: PlanHall, present: Layout) -> HallArrays:
    """Return a hall's rules as arrays."""
    limits, clerks = hall.limits, hall.clerks
    shape = (len(hall.queues), len(hall.blocks))
    rests = [(c.rest.minutes, c.rest.from_minute, c.rest.to_minute) if c.rest else (0, 0, 0) for c in clerks]
    return HallArrays(
        equipped=_integers([window.equipped for window in hall.windows]),
        list_limit=_integers([window.list_limit for window in hall.windows]),
        fixed=_integers([window.label in limits.pinned for window in hall.windows]),
        staffed=_integers(hall.staffed),
        begins=_integers([block.from_minute for block in hall.blocks]),
        ends=_integers([block.to_minute for block in hall.blocks]),
        skills=_integers([clerk.skills for clerk in clerks]),
        shift=_integers([clerk.shift or (0, DAY_MINUTES) for clerk in clerks]).reshape(-1, 2),
        rest=_integers(rests).reshape(-1, 3),
        present_own=_integers(present.primary),
        present_help=_integers(present.helping),
        seated=int(bool(clerks)),
        queues=len(hall.queues),
        needed=np.full(shape, limits.primaries, dtype=np.int64),
        first=0,
        last=len(hall.blocks),
        shuttable=1,
        integrated=limits.integrated,
        changes_per_window=np.full(len(hall.windows), limits.changes_per_window, dtype=np.int64),
        changes_per_day=limits.changes_per_day,
        windows_changed=UNLIMITED if limits.windows_changed is None else limits.windows_changed,
        open_minutes=UNLIMITED if hall.open_minutes is None else hall.open_minutes,
    )


def part_arrays(hall: PlanHall, present: Layout, first: int, last: int) -> HallArrays:
    """Return the rules for changing a part of the day only: who is open stays, and nothing gets worse.

    What the present plan breaks, as a queue without a window, must not stop everything else.
    """
    strict = hall_arrays(hall, present)
    covering = np.array(
        [[sum(row[b] >> q & 1 for row in present.primary) for b in range(len(hall.blocks))]
         for q in range(len(hall.queues))], dtype=np.int64,
    ).reshape(strict.needed.shape)  # fmt: skip
    listed = strict.present_own | strict.present_help
    changes = [list_changes(present, window) for window in range(len(hall.windows))]
    return strict._replace(
        equipped=strict.equipped | np.bitwise_or.reduce(listed, axis=1),
        list_limit=np.maximum(strict.list_limit, np.bitwise_count(listed).max(axis=1)),
        needed=np.minimum(strict.needed, covering),
        changes_per_window=np.maximum(strict.changes_per_window, changes),
        changes_per_day=max(strict.changes_per_day, sum(changes)),
        first=first,
        last=last,
        shuttable=0,
    )


def state_of(hall: PlanHall, layout: Layout) -> State:
    """Return a layout as a state, not yet counted (``chain.count_all``)."""
    windows, blocks = len(hall.windows), len(hall.blocks)
    return State(
        own=_integers(layout.primary),
        help=_integers(layout.helping),
        seat=_integers([-1 if seat is None else seat for seat in layout.seats]),
        covering=np.zeros((len(hall.queues), blocks), dtype=np.int64),
        opened=np.zeros(blocks, dtype=np.int64),
        wide=np.zeros(blocks, dtype=np.int64),
        changes=np.zeros(windows, dtype=np.int64),
        cells=np.zeros(windows, dtype=np.int64),
        edges=np.zeros(windows, dtype=np.int64),
        totals=np.zeros(4, dtype=np.int64),
    )


def layout_in(state: State) -> Layout:
    """Return the layout of a state."""
    return Layout(
        tuple(tuple(row) for row in state.own.tolist()),
        tuple(tuple(row) for row in state.help.tolist()),
        tuple(None if seat < 0 else seat for seat in state.seat.tolist()),
    )


def scratch_for(hall: PlanHall) -> Scratch:
    """Return room for the rows of a move."""
    blocks = len(hall.blocks)
    return Scratch(
        window=np.full(2, -1, dtype=np.int64),
        own=np.zeros((2, blocks), dtype=np.int64),
        help=np.zeros((2, blocks), dtype=np.int64),
        seat=np.zeros(2, dtype=np.int64),
    )


def citizens_of(
    days: Days, windows: int, *, ready: Integers | None = None, configured: Integers | None = None
) -> Citizens:
    """Return drawn days in stages.

    ``ready[day, window]`` and ``configured[window]`` are where each day begins in a hall that is open
    already (microseconds, -1: with the plan; queues as bits).
    """
    stages = sorted({max(1, round(share * days.count)) for share in STAGES})
    return Citizens(
        days.tickets,
        days.starts,
        days.joining,
        _integers(stages),
        # In rows, or everything would be compiled once more, a minute of it, for who plans the first rest
        # of a day.
        np.full((1, windows), -1, dtype=np.int64) if ready is None else np.ascontiguousarray(ready),
        np.zeros(windows, dtype=np.int64) if configured is None else configured,
    )


def timetable(model: HallModel, hall: PlanHall) -> Timetable:
    """Return the blocks as the engine needs them."""
    closes = microseconds(model.closes_minutes)
    session_ends = {microseconds(end) for _, end in model.sessions}
    ends = [microseconds(block.to_minute) for block in hall.blocks]
    return Timetable(
        begins=_integers([microseconds(block.from_minute) for block in hall.blocks]),
        ends=_integers([NEVER if end >= closes else end for end in ends]),
        stays=_integers([end in session_ends and end < closes for end in ends]),
        rests=int(any(clerk.rest for clerk in hall.clerks)),
        closes=closes,
    )


def room_for(hall: PlanHall, days: Days) -> Room:
    """Return one chain's memory."""
    windows, queues, blocks = len(hall.windows), len(hall.queues), len(hall.blocks)
    longest = int(np.diff(days.starts).max(initial=1))
    by_phase = {
        name: np.zeros((windows, blocks), dtype=np.int64)
        for name in ("begins", "ends", "primary", "helping", "rests", "stays")
    }
    plan = PlanArrays(
        phase_count=np.zeros(windows, dtype=np.int64),
        **by_phase,
        list_factor=np.ones((windows, blocks)),
        window_of=np.zeros(windows, dtype=np.int64),
        pool=np.full(windows, -1, dtype=np.int64),
        pace=np.ones((windows, queues)),
    )
    sums = Sums(
        joined=np.zeros(queues),
        waited=np.zeros(queues),
        bins=np.zeros(BINS, dtype=np.int64),
        first=np.zeros(windows, dtype=np.int64),
        configured=np.zeros(windows, dtype=np.int64),
        used=np.zeros(2, dtype=np.int64),
    )
    widest = queues if hall.limits.integrated else max(window.list_limit for window in hall.windows)
    plan.primary[0, 0] = plan.helping[0, 0] = (1 << min(widest, queues)) - 1  # room for the longest lists
    return Room(plan, floor_room(plan, 2 * longest), ledger_room(longest), sums)


def chain_at(hall: PlanHall, layout: Layout, *, seed: int) -> Chain:
    """Return a chain that stands at a layout, neither counted nor played; it may play days in any stages."""
    stages = len(STAGES)
    return Chain(
        state=state_of(hall, layout),
        best=state_of(hall, layout),
        scratch=scratch_for(hall),
        costs=np.full(stages, -1.0),
        tried=np.zeros(stages),
        numbers=np.array([np.inf, 0.0, 0.0, 0.0, 0.0, 0.0]),
        chance=np.array([seed], dtype=np.uint64),
    )


def stand_at(chain: Chain, state: State) -> None:
    """Let a chain go on from another state; it plays it first."""
    for own, other in zip(chain.state, state, strict=True):
        own[...] = other
    chain.costs[:] = -1.0


def _integers(values: Sequence[object]) -> np.ndarray:
    return np.array(values, dtype=np.int64)
