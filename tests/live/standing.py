"""Everything that can be told apart about the live state of a hall."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from queueing.live.state import HallState


def as_it_stands(state: HallState) -> tuple[object, ...]:
    """Return a state's day, lines, windows and counts, for comparison."""
    return (
        state.day,
        {queue: tuple(one.id for one in line.in_order()) for queue, line in state.lines.items() if len(line)},
        {window: ticket.id for window, ticket in state.at_window.items()},
        {queue: count for queue, count in state.walked_in.items() if count},
    )
