"""Which line of a TOML file says what: ``tomllib`` forgets, a reader who made a mistake should not."""

from __future__ import annotations

import re

TABLE = re.compile(r"^\s*\[\s*([A-Za-z0-9_.-]+)\s*\]")
ARRAY = re.compile(r"^\s*\[\[\s*([A-Za-z0-9_.-]+)\s*\]\]")
KEY = re.compile(r"^\s*([A-Za-z0-9_-]+)\s*=")

Path = tuple[str | int, ...]


def line_numbers(text: str) -> dict[Path, int]:
    """Return the line (from 1) of every table, array element and key, by its path.

    >>> line_numbers("a = 1\\n[[queue]]\\nname = 'A'")[("queue", 0, "name")]
    3
    """
    lines: dict[Path, int] = {}
    counts: dict[Path, int] = {}
    where: Path = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if found := ARRAY.match(line):
            *parents, name = found.group(1).split(".")
            array = (*_resolved(tuple(parents), counts), name)
            counts[array] = counts.get(array, -1) + 1
            where = (*array, counts[array])
            lines[where] = number
        elif found := TABLE.match(line):
            where = _resolved(tuple(found.group(1).split(".")), counts)
            lines[where] = number
        elif found := KEY.match(line):
            lines[(*where, found.group(1))] = number
    return lines


def line_of(lines: dict[Path, int], path: Path) -> int:
    """Return the line of ``path``, or of the nearest thing that contains it; 1 for the whole file."""
    while path:
        if path in lines:
            return lines[path]
        path = path[:-1]
    return 1


def _resolved(names: tuple[str, ...], counts: dict[Path, int]) -> Path:
    """Return the path of a dotted name: inside an array of tables it means the latest element."""
    path: Path = ()
    for name in names:
        path = (*path, name)
        if path in counts:
            path = (*path, counts[path])
    return path
