"""``jinban init`` and ``jinban migrate``: the keys and the database of an installation."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from app.migrate import migrate
from kernel.database import Database
from kernel.secrets import new_key
from kernel.settings import Settings

say = Console()


def init(path: Annotated[Path, typer.Option(help="Where to write the settings.")] = Path(".env")) -> None:
    """Make the keys of a new installation; an existing file is never overwritten."""
    if path.exists():
        say.print(f"[red]{path} exists already; its keys protect what is stored, so it stays as it is.[/]")
        raise typer.Exit(1)
    if not path.parent.is_dir():
        raise typer.BadParameter(f"there is no folder {path.parent}")
    path.touch(mode=0o600)
    path.write_text(f'JINBAN_FIELD_KEYS=\'{{"1": "{new_key()}"}}\'\nJINBAN_TOKEN_KEY={new_key()}\n')
    say.print(f"Keys written to {path}. Keep a copy apart: without them stored names stay unreadable.")


def migrate_command() -> None:
    """Bring the database to the newest schema; makes an SQLite file that is not there yet."""
    database = Database(Settings().database_url, pool_size=1)
    if database.is_sqlite and database.url.database:
        Path(database.url.database).parent.mkdir(parents=True, exist_ok=True)
    migrate(database)
    database.close()
    say.print("The database is up to date.")
