"""Every text of the catalogue is one that people can meet."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest
from babel.messages.pofile import read_po
from jinja2.ext import babel_extract

from tests.architecture.tree import ROOT, SOURCES

if TYPE_CHECKING:
    from collections.abc import Iterator

KEYWORDS = ("_", "text", "gettext", "ngettext")
OPTIONS = {"newstyle_gettext": "true", "trim_blocks": "true"}


def said() -> Iterator[str]:
    """Yield every string of the code and of the templates."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value
    for path in (ROOT / "displays" / "templates").rglob("*.html"):
        with path.open("rb") as source:
            for _, _, found, _ in babel_extract(source, KEYWORDS, (), OPTIONS):
                yield from (found,) if isinstance(found, str) else filter(None, found or ())


@pytest.mark.slow
def test_every_text_of_the_catalogue_is_asked_for() -> None:
    with (ROOT / "kernel" / "locale" / "zh.po").open("rb") as source:
        texts = {
            message.id[0] if isinstance(message.id, tuple) else message.id for message in read_po(source)
        }
    asked = set(said())
    assert len(texts) > 2000
    assert not texts - {""} - asked
    assert "a text that " + "nobody asks for" not in asked
