"""Whole copies of the database, and back from them; on SQLite by its own backup, on PostgreSQL by pg_dump.

Beside a copy lies a word about it (``Manifest``), written last: a copy without one was cut off.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.backup import postgres, sqlite
from app.backup.manifest import (
    POSTGRES,
    SQLITE,
    BackupError,
    Manifest,
    manifest_path,
    newest_whole,
    read_manifest,
    rotate,
    whole_copies,
)
from app.backup.sqlite import inspect_backup, restore_backup

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from kernel.database import Database
    from kernel.secrets import Vault

__all__ = [
    "POSTGRES",
    "SQLITE",
    "BackupError",
    "Manifest",
    "inspect_backup",
    "make_backup",
    "manifest_path",
    "newest_whole",
    "postgres",
    "read_manifest",
    "restore_backup",
    "rotate",
    "whole_copies",
]


def make_backup(database: Database, to: Path, *, vault: Vault, now: datetime) -> Manifest:
    """Copy the database as it is at one moment, check the copy, and write the word about it beside it.

    Raises ``BackupError`` for a file that is there, a copy that is not whole, and a missing ``pg_dump``; an
    unsound copy is removed.
    """
    make = sqlite.copy_to if database.is_sqlite else postgres.copy_to
    return make(database, to, vault=vault, now=now)
