"""TOML text: only what the catalogue's files need, as the standard library reads TOML and writes none."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kernel.questions import Answer, Question


def questions_text(asked: Iterable[Question]) -> str:
    """Return questions, the first one first, as the text of their file; no text for none."""
    wanted = list(asked)
    if not wanted:
        return ""
    return f"root = {quoted(wanted[0].code)}\n" + "".join(map(_question, wanted))


def _question(question: Question) -> str:
    answers = "".join(f"  {_answer(each)},\n" for each in question.answers)
    return (
        f"\n[[question]]\ncode = {quoted(question.code)}\n"
        f"ask = {{ zh = {quoted(question.ask_zh)}, en = {quoted(question.ask_en)} }}\n"
        f"answers = [\n{answers}]\n"
    )


def _answer(answer: Answer) -> str:
    leads = (
        f"goto = {quoted(answer.goto)}"
        if answer.goto is not None
        else f"services = [{', '.join(map(quoted, answer.service_codes))}]"
    )
    return f"{{ zh = {quoted(answer.text_zh)}, en = {quoted(answer.text_en)}, {leads} }}"


def quoted(text: str) -> str:
    """Return a TOML basic string; JSON's escapes are a part of TOML's, which escapes one character more."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def value(given: Any) -> str:
    """Return a text, number, truth, time, list or table of such as TOML writes it."""
    if isinstance(given, bool):
        return "true" if given else "false"
    if isinstance(given, str):
        return quoted(given)
    if isinstance(given, Mapping):
        return "{ " + ", ".join(f"{name} = {value(own)}" for name, own in given.items()) + " }"
    if isinstance(given, list | tuple):
        return f"[{', '.join(map(value, given))}]"
    return given.isoformat() if isinstance(given, time) else repr(given)


def tables_text(name: str, rows: Iterable[Mapping[str, Any]]) -> str:
    """Return a list of tables; values that are None are left out, no row is an empty list."""
    written = [
        "".join(
            [f"[[{name}]]\n", *(f"{key} = {value(own)}\n" for key, own in row.items() if own is not None)]
        )
        for row in rows
    ]
    return "\n".join(written) if written else f"{name} = []\n"
