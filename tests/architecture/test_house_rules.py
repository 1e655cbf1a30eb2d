"""House rules that a look at the tree can check."""

from __future__ import annotations

import re

from kernel.database import Database
from kernel.errors import Refusal
from kernel.i18n import translations
from tests.architecture.tree import ROOT, SOURCES
from tests.support.migrations import check_in_step


def every_refusal() -> list[type[Refusal]]:
    import app.cli  # noqa: PLC0415 - together these import every package's errors
    import app.main  # noqa: PLC0415

    assert app.cli.command_line()
    assert app.main
    found, todo = [], [Refusal]
    while todo:
        refusal = todo.pop()
        todo.extend(refusal.__subclasses__())
        found.append(refusal)
    return [refusal for refusal in found if refusal.__module__.split(".")[0] != "test"]


def test_only_the_clock_module_reads_the_clock() -> None:
    reading = re.compile(r"datetime\.now\(|date\.today\(|utcnow\(")
    guilty = [str(path) for path in SOURCES if reading.search(path.read_text()) and path.name != "clock.py"]
    assert guilty == []


def test_every_file_for_spreadsheets_is_written_where_formulas_are_made_plain() -> None:
    served = [path for path in SOURCES if path.relative_to(ROOT).parts[0] not in ("sim", "app")]
    guilty = [path for path in served if "csv.writer(" in path.read_text() and path.name != "spreadsheets.py"]
    assert guilty == []


def test_files_stay_readable() -> None:
    too_long = {
        str(path.relative_to(ROOT)): lines
        for path in SOURCES
        if (lines := len(path.read_text().splitlines())) > 400 and "versions" not in path.parts
    }
    assert too_long == {}


def test_every_refusal_has_a_page_and_a_translation() -> None:
    chinese = translations("zh")
    for refusal in every_refusal():
        page = ROOT / "docs" / "problems" / f"{refusal.code}.md"
        assert page.exists(), f"{refusal.code} has no page"
        assert chinese.gettext(refusal.title) != refusal.title, f"{refusal.title!r} has no Chinese"
        if refusal.help:
            assert chinese.gettext(refusal.help) != refusal.help, f"{refusal.help!r} has no Chinese"


def test_refusal_codes_are_told_apart() -> None:
    codes = [refusal.code for refusal in every_refusal()]
    assert len(codes) == len(set(codes))


CONSTANT = re.compile(r"\b[A-Z][A-Z0-9_]{3,}\b")
NAMED = re.compile(r"``([A-Z][A-Z0-9_]{3,})``")


def test_constants_that_docstrings_name_exist() -> None:
    texts = {path: path.read_text() for path in SOURCES}
    known = {word for text in texts.values() for word in CONSTANT.findall(NAMED.sub("", text))}
    for path, text in texts.items():
        for name in NAMED.findall(text):
            assert name in known or name.startswith("JINBAN_"), f"{path.name}: {name}"


def test_migrations_and_tables_are_in_step(database: Database) -> None:
    check_in_step(database)
