"""A database that is full, read-only, locked: whoever asks is told so, and nobody waits for long."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from sqlalchemy import event, insert, select, text
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from kernel import units_of_work
from kernel.database import Database
from kernel.errors import Busy
from kernel.tables import ThemeRow

themes = ThemeRow.__table__  # type: ignore[attr-defined]
MUCH = "一" * 20_000  # several pages of the file


def add(session: Session, code: str, name: str = "一") -> str:
    session.execute(insert(themes).values(code=code, name_zh=name, name_en="one", service_codes=[]))
    return code


def codes(session: Session) -> set[str]:
    return set(session.execute(select(themes.c.code)).scalars())


@contextmanager
def writers(database: Database, pragma: str, back: str) -> Iterator[None]:
    """Let a pragma hold on the connection that writes until the block ends."""

    def told(word: str) -> Any:
        def on_checkout(connection: Any, _record: Any, _proxy: Any) -> None:
            connection.execute(f"PRAGMA {word}")

        return on_checkout

    spoil, mend = told(pragma), told(back)
    event.listen(database.engine, "checkout", spoil)
    try:
        yield
    finally:
        event.remove(database.engine, "checkout", spoil)
        event.listen(database.engine, "checkout", mend)


FULL = "max_page_count = 1", "max_page_count = 1073741823"  # no fewer than there are: no page more
READ_ONLY = "query_only = ON", "query_only = OFF"


@pytest.mark.parametrize("spoilt", [FULL, READ_ONLY], ids=["full", "read-only"])
async def test_a_file_that_takes_no_writes_is_busy_and_takes_them_again(
    sqlite_database: Database, spoilt: tuple[str, str]
) -> None:
    await sqlite_database.write(add, "before")
    with writers(sqlite_database, *spoilt):
        told = await asyncio.gather(
            *(sqlite_database.write(add, f"t{number}", MUCH) for number in range(5)), return_exceptions=True
        )
        assert [type(own) for own in told] == [Busy] * 5
        assert await sqlite_database.read(codes) == {"before"}
    assert await sqlite_database.write(add, "after", MUCH) == "after"
    assert await sqlite_database.read(codes) == {"before", "after"}


async def together(database: Database, *units: tuple[str, str]) -> list[Any]:
    """Run units in one group: they wait while another holds the writer."""

    def wait(_session: Session) -> None:
        time.sleep(0.2)

    first = asyncio.create_task(database.write(wait))
    await asyncio.sleep(0.05)
    group = [asyncio.create_task(database.write(add, *unit)) for unit in units]
    await first
    return await asyncio.gather(*group, return_exceptions=True)


async def test_what_a_full_disk_took_back_is_not_told_as_done_nor_done_and_told_as_refused(
    sqlite_database: Database,
) -> None:
    """SQLite takes the whole group back; what comes after in it would stand in no transaction."""
    with writers(sqlite_database, *FULL):
        told = await together(sqlite_database, ("a", "一"), ("b", MUCH), ("c", "一"))
        stored = await sqlite_database.read(codes)
        assert [own for own in told if isinstance(own, str)] == sorted(stored)
        assert {type(own) for own in told if not isinstance(own, str)} == {Busy}
        assert isinstance(told[1], Busy)


async def test_an_error_of_ours_is_not_taken_for_a_busy_database(sqlite_database: Database) -> None:
    with pytest.raises(OperationalError, match="no such table"):
        await sqlite_database.write(lambda session: session.execute(text("UPDATE nowhere SET x = 1")))


@contextmanager
def all_rows_held(database: Database) -> Iterator[None]:
    """Keep what everybody wants to write, as a transaction that somebody forgot."""
    begin = "BEGIN IMMEDIATE" if database.is_sqlite else "SELECT * FROM theme FOR UPDATE"
    other = Database(database.url.render_as_string(hide_password=False), pool_size=1)
    with other.engine.connect() as rival:
        if database.is_sqlite:
            with rival.begin():  # the engine's own BEGIN IMMEDIATE
                yield
        else:
            rival.execute(text(begin))
            yield
            rival.rollback()
    other.close()


def change_all(session: Session) -> None:
    session.execute(themes.update().values(name_en="changed"))


@pytest.mark.slow
async def test_many_who_wait_for_one_lock_are_all_told_before_they_give_up(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Forty at eight connections: were each to wait its own three seconds, the last would wait for all."""
    await database.write(add, "a")
    with all_rows_held(database):
        begun = time.monotonic()
        told = await asyncio.gather(*(database.write(change_all) for _ in range(40)), return_exceptions=True)
        took = time.monotonic() - begun
    assert {type(own) for own in told} == {Busy}
    # A turn, and PostgreSQL waits for a row that others wait for in two steps of three seconds each.
    assert took < units_of_work.WAITS_FOR_S + 2 * units_of_work.LOCK_TIMEOUT_MS / 1000 + 3
    await database.write(change_all)


@pytest.mark.postgres
async def test_a_connection_that_is_cut_is_busy_once_and_made_anew(postgres_database: Database) -> None:
    def cut_myself(session: Session) -> None:
        add(session, "half")
        session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    with pytest.raises(Busy):
        await postgres_database.write(cut_myself)
    with pytest.raises(Busy):
        await postgres_database.read(
            lambda s: s.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
        )
    assert await postgres_database.write(add, "whole") == "whole"
    assert await postgres_database.read(codes) == {"whole"}


@pytest.mark.slow
@pytest.mark.postgres
async def test_without_a_free_connection_reads_and_writes_are_busy_and_come_back(
    postgres_database: Database,
) -> None:
    """Forgotten transactions have all of the pool."""
    with ExitStack() as forgotten:
        for _ in range(16):
            forgotten.enter_context(postgres_database.engine.connect()).execute(text("SELECT 1"))
        told = await asyncio.gather(
            postgres_database.read(codes), postgres_database.write(add, "a"), return_exceptions=True
        )
        assert [type(own) for own in told] == [Busy, Busy]
    assert await postgres_database.write(add, "b") == "b"
    assert await postgres_database.read(codes) == {"b"}


@pytest.mark.slow
async def test_a_server_that_takes_connections_and_says_nothing_is_busy_in_time() -> None:
    """As a machine that hangs, or a proxy before one that is gone."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        database = Database(f"postgresql+psycopg://nobody@127.0.0.1:{silent.getsockname()[1]}/nothing")
        begun = time.monotonic()
        told = await asyncio.gather(database.read(codes), database.write(add, "a"), return_exceptions=True)
        took = time.monotonic() - begun
        database.close()
    assert [type(own) for own in told] == [Busy, Busy]
    assert took < 8
