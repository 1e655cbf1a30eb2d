"""A copy of an SQLite database that is whole, and what tells later that it still is.

The copy is made while the program runs: SQLite reads one moment of the database, writers go on. Beside it
lies a word about it (``Manifest``): what it holds, and where the audit trail ended.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from contextlib import closing
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import NullPool, create_engine
from sqlmodel import Session

from app.schema import revisions
from kernel.audit_chain import CITY
from kernel.audit_check import verify
from queueing.sealing import verify_log

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from kernel.database import Database
    from kernel.secrets import Vault

READ_AT_ONCE = 1 << 20  # bytes


class BackupError(Exception):
    """A backup that cannot be made, or one that cannot be trusted; the text says why."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds; ``ends`` tells of each chain of the audit trail where it ended."""

    made_at: str
    revision: str
    sha256: str
    rows: dict[str, int]
    ends: dict[str, str]

    @property
    def total(self) -> int:
        return sum(self.rows.values())


def manifest_path(copy: Path) -> Path:
    """Return where the word about a backup lies."""
    return copy.with_name(copy.name + ".json")


def make_backup(database: Database, to: Path, *, vault: Vault, now: datetime) -> Manifest:
    """Copy the database as it is at one moment, check the copy, and write the word about it beside it.

    Raises ``BackupError`` for a database that is not SQLite's, a file that is there, and a copy that is
    not whole; an unsound copy is removed.
    """
    name = database.url.database
    if not database.is_sqlite or not name:
        raise BackupError("PostgreSQL is backed up with pg_dump.")
    if to.exists() or manifest_path(to).exists():
        raise BackupError(f"{to} is there already; a backup is never overwritten.")
    os.close(os.open(to, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        with closing(sqlite3.connect(name)) as source, closing(sqlite3.connect(to)) as copy:
            source.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
        found = inspect_backup(to, vault=vault, made_at=now.isoformat())
    except (BackupError, sqlite3.Error):
        to.unlink(missing_ok=True)
        raise
    manifest_path(to).write_text(json.dumps(asdict(found), indent=1, sort_keys=True) + "\n")
    return found


def restore_backup(copy: Path, to: Path, *, vault: Vault) -> Manifest:
    """Put a backup where there is no database yet, and return what it holds.

    It is compared with the word about it before and after. Raises ``BackupError``, and leaves nothing.
    """
    if to.exists():
        raise BackupError(f"{to} is there already; move it away first.")
    told = read_manifest(copy)
    found = inspect_backup(copy, vault=vault, made_at=told.made_at)
    if found != told:
        raise BackupError(f"{copy} is not what was backed up: {_difference(told, found)}.")
    to.parent.mkdir(parents=True, exist_ok=True)
    with open(copy, "rb") as source, os.fdopen(_private(to), "wb") as target:
        while block := source.read(READ_AT_ONCE):
            target.write(block)
        target.flush()
        os.fsync(target.fileno())
    if _digest(to) != told.sha256:
        to.unlink()
        raise BackupError(f"{to} could not be written whole.")
    return told


def _private(path: Path) -> int:
    return os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)


def read_manifest(copy: Path) -> Manifest:
    """Return the word about a backup; raises ``BackupError`` where there is none."""
    try:
        said: dict[str, Any] = json.loads(manifest_path(copy).read_text())
        return Manifest(**said)
    except (OSError, ValueError, TypeError) as missing:
        raise BackupError(f"{manifest_path(copy)} is missing or cannot be read.") from missing


def inspect_backup(copy: Path, *, vault: Vault, made_at: str) -> Manifest:
    """Read a backup from end to end; raises ``BackupError`` for one that is not whole or has other keys."""
    if not copy.is_file():
        raise BackupError(f"there is no file {copy}")
    digest = _digest(copy)
    try:
        with closing(_to_read(copy)) as opened:
            rows, revision = _rows(opened), _revision(opened)
    except sqlite3.Error as broken:
        raise BackupError(f"{copy} is no whole database: {broken}.") from broken
    if revision not in revisions():
        raise BackupError(f"{copy} has the tables of another release ({revision}).")
    return Manifest(
        made_at, revision, digest, rows, _ends(copy, vault) if revision == revisions()[-1] else {}
    )


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
        name: int(opened.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0])
        for (name,) in opened.execute(names).fetchall()
    }


def _revision(opened: sqlite3.Connection) -> str:
    return str(opened.execute("SELECT version_num FROM alembic_version").fetchone()[0])


def _ends(copy: Path, vault: Vault) -> dict[str, str]:
    """Return where each chain of the trail ends; a fault there, or other keys, make no backup."""
    engine = create_engine("sqlite://", creator=lambda: _to_read(copy), poolclass=NullPool)
    with Session(engine) as session:
        trail, logged = verify(session, vault=vault), verify_log(session, vault=vault)
    if trail.broken or logged.broken:
        raise BackupError(
            "its audit trail does not hold: the keys are others, or it was altered (jinban audit verify)."
        )
    return {
        "city" if head.chain == CITY else str(head.chain): f"{head.position} {head.mac.hex()}"
        for head in trail.heads
    }


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with open(path, "rb") as source:
        while block := source.read(READ_AT_ONCE):
            digest.update(block)
    return digest.hexdigest()


def _difference(told: Manifest, found: Manifest) -> str:
    for name in sorted(told.rows.keys() | found.rows.keys()):
        before, after = told.rows.get(name), found.rows.get(name)
        if before != after:
            return f"{name} has {after} rows and had {before}"
    return "its bytes have changed" if told.sha256 != found.sha256 else "its word was changed"
