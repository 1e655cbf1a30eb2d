"""Benchmarks: each module offers ``rows()``; figures are ratios to a baseline named in the same run."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BenchRow:
    """One figure with its unit, what it is compared with, the ratio, the goal and whether it holds."""

    name: str
    value: float
    unit: str
    baseline: str | None
    ratio: float | None
    goal: str
    holds: bool | None
