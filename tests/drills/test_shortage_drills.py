"""A database full, read-only, locked or without connections: all are told, nothing hangs or is lost."""

from __future__ import annotations

import asyncio
import resource
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from tests.support.followers import following
from tests.support.program import program
from tests.support.reckoning import reckon
from tests.support.traffic import PATIENCE_S, Traffic

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kernel.database import Database
    from tests.support.figures import Figures
    from tests.support.program import Program

pytestmark = [pytest.mark.drill, pytest.mark.timeout(300)]

LASTS_S = 15.0  # longer than anybody may be left without an answer
BACK_WITHIN_S = 5.0
SCREENS = 10
LOOKED_AT = ("/readyz", "/api/v1/halls/H1/board", "/lobby/H1/now", "/api/v1/services?q=id")
OTHERS = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
REFUSING = """
CREATE FUNCTION refuse_writing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'cannot write in a read-only transaction' USING ERRCODE = '25006'; END $$"""


@contextmanager
def full(running: Program, _database: Database) -> Iterator[None]:
    """No file of the process may grow (RLIMIT_FSIZE), as with a quota: its writes fail, others' do not."""
    _, most = resource.prlimit(running.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(running.pid, resource.RLIMIT_FSIZE, (1, most))
    yield
    resource.prlimit(running.pid, resource.RLIMIT_FSIZE, (most, most))


@contextmanager
def read_only(_running: Program, database: Database) -> Iterator[None]:
    """Every write is refused with the SQLSTATE of a server that follows another."""
    admin = create_engine(database.url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(REFUSING))
        named = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        tables = connection.scalars(text(named)).all()
        for table in tables:
            on = f'BEFORE INSERT OR UPDATE OR DELETE ON "{table}" FOR EACH STATEMENT'
            connection.execute(text(f"CREATE TRIGGER read_only {on} EXECUTE FUNCTION refuse_writing()"))
        yield
        for table in tables:
            connection.execute(text(f'DROP TRIGGER read_only ON "{table}"'))
        connection.execute(text("DROP FUNCTION refuse_writing"))


@contextmanager
def kept_locked(_running: Program, database: Database) -> Iterator[None]:
    """Somebody's transaction keeps what all want to write, and is forgotten."""
    engine = create_engine(database.url, poolclass=NullPool)
    with engine.connect() as rival:
        if database.is_sqlite:
            rival.connection.driver_connection.isolation_level = None  # type: ignore[union-attr]
            rival.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            for table in ("hall_clock", "alembic_version"):
                rival.execute(text(f"LOCK TABLE {table} IN EXCLUSIVE MODE"))
        yield
        rival.exec_driver_sql("ROLLBACK")


@contextmanager
def no_connections(_running: Program, database: Database) -> Iterator[None]:
    """Forgotten transactions of others have every connection of the server, the reserved ones too."""
    engine = create_engine(database.url, poolclass=NullPool, connect_args={"application_name": "forgotten"})
    taken: list[Any] = []
    end = text(f"SELECT pg_terminate_backend(pid) {OTHERS} AND application_name <> 'forgotten'")
    for _ in range(20):  # a connection that the program makes anew is taken from it again
        with suppress(OperationalError):
            while True:
                taken.append(engine.connect())
                taken[-1].execute(text("SELECT 1"))
        taken[0].execute(end)
        taken[0].commit()
    taken[0].execute(text("SELECT 1"))
    yield
    for own in taken:
        own.close()


SHORTAGES: list[Any] = [
    pytest.param("sqlite", full, id="sqlite-full"),
    pytest.param("sqlite", kept_locked, id="sqlite-locked"),
    pytest.param("postgres", read_only, marks=pytest.mark.postgres, id="postgres-read only"),
    pytest.param("postgres", kept_locked, marks=pytest.mark.postgres, id="postgres-locked"),
    pytest.param("postgres", no_connections, marks=pytest.mark.postgres, id="postgres-no connections"),
]


async def look(running: Program, path: str, seen: dict[str, Any]) -> None:
    """Ask again and again; keep the slowest answer and every status."""
    async with httpx2.AsyncClient(base_url=running.url, timeout=PATIENCE_S) as http:
        while True:
            begun = time.monotonic()
            answer = await http.get(path, headers={"Accept": "application/json"})
            took = time.monotonic() - begun
            seen["slowest_s"] = max(seen.get("slowest_s", 0.0), took)
            seen.setdefault(path, []).append((begun, answer.status_code))
            if answer.status_code == 503:
                seen.setdefault("kinds", set()).add(answer.headers["content-type"].split(";")[0])
                seen.setdefault("again", set()).add(answer.headers.get("retry-after"))
            await asyncio.sleep(0.1)


@pytest.fixture
def database(request: pytest.FixtureRequest) -> Database:
    """The database that the shortage is one of."""
    kind: str = request.node.callspec.params["kind"]
    found: Database = request.getfixturevalue(f"{kind}_database")
    return found


@pytest.mark.parametrize(("kind", "shortage"), SHORTAGES)
async def test_a_database_that_cannot_be_used_is_told_in_time_and_all_is_well_afterwards(
    database: Database, city: Any, figures: Figures, kind: str, shortage: Callable[..., Any]
) -> None:
    seen: dict[str, Any] = {}
    with program(database) as running:
        traffic = Traffic([running.url], city)
        async with following([running.live()], SCREENS) as screens:
            async with traffic.running(kiosks=24, desks=3, citizens=3, pause_s=0.1):
                looking = [asyncio.create_task(look(running, path, seen)) for path in LOOKED_AT]
                await asyncio.sleep(3)
                with shortage(running, database):
                    short_at = time.monotonic()
                    await asyncio.sleep(LASTS_S)
                there_at = time.monotonic()
                async with asyncio.timeout(30):
                    while (
                        traffic.tally.acknowledged_at < there_at
                        or await asyncio.to_thread(running.ready) != 200
                    ):
                        await asyncio.sleep(0.05)
                back_s = time.monotonic() - there_at
                await asyncio.sleep(2)
                for task in looking:
                    task.cancel()
                ends = await asyncio.gather(*looking, return_exceptions=True)
            kept = reckon(database, traffic)
            newest = traffic.called[-1]
            shown_after_s = await screens.until(lambda own: newest in own.seen_at, 10)
    tally = traffic.tally
    ready = [status for at, status in seen["/readyz"] if short_at + 4 < at < there_at - 4]
    figures.note(
        lasted_s=LASTS_S, **tally.figures, **kept, back_s=back_s, shown_after_s=shown_after_s,
        slowest_look_s=seen["slowest_s"], not_ready=len(ready),
    )  # fmt: skip
    assert [type(own) for own in ends] == [asyncio.CancelledError] * len(LOOKED_AT)
    assert set(ready) == {503}
    assert {status for path in LOOKED_AT for _, status in seen[path]} <= {200, 503}
    assert (seen["kinds"], None in seen["again"]) == ({"application/problem+json"}, False)
    assert (tally.faults[:3], tally.hung, tally.broken) == ([], 0, 0)
    assert tally.statuses[503] > 0
    assert max(tally.slowest_s, seen["slowest_s"]) < PATIENCE_S
    assert back_s < BACK_WITHIN_S
