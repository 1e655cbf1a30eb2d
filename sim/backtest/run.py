"""One backtest from paths to tables: finds the format, replays, scores, writes what was asked for."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.backtest.columns import delimiter_of, header_of, open_text
from sim.backtest.log_report import LogReport, UnusableLog
from sim.backtest.run_bank import backtest_bank
from sim.backtest.run_halls import backtest_halls

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date
    from pathlib import Path

HALL_MARKS = {"queue_id", "waiting", "number_called"}
BANK_MARKS = {"q_start", "q_time", "outcome"}
LOG_PATTERNS = ("*.csv", "*.csv.gz", "*.tsv", "*.tsv.gz", "*.txt", "*.txt.gz")


@dataclass(frozen=True, slots=True)
class Outputs:
    """What to write besides the printed tables, and whether to try fewer training days."""

    json_path: Path | None = None
    predictions: Path | None = None
    model: Path | None = None
    cold_start: bool = False


def backtest(
    logs: Sequence[Path], train_until: date, outputs: Outputs, say: Callable[[str], None]
) -> dict[str, object]:
    """Replay the logs found at ``logs``; print through ``say``; return all figures.

    Raises :class:`UnusableLog` when no file is a log of a known format, or both formats are mixed.
    """
    halls, bank = _sorted_by_format(logs)
    if halls and bank:
        raise UnusableLog("logs of halls and of the bank together: give one kind at a time")
    if not halls and not bank:
        raise UnusableLog("no file has the columns of a halls' log or of the bank's log")
    report = LogReport()
    replay = backtest_halls if halls else backtest_bank
    figures = replay(halls or bank, train_until, outputs, report, say)
    figures["log"] = report.as_json()
    if outputs.json_path is not None:
        outputs.json_path.write_text(
            json.dumps(figures, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
        )
        say(f"figures written to {outputs.json_path}")
    return figures


def _sorted_by_format(logs: Sequence[Path]) -> tuple[list[Path], list[Path]]:
    found: list[Path] = []
    for path in logs:
        inside = (
            {file for pattern in LOG_PATTERNS for file in path.glob(pattern)} if path.is_dir() else {path}
        )
        found.extend(sorted(inside))
    headers = {path: set(header_of(path)) for path in dict.fromkeys(found)}
    halls = [path for path, names in headers.items() if len(names & HALL_MARKS) >= 2 and "waiting" in names]
    bank = [path for path, names in headers.items() if len(names & BANK_MARKS) >= 2]
    return halls, sorted(bank, key=_first_date)


def _first_date(path: Path) -> tuple[str, str]:
    """Return the first data row's date, so that months given as a folder follow each other in time."""
    names = header_of(path)
    with open_text(path) as lines:
        delimiter = delimiter_of(lines.readline())
        first = lines.readline().strip().split(delimiter)
    dated = "date" in names and len(first) > names.index("date")
    return (first[names.index("date")] if dated else "", path.name)
