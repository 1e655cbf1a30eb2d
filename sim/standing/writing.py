"""Writes a running city's catalogue into files that ``read_files`` reads back without a difference."""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import time
from typing import TYPE_CHECKING, Any

from kernel.questions import Answer, Question
from sim.catalogue import Need
from sim.standing.reading import OFFERS
from sim.standing.toml import questions_text, tables_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from booking.rules.catalogue import Standing, Values

    Named = Mapping[tuple[str, str], str]
    """The codes of papers by their Chinese and English names."""

UNSORTED = "other"  # the file of services that name no kind of queue


def write_catalogue(folder: Path, standing: Standing) -> tuple[str, ...]:
    """Write the files of a catalogue into a folder; return their names.

    Raises ``FileExistsError`` where the folder has a catalogue already: nothing is written over.
    """
    texts = catalogue_texts(standing)
    (folder / "catalogue").mkdir(parents=True, exist_ok=False)
    (folder / "catalogue" / "services").mkdir()
    for name, text in texts.items():
        (folder / "catalogue" / name).write_text(text, encoding="utf-8")
    return tuple(texts)


def catalogue_texts(standing: Standing) -> dict[str, str]:
    """Return the text of each file by its name under ``catalogue``."""
    papers = _paper_codes(standing)
    files: defaultdict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for code, values in standing.services.items():
        files[_file_name(values["queue_kind"])].append(_service(code, values, papers))
    texts = {
        "departments.toml": tables_text(
            "department", (_named(code, own) for code, own in standing.departments.items())
        ),
        "papers.toml": tables_text("paper", _papers(standing, papers)),
        **{f"services/{name}.toml": tables_text("service", rows) for name, rows in sorted(files.items())},
        "themes.toml": tables_text(
            "theme",
            (_named(code, own) | {"services": own["services"]} for code, own in standing.themes.items()),
        ),
        OFFERS: tables_text("hall", (_hall(code, own, standing) for code, own in standing.halls.items())),
    }
    asked = questions_text(_questions(standing))
    return {**texts, "questions.toml": asked} if asked else texts


def _file_name(kind: str) -> str:
    return re.sub(r"[^a-z0-9-]", "-", kind.lower()) or UNSORTED


def _named(code: str, values: Values) -> dict[str, Any]:
    return {"code": code, "zh": values["name_zh"], "en": values["name_en"]}


def _paper_codes(standing: Standing) -> Named:
    """Return a code for each paper, made of its English name; papers are kept by name alone."""
    codes: dict[tuple[str, str], str] = {}
    taken: set[str] = set()
    for name in sorted({(zh, en) for own in standing.services.values() for zh, en, _ in own["papers"]}):
        base = code = re.sub(r"[^a-z0-9]+", "-", name[1].lower()).strip("-") or "paper"
        number = 1
        while code in taken:
            number += 1
            code = f"{base}-{number}"
        codes[name] = code
        taken.add(code)
    return codes


def _papers(standing: Standing, codes: Named) -> Iterator[Mapping[str, Any]]:
    """Yield the papers; one that need not be brought somewhere is electronic."""
    on_file = {
        (zh, en)
        for own in standing.services.values()
        for zh, en, need in own["papers"]
        if need != Need.BRING.value
    }
    for (zh, en), code in codes.items():
        yield {"code": code, "zh": zh, "en": en, "electronic": (zh, en) in on_file}


def _service(code: str, own: Values, papers: Named) -> Mapping[str, Any]:
    needs = {
        need.value: [papers[zh, en] for zh, en, needed in own["papers"] if needed == need.value] or None
        for need in Need
    }
    online = {"zh": own["online_note_zh"], "en": own["online_note_en"], "link": own["online_link"]}
    return {
        **_named(code, own),
        "aliases": [alias for alias in own["aliases"].split("、") if alias] or None,
        "queue": own["queue_kind"] or None,
        "department": own["department"] or None,
        "audience": own["audience"].split(","),
        "minutes": own["minutes"],
        **needs,
        "online": _said(online) if own["online"] else None,
        "done_at_once": own["at_once"],
        "needs_id_tail": own["needs_id_tail"],
        "party": {"takes": own["party"], "most": own["party_most"]} if own["party"] else None,
        "single": own["single"] or None,
        "note": _said({"zh": own["note_zh"], "en": own["note_en"]}) or None,
        "prerequisites": _sentences(own["prerequisites"]),
        "steps": _sentences(own["steps"]),
        "four_free": own["marks"] or None,
        "related": own["related"] or None,
    }


def _sentences(said: tuple[tuple[str, str], ...]) -> list[dict[str, str]] | None:
    return [{"zh": zh, "en": en} for zh, en in said] or None


def _said(words: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in words.items() if text}


def _hall(code: str, own: Values, standing: Standing) -> Mapping[str, Any]:
    offers: defaultdict[str, list[str]] = defaultdict(list)
    for (hall, service), letter in standing.offers.items():
        if hall == code:
            offers[letter or ""].append(service)
    without_letter = offers.pop("", None)
    return {
        **_named(code, own),
        "kind": own["kind"],
        "level": own["level"],
        "parent": own["parent_code"] or None,
        "area": _said({"zh": own["area_zh"], "en": own["area_en"]}) or None,
        "address": _said({"zh": own["address_zh"], "en": own["address_en"]}) or None,
        "phone": own["phone"] or None,
        "lat": own["lat"],
        "lon": own["lon"],
        "datum": own["datum"],
        "zone": own["timezone"],
        "hours": _hours(own.get("hours", ())),
        "services": sorted(without_letter) if without_letter else None,
        "offers": {letter: sorted(services) for letter, services in sorted(offers.items())} or None,
    }


def _hours(spans: tuple[tuple[int, str, str], ...]) -> list[dict[str, Any]] | None:
    days: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for weekday, opens, closes in spans:
        days[opens, closes].append(weekday)
    return [
        {"weekdays": own, "opens": time.fromisoformat(opens), "closes": time.fromisoformat(closes)}
        for (opens, closes), own in days.items()
    ] or None


def _questions(standing: Standing) -> Iterator[Question]:
    for code in standing.order:
        own = standing.questions[code]
        answers = tuple(Answer(*answer) for answer in own["answers"])
        yield Question(code, own["ask_zh"], own["ask_en"], answers)
