"""A backup is whole though people go on working, and what was changed or cannot be read is not restored."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import delete, func, select

from app.backup import BackupError, inspect_backup, make_backup, manifest_path, restore_backup
from kernel.audit import note
from kernel.audit_tables import AuditRow
from kernel.database import Database
from kernel.identity import CITIZEN
from kernel.secrets import Vault
from queueing import service
from queueing.store.tickets import tickets
from tests.app.test_commands import Command

if TYPE_CHECKING:
    from pathlib import Path

    from kernel.clock import ManualClock
    from kernel.web.parts import Parts
    from tests.support.small_city import SmallCity


@pytest.fixture
def issue(sqlite_database: Database, sqlite_city: SmallCity, clock: ManualClock, vault: Vault) -> Any:
    def one() -> str:
        issued = sqlite_database.write_now(
            service.issue_ticket, sqlite_city.hall, [sqlite_city.services["id-card"]],
            priority=False, by=CITIZEN, clock=clock, vault=vault,
        )  # fmt: skip
        return issued.token

    return one


def test_a_backup_made_while_tickets_are_issued_is_one_moment_and_comes_back(
    sqlite_database: Database,
    sqlite_city: SmallCity,
    clock: ManualClock,
    vault: Vault,
    tmp_path: Path,
    issue: Any,
) -> None:
    first = issue()
    sqlite_database.write_now(
        note, "look.hall", by=sqlite_city.manager, hall_id=sqlite_city.hall, at=clock.now()
    )
    over = threading.Event()
    rush = threading.Thread(target=lambda: [issue() for _ in iter(over.is_set, True)])
    rush.start()
    made = make_backup(sqlite_database, tmp_path / "copy.sqlite", vault=vault, now=clock.now())
    over.set()
    rush.join()
    last = issue()
    assert (tmp_path / "copy.sqlite").stat().st_mode & 0o077 == 0
    assert str(sqlite_city.hall) in made.ends
    back = restore_backup(tmp_path / "copy.sqlite", tmp_path / "there" / "jinban.sqlite", vault=vault)
    assert back == made
    restored = Database(f"sqlite:///{tmp_path / 'there' / 'jinban.sqlite'}")
    restored.carry(vault=vault)
    try:
        held = restored.read_now(
            lambda session: session.execute(select(func.count(tickets.c.id))).scalar_one()
        )
        assert held == made.rows["ticket"] >= 1
        assert restored.read_now(service.follow, first, clock=clock, vault=vault).label == "A001"
        with pytest.raises(Exception, match="ticket-not-found"):
            restored.read_now(service.follow, last, clock=clock, vault=vault)
    finally:
        restored.close()


def test_a_copy_and_its_word_are_on_the_disk_before_they_have_their_names(
    sqlite_database: Database,
    clock: ManualClock,
    vault: Vault,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    copy = tmp_path / "copy.db"
    named = list[tuple[bool, bool]]()

    def fsync(_: int) -> None:
        named.append((copy.exists(), manifest_path(copy).exists()))

    monkeypatch.setattr("app.backup.manifest.os.fsync", fsync)
    make_backup(sqlite_database, copy, vault=vault, now=clock.now())
    assert named == [(False, False), (True, False), (True, False), (True, True)], "file, folder, word, folder"


@pytest.mark.parametrize("left", ["-wal", "-shm", "-journal"])
@pytest.mark.slow
def test_nothing_is_put_beside_the_journal_of_another_database(
    sqlite_database: Database, clock: ManualClock, vault: Vault, tmp_path: Path, issue: Any, left: str
) -> None:
    """Left by a crash, it would be played over the copy at the first opening, and nobody would notice."""
    issue()
    make_backup(sqlite_database, tmp_path / "copy.sqlite", vault=vault, now=clock.now())
    there = tmp_path / "there" / "jinban.sqlite"
    there.parent.mkdir()
    journal = there.with_name(f"jinban.sqlite{left}")
    journal.write_bytes(b"of the database that was moved away")
    with pytest.raises(BackupError, match=f"jinban.sqlite{left} is there already"):
        restore_backup(tmp_path / "copy.sqlite", there, vault=vault)
    assert list(there.parent.iterdir()) == [journal]
    journal.unlink()
    restore_backup(tmp_path / "copy.sqlite", there, vault=vault)


KILLED = """
import os, signal, sys
from pathlib import Path
from app.backup import restore_backup, sqlite
from kernel.secrets import Vault
sqlite.os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)
restore_backup(Path(sys.argv[1]), Path(sys.argv[2]), vault=Vault({1: b"f" * 32}, b"t" * 32))
"""


@pytest.mark.slow
def test_a_restore_that_is_killed_leaves_nothing_that_could_be_taken_for_a_database(
    sqlite_database: Database, clock: ManualClock, vault: Vault, tmp_path: Path, issue: Any
) -> None:
    issue()
    copy, there = tmp_path / "copy.sqlite", tmp_path / "there" / "jinban.sqlite"
    make_backup(sqlite_database, copy, vault=vault, now=clock.now())
    killed = subprocess.run([sys.executable, "-c", KILLED, copy, there], check=False)
    assert killed.returncode == -signal.SIGKILL
    (part,) = there.parent.iterdir()
    assert part.name == "jinban.sqlite.restoring"
    with pytest.raises(BackupError, match="Remove it first"):
        restore_backup(copy, there, vault=vault)
    part.unlink()
    restore_backup(copy, there, vault=vault)
    assert [own.name for own in there.parent.iterdir()] == ["jinban.sqlite"]


def test_a_restore_that_meets_a_full_disk_says_so_and_leaves_nothing(
    sqlite_database: Database,
    clock: ManualClock,
    vault: Vault,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    copy, there = tmp_path / "copy.sqlite", tmp_path / "there" / "jinban.sqlite"
    make_backup(sqlite_database, copy, vault=vault, now=clock.now())

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr("app.backup.sqlite.os.fsync", full)
        with pytest.raises(BackupError, match="No space left"):
            restore_backup(copy, there, vault=vault)
    assert list(there.parent.iterdir()) == []
    restore_backup(copy, there, vault=vault)


@pytest.mark.parametrize("how", ["row", "byte", "word", "no word", "half"])
@pytest.mark.slow
def test_what_is_not_what_was_backed_up_is_not_restored(
    sqlite_database: Database, clock: ManualClock, vault: Vault, tmp_path: Path, issue: Any, how: str
) -> None:
    issue()
    copy, target = tmp_path / "copy.sqlite", tmp_path / "new.sqlite"
    make_backup(sqlite_database, copy, vault=vault, now=clock.now())
    if how == "row":
        changed = Database(f"sqlite:///{copy}")
        changed.write_now(lambda session: session.execute(delete(AuditRow.__table__)) and None)
        changed.write_now(lambda session: session.execute(delete(tickets)) and None)
        changed.close()
    elif how == "byte":
        content = bytearray(copy.read_bytes())
        content[-100] ^= 1
        copy.write_bytes(content)
    elif how == "word":
        told = json.loads(manifest_path(copy).read_text())
        manifest_path(copy).write_text(json.dumps(told | {"rows": {**told["rows"], "ticket": 7}}))
    elif how == "no word":
        manifest_path(copy).unlink()
    else:
        copy.write_bytes(copy.read_bytes()[: copy.stat().st_size // 2])
    with pytest.raises(BackupError):
        restore_backup(copy, target, vault=vault)
    assert not target.exists()


def test_other_keys_are_noticed_before_anybody_relies_on_it(
    sqlite_database: Database, sqlite_city: SmallCity, clock: ManualClock, vault: Vault, tmp_path: Path
) -> None:
    sqlite_database.write_now(
        note, "look.hall", by=sqlite_city.manager, hall_id=sqlite_city.hall, at=clock.now()
    )
    copy = tmp_path / "copy.sqlite"
    make_backup(sqlite_database, copy, vault=vault, now=clock.now())
    with pytest.raises(BackupError, match="keys"):
        inspect_backup(copy, vault=Vault({1: b"x" * 32}, b"y" * 32), made_at="")


def test_the_commands_say_what_they_did_and_overwrite_nothing(
    sqlite_parts: Parts, sqlite_city: SmallCity, worker_settings: None, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    jinban = Command(capsys, monkeypatch)
    code, said = jinban("backup", "kept.sqlite")
    assert code == 0, said
    assert "written to kept.sqlite" in said
    code, said = jinban("backup", "kept.sqlite")
    assert (code, "never overwritten" in said) == (1, True)
    code, said = jinban("restore", "kept.sqlite")
    assert (code, "move it away first" in said) == (1, True)
    monkeypatch.setenv("JINBAN_DATABASE_URL", f"sqlite:///{tmp_path}/fresh/jinban.sqlite")
    code, said = jinban("restore", "kept.sqlite")
    assert code == 0, said
    assert "restored to" in said
    code, said = jinban("staff", "list")
    assert (code, "supervisor" in said) == (0, True)
    code, said = jinban("restore", "none.sqlite")
    assert code == 1
