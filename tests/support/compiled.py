"""One cache of compiled statements for all engines of a kind: each test has a database of its own.

Without it the process compiles every statement anew for each of some thousand databases.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy.util import LRUCache

import kernel.postgres_pool
import kernel.sqlite_writer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

STATEMENTS = 20_000


@contextmanager
def compiled_once() -> Iterator[None]:
    """Let engines that are made in this block share dialect and compiled statements, by kind."""
    made_by = kernel.sqlite_writer.create_engine  # type: ignore[attr-defined]
    first: dict[str, Engine] = {}
    cache: LRUCache[Any, Any] = LRUCache(STATEMENTS)

    def sharing(url: str, **terms: Any) -> Engine:
        engine = made_by(url, **terms)
        known = first.get(engine.dialect.name)
        if known is None or known.dialect.server_version_info is None:  # it has never been connected
            first[engine.dialect.name] = known = engine
        engine.dialect = engine.pool._dialect = known.dialect
        engine._compiled_cache = cache
        return engine

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kernel.sqlite_writer, "create_engine", sharing)
        patch.setattr(kernel.postgres_pool, "create_engine", sharing)
        yield
