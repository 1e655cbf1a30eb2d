"""PostgreSQL: one transaction a unit of work, on pooled connections."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine
from sqlalchemy.exc import InternalError, OperationalError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlmodel import Session

from kernel.after_commit import AFTERWARDS, beginning, carrying, do_afterwards
from kernel.clock import monotonic
from kernel.database_failures import refuse_beyond
from kernel.errors import Busy
from kernel.units_of_work import LOCK_TIMEOUT_MS, is_late, nothing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kernel.units_of_work import Work

# How long a PostgreSQL may say nothing: while it is connected to (seconds), while what was sent to it is not
# taken (milliseconds), while nothing is sent. The operating system waits for minutes.
_SILENCE = {
    "connect_timeout": 3,
    "tcp_user_timeout": 6_000,
    "keepalives_idle": 6,
    "keepalives_interval": 2,
    "keepalives_count": 2,
}
RETRIES = 4  # of a unit after a deadlock or serialization failure
_RETRYABLE = {"40001", "40P01"}
_READ_ONLY = "25006"  # what a server that follows another answers to writes


class PostgresBackend:
    """One transaction a unit; row locks and constraints keep the rules, deadlocks are retried."""

    committed: Callable[[], None] = staticmethod(nothing)

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

    def submit(self, work: Work) -> Future[Any]:
        try:
            return self._writing.submit(self._run, work, monotonic())
        except RuntimeError as closed:
            raise Busy from closed

    @contextmanager
    def reading(self) -> Iterator[Session]:
        with Session(self.write_engine, info=beginning(self.carried)) as session:
            session.connection(
                execution_options={"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
            )
            yield session

    def close(self) -> None:
        self._writing.shutdown()
        self.write_engine.dispose()

    def _run(self, work: Work, asked_at: float) -> Any:
        if is_late(asked_at):
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
