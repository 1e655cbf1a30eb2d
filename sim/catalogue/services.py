"""Reads what citizens come for: queue kinds, departments, papers, services and themes."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Protocol, TypeVar

from booking.rules.online_link import checked_link
from booking.rules.parties import LARGEST, PartyTakes
from queueing.rules.provisional import LETTER
from sim.catalogue.fields import Fields
from sim.catalogue.shapes import (
    Audience,
    Bilingual,
    CatalogueError,
    Department,
    FourFree,
    Level,
    Need,
    Paper,
    PaperNeed,
    QueueKind,
    ServiceItem,
    Theme,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path


MOST_SENTENCES = 9


class Coded(Protocol):
    @property
    def code(self) -> str: ...


_C = TypeVar("_C", bound=Coded)


def open_file(path: Path) -> Fields:
    """Parse one TOML file; a syntax error or a missing file is a `CatalogueError`."""
    try:
        return Fields(path.name, "file", tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CatalogueError(path.name, str(error)) from error


def rows_of(path: Path, name: str) -> tuple[Fields, ...]:
    """Return the tables of a file that holds one list of tables and nothing else."""
    file = open_file(path)
    rows = file.tables(name)
    file.done()
    return rows


def by_code(file: str, items: Iterable[_C]) -> dict[str, _C]:
    """Index by code, keeping the order of the file; a code that stands twice is refused."""
    found: dict[str, _C] = {}
    for item in items:
        if item.code in found:
            raise CatalogueError(file, f"'{item.code}' stands twice")
        found[item.code] = item
    return found


def read_queues(path: Path) -> dict[str, QueueKind]:
    queues = by_code(path.name, (_queue(row) for row in rows_of(path, "queue")))
    prefixes = [queue.prefix for queue in queues.values()]
    if len(set(prefixes)) != len(prefixes):
        raise CatalogueError(path.name, "two queues share a prefix letter")
    return queues


def _queue(row: Fields) -> QueueKind:
    code, prefix = row.text("code"), row.text("prefix")
    if len(prefix) != 1 or not "A" <= prefix <= "Z":
        raise row.refuse(f"prefix '{prefix}' is not one letter from A to Z")
    if prefix == LETTER:
        raise row.refuse(f"prefix '{LETTER}' stands for numbers given out while a hall's link is down")
    queue = QueueKind(code, prefix, row.bilingual(), row.choices("levels", Level))
    row.done()
    return queue


def read_departments(path: Path) -> dict[str, Department]:
    def department(row: Fields) -> Department:
        read = Department(row.text("code"), row.bilingual())
        row.done()
        return read

    return by_code(path.name, (department(row) for row in rows_of(path, "department")))


def read_papers(path: Path) -> dict[str, Paper]:
    def paper(row: Fields) -> Paper:
        read = Paper(row.text("code"), row.bilingual(), row.flag("electronic"))
        row.done()
        return read

    return by_code(path.name, (paper(row) for row in rows_of(path, "paper")))


def read_services(
    folder: Path,
    queues: Mapping[str, QueueKind],
    departments: Mapping[str, Department],
    papers: Mapping[str, Paper],
) -> dict[str, ServiceItem]:
    """Read every file of the folder in the order of the queues' letters."""
    items: list[ServiceItem] = []
    for path in sorted(folder.glob("*.toml")):
        for row in rows_of(path, "service"):
            item = _service(row, papers)
            row.known([item.queue], queues, "queue")
            row.known([item.department] if item.department else [], departments, "department")
            items.append(item)
    items.sort(key=lambda item: queues[item.queue].prefix)
    services = by_code(folder.name, items)
    for item in items:
        unknown = sorted(set(item.related) - set(services) | {item.code} & set(item.related))
        if unknown:
            raise CatalogueError(folder.name, f"{item.code}: related to {', '.join(unknown)}")
    return services


def _service(row: Fields, papers: Mapping[str, Paper]) -> ServiceItem:
    code = row.text("code")
    row.where = code
    online, link = online_of(row)
    party, most = party_of(row)
    item = ServiceItem(
        code=code,
        name=row.bilingual(),
        aliases=row.texts("aliases", optional=True),
        queue=row.text("queue"),
        department=row.text("department") if row.has("department") else "",
        audiences=row.choices("audience", Audience),
        levels=row.choices("levels", Level),
        minutes=row.number("minutes", 1, 120),
        cv=row.number("cv", 0.1, 1.5),
        weight=row.number("weight", 0.1, 100),
        papers=papers_of(row, papers),
        online=online,
        online_link=link,
        done_at_once=row.flag("done_at_once"),
        note=row.words("note"),
        four_free=row.choices("four_free", FourFree, optional=True),
        related=row.texts("related", optional=True),
        prerequisites=sentences(row, "prerequisites"),
        steps=sentences(row, "steps"),
        party=party,
        party_most=most,
        single=row.has("single") and row.flag("single"),
    )
    row.done()
    if FourFree.PAPERS in item.four_free and not any(need.need is Need.LICENCE for need in item.papers):
        raise row.refuse("marked free of papers, yet no paper is on file as a licence")
    return item


def online_of(row: Fields) -> tuple[Bilingual | None, str]:
    """Take the way to do a service online, ``{zh, en, link}``; None and "" where there is none."""
    if not row.has("online"):
        return None, ""
    inner = row.table("online")
    words, link = inner.bilingual(), link_of(inner)
    inner.done()
    return words, link


def party_of(row: Fields) -> tuple[PartyTakes, int]:
    """Take how several people come at once, ``{takes, most}``; one an appointment where it is left out."""
    if not row.has("party"):
        return PartyTakes.NOTHING, 1
    inner = row.table("party")
    takes, most = inner.choice("takes", PartyTakes), inner.whole("most", 2, LARGEST)
    inner.done()
    return takes, most


def sentences(row: Fields, name: str) -> tuple[Bilingual, ...]:
    """Take a list of {zh, en}; none where it is left out. Longer lists are read by nobody."""
    if not row.has(name):
        return ()
    found = []
    for inner in row.tables(name):
        found.append(inner.bilingual())
        inner.done()
    if len(found) > MOST_SENTENCES:
        raise row.refuse(f"{len(found)} {name}; at most {MOST_SENTENCES} are read")
    return tuple(found)


def link_of(row: Fields) -> str:
    """Take ``link``, the address where a service is done online; "" where none is stated."""
    try:
        return checked_link(row.text("link")) if row.has("link") else ""
    except ValueError as wrong:
        raise row.refuse(str(wrong)) from None


def papers_of(row: Fields, papers: Mapping[str, Paper]) -> tuple[PaperNeed, ...]:
    """Take the three lists of papers, in the order of the needs."""
    needs: list[PaperNeed] = []
    for need in Need:
        codes = row.texts(need, optional=True)
        row.known(codes, papers, "paper")
        for code in codes:
            if need is not Need.BRING and not papers[code].electronic:
                raise row.refuse(f"'{code}' is not an electronic paper and must be brought")
            needs.append(PaperNeed(papers[code], need))
    if len({item.paper.code for item in needs}) != len(needs):
        raise row.refuse("a paper stands under two needs")
    return tuple(needs)


def read_themes(path: Path, services: Mapping[str, ServiceItem]) -> tuple[Theme, ...]:
    return tuple(by_code(path.name, (_theme(row, services) for row in rows_of(path, "theme"))).values())


def _theme(row: Fields, services: Mapping[str, ServiceItem]) -> Theme:
    theme = Theme(row.text("code"), row.bilingual(), row.words("note"), row.texts("services"))
    row.known(theme.services, services, "service")
    row.done()
    if len(theme.services) < 2:
        raise row.refuse("a theme needs two services or more")
    return theme
