"""Column-wise reading of delimited text, plain or gzipped, whatever its column order."""

from __future__ import annotations

import csv
import gzip
import io
from typing import TYPE_CHECKING

from sim.backtest.log_report import UnusableLog

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from sim.backtest.log_report import LogReport

GZIP_MAGIC = b"\x1f\x8b"


def open_text(path: Path) -> io.TextIOBase:
    """Open ``path`` for reading as text, gunzipping where its first bytes say so; UTF-8, else Latin-1."""
    with path.open("rb") as raw:
        packed = raw.read(2) == GZIP_MAGIC
    content = gzip.decompress(path.read_bytes()) if packed else path.read_bytes()
    try:
        return io.StringIO(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return io.StringIO(content.decode("latin-1"))


def header_of(path: Path) -> list[str]:
    """Return the column names of a comma- or tab-separated file; empty if the file has no line."""
    with open_text(path) as lines:
        first = lines.readline()
    return [name.strip() for name in first.rstrip("\r\n").split("\t" if "\t" in first else ",")]


def read_rows(
    path: Path, wanted: Sequence[str], needed: Sequence[str], report: LogReport
) -> Iterator[list[str]]:
    """Yield each row's values of ``wanted`` in that order, blank where a column is missing.

    Raises :class:`UnusableLog` when a column of ``needed`` is missing.
    """
    header = header_of(path)
    lacking = [name for name in needed if name not in header]
    if lacking:
        raise UnusableLog(f"{path.name} lacks the columns {', '.join(lacking)}")
    for name in wanted:
        if name not in header:
            report.note("column missing", f"{path.name}: {name}")
    places = [header.index(name) if name in header else -1 for name in wanted]
    with open_text(path) as lines:
        rows = csv.reader(lines, delimiter="\t" if "\t" in lines.readline() else ",")
        for row in rows:
            report.rows_read += 1
            try:
                yield [row[place] if place >= 0 else "" for place in places]
            except IndexError:
                report.note("row cut short", f"{path.name}: {','.join(row)[:60]}")
