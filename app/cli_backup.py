"""``jinban backup`` and ``jinban restore``: a whole copy of the database, and back from it."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from sqlalchemy.engine import make_url

from app.backup import BackupError, make_backup, manifest_path, postgres, restore_backup, rotate
from app.cli_privacy import open_database
from app.parts import clock_of
from kernel.clock import wall
from kernel.secrets import Vault
from kernel.settings import Settings
from sim.new_files import can_be_written

if TYPE_CHECKING:
    from app.backup import Manifest

say = Console()


def backup(
    to: Annotated[Path, typer.Argument(help="A file that is not there yet.", callback=can_be_written)],
    keep: Annotated[
        int | None,
        typer.Option(
            min=1, help="Whole copies to keep in its folder; older ones are removed after this one."
        ),
    ] = None,
) -> None:
    """Copy the database while the program runs, and check the copy from end to end."""
    database, settings = open_database()
    try:
        now = wall(clock_of(settings))
        made = make_backup(database, to, vault=Vault.from_settings(settings), now=now)
        removed = rotate(to.absolute().parent, keep) if keep else []
    except (BackupError, sqlite3.Error, OSError) as wrong:
        raise _ended("No backup was made", wrong) from wrong
    finally:
        database.close()
    say.print(
        f"{_told(made)} written to {to}, and what it holds to {manifest_path(to)}.",
        highlight=False,
        soft_wrap=True,
    )
    if removed:
        say.print(f"{len(removed)} older copies removed.", highlight=False)
    say.print("Keep the keys apart from it: without them names in it stay unreadable.")


def restore(
    copy: Annotated[Path, typer.Argument(help="A file that `jinban backup` wrote.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="PostgreSQL: in the place of what the database holds.")
    ] = False,
) -> None:
    """Put a backup in the place of a database that is not there, once it is what was backed up."""
    settings = Settings()
    url = make_url(settings.database_url)
    vault = Vault.from_settings(settings)
    try:
        if url.get_backend_name() == "sqlite":
            if replace:
                raise BackupError("an SQLite file is never replaced; move it away first.")
            back = restore_backup(copy, Path(url.database or ""), vault=vault)
        else:
            back = postgres.restore_to(copy, settings.database_url, vault=vault, replace=replace)
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
