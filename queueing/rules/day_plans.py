"""One day's plan out of two: until some minute the one, from then on the other."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from queueing.rules.windows import PlanEntry

DAY_MINUTES = 24 * 60


def between(
    entries: Sequence[PlanEntry], planned: Sequence[PlanEntry], begins: int, ends: int
) -> tuple[PlanEntry, ...]:
    """Return ``entries`` with ``planned`` in their place from local minute ``begins`` until ``ends``.

    Stretches of the same window, queue and role that touch become one.
    """
    outside = ((0, begins), (ends, DAY_MINUTES))
    parts = [part for entry in entries for a, b in outside if (part := _cut(entry, a, b)) is not None]
    parts += [part for entry in planned if (part := _cut(entry, begins, ends)) is not None]
    joined: list[PlanEntry] = []
    for part in sorted(parts, key=lambda e: (str(e.window_id), str(e.queue_id), e.from_minute)):
        last = joined[-1] if joined else None
        same = last is not None and (last.window_id, last.queue_id, last.helping) == (
            part.window_id, part.queue_id, part.helping
        )  # fmt: skip
        if last is not None and same and last.to_minute >= part.from_minute:
            joined[-1] = replace(last, to_minute=max(last.to_minute, part.to_minute))
        else:
            joined.append(part)
    return tuple(joined)


def _cut(entry: PlanEntry, begins: int, ends: int) -> PlanEntry | None:
    begins, ends = max(entry.from_minute, begins), min(entry.to_minute, ends)
    return replace(entry, from_minute=begins, to_minute=ends) if begins < ends else None
