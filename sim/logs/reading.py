"""Opening a log: gzipped or plain text with a heading of known columns, or it is refused."""

from __future__ import annotations

import csv
import gzip
import zlib
from typing import TYPE_CHECKING

from sim.logs.records import LogRefused

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

GZIP_MAGIC = b"\x1f\x8b"


def rows_of(path: Path, columns: Sequence[str], *, delimiter: str, encoding: str) -> Iterator[dict[str, str]]:
    """Yield the rows of a table, gzipped or not; raises LogRefused where it is none or lacks columns."""
    with path.open("rb") as file:
        opened = gzip.open if file.read(2) == GZIP_MAGIC else open
    try:
        with opened(path, "rt", encoding=encoding, newline="") as lines:
            table = csv.DictReader(lines, delimiter=delimiter)
            missing = [name for name in columns if name not in (table.fieldnames or ())]
            if missing:
                raise LogRefused(f"{path.name}: this is another log: no column {', '.join(missing)}")
            yield from table
    except (OSError, EOFError, zlib.error, UnicodeDecodeError, csv.Error) as error:
        raise LogRefused(f"{path.name}: the file cannot be read: {error}") from error
