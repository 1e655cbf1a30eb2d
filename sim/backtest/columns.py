"""Column-wise reading of delimited text, plain or gzipped, whatever its column order."""

from __future__ import annotations

import codecs
import csv
import io
import zlib
from typing import TYPE_CHECKING

from sim.backtest.log_report import UnusableLog

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from sim.backtest.log_report import LogReport

GZIP_MAGIC = b"\x1f\x8b"
GZIP_WINDOW = zlib.MAX_WBITS | 16
DELIMITERS = "\t;,"
UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def open_text(path: Path, report: LogReport | None = None) -> io.StringIO:
    """Open ``path`` for reading as text, gunzipping where its first bytes say so.

    UTF-8 or UTF-16 by its mark, else UTF-8, else Latin-1. A gzip file that breaks off is read up to there.
    """
    content = path.read_bytes()
    if content.startswith(GZIP_MAGIC):
        content, whole = _gunzipped(content)
        if not whole and report is not None:
            report.note("file breaks off (read up to there)", path.name)
    if content.startswith(UTF16_MARKS):
        return io.StringIO(content.decode("utf-16", errors="replace"))
    try:
        return io.StringIO(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return io.StringIO(content.decode("latin-1"))


def _gunzipped(packed: bytes) -> tuple[bytes, bool]:
    """Return what can be unpacked of all members of a gzip file, and whether that is the whole of it."""
    parts: list[bytes] = []
    while packed.startswith(GZIP_MAGIC):
        member = zlib.decompressobj(GZIP_WINDOW)
        try:
            parts.append(member.decompress(packed))
        except zlib.error:
            return b"".join(parts), False
        if not member.eof:
            return b"".join(parts), False
        packed = member.unused_data
    return b"".join(parts), True


def header_of(path: Path) -> list[str]:
    """Return the column names of a comma-, semicolon- or tab-separated file; empty if it has no line."""
    with open_text(path) as lines:
        first = lines.readline()
    return [name.strip().strip('"') for name in first.strip().split(delimiter_of(first))]


def delimiter_of(first: str) -> str:
    """Return the character that separates the columns named in the line ``first``."""
    return next((mark for mark in DELIMITERS if mark in first), ",")


def read_rows(
    path: Path, wanted: Sequence[str], needed: Sequence[str], report: LogReport
) -> Iterator[tuple[int, list[str]]]:
    """Yield each data row's number in the file and its values of ``wanted``, blank where there is none.

    Blank lines are no rows. Rows that end before a column of ``needed`` are left out and keep their number.
    Raises :class:`UnusableLog` when a column of ``needed`` is missing altogether.
    """
    header = header_of(path)
    lacking = [name for name in needed if name not in header]
    if lacking:
        raise UnusableLog(f"{path.name} lacks the columns {', '.join(lacking)}")
    for name in wanted:
        if name not in header:
            report.note("column missing", f"{path.name}: {name}")
    width = 1 + max(header.index(name) for name in needed)
    places = [header.index(name) if name in header else -1 for name in wanted]
    number = -1
    with open_text(path, report) as lines:
        delimiter = delimiter_of(lines.readline())
        for row in csv.reader(lines, delimiter=delimiter):
            if not "".join(row).strip():
                report.note("blank line", f"{path.name}: after row {number}")
                continue
            number += 1
            report.rows_read += 1
            if len(row) < width:
                report.note("row cut short", f"{path.name}: {','.join(row)[:60]}")
                continue
            yield number, [row[place].strip() if 0 <= place < len(row) else "" for place in places]
