"""What a docstring shows as an example is what the code answers."""

from __future__ import annotations

import doctest
from importlib import import_module

import pytest

from tests.architecture.tree import ROOT, SOURCES


def modules_with_examples() -> list[str]:
    shown = (path for path in SOURCES if ">>> " in path.read_text(encoding="utf-8"))
    return [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in shown]


@pytest.mark.parametrize("name", modules_with_examples())
@pytest.mark.slow
def test_every_example_answers_as_it_says(name: str) -> None:
    failed, tried = doctest.testmod(import_module(name))
    assert (failed, tried > 0) == (0, True)


def test_a_false_example_is_seen() -> None:
    false = doctest.DocTestParser().get_doctest(">>> 1 + 1\n3\n", {}, "false", None, 0)
    assert doctest.DocTestRunner(verbose=False).run(false, out=lambda _: None).failed == 1
