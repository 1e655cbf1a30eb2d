"""Tests of pages wait for what they claim: a page that is slower on another machine is no failure."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1] / "browser"
# Each reads a page as it stands at this moment; the browser library's ``expect`` looks until it holds.
ONE_LOOK = {"get_attribute", "inner_text", "input_value", "is_hidden", "is_visible", "text_content"}


def single_looks(source: str) -> list[str]:
    """Return the reads that a test asserts on without waiting."""
    asserted = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Assert)]
    return [
        ast.unparse(call)
        for node in asserted
        for call in ast.walk(node)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in ONE_LOOK
    ]


@pytest.mark.parametrize("path", sorted(TESTS.glob("*.py")), ids=lambda path: path.stem)
def test_what_a_page_shows_is_waited_for(path: Path) -> None:
    assert single_looks(path.read_text(encoding="utf-8")) == []


def test_a_single_look_is_found() -> None:
    assert single_looks("assert await page.locator('b').text_content() == '1'") != []
    assert single_looks("await expect(page.locator('b')).to_have_text('1')") == []
