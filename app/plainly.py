"""What goes wrong in a command is told in a line or two that say what helps, not in a stack trace."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def told_plainly() -> Iterator[None]:
    """End the program with status 1 and a plain word to standard error where it cannot go on."""
    try:
        yield
    except Exception as failure:
        from app.plain_words import plain_words  # noqa: PLC0415 - what a start that goes well does without

        words = plain_words(failure)
        if words is None:
            raise
        Console(stderr=True).print(words, style="red", markup=False, highlight=False, soft_wrap=True)
        raise SystemExit(1) from failure
