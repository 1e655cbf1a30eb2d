"""Small halls for tests: described in a line, with simulated history where one is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from kernel.ids import QueueId, StaffId, WindowId
from queueing.plans.rules import Block, Layout, Limits, PlanClerk, PlanHall, PlanQueue, PlanWindow

if TYPE_CHECKING:
    from collections.abc import Sequence

LETTERS = "ABCDEFGH"


def mask(prefixes: str) -> int:
    """Return the bits of queues by their prefixes: ``mask("AC") == 0b101``."""
    return sum(1 << LETTERS.index(prefix) for prefix in prefixes)


def hall(
    equipped: Sequence[str],
    *,
    list_limit: int = 2,
    blocks: int = 3,
    clerks: Sequence[str] | None = None,
    staffed: Sequence[int] | None = None,
    limits: Limits | None = None,
) -> PlanHall:
    """Return a hall whose windows 1, 2 … are equipped for these queues; clerk n sits at window n."""
    queues = sorted(set("".join(equipped)))
    windows = tuple(
        PlanWindow(WindowId(UUID(int=100 + place)), str(place + 1), mask(able), list_limit)
        for place, able in enumerate(equipped)
    )
    seats = () if clerks is None else tuple(
        PlanClerk(StaffId(UUID(int=200 + place)), mask(able), place if place < len(equipped) else None)
        for place, able in enumerate(clerks)
    )  # fmt: skip
    return PlanHall(
        tuple(PlanQueue(QueueId(UUID(int=1 + place)), prefix) for place, prefix in enumerate(queues)),
        windows,
        seats,
        tuple(Block(540 + 60 * number, 600 + 60 * number) for number in range(blocks)),
        tuple(staffed or (len(equipped),) * blocks),
        limits or Limits(),
    )


def layout(hall: PlanHall, *rows: str | Sequence[str]) -> Layout:
    """Return a layout; a row is a list for the whole day or one per block, helping after a plus: ``AB+C``."""
    blocks = len(hall.blocks)
    cells = [[row] * blocks if isinstance(row, str) else list(row) for row in rows]
    split = [[cell.partition("+") for cell in row] for row in cells]
    return Layout(
        tuple(tuple(mask(own) for own, _, _ in row) for row in split),
        tuple(tuple(mask(helped) for _, _, helped in row) for row in split),
        tuple(range(len(rows))) if hall.clerks else (None,) * len(rows),
    )
