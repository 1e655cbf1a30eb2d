"""Deleting what may be many rows, some a unit of work: nobody waits long for the one writer of SQLite."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select, tuple_

from kernel.touched import touched

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Table
    from sqlmodel import Session

AT_ONCE = 5_000  # rows of the outbox: a tenth of a second


def delete_some(session: Session, table: Table, which: ColumnElement[bool], *, limit: int = AT_ONCE) -> int:
    """Delete at most ``limit`` rows for which ``which`` holds and return how many; 0 when none is left."""
    key = list(table.primary_key.columns)
    chosen = select(*key).where(which).limit(limit)
    own = key[0] if len(key) == 1 else tuple_(*key)
    return touched(session, delete(table).where(own.in_(chosen)))
