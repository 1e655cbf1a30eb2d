"""How a race is run, and shown to be real: the same unit of work without the guard."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sqlalchemy import Engine, create_engine
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from kernel.database import Database
from kernel.errors import Refusal


def side_by_side(work: Callable[[int], Any], rivals: int = 2) -> list[Any]:
    """Run ``work(0)``, ``work(1)``, … at the same moment and return what each gave, in order."""
    gate = threading.Barrier(rivals)

    def one(number: int) -> Any:
        gate.wait(10)
        return work(number)

    with ThreadPoolExecutor(rivals) as pool:
        return list(pool.map(one, range(rivals)))


def answers_of(work: Callable[[int], Any], rivals: int = 2) -> list[Any]:
    """Do as ``side_by_side``; what one raised is its answer."""

    def answered(number: int) -> Any:
        try:
            return work(number)
        except Exception as refusal:
            return refusal

    return side_by_side(answered, rivals)


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """Begin all at the same moment and return what each gave, or the code of its refusal, in order."""

    def answered(number: int) -> Any:
        try:
            return works[number]()
        except Refusal as refused:
            return refused.code

    return side_by_side(answered, len(works))


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
