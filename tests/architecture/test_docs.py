"""What the docs name is there: pages, headings, files, tests, commands, options, settings and routes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest
import typer
from fastapi import FastAPI

from app.cli import command_line
from app.main import create_app
from kernel.settings import Settings
from kernel.web.parts import Parts
from tests.architecture.test_access_rules import routes_of
from tests.architecture.tree import ROOT, SOURCES, tracked

PAGES = tracked("*.md")
# A changelog and decisions tell of their day.
OF_TODAY = [page for page in PAGES if page.name != "CHANGELOG.md" and page.parent.name != "decisions"]
SUBSYSTEMS = [page for page in tracked("docs/subsystems/*.md") if page.stem != "README"]


def named(page: Path) -> str:
    return str(page.relative_to(ROOT))


# --- pages and headings ----------------------------------------------------------------------------

LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]*)(?:#([^)\s]*))?\)")
ELSEWHERE = ("http://", "https://", "mailto:")


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as browsers of repositories make them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-") for heading in headings}


def leads_nowhere(page: Path, text: str) -> list[str]:
    """Return the links of a text on a page whose page or heading is not there."""
    found = []
    for target, heading in LINK.findall(text):
        if target.startswith(ELSEWHERE):
            continue
        goal = page.parent / target if target else page
        if not goal.exists() or (heading and goal.suffix == ".md" and heading not in anchors(goal)):
            found.append(f"{target}#{heading}")
    return found


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_in_the_docs_lead_somewhere(page: Path) -> None:
    assert leads_nowhere(page, page.read_text()) == []


def test_every_part_stands_in_the_list_of_parts() -> None:
    listed = (ROOT / "docs" / "subsystems" / "README.md").read_text()
    assert [page.name for page in SUBSYSTEMS if f"({page.name})" not in listed] == []


# --- files and tests -------------------------------------------------------------------------------

PROMISE, HELD = "| promise | the test that holds it", re.compile(r"`(?:test_|tests/)")
PATH = re.compile(r"`((?:app|booking|displays|docs|geo|kernel|queueing|sim|tests)/[\w./-]+)`")
ANY_CODE = "docs/problems/CODE.md"  # stands for each of them


def test_tests_that_the_docs_name_exist() -> None:
    files = list((ROOT / "tests").rglob("*.py"))
    tests = {name for path in files for name in re.findall(r"def (test_\w+)", path.read_text())}
    for page in PAGES:
        for name in re.findall(r"`(test_\w+)`", page.read_text()):
            assert name in tests or name in {path.stem for path in files}, f"{page.name}: {name}"


def test_paths_that_the_docs_name_exist() -> None:
    for page in PAGES:
        for path in set(PATH.findall(page.read_text())) - {ANY_CODE}:
            assert (ROOT / path).exists(), f"{page.name}: {path}"


@pytest.mark.parametrize("page", SUBSYSTEMS, ids=lambda page: page.stem)
def test_every_promise_names_the_test_that_holds_it(page: Path) -> None:
    lines = page.read_text().splitlines()
    assert "**What it guarantees.**" in lines[2]
    promises = [place for place, line in enumerate(lines) if line.startswith(PROMISE)]
    assert promises
    for place in promises:
        for line in takewhile(lambda own: own.startswith("|"), lines[place + 2 :]):
            assert HELD.search(line), line


# --- commands, settings, routes --------------------------------------------------------------------

MAKE = re.compile(r"(?:^|`) *make ([a-z][a-z-]*)(?: NAME=(\w+))?", re.MULTILINE)
JINBAN = re.compile(r"(?:^ *|`)(?:\.venv/bin/)?jinban ([a-z][^`\n#…]*)", re.MULTILINE)
OPTION = re.compile(r"(?<!\S)--[a-z][a-z-]*")
ROUTE = re.compile(r"\b(GET|POST|PUT|PATCH|DELETE) (…?/[\w/{}.…-]*[\w}])")
OF_OTHERS = {"/sources_to_targets", "/table/v1/{profile}", "/jinban"}  # road services', a receiver's


def not_made(text: str) -> list[str]:
    """Return the targets of ``make`` and the benchmarks in a text that are not there."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    benches = {path.stem for path in (ROOT / "sim" / "bench").glob("*.py")} | {"x"}
    return [
        f"{target} {bench}".strip()
        for target, bench in MAKE.findall(text)
        if target not in targets or (bench and bench not in benches)
    ]


def not_understood(text: str, command: Any) -> list[str]:
    """Return the calls of ``jinban`` in a text whose command or option is not there."""
    return [call for call in JINBAN.findall(text) if not understood(call, command)]


def understood(call: str, command: Any) -> bool:
    options, words = OPTION.findall(call), call.split()
    while words and words[0] in (within := getattr(command, "commands", {})):
        command = within[words.pop(0)]
    if hasattr(command, "commands") and words and not words[0].startswith("-"):
        return False
    known = {name for own in command.params for name in (*own.opts, *own.secondary_opts)}
    return set(options) <= known | {"--help"}


def settings_in(text: str) -> set[str]:
    return set(re.findall(r"JINBAN_[A-Z_]*[A-Z]", text))


def not_served(text: str, app: FastAPI) -> list[str]:
    """Return the routes in a text that the app does not have; ``…`` stands for any beginning or end."""
    served = {(method, path) for method, path in _served(app)}
    return [
        f"{method} {path}"
        for method, path in ROUTE.findall(text)
        if path not in OF_OTHERS and not any(method == own and _fits(path, its) for own, its in served)
    ]


def _served(app: FastAPI) -> Iterator[tuple[str, str]]:
    for route in routes_of(app):
        for method in getattr(route, "methods", None) or ("GET",):
            yield method, re.sub(r"\{[^}]*\}", "{}", getattr(route, "path", ""))


def _fits(path: str, served: str) -> bool:
    parts = re.split(r"(…|\{[^}]*\}|\b(?:CODE|HALL|ID|TOKEN)\b)", path)
    wanted = "".join(
        ".*" if part == "…" else r"\{\}" if place % 2 else re.escape(part) for place, part in enumerate(parts)
    )
    return re.fullmatch(wanted, served) is not None


@pytest.fixture(scope="module")
def jinban() -> Any:
    return typer.main.get_command(command_line())


@pytest.mark.slow
def test_commands_that_the_docs_name_exist(jinban: Any) -> None:
    calls = 0
    for page in OF_TODAY:
        text = page.read_text()
        assert (not_made(text), not_understood(text, jinban)) == ([], []), named(page)
        calls += len(JINBAN.findall(text))
    assert calls > 100


def test_settings_that_the_docs_name_exist_and_each_setting_is_told() -> None:
    asked = settings_in(" ".join(path.read_text() for path in (*SOURCES, *(ROOT / "tests").rglob("*.py"))))
    known = {f"JINBAN_{name}".upper() for name in Settings.model_fields}
    told = set().union(*(settings_in(page.read_text()) for page in OF_TODAY))
    unknown = {name for name in told - asked - known if name.split("__")[0] not in known}
    assert unknown == set()
    assert {name for name in known if not any(own.startswith(name) for own in told)} == set()


def test_routes_that_the_docs_name_exist(sqlite_parts: Parts) -> None:
    app = create_app(sqlite_parts)
    for page in OF_TODAY:
        assert not_served(page.read_text(), app) == [], named(page)


@pytest.mark.slow
def test_what_is_not_there_is_seen(sqlite_parts: Parts, jinban: Any) -> None:
    assert not_made("    make nothing\n`make bench NAME=nothing`, make sense") == ["nothing", "bench nothing"]
    assert not_understood("`jinban staff nobody`, `jinban serve --fast`", jinban) == [
        "staff nobody",
        "serve --fast",
    ]
    routes = "POST /api/v1/halls/{code}/nothing, GET …/nothing, GET …/board"
    assert not_served(routes, create_app(sqlite_parts)) == routes.split(", ")[:2]
    readme = ROOT / "README.md"
    assert leads_nowhere(readme, "[a](nothing.md) [b](#nothing) [c](#licence)") == ["nothing.md#", "#nothing"]
