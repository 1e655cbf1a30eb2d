"""What goes wrong in a command is told in a line or two that say what helps, not in a stack trace."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from pydantic import ValidationError
from pydantic_settings import SettingsError
from rich.console import Console
from sqlalchemy.exc import DatabaseError

from kernel.errors import Busy, Refusal
from kernel.secrets import KeysWrong
from kernel.settings import PREFIX, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def told_plainly() -> Iterator[None]:
    """End the program with status 1 and a plain word to standard error where it cannot go on."""
    try:
        yield
    except Busy as busy:
        away = isinstance(busy.__cause__, DatabaseError)
        _end(f"The database does not answer: {_said(busy.__cause__)}" if away else _told(busy), busy)
    except Refusal as refused:
        _end(_told(refused), refused)
    except KeysWrong as wrong:
        _end(str(wrong), wrong)
    except ValidationError as wrong:
        if wrong.title != Settings.__name__:
            raise
        _end("\n".join(["The settings cannot be right:", *map(_fault, wrong.errors())]), wrong)
    except SettingsError as wrong:
        # Its own text names the field; what stands behind it would show the value.
        _end(f"The settings cannot be right:\n  {wrong}", wrong)
    except DatabaseError as failure:
        _end(f"The database does not do it: {_said(failure)}", failure)


def _told(refused: Refusal) -> str:
    return f"{refused} {refused.help}".strip()


def _said(failure: BaseException | None) -> str:
    """Return the database's own first line; the statement and its values, which follow, are left out."""
    original = getattr(failure, "orig", failure)
    return next(iter(str(original).strip().splitlines()), type(original).__name__)


def _fault(error: object) -> str:
    """Return where and why; never the value, which may be a key or hold a password."""
    where = "__".join(str(part) for part in error["loc"])  # type: ignore[index]
    name = f"{PREFIX}{where.upper().removeprefix(PREFIX)}: " if where else ""
    return f"  {name}{error['msg'].removeprefix('Value error, ')}"  # type: ignore[index]


def _end(text: str, cause: Exception) -> None:
    Console(stderr=True).print(text, style="red", markup=False, highlight=False, soft_wrap=True)
    raise SystemExit(1) from cause
