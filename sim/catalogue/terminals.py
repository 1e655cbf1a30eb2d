"""Reads the self-service terminals."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

from sim.catalogue.places import checked_contact
from sim.catalogue.services import by_code, open_file
from sim.catalogue.shapes import Contact, Opening, Terminal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from sim.catalogue.fields import Fields
    from sim.catalogue.shapes import HallPlan, ServiceItem

METRES_PER_DEGREE = 111_320  # of latitude on the sphere; 0.5 % off at most, metres here
FARTHEST_METRES = 1_500


def read_terminals(
    path: Path, halls: Mapping[str, HallPlan], services: Mapping[str, ServiceItem]
) -> tuple[Terminal, ...]:
    """Return the terminals, each placed at its hall's position moved by the stated metres."""
    file = open_file(path)
    names = file.table("sets")
    rows = file.tables("terminal")
    file.done()
    sets = {name: names.texts(name) for name in names.names()}
    for codes in sets.values():
        names.known(codes, services, "service")
    return tuple(by_code(path.name, (_terminal(row, halls, sets) for row in rows)).values())


def _terminal(row: Fields, halls: Mapping[str, HallPlan], sets: Mapping[str, tuple[str, ...]]) -> Terminal:
    near, chosen = row.text("near"), row.text("set")
    row.known([near], halls, "hall")
    row.known([chosen], sets, "set of services")
    north = row.number("north_m", -FARTHEST_METRES, FARTHEST_METRES)
    east = row.number("east_m", -FARTHEST_METRES, FARTHEST_METRES)
    hall = halls[near]
    terminal = Terminal(
        code=row.text("code"),
        name=row.bilingual(),
        near=near,
        lat=round(hall.lat + north / METRES_PER_DEGREE, 6),
        lon=round(hall.lon + east / (METRES_PER_DEGREE * math.cos(math.radians(hall.lat))), 6),
        datum=hall.datum,
        services=sets[chosen],
        contact=contact_of(row),
        openings=openings_of(row),
    )
    row.done()
    return terminal


def openings_of(row: Fields) -> tuple[Opening, ...]:
    """Take ``hours``, a list of {weekdays, opens, closes}; none means open at all times."""
    if not row.has("hours"):
        return ()
    spells: list[Opening] = []
    for inner in row.tables("hours"):
        opens, closes = inner.wall_time("opens"), inner.wall_time("closes")
        days = sorted({int(day) for day in inner.numbers("weekdays", 0, 6)})
        inner.done()
        if not days or not opens < closes:
            raise inner.refuse("hours need a weekday, and close after they open")
        spells.extend(Opening(day, opens, closes) for day in days)
    found = sorted(spells, key=lambda own: (own.weekday, own.starts))
    for earlier, later in pairwise(found):
        if earlier.weekday == later.weekday and later.starts < earlier.ends:
            raise row.refuse(f"hours overlap on weekday {later.weekday}")
    return tuple(found)


def contact_of(row: Fields) -> Contact:
    """Take ``address`` {zh, en} and ``phone``; each may be left out."""
    zh = en = ""
    if row.has("address"):
        inner = row.table("address")
        zh, en = (inner.text(name) if inner.has(name) else "" for name in ("zh", "en"))
        inner.done()
    phone = row.text("phone") if row.has("phone") else ""
    try:
        return checked_contact(zh, en, phone)
    except ValueError as wrong:
        raise row.refuse(str(wrong)) from None
