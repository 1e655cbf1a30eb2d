"""SQLite: one writer thread with group commit, readers beside it (decision 0002)."""

from __future__ import annotations

import queue
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from kernel.after_commit import AFTERWARDS, beginning, carrying, do_afterwards
from kernel.database_failures import busy, is_locked, told
from kernel.errors import Busy
from kernel.units_of_work import Unit, nothing

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator
    from concurrent.futures import Future

    from sqlalchemy.engine import Connection

    from kernel.units_of_work import Work

GROUP_LIMIT = 64  # units per commit; more only delays the first one's answer (measured gain ends near 64)
QUEUE_LIMIT = 2_000  # waiting units before new ones are refused as Busy instead of queueing for seconds
SYNCHRONOUS = "FULL"  # of SQLite: what is committed is on the disk, also when the power goes


class _GroupUndone(Exception):
    """SQLite took the whole transaction back, as it does when a disk is full, and units before with it."""


class SqliteBackend:
    """One writer thread with group commit; readers on their own connections see the last commit."""

    committed: Callable[[], None] = staticmethod(nothing)

    def __init__(self, url: str) -> None:
        self.carried: dict[str, Any] = {}
        self.write_engine = _sqlite_engine(url, "BEGIN IMMEDIATE", read_only=False)
        self._read_engine = _sqlite_engine(url, "BEGIN", read_only=True)
        self._waiting: queue.Queue[Unit | None] = queue.Queue()
        self._closed = False
        # Without it a unit may stand behind the word that ends the thread, and its caller wait for ever.
        self._door = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="db-writer", daemon=True)
        self._thread.start()

    def submit(self, work: Work) -> Future[Any]:
        with self._door:
            if self._closed or self._waiting.qsize() >= QUEUE_LIMIT:
                raise Busy
            unit = Unit(work)
            self._waiting.put(unit)
        return unit.future

    @contextmanager
    def reading(self) -> Iterator[Session]:
        with Session(self._read_engine, info=beginning(self.carried)) as session:
            yield session

    def close(self) -> None:
        with self._door:
            if self._closed:
                return
            self._closed = True
            self._waiting.put(None)
        self._thread.join()
        self.write_engine.dispose()
        self._read_engine.dispose()

    def _run(self) -> None:
        while (first := self._waiting.get()) is not None:
            batch = [first]
            while len(batch) < GROUP_LIMIT and not self._waiting.empty():
                unit = self._waiting.get()
                if unit is None:
                    self._waiting.put(None)
                    break
                batch.append(unit)
            if begun := [unit for unit in batch if unit.begins()]:
                self._commit(begun)

    def _commit(self, batch: list[Unit]) -> None:
        done: list[tuple[Unit, Any, list[Callable[[], None]]]] = []
        try:
            with self.write_engine.connect() as connection, connection.begin():
                done.extend(
                    (unit, result, afterwards)
                    for unit in batch
                    for result, afterwards in _in_savepoint(connection, unit, self.carried)
                )
        except BaseException as failure:
            # The group did not commit: nobody in it may be told otherwise.
            cause: BaseException = failure
            if isinstance(failure, (OperationalError, _GroupUndone)):
                cause = busy(failure)
            for unit in batch:
                if not unit.future.done():
                    unit.future.set_exception(cause)
            if is_locked(failure):
                self._refuse_waiting()
        else:
            for unit, result, afterwards in done:
                do_afterwards(afterwards)
                unit.future.set_result(result)
            self.committed()

    def _refuse_waiting(self) -> None:
        """Refuse whoever waited behind a lock that was not had: they would wait for it as long again."""
        for _ in range(self._waiting.qsize()):
            unit = self._waiting.get()
            if unit is None:
                self._waiting.put(None)
                return
            if unit.future.set_running_or_notify_cancel():
                unit.future.set_exception(Busy())


def _in_savepoint(
    connection: Connection, unit: Unit, carried: dict[str, Any]
) -> Iterator[tuple[Any, list[Callable[[], None]]]]:
    """Yield the unit's result and what follows its commit, or nothing after telling why it failed alone."""
    try:
        info = carrying(carried)
        with Session(connection, join_transaction_mode="create_savepoint", info=info) as session:
            result = unit.work(session)
            session.commit()
    except Exception as refusal:
        # A full disk or a failed read takes back more than its statement: no savepoint is left to go back
        # to, and what followed would be committed one by one (sqlite.org/lang_transaction.html, 2.4).
        if not _in_transaction(connection):
            raise _GroupUndone from refusal
        unit.future.set_exception(told(refusal))
    else:
        yield result, info[AFTERWARDS]


def _in_transaction(connection: Connection) -> bool:
    """Return whether the group's transaction still stands; without it, what follows would commit alone."""
    return bool(connection.connection.driver_connection.in_transaction)  # type: ignore[union-attr]


def _sqlite_engine(url: str, begin: str, *, read_only: bool) -> Engine:
    engine = create_engine(
        url, pool_size=4, connect_args={"check_same_thread": False, "timeout": 5}, hide_parameters=True
    )

    @event.listens_for(engine, "connect")
    def configure(connection: sqlite3.Connection, _record: object) -> None:
        # The driver's own transaction handling cannot begin IMMEDIATE; we begin ourselves below.
        connection.isolation_level = None
        for pragma in (
            "journal_mode=WAL",
            "foreign_keys=ON",
            f"synchronous={SYNCHRONOUS}",
            "busy_timeout=3000",
        ):
            connection.execute(f"PRAGMA {pragma}")
        if read_only:
            connection.execute("PRAGMA query_only=ON")

    @event.listens_for(engine, "begin")
    def begin_ourselves(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine
