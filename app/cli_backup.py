"""``jinban backup`` and ``jinban restore``: a whole copy of an SQLite database, and back from it."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from sqlalchemy.engine import make_url

from app.backup import BackupError, make_backup, manifest_path, restore_backup
from app.cli_privacy import open_database
from app.parts import clock_of
from kernel.secrets import Vault
from kernel.settings import Settings

if TYPE_CHECKING:
    from app.backup import Manifest

say = Console()


def backup(to: Annotated[Path, typer.Argument(help="A file that is not there yet.")]) -> None:
    """Copy the database while the program runs, and check the copy from end to end."""
    database, settings = open_database()
    try:
        made = make_backup(database, to, vault=Vault.from_settings(settings), now=clock_of(settings).now())
    except (BackupError, sqlite3.Error, OSError) as wrong:
        raise _ended("No backup was made", wrong) from wrong
    finally:
        database.close()
    say.print(
        f"{_told(made)} written to {to}, and what it holds to {manifest_path(to)}.",
        highlight=False,
        soft_wrap=True,
    )
    say.print("Keep the keys apart from it: without them names in it stay unreadable.")


def restore(copy: Annotated[Path, typer.Argument(help="A file that `jinban backup` wrote.")]) -> None:
    """Put a backup in the place of a database that is not there, once it is what was backed up."""
    settings = Settings()
    url = make_url(settings.database_url)
    if url.get_backend_name() != "sqlite" or not url.database:
        raise typer.BadParameter("PostgreSQL is restored with pg_restore.")
    try:
        back = restore_backup(copy, Path(url.database), vault=Vault.from_settings(settings))
    except (BackupError, sqlite3.Error, OSError) as wrong:
        raise _ended("Nothing was restored", wrong) from wrong
    say.print(f"{_told(back)} restored to {url.database}.", highlight=False, soft_wrap=True)
    say.print("`jinban migrate`, then `jinban serve`; what is past its time is erased at the start.")


def _told(held: Manifest) -> str:
    return f"{held.total} rows of {len(held.rows)} tables (revision {held.revision}, {held.made_at})"


def _ended(what: str, wrong: Exception) -> typer.Exit:
    text = f"{what}: {wrong}"
    Console(stderr=True).print(text, style="red", markup=False, highlight=False, soft_wrap=True)
    return typer.Exit(1)
