"""What a unit of work asks the database, for tests that it does not ask more for many than for few."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy.event import listen, remove

from kernel.database import Database


def statements_of(database: Database, use_case: Callable[..., Any], *args: Any, **kwargs: Any) -> list[str]:
    """Run a use case as a unit of work and return its statements."""
    said: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        said.append(statement)

    listen(database.engine, "before_cursor_execute", note)
    try:
        database.write_now(use_case, *args, **kwargs)
    finally:
        remove(database.engine, "before_cursor_execute", note)
    return said
