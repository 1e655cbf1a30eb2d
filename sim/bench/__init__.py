"""Benchmarks: ``python -m sim.bench NAME`` runs ``sim/bench/NAME.py`` and writes build/bench/NAME.json.

A benchmark is a module with ``rows() -> list[BenchRow]``: seeds fixed, sizes in the names, figures as
ratios to a named baseline of the same run, a goal beside each figure and whether it holds.
"""

from sim.bench.row import BenchRow

__all__ = ["BenchRow"]
