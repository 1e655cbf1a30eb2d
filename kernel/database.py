"""One request = one unit of work, committed before the answer (docs/subsystems/concurrency.md).

Use cases are plain functions that take a ``Session``; ``Database.write`` runs them. On SQLite one
writer thread groups waiting units, each in its savepoint, into one commit; on PostgreSQL each unit is
a transaction of its own on a pooled connection. Either way the caller learns of success only after
the commit, and units return frozen values, never rows.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar, Concatenate, ParamSpec, TypeVar

from sqlalchemy import DateTime, Engine, Table
from sqlalchemy.engine import Dialect, make_url
from sqlalchemy.exc import OperationalError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.types import TypeDecorator
from sqlmodel import Session, SQLModel

from kernel.database_failures import refuse_beyond
from kernel.errors import Busy
from kernel.origin import origin, told_from
from kernel.postgres_pool import PostgresBackend
from kernel.sqlite_writer import SqliteBackend

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
T = TypeVar("T")


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

    if TYPE_CHECKING:
        __table__: ClassVar[Table]


class Database:
    """Reads and writes of one database; ``url`` chooses SQLite or PostgreSQL (psycopg)."""

    def __init__(self, url: str, *, pool_size: int = 8) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._reading = ThreadPoolExecutor(4 if self.is_sqlite else pool_size, "db-read")
        self._backend: SqliteBackend | PostgresBackend = (
            SqliteBackend(url) if self.is_sqlite else PostgresBackend(url, pool_size)
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
        own = origin()
        future = self._backend.submit(lambda session: use_case(told_from(session, own), *args, **kwargs))
        result: T = await asyncio.wrap_future(future)
        return result

    async def read(
        self, use_case: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run a use case that only reads, in one snapshot, beside the writers."""
        loop = asyncio.get_running_loop()
        try:
            reading = loop.run_in_executor(self._reading, lambda: self.read_now(use_case, *args, **kwargs))
        except RuntimeError as closed:
            raise Busy from closed
        return await reading

    def write_now(
        self, use_case: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """``write`` for callers without an event loop: CLI, seeding, tests."""
        own = origin()
        future = self._backend.submit(lambda session: use_case(told_from(session, own), *args, **kwargs))
        result: T = future.result()
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


def _call_soon(loop: asyncio.AbstractEventLoop, callback: Callable[[], None]) -> None:
    with suppress(RuntimeError):  # a loop that is closed has nobody to tell, and to look first is a race
        loop.call_soon_threadsafe(callback)
