"""Minutes between two instants, worked out by the database; the same on SQLite and PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Float, Integer
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

if TYPE_CHECKING:
    from sqlalchemy.sql.compiler import SQLCompiler


class waited_minutes(FunctionElement[float]):  # noqa: N801 - a SQL function
    """Minutes from the first instant to the second, to a thousandth."""

    type = Float()
    inherit_cache = True


class whole_minutes(FunctionElement[int]):  # noqa: N801 - a SQL function
    """Minutes rounded down."""

    type = Integer()
    inherit_cache = True


@compiles(waited_minutes, "sqlite")
def _waited_sqlite(element: waited_minutes, compiler: SQLCompiler, **kw: Any) -> str:
    start, end = (compiler.process(part, **kw) for part in element.clauses)
    return f"round((julianday({end}) - julianday({start})) * 1440.0, 3)"


@compiles(waited_minutes, "postgresql")
def _waited_postgresql(element: waited_minutes, compiler: SQLCompiler, **kw: Any) -> str:
    start, end = (compiler.process(part, **kw) for part in element.clauses)
    return f"round((extract(epoch from ({end} - {start})) / 60)::numeric, 3)::float8"


@compiles(whole_minutes, "sqlite")
def _whole_sqlite(element: whole_minutes, compiler: SQLCompiler, **kw: Any) -> str:
    return f"cast({compiler.process(element.clauses, **kw)} as integer)"


@compiles(whole_minutes, "postgresql")
def _whole_postgresql(element: whole_minutes, compiler: SQLCompiler, **kw: Any) -> str:
    return f"floor({compiler.process(element.clauses, **kw)})::int"
