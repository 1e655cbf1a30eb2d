"""Bulk writing: rows go into a table in big chunks, a unit of work a chunk or less."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Table, insert

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlmodel import Session

    from kernel.database import Row

CHUNK = 20_000  # rows a statement: enough to forget the statement's cost, few enough for little memory

Values = dict[str, Any]


def table_of(row: type[Row]) -> Table:
    """Return the table behind a row class."""
    table: Table = row.__table__  # type: ignore[attr-defined]
    return table


def add_rows(session: Session, row: type[Row], values: Sequence[Values]) -> int:
    """Insert rows with all their columns given and return how many there were."""
    statement = insert(table_of(row))
    for start in range(0, len(values), CHUNK):
        session.execute(statement, values[start : start + CHUNK])
    return len(values)
