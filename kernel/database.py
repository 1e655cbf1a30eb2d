"""One request = one unit of work, committed before the answer (docs/subsystems/concurrency.md).

Use cases are plain functions that take a ``Session``; ``Database.write`` runs them. On SQLite one
writer thread groups waiting units, each in its savepoint, into one commit; on PostgreSQL each unit is
a transaction of its own on a pooled connection. Either way the caller learns of success only after
the commit, and units return frozen values, never rows.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Protocol, TypeVar

from sqlalchemy import DateTime, Engine, create_engine, event
from sqlalchemy.engine import Connection, Dialect, make_url
from sqlalchemy.exc import InternalError, OperationalError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.types import TypeDecorator
from sqlmodel import Session, SQLModel

from kernel.after_commit import AFTERWARDS, carrying, do_afterwards
from kernel.clock import monotonic
from kernel.database_failures import busy, is_locked, refuse_beyond, told
from kernel.errors import Busy

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator

P = ParamSpec("P")
T = TypeVar("T")

GROUP_LIMIT = 64  # units per commit; more only delays the first one's answer (measured gain ends near 64)
QUEUE_LIMIT = 2_000  # waiting units before new ones are refused as Busy instead of queueing for seconds
SYNCHRONOUS = "FULL"  # of SQLite: what is committed is on the disk, also when the power goes
LOCK_TIMEOUT_MS = 3_000  # a unit that waits longer for a lock is refused as Busy
WAITS_FOR_S = 3.0  # for its turn; the lock comes after it, and a request may need two turns
# How long a PostgreSQL may say nothing: while it is connected to (seconds), while what was sent to it is not
# taken (milliseconds), while nothing is sent. The operating system waits for minutes.
_SILENCE = {
    "connect_timeout": 3,
    "tcp_user_timeout": 6_000,
    "keepalives_idle": 6,
    "keepalives_interval": 2,
    "keepalives_count": 2,
}
RETRIES = 4  # of a PostgreSQL unit after a deadlock or serialization failure
_RETRYABLE = {"40001", "40P01"}
_READ_ONLY = "25006"  # what a PostgreSQL that follows another answers to writes


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant, UTC at rest; naive datetimes are a bug and refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a naive datetime cannot be stored: {value!r}")
        instant = value.astimezone(UTC)
        return instant.replace(tzinfo=None) if dialect.name == "sqlite" else instant

    def process_result_value(
        self,
        value: datetime | None,
        dialect: Dialect,  # noqa: ARG002 - the interface's
    ) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Row(SQLModel):
    """Base of all tables."""


class _Work(Protocol):
    def __call__(self, session: Session, /) -> Any: ...


class _Unit:
    """A use case waiting for its turn, and the future its caller waits on."""

    __slots__ = ("asked_at", "future", "work")

    def __init__(self, work: _Work) -> None:
        self.work = work
        self.future: Future[Any] = Future()
        self.asked_at = monotonic()

    def begins(self) -> bool:
        """Return whether it is to be done.

        A caller that went away before its turn gets nothing done, and from here on cannot cancel; one that
        waited too long is told so.
        """
        if not self.future.set_running_or_notify_cancel():
            return False
        late = _is_late(self.asked_at)
        if late:
            self.future.set_exception(Busy())
        return not late


def _is_late(asked_at: float) -> bool:
    return monotonic() - asked_at > WAITS_FOR_S


class _GroupUndone(Exception):
    """SQLite took the whole transaction back, as it does when a disk is full, and units before with it."""


class Database:
    """Reads and writes of one database; ``url`` chooses SQLite or PostgreSQL (psycopg)."""

    def __init__(self, url: str, *, pool_size: int = 8) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._reading = ThreadPoolExecutor(4 if self.is_sqlite else pool_size, "db-read")
        self._backend: _SqliteBackend | _PostgresBackend = (
            _SqliteBackend(url) if self.is_sqlite else _PostgresBackend(url, pool_size)
        )

    @property
    def engine(self) -> Engine:
        """The engine that writes; for migrations and for tests that go behind the writer."""
        return self._backend.write_engine

    def carry(self, **parts: Any) -> None:
        """Let every unit of work carry these in ``session.info``.

        The keys that seal the audit trail, and whether messages go out.
        """
        self._backend.carried.update(parts)

    @property
    def carried(self) -> dict[str, Any]:
        """What every unit of work carries; for tests that go behind the writer."""
        return self._backend.carried

    async def write(
        self, use_case: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run a use case as one unit of work and return after its commit.

        Raises what the use case raised (nothing was written then), or ``Busy``.
        """
        future = self._backend.submit(lambda session: use_case(session, *args, **kwargs))
        result: T = await asyncio.wrap_future(future)
        return result

    async def read(
        self, use_case: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run a use case that only reads, in one snapshot, beside the writers."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._reading, lambda: self.read_now(use_case, *args, **kwargs))

    def write_now(
        self, use_case: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """``write`` for callers without an event loop: CLI, seeding, tests."""
        result: T = self._backend.submit(lambda session: use_case(session, *args, **kwargs)).result()
        return result

    def read_now(
        self, use_case: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """``read`` for callers without an event loop; a database that cannot be read is ``Busy``."""
        try:
            with self._backend.reading() as session:
                return use_case(session, *args, **kwargs)
        except (OperationalError, PoolTimeout) as failure:
            raise Busy from failure
        except (OverflowError, StatementError) as failure:
            refuse_beyond(failure)
            raise

    def on_commit(self, callback: Callable[[], None], loop: asyncio.AbstractEventLoop) -> None:
        """Call back on the event loop after each commit; the relay wakes by this."""
        self._backend.committed = lambda: _call_soon(loop, callback)

    def close(self) -> None:
        """Finish what waits, then close all connections; safe to call twice."""
        self._reading.shutdown()
        self._backend.close()


def _nothing() -> None:
    """What happens after a commit before anyone asked for more."""


def _call_soon(loop: asyncio.AbstractEventLoop, callback: Callable[[], None]) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(callback)


class _SqliteBackend:
    """One writer thread with group commit; readers on their own connections see the last commit."""

    committed: Callable[[], None] = staticmethod(_nothing)

    def __init__(self, url: str) -> None:
        self.carried: dict[str, Any] = {}
        self.write_engine = _sqlite_engine(url, "BEGIN IMMEDIATE", read_only=False)
        self._read_engine = _sqlite_engine(url, "BEGIN", read_only=True)
        self._waiting: queue.Queue[_Unit | None] = queue.Queue()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="db-writer", daemon=True)
        self._thread.start()

    def submit(self, work: _Work) -> Future[Any]:
        if self._closed or self._waiting.qsize() >= QUEUE_LIMIT:
            raise Busy
        unit = _Unit(work)
        self._waiting.put(unit)
        return unit.future

    @contextmanager
    def reading(self) -> Iterator[Session]:
        with Session(self._read_engine, info=self.carried) as session:
            yield session

    def close(self) -> None:
        if not self._closed:
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

    def _commit(self, batch: list[_Unit]) -> None:
        done: list[tuple[_Unit, Any, list[Callable[[], None]]]] = []
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
    connection: Connection, unit: _Unit, carried: dict[str, Any]
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


class _PostgresBackend:
    """One transaction a unit; row locks and constraints keep the rules, deadlocks are retried."""

    committed: Callable[[], None] = staticmethod(_nothing)

    def __init__(self, url: str, pool_size: int) -> None:
        self.carried: dict[str, Any] = {}
        self.write_engine = create_engine(
            url,
            pool_size=pool_size * 2,
            max_overflow=0,
            pool_timeout=LOCK_TIMEOUT_MS / 1000,
            pool_pre_ping=True,
            hide_parameters=True,  # errors go into the log, and the values of a statement may be personal
            connect_args={**_SILENCE, "options": f"-c lock_timeout={LOCK_TIMEOUT_MS} -c timezone=UTC"},
        )
        self._writing = ThreadPoolExecutor(pool_size, "db-write")

    def submit(self, work: _Work) -> Future[Any]:
        return self._writing.submit(self._run, work, monotonic())

    @contextmanager
    def reading(self) -> Iterator[Session]:
        with Session(self.write_engine, info=self.carried) as session:
            session.connection(
                execution_options={"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
            )
            yield session

    def close(self) -> None:
        self._writing.shutdown()
        self.write_engine.dispose()

    def _run(self, work: _Work, asked_at: float) -> Any:
        if _is_late(asked_at):
            raise Busy
        for attempt in range(RETRIES + 1):
            try:
                info = carrying(self.carried)
                with Session(self.write_engine, info=info) as session, session.begin():
                    result = work(session)
                do_afterwards(info[AFTERWARDS])
                self.committed()
                return result
            except OperationalError as failure:
                # A lock not had in time, or a server that is away: the caller may try again.
                state = getattr(failure.orig, "sqlstate", None)
                if state not in _RETRYABLE or attempt == RETRIES:
                    raise Busy from failure
            except PoolTimeout as failure:
                raise Busy from failure
            except InternalError as failure:
                if getattr(failure.orig, "sqlstate", None) == _READ_ONLY:
                    raise Busy from failure
                raise
            except (OverflowError, StatementError) as failure:
                refuse_beyond(failure)
                raise
        raise AssertionError("unreachable")


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
