"""Run benchmarks: all, or those named. Prints a table each and writes build/bench/NAME.json."""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import sys
from dataclasses import asdict
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

import sim.bench as package

if TYPE_CHECKING:
    from types import ModuleType

    from sim.bench import BenchRow

RESULTS = Path("build/bench")


def main(names: list[str]) -> int:
    """Run the named benchmarks, or all; return 0 whatever falls short, since the figures say so."""
    found = _benchmarks()
    unknown = [name for name in names if name not in found]
    if unknown:
        sys.stderr.write(f"no benchmark named {', '.join(unknown)}; there are: {', '.join(found)}\n")
        return 2
    for name in names or found:
        begun = perf_counter()
        rows = _module(name).rows()
        _print(name, rows, perf_counter() - begun)
        _write(name, rows)
    return 0


def _benchmarks() -> list[str]:
    """Return the names of the modules of this package that have ``rows``."""
    names = [module.name for module in pkgutil.iter_modules(package.__path__) if module.name != "__main__"]
    return [name for name in names if "def rows(" in (Path(package.__path__[0]) / f"{name}.py").read_text()]


def _module(name: str) -> ModuleType:
    return importlib.import_module(f"sim.bench.{name}")


def _print(name: str, rows: list[BenchRow], seconds: float) -> None:
    table = Table(title=f"{name} ({seconds:.1f} s, {os.cpu_count()} cores)", title_justify="left")
    for heading in ("what", "value", "unit", "ratio", "to", "goal", "holds"):
        table.add_column(heading, justify="right" if heading in ("value", "ratio") else "left")
    for row in rows:
        ratio = "" if row.ratio is None else f"{row.ratio:,.3g}"
        holds = {True: "yes", False: "NO", None: ""}[row.holds]
        table.add_row(row.name, f"{row.value:,.4g}", row.unit, ratio, row.baseline or "", row.goal, holds)
    Console(width=max(Console().width, 150)).print(table)


def _write(name: str, rows: list[BenchRow]) -> None:
    RESULTS.mkdir(parents=True, exist_ok=True)
    content = [asdict(row) for row in rows]
    (RESULTS / f"{name}.json").write_text(
        json.dumps(content, indent=1, ensure_ascii=False, default=lambda number: number.item()) + "\n"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
