"""Tests of pages wait for what they claim: a page that is slower on another machine is no failure."""

from __future__ import annotations

import ast
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGES = sorted((Path(__file__).parents[1] / "browser").glob("*.py"))
# Each reads a page as it stands at this moment; the browser library's ``expect`` looks until it holds.
ONE_LOOK = {"count", "get_attribute", "inner_text", "input_value", "is_hidden", "is_visible", "text_content"}
# A press comes back before the page has acted on it; what it leads to, another page perhaps, is to come.
PRESSES = {"click", "dblclick", "go_back", "go_forward", "press", "tap"}
LOOKS = ONE_LOOK | {
    *("all_inner_texts", "all_text_contents", "bounding_box", "content", "evaluate", "evaluate_all"),
    *("get", "goto", "in_one_language", "looked_at", "read_now", "run", "screenshot", "serious_faults"),
    *("status_at", "violations"),
}
WAITS = {"comes_true", "expect", "settled", "until"}


def called(node: ast.AST) -> set[str]:
    """Return the names of what is called in a piece of code."""
    calls = [part.func for part in ast.walk(node) if isinstance(part, ast.Call)]
    named = {own.id for own in calls if isinstance(own, ast.Name)}
    return named | {own.attr for own in calls if isinstance(own, ast.Attribute)}


def single_looks(source: str) -> list[str]:
    """Return what tests assert of a page without waiting for it."""
    asserted = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Assert)]
    return [ast.unparse(node) for node in asserted if called(node) & ONE_LOOK]


def _blocks(source: str) -> Iterator[list[ast.stmt]]:
    for node in ast.walk(ast.parse(source)):
        for name in ("body", "orelse", "finalbody"):
            if isinstance(block := getattr(node, name, None), list):
                yield block


def _followings(source: str) -> Iterator[tuple[ast.stmt, ast.stmt]]:
    """Yield each step with the one after it; after the last of a loop comes its first."""
    for block in _blocks(source):
        yield from pairwise(block)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.For | ast.AsyncFor | ast.While):
            yield node.body[-1], node.body[0]


def _ends_with_a_press(step: ast.stmt) -> bool:
    while isinstance(step, ast.For | ast.If | ast.With | ast.AsyncWith):
        if isinstance(step, ast.With | ast.AsyncWith) and "expect_navigation" in called(step):
            return False  # goes on once the other page is there
        step = step.body[-1]
    value = step.value if isinstance(step, ast.Expr) else None
    call = value.value if isinstance(value, ast.Await) else value
    return isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in PRESSES


def looks_right_after_a_press(source: str) -> list[str]:
    """Return the steps that look at a page, or leave it, right after something was pressed there."""
    return [
        ast.unparse(after)
        for before, after in _followings(source)
        if _ends_with_a_press(before)
        and not isinstance(after, ast.FunctionDef | ast.AsyncFunctionDef)
        and called(after) & LOOKS
        and not called(after) & WAITS
    ]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_what_a_page_shows_is_waited_for(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert single_looks(source) == []
    assert looks_right_after_a_press(source) == []


def test_a_single_look_is_found() -> None:
    assert single_looks("assert await page.locator('b').text_content() == '1'") != []
    assert single_looks("await expect(page.locator('b')).to_have_text('1')") == []


def test_a_look_right_after_a_press_is_found() -> None:
    pressed = "page.get_by_role('button').click()\n"
    assert looks_right_after_a_press(pressed + "assert page.evaluate('1') == 1") != []
    assert looks_right_after_a_press(f"for key in 'ab':\n  await {pressed}await page.goto('/')") != []
    assert looks_right_after_a_press(f"for key in 'ab':\n  page.evaluate('1')\n  {pressed}") != []
    assert looks_right_after_a_press(pressed + "expect(page.locator('b')).to_be_visible()\nlook()") == []
