"""Reads the list of real places that halls stand for."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from queueing.rules.contact import checked_address, checked_phone
from sim.catalogue.shapes import Bilingual, CatalogueError, Contact, Level

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_COLUMNS = ("code", "parent_code", "level", "area_zh", "name_zh", "name_en", "lat", "lon", "geonames_id")
_MAY_FOLLOW = ("address_zh", "address_en", "phone")
_HALL_WORDS_ZH = (
    "（市民服务广场）",
    "政务服务中心",
    "便民服务中心",
    "党群服务中心",
    "便民服务站",
    "便民服务点",
)
_HALL_WORDS_EN = (" Government Service Hall", " Service Centre", " Service Point")


@dataclass(frozen=True, slots=True)
class Place:
    """A row of the place list; `lat` and `lon` in degrees, `name` the hall's, `place` the town's own."""

    code: str
    parent_code: str | None
    level: Level
    name: Bilingual
    place: Bilingual
    lat: float
    lon: float
    contact: Contact = field(default_factory=Contact)


def read_places(path: Path) -> dict[str, Place]:
    """Return the places by code; a row that is incomplete, repeated or without its parent is refused."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            if tuple(reader.fieldnames or ()) not in (_COLUMNS, (*_COLUMNS, *_MAY_FOLLOW)):
                following = ", ".join(_MAY_FOLLOW)
                raise CatalogueError(path.name, f"columns must be {', '.join(_COLUMNS)}, perhaps {following}")
            rows = [_place(path.name, number, row) for number, row in enumerate(reader, 2)]
    except OSError as error:
        raise CatalogueError(path.name, str(error)) from error
    places = {place.code: place for place in rows}
    if len(places) != len(rows):
        raise CatalogueError(path.name, "a code stands twice")
    for place in rows:
        if place.parent_code is not None and place.parent_code not in places:
            raise CatalogueError(path.name, f"{place.code}: no place is called {place.parent_code}")
        if place.level is Level.VILLAGE and places[place.parent_code or ""].level is not Level.TOWN:
            raise CatalogueError(path.name, f"{place.code}: a village lies in a town")
    return places


def _place(file: str, line: int, row: Mapping[str, str | None]) -> Place:
    cells = {name: (row.get(name) or "").strip() for name in (*_COLUMNS, *_MAY_FOLLOW)}
    try:
        lat, lon, level = float(cells["lat"]), float(cells["lon"]), Level(cells["level"])
    except ValueError as error:
        raise CatalogueError(file, f"line {line}: {error}") from error
    if not (math.isfinite(lat) and math.isfinite(lon) and abs(lat) <= 90 and abs(lon) <= 180):
        raise CatalogueError(file, f"line {line}: {lat}, {lon} is no position")
    name = Bilingual(cells["name_zh"], cells["name_en"])
    if not (cells["code"] and name.zh and name.en):
        raise CatalogueError(file, f"line {line}: code and both names are needed")
    if (level is Level.CITY) != (not cells["parent_code"]):
        raise CatalogueError(file, f"line {line}: every hall below the city has a parent, the city has none")
    try:
        contact = checked_contact(*(cells[name] for name in _MAY_FOLLOW))
    except ValueError as error:
        raise CatalogueError(file, f"line {line}: {error}") from error
    parent = cells["parent_code"] or None
    return Place(cells["code"], parent, level, name, _without_hall(name), lat, lon, contact)


def checked_contact(address_zh: str, address_en: str, phone: str) -> Contact:
    """Return where a place is to be found and called; raises ``ValueError`` for what is neither."""
    return Contact(checked_address(address_zh), checked_address(address_en), checked_phone(phone))


def _without_hall(name: Bilingual) -> Bilingual:
    zh, en = name.zh, name.en
    for word in _HALL_WORDS_ZH:
        zh = zh.removesuffix(word)
    for word in _HALL_WORDS_EN:
        en = en.removesuffix(word)
    return Bilingual(zh, en)
