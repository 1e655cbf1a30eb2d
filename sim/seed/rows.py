"""Bulk writing through the drivers' own bulk paths: half a million rows would take minutes row by row.

Values pass the same bind processors as everywhere, so what is stored is what the ORM would have stored.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sqlalchemy import Connection, Table
    from sqlmodel import Session

    from kernel.database import Row

Values = dict[str, Any]


def table_of(row: type[Row]) -> Table:
    """Return the table behind a row class."""
    table: Table = row.__table__
    return table


def add_rows(session: Session, row: type[Row], values: Sequence[Values]) -> int:
    """Insert rows, each with the same columns given, and return how many there were.

    SQLite takes one prepared statement for all rows, PostgreSQL a COPY.
    """
    if not values:
        return 0
    table, connection = table_of(row), session.connection()
    names = list(values[0])
    rows = _bound(table, names, values, connection)
    quote = connection.dialect.identifier_preparer.quote
    columns = ", ".join(quote(name) for name in names)
    if connection.dialect.name == "postgresql":
        driver: Any = connection.connection.driver_connection
        with driver.cursor().copy(f"COPY {quote(table.name)} ({columns}) FROM STDIN") as copy:
            for bound in rows:
                copy.write_row(bound)
    else:
        places = ", ".join("?" for _ in names)
        into = f"INSERT INTO {quote(table.name)} ({columns}) VALUES ({places})"  # noqa: S608 - our tables
        connection.exec_driver_sql(into, list(rows))
    return len(values)


def _bound(
    table: Table, names: Sequence[str], values: Sequence[Values], connection: Connection
) -> Iterator[tuple[Any, ...]]:
    """Yield each row as the driver wants it, its values in the order of ``names``."""
    processors = [_processor(table, name, connection) for name in names]
    pick = itemgetter(*names)
    for row in values:
        yield tuple(
            [
                value if processor is None else processor(value)
                for processor, value in zip(processors, pick(row), strict=True)
            ]
        )


def _processor(table: Table, name: str, connection: Connection) -> Callable[[Any], Any] | None:
    dialect = connection.dialect
    found: Callable[[Any], Any] | None = table.c[name].type.dialect_impl(dialect).bind_processor(dialect)
    return found
