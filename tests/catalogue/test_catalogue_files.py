"""What is written is read back the same, and what could be no address is refused."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from booking.rules.catalogue import Standing
from sim.catalogue import CatalogueError
from sim.catalogue.reading import DATA
from sim.standing import read_files, write_catalogue

WORDS = some.text(some.characters(exclude_categories=("C", "Z")), min_size=1, max_size=12)
SAID = some.one_of(some.just(""), WORDS)
CODES = some.from_regex(r"[a-z][a-z0-9-]{0,8}", fullmatch=True)
NEEDS = some.sampled_from(["bring", "licence", "prefilled"])
LINKS = some.sampled_from(["", "https://www.example.org/apply?a=1", "http://example.org/"])


@some.composite
def services(draw: some.DrawFn, departments: list[str], codes: list[str]) -> dict[str, Any]:
    online = draw(some.booleans())
    papers = draw(some.lists(some.tuples(WORDS, WORDS, NEEDS), max_size=4, unique_by=lambda own: own[:2]))
    aliases = draw(some.lists(WORDS.filter(lambda word: "、" not in word), max_size=3, unique=True))
    return {
        "name_zh": draw(WORDS),
        "name_en": draw(WORDS),
        "aliases": "、".join(aliases),
        "queue_kind": draw(some.sampled_from(["", "intake", "Social x"])),
        "department": draw(some.sampled_from(["", *departments])),
        "minutes": draw(some.floats(1, 120)),
        "audience": draw(some.sampled_from(["person", "company", "company,person"])),
        "online": online,
        "online_note_zh": draw(SAID) if online else "",
        "online_note_en": draw(SAID) if online else "",
        "online_link": draw(LINKS) if online else "",
        "at_once": draw(some.booleans()),
        "needs_id_tail": draw(some.booleans()),
        "party": (takes := draw(some.sampled_from(["", "places", "minutes"]))),
        "party_most": draw(some.integers(2, 10)) if takes else 1,
        "single": draw(some.booleans()),
        "note_zh": draw(SAID),
        "note_en": draw(SAID),
        "marks": tuple(sorted(draw(some.sets(some.sampled_from(["papers", "forms", "seals"]))))),
        "related": tuple(draw(some.lists(some.sampled_from(codes), max_size=2, unique=True))),
        "prerequisites": tuple(draw(some.lists(some.tuples(WORDS, WORDS), max_size=2))),
        "steps": tuple(draw(some.lists(some.tuples(WORDS, WORDS), max_size=3))),
        "papers": tuple(sorted(papers, key=lambda own: own[2])),
    }


@some.composite
def standings(draw: some.DrawFn) -> Standing:
    departments = draw(some.lists(CODES, max_size=2, unique=True))
    codes = draw(some.lists(CODES, min_size=2, max_size=4, unique=True))
    places = draw(some.lists(CODES, min_size=1, max_size=3, unique=True))
    halls = {
        code: {
            "parent_code": draw(some.sampled_from(["", *places])),
            "kind": draw(some.sampled_from(["hall", "terminal"])),
            "level": draw(some.sampled_from(["city", "county", "town", "village"])),
            **{name: draw(SAID) for name in ("area_zh", "area_en", "address_zh", "address_en")},
            "name_zh": draw(WORDS),
            "name_en": draw(WORDS),
            "phone": draw(some.sampled_from(["", "0660-3390000", "(0660) 339 0000 转 12"])),
            "lat": draw(some.floats(-90, 90)),
            "lon": draw(some.floats(-180, 180)),
            "datum": "WGS-84",
            "timezone": "Asia/Shanghai",
        }
        for code in places
    }
    for own in halls.values():
        if own["kind"] == "terminal":
            days = draw(some.sets(some.integers(0, 6), max_size=3))
            own["hours"] = tuple((day, "08:30", "17:00") for day in sorted(days))
    chosen = draw(some.sets(some.tuples(some.sampled_from(places), some.sampled_from(codes))))
    letters = {
        (hall, service): draw(some.sampled_from("ABC")) if halls[hall]["kind"] == "hall" else None
        for hall, service in chosen
    }
    return Standing(
        departments={code: {"name_zh": draw(WORDS), "name_en": draw(WORDS)} for code in departments},
        services={code: draw(services(departments, codes)) for code in codes},
        halls=halls,
        offers=letters,
        themes={"life": {"name_zh": draw(WORDS), "name_en": draw(WORDS), "services": tuple(codes)}},
        questions={
            "start": {
                "ask_zh": draw(WORDS),
                "ask_en": draw(WORDS),
                "answers": tuple(("答", draw(WORDS), None, (code,)) for code in codes),
            }
        },
        order=("start",),
    )


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(standings())
@pytest.mark.slow
def test_what_is_written_is_read_back_the_same(tmp_path: Path, standing: Standing) -> None:
    folder = tmp_path / "city"
    shutil.rmtree(folder, ignore_errors=True)
    write_catalogue(folder, standing)
    assert read_files(folder).standing == standing


@pytest.mark.parametrize("link", ["javascript:alert(1)", "ftp://example.org", "https://a:b@example.org/"])
def test_a_link_that_is_no_web_address_is_refused(tmp_path: Path, link: str) -> None:
    shutil.copytree(DATA / "catalogue", tmp_path / "catalogue")
    shutil.copy(DATA / "shanwei_halls.csv", tmp_path)
    file = next((tmp_path / "catalogue" / "services").glob("*.toml"))
    text, made = re.subn(r"(?m)^online = \{", f'online = {{ link = "{link}",', file.read_text(), count=1)
    assert made
    file.write_text(text)
    with pytest.raises(CatalogueError, match="no web address"):
        read_files(tmp_path)
