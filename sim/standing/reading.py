"""Reads a folder's catalogue, in whichever of its two layouts.

A folder is laid out like ``sim/data``, or as ``write_catalogue`` leaves it: there ``offers.toml`` stands in
place of the hall templates, the terminals, the kinds of queue and the list of places.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from booking.catalogue.store import question_values
from booking.rules.catalogue import Standing
from sim.catalogue import Audience, Bilingual, CatalogueError, FourFree, load_city
from sim.catalogue.questions import read_questions
from sim.catalogue.services import (
    link_of,
    papers_of,
    party_of,
    read_departments,
    read_papers,
    rows_of,
    sentences,
)
from sim.catalogue.terminals import contact_of, openings_of
from sim.seed.places import questions_of
from sim.standing.of_city import hours_text, standing_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from booking.rules.catalogue import Values
    from sim.catalogue import City, Department, Paper
    from sim.catalogue.fields import Fields

OFFERS = "offers.toml"
LEVELS = ("city", "county", "town", "village")
KINDS = ("hall", "terminal")


@dataclass(frozen=True, slots=True)
class Files:
    """What a folder says; ``city`` where it describes halls so fully that new ones can be built."""

    standing: Standing
    city: City | None = None

    @property
    def described(self) -> frozenset[str]:
        """The codes of the halls that can be built."""
        return frozenset(self.city.halls) if self.city else frozenset()


def read_files(folder: Path) -> Files:
    """Return what the files say; raises ``CatalogueError`` with file, entry and reason."""
    catalogue = folder / "catalogue"
    if not (catalogue / OFFERS).exists():
        city = load_city(folder)
        return Files(standing_of(city), city)
    departments = read_departments(catalogue / "departments.toml")
    papers = read_papers(catalogue / "papers.toml")
    services = _services(catalogue / "services", departments, papers)
    halls, offers = _halls(catalogue / OFFERS, services)
    read = read_questions(catalogue / "questions.toml", services)
    asked = {own.code: own for own in questions_of(read.values())}
    return Files(
        Standing(
            departments={
                code: {"name_zh": own.name.zh, "name_en": own.name.en} for code, own in departments.items()
            },
            services=services,
            halls=halls,
            offers=offers,
            themes=_themes(catalogue / "themes.toml", services),
            questions={code: question_values(own) for code, own in asked.items()},
            order=tuple(asked),
        )
    )


def _services(
    folder: Path, departments: Mapping[str, Department], papers: Mapping[str, Paper]
) -> dict[str, Values]:
    found: dict[str, Values] = {}
    for path in sorted(folder.glob("*.toml")):
        for row in rows_of(path, "service"):
            code = row.text("code")
            row.where = code
            if code in found:
                raise row.refuse("stands twice")
            found[code] = _service(row, departments, papers)
    for code, values in found.items():
        unknown = sorted(set(values["related"]) - set(found))
        if unknown:
            raise CatalogueError(folder.name, f"{code}: related to {', '.join(unknown)}")
    return found


def _service(row: Fields, departments: Mapping[str, Department], papers: Mapping[str, Paper]) -> Values:
    department = row.text("department") if row.has("department") else ""
    row.known([department] if department else [], departments, "department")
    has_online = row.has("online")
    online, link = _words(row, "online", linked=True)
    party, most = party_of(row)
    note, _ = _words(row, "note")
    needs = papers_of(row, papers)
    said = {
        name: tuple((own.zh, own.en) for own in sentences(row, name)) for name in ("prerequisites", "steps")
    }
    values = said | {
        "name_zh": row.text("zh"),
        "name_en": row.text("en"),
        "aliases": "、".join(row.texts("aliases", optional=True)),
        "queue_kind": row.text("queue") if row.has("queue") else "",
        "department": department,
        "minutes": row.number("minutes", 1, 120),
        "audience": ",".join(sorted(each.value for each in row.choices("audience", Audience))),
        "online": has_online,
        "online_note_zh": online.zh,
        "online_note_en": online.en,
        "online_link": link,
        "at_once": row.flag("done_at_once"),
        "needs_id_tail": row.flag("needs_id_tail"),
        "party": party.value,
        "party_most": most,
        "single": row.has("single") and row.flag("single"),
        "note_zh": note.zh,
        "note_en": note.en,
        "marks": tuple(sorted(each.value for each in row.choices("four_free", FourFree, optional=True))),
        "related": row.texts("related", optional=True),
        "papers": tuple((own.paper.name.zh, own.paper.name.en, own.need.value) for own in needs),
    }
    row.done()
    return values


def _words(row: Fields, name: str, *, linked: bool = False) -> tuple[Bilingual, str]:
    """Take a table of words and perhaps a link, of which a running city may lack each."""
    if not row.has(name):
        return Bilingual("", ""), ""
    inner = row.table(name)
    zh, en = (inner.text(each) if inner.has(each) else "" for each in ("zh", "en"))
    link = link_of(inner) if linked else ""
    inner.done()
    return Bilingual(zh, en), link


def _themes(path: Path, services: Mapping[str, Values]) -> dict[str, Values]:
    found: dict[str, Values] = {}
    for row in rows_of(path, "theme"):
        code, name, codes = row.text("code"), row.bilingual(), row.texts("services")
        row.known(codes, services, "service")
        row.done()
        if code in found or len(codes) < 2:
            raise row.refuse(f"'{code}' stands twice, or has fewer than two services")
        found[code] = {"name_zh": name.zh, "name_en": name.en, "services": codes}
    return found


def _halls(
    path: Path, services: Mapping[str, Values]
) -> tuple[dict[str, Values], dict[tuple[str, str], str | None]]:
    halls: dict[str, Values] = {}
    offers: dict[tuple[str, str], str | None] = {}
    for row in rows_of(path, "hall"):
        code = row.text("code")
        row.where = code
        if code in halls:
            raise row.refuse("stands twice")
        for service, letter in _offered(row, services).items():
            offers[code, service] = letter
        halls[code] = _hall(row)
    for code, values in halls.items():
        if values["parent_code"] and values["parent_code"] not in halls:
            raise CatalogueError(path.name, f"{code}: no hall is called {values['parent_code']}")
    return halls, offers


def _offered(row: Fields, services: Mapping[str, Values]) -> dict[str, str | None]:
    """Take ``services`` (a terminal's) or ``offers`` (a hall's, by the letter of their queue)."""
    at_once = row.texts("services", optional=True)
    row.known(at_once, services, "service")
    found: dict[str, str | None] = dict.fromkeys(at_once)
    if row.has("offers"):
        inner = row.table("offers")
        for letter in inner.names():
            for service in inner.texts(letter):
                inner.known([service], services, "service")
                if service in found:
                    raise inner.refuse(f"'{service}' stands twice")
                found[service] = letter
    return found


def _hall(row: Fields) -> Values:
    kind, level = row.text("kind"), row.text("level")
    if kind not in KINDS or level not in LEVELS:
        raise row.refuse(f"kind is one of {', '.join(KINDS)}, level one of {', '.join(LEVELS)}")
    (area, _), name, contact = _words(row, "area"), row.bilingual(), contact_of(row)
    values = {
        "parent_code": row.text("parent") if row.has("parent") else "",
        "kind": kind,
        "level": level,
        "area_zh": area.zh,
        "area_en": area.en,
        "name_zh": name.zh,
        "name_en": name.en,
        "address_zh": contact.address_zh,
        "address_en": contact.address_en,
        "phone": contact.phone,
        "lat": row.number("lat", -90, 90),
        "lon": row.number("lon", -180, 180),
        "datum": row.text("datum"),
        "timezone": row.text("zone"),
    }
    if kind == "terminal":
        values["hours"] = hours_text(openings_of(row))
    row.done()
    return values
