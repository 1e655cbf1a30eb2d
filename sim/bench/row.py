"""One figure of a benchmark."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BenchRow:
    """``value`` in ``unit``; ``ratio`` is value to (or of) ``baseline``; ``holds`` None: no goal set."""

    name: str
    value: float
    unit: str
    baseline: str | None
    ratio: float | None
    goal: str
    holds: bool | None
