"""Units of work: committed before the answer, grouped on SQLite, all or nothing."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import event, insert, select, text
from sqlalchemy.exc import IntegrityError, InternalError, StatementError
from sqlmodel import Session

from kernel import sqlite_writer
from kernel.after_commit import after_commit
from kernel.database import Database
from kernel.errors import Busy
from kernel.tables import ThemeRow
from kernel.units_of_work import Unit
from kernel.work_tables import JobRow

themes = ThemeRow.__table__  # type: ignore[attr-defined]


def add(session: Session, code: str) -> str:
    session.execute(insert(themes).values(code=code, name_zh="一", name_en="one", service_codes=[]))
    return code


def add_and_fail(session: Session, code: str) -> None:
    add(session, code)
    raise ValueError("after the write")


def codes(session: Session) -> set[str]:
    return set(session.execute(select(themes.c.code)).scalars())


async def test_a_unit_is_committed_before_its_caller_goes_on(database: Database) -> None:
    assert await database.write(add, "a") == "a"
    assert await database.read(codes) == {"a"}


async def test_a_unit_that_fails_writes_nothing_and_its_neighbours_stand(database: Database) -> None:
    outcomes = await asyncio.gather(
        database.write(add, "a"),
        database.write(add_and_fail, "b"),
        database.write(add, "c"),
        return_exceptions=True,
    )
    assert isinstance(outcomes[1], ValueError)
    assert await database.read(codes) == {"a", "c"}


async def test_a_constraint_is_told_to_the_one_who_broke_it(database: Database) -> None:
    await database.write(add, "a")
    with pytest.raises(IntegrityError):
        await database.write(add, "a")
    await database.write(add, "b")
    assert await database.read(codes) == {"a", "b"}


async def test_a_failed_commit_fails_every_unit_of_its_group(sqlite_database: Database) -> None:
    started, go_on = threading.Event(), threading.Event()

    def hold_the_writer(_session: Session) -> None:
        started.set()
        go_on.wait(5)

    def refuse_commit(_connection: Any) -> None:
        raise OSError("disk full")

    first = asyncio.create_task(sqlite_database.write(hold_the_writer))
    await asyncio.to_thread(started.wait, 5)
    group = [asyncio.create_task(sqlite_database.write(add, code)) for code in "abc"]
    await asyncio.sleep(0.05)
    event.listen(sqlite_database.engine, "commit", refuse_commit)
    go_on.set()
    outcomes = await asyncio.gather(first, *group, return_exceptions=True)
    event.remove(sqlite_database.engine, "commit", refuse_commit)
    assert all(isinstance(outcome, OSError) for outcome in outcomes)
    assert await sqlite_database.read(codes) == set()
    assert await sqlite_database.write(add, "later") == "later"


async def test_many_waiting_units_share_commits(sqlite_database: Database) -> None:
    commits = 0

    def count(_connection: Any) -> None:
        nonlocal commits
        commits += 1

    event.listen(sqlite_database.engine, "commit", count)
    await asyncio.gather(*(sqlite_database.write(add, f"t{number}") for number in range(200)))
    assert len(await sqlite_database.read(codes)) == 200
    assert commits < 100


async def test_a_reader_cannot_write(database: Database) -> None:
    with pytest.raises((Busy, InternalError)):
        await database.read(add, "a")
    assert await database.read(codes) == set()


async def test_instants_come_back_aware_and_in_utc(database: Database) -> None:
    jobs = JobRow.__table__  # type: ignore[attr-defined]
    noon = datetime(2026, 5, 1, 12, tzinfo=timezone(timedelta(hours=8)))

    def put(session: Session) -> None:
        session.execute(
            insert(jobs).values(
                **dict.fromkeys(("attempts", "progress"), 0),
                id=uuid4(),
                name="x",
                args={},
                run_at=noon,
                error="",
                status="waiting",
            )
        )

    await database.write(put)
    stored = await database.read(lambda session: session.execute(select(jobs.c.run_at)).scalar_one())
    assert stored == noon
    assert stored.tzinfo == UTC
    naive = select(jobs).where(jobs.c.run_at == noon.replace(tzinfo=None))
    with pytest.raises(StatementError, match="naive"):
        await database.write(lambda session: session.execute(naive))


@pytest.mark.slow
async def test_a_lock_that_is_not_had_in_time_is_busy(postgres_database: Database) -> None:
    await postgres_database.write(add, "a")
    with postgres_database.engine.connect() as rival, rival.begin():
        rival.execute(text("SELECT * FROM theme FOR UPDATE"))
        with pytest.raises(Busy):
            await postgres_database.write(lambda s: s.execute(select(themes).with_for_update()).all())


async def test_after_closing_nothing_is_taken(database: Database) -> None:
    database.close()
    with pytest.raises(Busy):
        await database.write(add, "late")
    with pytest.raises(Busy):
        await database.read(codes)


def test_what_comes_while_the_writer_ends_is_answered(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    closing = threading.Thread(target=sqlite_database.close)

    class Overtaken(Unit):
        def __init__(self, work: Any) -> None:
            closing.start()
            closing.join(0.2)
            super().__init__(work)

    monkeypatch.setattr(sqlite_writer, "Unit", Overtaken)
    backend = sqlite_database._backend
    assert backend.submit(lambda session: add(session, "late")).result(timeout=5) == "late"
    closing.join()


async def test_an_event_loop_that_closes_at_a_commit_ends_no_unit(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = asyncio.new_event_loop()
    gone.close()
    monkeypatch.setattr(gone, "is_closed", lambda: False)  # as it looked a moment before
    database.on_commit(lambda: None, gone)
    async with asyncio.timeout(5):
        assert [await database.write(add, code) for code in "ab"] == ["a", "b"]


async def test_a_caller_who_goes_away_neither_stops_the_writer_nor_half_writes(
    sqlite_database: Database,
) -> None:
    started, go_on = threading.Event(), threading.Event()

    def slow(session: Session) -> str:
        started.set()
        go_on.wait(5)
        return add(session, "running")

    running = asyncio.create_task(sqlite_database.write(slow))
    await asyncio.to_thread(started.wait, 5)
    waiting = asyncio.create_task(sqlite_database.write(add, "waiting"))
    await asyncio.sleep(0.05)
    running.cancel()
    waiting.cancel()
    await asyncio.gather(running, waiting, return_exceptions=True)
    go_on.set()
    assert await sqlite_database.write(add, "next") == "next"
    assert await sqlite_database.read(codes) == {"running", "next"}


def test_sqlite_commits_to_the_disk(tmp_path: Path) -> None:
    """In a process of its own, since these tests do not wait for the disk."""
    program = (
        "from sqlalchemy import text\n"
        "from kernel.database import Database\n"
        f"database = Database('sqlite:///{tmp_path / 'own.sqlite'}')\n"
        "print(database.read_now(lambda session: session.execute(text('PRAGMA synchronous')).scalar_one()))\n"
        "database.close()\n"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True).stdout
    assert said.strip() == "2"  # FULL


def test_what_follows_a_commit_sees_it_and_what_fails_there_ends_nothing(database: Database) -> None:
    said: list[str] = []

    def unit(session: Session) -> str:
        after_commit(session, lambda: said.append("first"))
        after_commit(session, lambda: said.append(str(1 / 0)))
        after_commit(session, lambda: said.append("last"))
        return str(len(said))

    assert database.write_now(unit) == "0"
    assert said == ["first", "last"]
    assert database.write_now(unit) == "2"

    def fails(session: Session) -> None:
        after_commit(session, lambda: said.append("never"))
        raise Busy

    with pytest.raises(Busy):
        database.write_now(fails)
    database.read_now(lambda session: after_commit(session, lambda: said.append("read")))
    assert said == ["first", "last"] * 2 + ["read"]
