"""How a race is shown to be real: the same unit of work without the guard."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine, create_engine
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from kernel.database import Database


def behind_the_writer(database: Database, unit: Callable[[Session], Any]) -> Any:
    """Run a unit on a connection of its own, as naive code would, past the single writer of SQLite."""
    engine = _naive_engine(database)
    try:
        for _ in range(50):
            try:
                with Session(engine, info=database.carried) as session:
                    result = unit(session)
                    session.commit()
                    return result
            except OperationalError as failure:  # SQLite: the rival is committing; naive code tries again
                if "locked" not in str(failure):
                    raise
        raise AssertionError("never got through")
    finally:
        engine.dispose()


def _naive_engine(database: Database) -> Engine:
    if not database.is_sqlite:
        return create_engine(database.url)
    # Autocommit for each statement: what a driver does that was never told of transactions.
    return create_engine(database.url, isolation_level="AUTOCOMMIT", connect_args={"timeout": 5})
