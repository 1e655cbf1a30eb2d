"""The one statement that both databases have and SQLAlchemy keeps apart: insert, unless it is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy.dialects import postgresql, sqlite

if TYPE_CHECKING:
    from sqlmodel import Session


def insert_into(session: Session, table: Any) -> Any:
    """Return an insert that knows ``on_conflict_do_update`` and ``on_conflict_do_nothing``."""
    on_postgres = session.get_bind().dialect.name == "postgresql"
    return (postgresql.insert if on_postgres else sqlite.insert)(table)
