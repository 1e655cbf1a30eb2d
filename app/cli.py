"""The ``jinban`` command."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from app.cli_backup import backup, restore
from app.cli_city import load_catalogue
from app.cli_demo import demo
from app.cli_people import device_app, staff_app
from app.cli_privacy import audit_app, privacy_app
from app.migrate import migrate
from app.plainly import told_plainly
from app.serve import serve
from kernel.database import Database
from kernel.secrets import new_key
from kernel.settings import Settings

# These start at once and stay small; all others may need the engine, the models and the solver.
WITHOUT_STUDIES = frozenset(
    {
        "demo",
        "serve",
        "init",
        "migrate",
        "catalogue",
        "staff",
        "device",
        "privacy",
        "audit",
        "backup",
        "restore",
    }
)

cli = typer.Typer(
    help="Jinban 近办: nearest hall, shortest wait.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # its traces show local variables, keys and passwords among them
)
cli.add_typer(staff_app, name="staff")
cli.add_typer(device_app, name="device")
cli.add_typer(privacy_app, name="privacy")
cli.add_typer(audit_app, name="audit")
cli.command()(demo)
cli.command()(serve)
cli.command()(backup)
cli.command()(restore)
cli.command("catalogue")(load_catalogue)
say = Console()


@cli.command()
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


@cli.command("migrate")
def migrate_command() -> None:
    """Bring the database to the newest schema; makes an SQLite file that is not there yet."""
    database = Database(Settings().database_url, pool_size=1)
    if database.is_sqlite and database.url.database:
        Path(database.url.database).parent.mkdir(parents=True, exist_ok=True)
    migrate(database)
    database.close()
    say.print("The database is up to date.")


def main() -> None:
    """Run the command; what goes wrong is told in a line."""
    with told_plainly():
        if not WITHOUT_STUDIES.intersection(sys.argv[1:2]):
            import_module("app.cli_studies").add_studies(cli)
        cli()
