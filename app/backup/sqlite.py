"""A copy of an SQLite database that is whole, and what tells later that it still is.

The copy is made while the program runs: SQLite reads one moment of the database, writers go on.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from sqlalchemy import NullPool, create_engine
from sqlmodel import Session

from app.backup.manifest import (
    READ_AT_ONCE,
    SQLITE,
    BackupError,
    Manifest,
    being_written,
    difference,
    digest,
    ends_of,
    name_for_good,
    private,
    read_manifest,
    write_word,
)
from app.schema import revisions

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from kernel.database import Database
    from kernel.secrets import Vault

JOURNALS = ("-wal", "-shm", "-journal")  # what SQLite keeps beside a database and leaves after a crash

RESTORED = ".restoring"  # what is put back has this behind its name until it is whole


def copy_to(database: Database, to: Path, *, vault: Vault, now: datetime) -> Manifest:
    """Copy the file as it is at one moment, check the copy, and write the word about it beside it.

    Raises ``BackupError`` for a file that is there, and a copy that is not whole, which is removed.
    """
    with being_written(to) as part:
        with (
            closing(sqlite3.connect(database.url.database or "")) as source,
            closing(sqlite3.connect(part)) as copy,
        ):
            source.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
        found = inspect_backup(part, vault=vault, made_at=now.isoformat())
    write_word(to, found)
    return found


def restore_backup(copy: Path, to: Path, *, vault: Vault) -> Manifest:
    """Put a backup where there is no database yet, and return what it holds.

    It is compared with the word about it before and after. Raises ``BackupError``, and leaves nothing.
    """
    _must_be_alone(to)
    told = read_manifest(copy)
    if told.kind != SQLITE:
        raise BackupError(f"{copy} is a copy of a PostgreSQL: JINBAN_DATABASE_URL has to name one.")
    found = inspect_backup(copy, vault=vault, made_at=told.made_at)
    if (found.sha256, found.rows, found.ends, found.revision) != (
        *(told.sha256, told.rows, told.ends, told.revision),
    ):
        raise BackupError(f"{copy} is not what was backed up: {difference(told, found)}.")
    to.parent.mkdir(parents=True, exist_ok=True)
    _put(copy, to, told.sha256)
    return told


def _put(copy: Path, to: Path, sha256: str) -> None:
    """Copy a file so that it has its name only once it is whole: half a database would be opened as one."""
    part = to.with_name(to.name + RESTORED)
    try:
        target = os.fdopen(private(part), "wb")
    except FileExistsError:
        raise BackupError(
            f"{part} is there: a restore was cut off, or still runs. Remove it first."
        ) from None
    try:
        with target, open(copy, "rb") as source:
            while block := source.read(READ_AT_ONCE):
                target.write(block)
        if digest(part) != sha256:
            raise BackupError(f"{to} could not be written whole.")
        name_for_good(part, to)
    except OSError as failed:
        part.unlink(missing_ok=True)
        raise BackupError(f"{to} could not be written whole: {failed.strerror}.") from failed
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _must_be_alone(to: Path) -> None:
    """Refuse where a database lies, or only its journal: SQLite would play that over what is put there."""
    for part in (to, *(to.with_name(to.name + kind) for kind in JOURNALS)):
        if part.exists():
            raise BackupError(f"{part} is there already; move it away first.")


def inspect_backup(copy: Path, *, vault: Vault, made_at: str) -> Manifest:
    """Read a backup from end to end; raises ``BackupError`` for one that is not whole or has other keys."""
    if not copy.is_file():
        raise BackupError(f"there is no file {copy}")
    whole = digest(copy)
    try:
        with closing(_to_read(copy)) as opened:
            rows, revision = _rows(opened), _revision(opened)
    except sqlite3.Error as broken:
        raise BackupError(f"{copy} is no whole database: {broken}.") from broken
    if revision not in revisions():
        raise BackupError(f"{copy} has the tables of another release ({revision}).")
    ends = _ends(copy, vault) if revision == revisions()[-1] else {}
    return Manifest(made_at, revision, whole, rows, ends, size=copy.stat().st_size)


def _to_read(copy: Path) -> sqlite3.Connection:
    """Open a backup so that nothing is written, not even beside it."""
    return sqlite3.connect(f"{copy.absolute().as_uri()}?mode=ro&immutable=1", uri=True)


def _rows(opened: sqlite3.Connection) -> dict[str, int]:
    (sound,) = opened.execute("PRAGMA integrity_check").fetchone()
    if sound != "ok":
        raise sqlite3.DatabaseError(sound)
    if opened.execute("PRAGMA foreign_key_check").fetchone() is not None:
        raise sqlite3.DatabaseError("a row leads to one that is not there")
    names = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
    return {
        name: int(opened.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0])  # noqa: S608 - our tables
        for (name,) in opened.execute(names).fetchall()
    }


def _revision(opened: sqlite3.Connection) -> str:
    return str(opened.execute("SELECT version_num FROM alembic_version").fetchone()[0])


def _ends(copy: Path, vault: Vault) -> dict[str, str]:
    engine = create_engine("sqlite://", creator=lambda: _to_read(copy), poolclass=NullPool)
    with Session(engine) as session:
        return ends_of(session, vault)
