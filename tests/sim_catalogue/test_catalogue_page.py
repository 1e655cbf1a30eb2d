"""The reference page's examples and counts are those of the city."""

from __future__ import annotations

import doctest
from pathlib import Path

from sim.catalogue import load_city

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "catalogue.md"


def test_the_page_s_examples_run() -> None:
    failed, tried = doctest.testfile(str(PAGE), module_relative=False)
    assert (failed, tried > 0) == (0, True)


def test_the_page_counts_what_there_is() -> None:
    city = load_city()
    counts = (
        f"{len(city.halls)} halls, {len(city.services)} services, {len(city.themes)} themes, "
        f"{len(city.questions)} questions and {len(city.terminals)} self-service terminals"
    )
    assert counts in PAGE.read_text(encoding="utf-8")
