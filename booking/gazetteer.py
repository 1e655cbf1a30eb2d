"""The city's own gazetteer: streets, villages and landmarks with their positions, out of one CSV file.

    name_zh,name_en,within,lat,lon,datum
    人民南路,Renmin South Road,441521001,22.9651,115.3322,WGS-84

``within`` is the code of the hall that stands for the area around it, or empty; ``name_en`` and ``datum`` may
be empty too (WGS-84). Several names of a place stand in ``name_zh`` with ``|`` between them.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from geo.rules.coordinates import Datum, Position
from geo.rules.places import Place

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

COLUMNS = ("name_zh", "name_en", "within", "lat", "lon", "datum")
MOST_PLACES = 200_000
LONGEST_NAME = 60


class GazetteerWrong(ValueError):
    """The file is no gazetteer; the text names the line and what is wrong with it."""


def read_gazetteer(path: Path) -> tuple[Place, ...]:
    """Return the places of a file; raises ``GazetteerWrong``, also where there is none."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = csv.DictReader(file)
            if not set(lines.fieldnames or ()) >= {"name_zh", "lat", "lon"}:
                raise GazetteerWrong(f"{path}: the first line needs {', '.join(COLUMNS)}")
            return tuple(_places(path, lines))
    except (OSError, UnicodeDecodeError, csv.Error) as failure:
        raise GazetteerWrong(f"{path}: {failure}") from failure


def _places(path: Path, lines: Iterable[dict[str, str]]) -> Iterable[Place]:
    for number, line in enumerate(lines, 2):
        if number > MOST_PLACES:
            raise GazetteerWrong(f"{path}: more than {MOST_PLACES} places")
        names = [name.strip() for name in (*(line["name_zh"] or "").split("|"), line.get("name_en") or "")]
        names = [name for name in names if name]
        if not names or max(map(len, names)) > LONGEST_NAME:
            raise GazetteerWrong(f"{path}, line {number}: a name of at most {LONGEST_NAME} signs is needed")
        try:
            datum = Datum((line.get("datum") or "WGS-84").strip().lower().replace("-", ""))
            position = Position(float(line["lat"]), float(line["lon"]), datum)
        except (TypeError, ValueError) as wrong:
            raise GazetteerWrong(f"{path}, line {number}: {wrong}") from wrong
        within = (line.get("within") or "").strip() or None
        yield Place(f"gazetteer {number:06}", tuple(dict.fromkeys(names)), position, within)
